"""The service: task, container, load balancer, scaling, as E1 to E10 number them."""

import json
from typing import Any

import pytest

from app.platform.edge import GATEWAY_CLIENT_HEADER
from tests.terraform.plan import Plan
from tests.terraform.planning import planned

SIZES = {"dev": (512, 1024), "staging": (1024, 2048), "prod": (1024, 2048)}
TASKS = {"dev": (1, 2), "staging": (2, 4), "prod": (2, 10)}


def variables(container: Any) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container["environment"]}


def test_E1_tasks_are_fargates_and_of_the_environments_size(plan: Plan) -> None:
    task = plan.one("aws_ecs_task_definition")
    assert (int(task["cpu"]), int(task["memory"])) == SIZES[plan.environment]
    assert task["requires_compatibilities"] == ["FARGATE"]
    assert task["network_mode"] == "awsvpc"
    # The image is built on x86-64.
    assert task["runtime_platform"] == [{"operating_system_family": "LINUX", "cpu_architecture": "X86_64"}]


def test_E1_the_application_knows_its_own_size(plan: Plan) -> None:
    environment = variables(plan.container)
    assert environment["TASK_CPU_UNITS"] == str(SIZES[plan.environment][0])
    assert environment["MAX_TASKS"] == str(TASKS[plan.environment][1])


def test_E3_port_8000_and_the_image_of_our_repository(plan: Plan) -> None:
    assert plan.container["portMappings"] == [{"containerPort": 8000, "hostPort": 8000, "protocol": "tcp"}]
    assert all(".dkr.ecr.us-west-1.amazonaws.com/" in each["image"] for each in plan.containers)
    # A replaced task runs what the others run: by digest, once something was deployed.
    assert all("@sha256:" in each["image"] for each in plan.containers)


def test_E3_secrets_are_injected_from_secrets_manager(plan: Plan) -> None:
    arns = {
        each.name if each.index is None else each.index: each["arn"] for each in plan.of("aws_secretsmanager_secret")
    }
    injected = {each["name"]: each["valueFrom"] for each in plan.container["secrets"]}
    assert injected == {
        "DATABASE_URL": f"{arns['database']}:url::",
        "REDIS_URL": f"{arns['redis']}:url::",
        "JWT_SECRET_KEY": f"{arns['jwt']}:secret_key::",
        "ACCOUNT_ID_KEY": f"{arns['accounts']}:id_key::",
        "OAUTH_CLIENT_ID": f"{arns['oauth']}:client_id::",
        "OAUTH_CLIENT_SECRET": f"{arns['oauth']}:client_secret::",
    }
    assert not injected.keys() & variables(plan.container).keys()


def test_E4_the_container_health_check(plan: Plan) -> None:
    assert plan.container["healthCheck"] == {
        "command": ["CMD-SHELL", "curl -f http://localhost:8000/health || exit 1"],
        "interval": 30,
        "timeout": 5,
        "startPeriod": 60,
        "retries": 3,
    }


def test_E4_a_container_can_change_nothing_and_has_no_rights(plan: Plan) -> None:
    for each in plan.containers:
        assert each["readonlyRootFilesystem"] is True, each["name"]
        assert each["linuxParameters"]["capabilities"]["drop"] == ["ALL"], each["name"]
        assert not each.get("privileged")
        assert not each.get("user"), "the image says who it runs as"


def test_E5_the_service_is_fargates_in_private_subnets_behind_the_target_group(plan: Plan) -> None:
    service = plan.one("aws_ecs_service")
    assert (service["name"], service["launch_type"]) == ("spendsense-backend", "FARGATE")
    (attached,) = service["load_balancer"]
    primary = next(each for each in plan.of("aws_lb_target_group") if not each["name"].endswith("-alternate"))
    assert attached["target_group_arn"] == primary["arn"]
    assert (attached["container_name"], attached["container_port"]) == ("backend", 8000)


def test_E5_between_two_and_ten_tasks_unless_the_environment_says_less(plan: Plan) -> None:
    target = plan.one("aws_appautoscaling_target")
    assert (target["min_capacity"], target["max_capacity"]) == TASKS[plan.environment]
    assert TASKS["prod"] == (2, 10)
    assert target["resource_id"] == f"service/{plan.name}/spendsense-backend"
    assert target["scalable_dimension"] == "ecs:service:DesiredCount"


def test_D4_one_task_at_a_time_and_back_again_when_it_fails(plan: Plan) -> None:
    service = plan.one("aws_ecs_service")
    tasks = TASKS[plan.environment][0]
    assert service["deployment_minimum_healthy_percent"] == 100
    assert int(tasks * service["deployment_maximum_percent"] / 100) == tasks + 1
    assert service["deployment_circuit_breaker"] == [{"enable": True, "rollback": True}]
    (alarms,) = service["alarms"]
    assert (alarms["enable"], alarms["rollback"]) == (True, True)
    assert alarms["alarm_names"]
    assert set(alarms["alarm_names"]) <= {each["alarm_name"] for each in plan.of("aws_cloudwatch_metric_alarm")}


def test_D5_a_traffic_shift_has_all_that_ecs_needs_and_nothing_of_it_otherwise(plan: Plan) -> None:
    groups = {each["name"].endswith("-alternate"): each["arn"] for each in plan.of("aws_lb_target_group")}
    rules = {each.name: each for each in plan.of("aws_lb_listener_rule")}
    if plan.variables["deployment_strategy"] == "ROLLING":
        assert set(groups) == {False}
        assert rules == {}
        assert plan.of("aws_iam_role", "infrastructure") == []
        return
    assert set(groups) == {False, True}
    assert set(rules) == {"production", "test"}
    for rule in rules.values():
        (action,) = rule["action"]
        (forward,) = action["forward"]
        weights = {each["arn"]: each["weight"] for each in forward["target_group"]}
        assert weights == {groups[False]: 100, groups[True]: 0}
    trust = json.loads(plan.one("aws_iam_role", "infrastructure")["assume_role_policy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "ecs.amazonaws.com"}


def test_E6_an_application_load_balancer_on_the_internet_ends_tls(plan: Plan) -> None:
    balancer = plan.one("aws_lb")
    assert (balancer["load_balancer_type"], balancer["internal"]) == ("application", False)
    listener = plan.one("aws_lb_listener", "production")
    (action,) = listener["default_action"]
    assert action["type"] == "forward"
    if not plan.variables["certificate_arn"]:
        assert (listener["port"], listener["protocol"]) == (80, "HTTP")
        assert plan.environment == "dev"
        return
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["certificate_arn"] == plan.variables["certificate_arn"]
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    redirect = plan.one("aws_lb_listener", "redirect")
    assert (redirect["port"], redirect["protocol"]) == (80, "HTTP")
    (action,) = redirect["default_action"]
    (to,) = action["redirect"]
    assert (action["type"], to["protocol"], to["port"], to["status_code"]) == ("redirect", "HTTPS", "443", "HTTP_301")


def test_E6_the_load_balancer_logs_lets_go_last_and_drops_what_is_ambiguous(plan: Plan) -> None:
    balancer = plan.one("aws_lb")
    (logs,) = balancer["access_logs"]
    assert logs["enabled"] is True
    assert balancer["drop_invalid_header_fields"] is True
    assert balancer["idle_timeout"] < 75  # seconds the service keeps a connection
    assert balancer["enable_deletion_protection"] is (plan.environment != "dev")
    assert bool(plan.of("aws_wafv2_web_acl_association")) is plan.variables["waf_enabled"]


def test_E7_target_group_health_and_draining(plan: Plan) -> None:
    for group in plan.of("aws_lb_target_group"):
        assert (group["protocol"], group["port"], group["target_type"]) == ("HTTP", 8000, "ip")
        assert str(group["deregistration_delay"]) == "30"
        (check,) = group["health_check"]
        wanted = {"path": "/health", "interval": 30, "timeout": 5, "unhealthy_threshold": 2, "healthy_threshold": 2}
        assert {name: check[name] for name in wanted} == wanted
        assert (check["protocol"], check["matcher"]) == ("HTTP", "200")


def tracking(plan: Plan) -> dict[str, Any]:
    configurations = [
        each["target_tracking_scaling_policy_configuration"][0]
        for each in plan.of("aws_appautoscaling_policy")
        if each["policy_type"] == "TargetTrackingScaling"
    ]
    return {each["predefined_metric_specification"][0]["predefined_metric_type"]: each for each in configurations}


@pytest.mark.parametrize(
    "variant", ["dev", *(pytest.param(name, marks=pytest.mark.full) for name in ("staging", "prod"))]
)
def test_E8_target_tracking_holds_cpu_memory_and_requests(variant: str) -> None:
    found = tracking(planned(variant))
    assert {metric: each["target_value"] for metric, each in found.items()} == {
        "ECSServiceAverageCPUUtilization": 70,
        "ECSServiceAverageMemoryUtilization": 80,
        "ALBRequestCountPerTarget": 1000,
    }
    for each in found.values():
        assert (each["scale_out_cooldown"], each["scale_in_cooldown"]) == (120, 300)
        assert not each["disable_scale_in"]


def test_E8_the_request_count_is_that_of_our_target_group(dev: Plan) -> None:
    (metric,) = tracking(dev)["ALBRequestCountPerTarget"]["predefined_metric_specification"]
    suffixes = (dev.one("aws_lb")["arn_suffix"], dev.one("aws_lb_target_group")["arn_suffix"])
    assert metric["resource_label"] == "/".join(suffixes)


PER_TASK = "FILL(requests, 0) / tasks"


@pytest.mark.full
def test_E8_with_two_target_groups_all_requests_are_counted_by_all_tasks() -> None:
    plan = planned("prod-blue-green")
    policies = {each["name"]: each for each in plan.of("aws_appautoscaling_policy")}
    assert set(policies) == {f"spendsense-prod-{part}" for part in ("cpu", "memory", "requests")}
    (tracked,) = policies["spendsense-prod-requests"]["target_tracking_scaling_policy_configuration"]
    assert tracked["target_value"] == 1000
    metrics = {each["id"]: each for each in tracked["customized_metric_specification"][0]["metrics"]}
    assert {name for name, each in metrics.items() if each["return_data"]} == {"for_each_task"}
    assert metrics["for_each_task"]["expression"] == PER_TASK
    named = {name: each["metric_stat"][0]["metric"][0] for name, each in metrics.items() if each["metric_stat"]}
    assert {name: (each["namespace"], each["metric_name"]) for name, each in named.items()} == {
        "requests": ("AWS/ApplicationELB", "RequestCount"),
        "tasks": ("ECS/ContainerInsights", "RunningTaskCount"),
    }


def test_E9_with_two_target_groups_all_requests_are_counted_by_all_tasks(everything: Plan) -> None:
    outward = everything.one("aws_cloudwatch_metric_alarm", "scale_out_requests_of_both")
    assert (outward["threshold"], outward["evaluation_periods"]) == (1000, 2)
    assert [each["expression"] for each in outward["metric_query"] if each["expression"]] == [PER_TASK]
    inward = everything.one("aws_cloudwatch_metric_alarm", "scale_in")
    assert [each["expression"] for each in inward["metric_query"] if each["expression"]] == [
        f"IF(cpu < 70 AND memory < 80 AND {PER_TASK} < 1000, 1, 0)"
    ]
    assert {each["id"] for each in inward["metric_query"]} == {"below", "cpu", "memory", "requests", "tasks"}


@pytest.mark.full
def test_E9_a_threshold_exceeded_for_2_minutes_adds_one_and_5_minutes_below_takes_one() -> None:
    plan = planned("prod-step")
    assert tracking(plan) == {}
    policies = {
        each.index: each["step_scaling_policy_configuration"][0] for each in plan.of("aws_appautoscaling_policy")
    }
    steps = {name: [step["scaling_adjustment"] for step in each["step_adjustment"]] for name, each in policies.items()}
    assert {name: list(map(int, each)) for name, each in steps.items()} == {"out": [1], "in": [-1]}
    assert {name: each["adjustment_type"] for name, each in policies.items()} == dict.fromkeys(
        ("out", "in"), "ChangeInCapacity"
    )
    arns = {each.index: each["arn"] for each in plan.of("aws_appautoscaling_policy")}
    outward = {each.index: each for each in plan.of("aws_cloudwatch_metric_alarm", "scale_out")}
    assert {name: each["threshold"] for name, each in outward.items()} == {"cpu": 70, "memory": 80, "requests": 1000}
    for each in outward.values():
        assert (each["period"], each["evaluation_periods"]) == (60, 2)
        assert each["alarm_actions"] == [arns["out"]]
    inward = plan.one("aws_cloudwatch_metric_alarm", "scale_in")
    assert inward["evaluation_periods"] == 5
    assert {each["metric"][0]["period"] for each in inward["metric_query"] if each["metric"]} == {60}
    assert inward["alarm_actions"] == [arns["in"]]
    (expression,) = [each["expression"] for each in inward["metric_query"] if each["expression"]]
    for below in ("cpu < 70", "memory < 80", "FILL(requests, 0) < 1000"):
        assert below in expression


def test_E10_the_gateway_sends_everything_to_the_listener_and_throttles(plan: Plan) -> None:
    if not plan.variables["api_gateway_enabled"]:
        assert plan.of("aws_apigatewayv2_api") == []
        return
    api = plan.one("aws_apigatewayv2_api")
    integration = plan.one("aws_apigatewayv2_integration")
    assert integration["integration_uri"] == plan.one("aws_lb_listener", "production")["arn"]
    assert (integration["integration_type"], integration["connection_type"]) == ("HTTP_PROXY", "VPC_LINK")
    assert integration["connection_id"] == plan.one("aws_apigatewayv2_vpc_link")["id"]
    assert plan.one("aws_apigatewayv2_route")["route_key"] == "$default"
    stage = plan.one("aws_apigatewayv2_stage")
    assert (stage["api_id"], stage["name"], stage["auto_deploy"]) == (api["id"], "$default", True)
    (settings,) = stage["default_route_settings"]
    throttle = plan.variables["api_gateway_throttle"]
    assert settings["throttling_rate_limit"] == throttle["rate_per_second"]
    assert settings["throttling_burst_limit"] == throttle["burst"]
    assert stage["access_log_settings"]


def test_B4_clients_of_the_gateway_are_distinguished_by_what_nobody_else_can_say(plan: Plan) -> None:
    """The gateway names the client in the header that app/platform/edge.py reads; the service knows its addresses."""
    environment = variables(plan.container)
    if not plan.variables["api_gateway_enabled"]:
        assert "GATEWAY_NETWORKS" not in environment
        return
    changed = plan.one("aws_apigatewayv2_integration")["request_parameters"]
    assert changed[f"overwrite:header.{GATEWAY_CLIENT_HEADER}"] == "$context.identity.sourceIp"
    link = plan.one("aws_apigatewayv2_vpc_link")["subnet_ids"]
    subnets = [each for each in plan.of("aws_subnet") if each["id"] in link]
    cidrs = sorted(each["cidr_block"] for each in subnets)
    assert len(cidrs) == len(link) > 1
    assert sorted(json.loads(environment["GATEWAY_NETWORKS"])) == cidrs
    # The load balancer's own nodes, and the outside, are elsewhere.
    assert set(json.loads(environment["TRUSTED_PROXIES"])).isdisjoint(cidrs)


def test_E10_the_gateway_asks_by_a_name_that_the_service_answers_to(plan: Plan) -> None:
    if not plan.variables["api_gateway_enabled"]:
        return
    sent = plan.one("aws_apigatewayv2_integration")["request_parameters"].get("overwrite:header.Host")
    public = plan.variables["public_url"]
    assert sent == (public.removeprefix("https://") if public else None)
    served = json.loads(variables(plan.container)["ALLOWED_HOSTS"])
    assert not served or sent in served


def test_B4_the_firewall_counts_clients_of_the_gateway_one_by_one(plan: Plan) -> None:
    if not (plan.variables["api_gateway_enabled"] and plan.variables["waf_enabled"]):
        return
    gateway = plan.one("aws_wafv2_ip_set")
    assert sorted(gateway["addresses"]) == sorted(json.loads(variables(plan.container)["GATEWAY_NETWORKS"]))
    floods = {
        rule["name"]: rule["statement"][0]["rate_based_statement"][0]
        for rule in plan.one("aws_wafv2_web_acl")["rule"]
        if rule["name"].startswith("flood")
    }
    direct, through = floods["flood"], floods["flood-through-gateway"]
    assert (direct["aggregate_key_type"], through["aggregate_key_type"]) == ("IP", "FORWARDED_IP")
    (outside,) = direct["scope_down_statement"][0]["not_statement"][0]["statement"]
    for scope in (outside, through["scope_down_statement"][0]):
        assert scope["ip_set_reference_statement"][0]["arn"] == gateway["arn"]
    (forwarded,) = through["forwarded_ip_config"]
    assert (forwarded["header_name"], forwarded["fallback_behavior"]) == (GATEWAY_CLIENT_HEADER, "NO_MATCH")
