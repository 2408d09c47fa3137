"""Optional features: each does what it says, and changes nothing for those who do not set it."""

import json

import pytest

from ops.cost import prices, pricing
from tests.terraform.plan import Plan
from tests.terraform.planning import planned

# One more plan, of what few environments have.
pytestmark = pytest.mark.long


@pytest.fixture
def options() -> Plan:
    """A plan in which each option has another value than its default."""
    return planned("options")


def test_extra_tags_are_on_everything_beside_our_own(options: Plan, dev: Plan) -> None:
    for each in options.resources:
        if "tags_all" in each.values and each["tags_all"]:
            assert each["tags_all"]["cost_center"] == "4711", each.address
            assert each["tags_all"]["project"] == "spendsense", each.address
    assert "cost_center" not in json.dumps(dev.json["planned_values"])


def test_a_boundary_is_on_every_role(options: Plan, dev: Plan) -> None:
    roles = options.of("aws_iam_role")
    assert {role.name for role in roles} >= {
        "task", "execution", "deploy", "operate", "flow", "monitoring", "backup", "replication",
    }  # fmt: skip
    for role in roles:
        assert role["permissions_boundary"] == "arn:aws:iam::123456789012:policy/boundary", role.address
    assert not any(role["permissions_boundary"] for role in dev.of("aws_iam_role"))


def test_every_log_group_keeps_what_was_requested(options: Plan) -> None:
    groups = options.of("aws_cloudwatch_log_group")
    assert {group["retention_in_days"] for group in groups} == {90}
    assert {group.address.split(".")[1] for group in groups} >= {"monitoring", "rds", "redis", "vpc", "alb"}


def test_alarm_thresholds_are_those_that_were_set_and_are_described(options: Plan) -> None:
    alarms = {
        each["alarm_name"].removeprefix(f"{options.name}-"): each for each in options.of("aws_cloudwatch_metric_alarm")
    }
    assert alarms["latency-high"]["threshold"] == 0.5
    assert "longer than 0.5 s" in alarms["latency-high"]["alarm_description"]
    assert alarms["cpu-high"]["threshold"] == 60
    assert "more than 60 %" in alarms["cpu-high"]["alarm_description"]
    assert alarms["database-storage-low"]["threshold"] == 5 * 1024**3
    # What was not named stays.
    assert alarms["memory-high"]["threshold"] == 90


def test_tasks_get_more_variables_and_secrets_and_may_have_them_read(options: Plan) -> None:
    environment = {each["name"]: each["value"] for each in options.container["environment"]}
    assert environment["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://collector.example.com"
    secret = "arn:aws:secretsmanager:us-west-1:123456789012:secret:vendor-AbCdEf"
    parameter = "arn:aws:ssm:us-west-1:123456789012:parameter/vendor/pin"
    injected = {each["name"]: each["valueFrom"] for each in options.container["secrets"]}
    assert injected["VENDOR_KEY"] == f"{secret}:key::"
    assert injected["VENDOR_PIN"] == parameter
    assert injected["REDIS_URL"].endswith(":url::")
    allowed = {
        (action, resource)
        for each in options.statements()
        if each.where == "module.iam.aws_iam_role_policy.execution.policy"
        for action in each.actions
        for resource in each.resources
    }
    assert ("secretsmanager:GetSecretValue", secret) in allowed
    assert ("ssm:GetParameters", parameter) in allowed
    assert ("kms:Decrypt", "arn:aws:kms:us-west-1:123456789012:key/11111111-2222-3333-4444-555555555555") in allowed


def test_a_parameter_under_a_key_of_ones_own_can_be_read_and_without_one_ssm_gets_no_key(
    options: Plan, dev: Plan
) -> None:
    for plan, services in ((options, ["secretsmanager", "ssm"]), (dev, ["secretsmanager"])):
        (key,) = [
            each
            for each in plan.statements()
            if each.where == "module.iam.aws_iam_role_policy.execution.policy" and each.actions == ("kms:Decrypt",)
        ]
        allowed = key.conditions["StringEquals"]["kms:ViaService"]
        via = [allowed] if isinstance(allowed, str) else sorted(allowed)
        assert via == [f"{service}.us-west-1.amazonaws.com" for service in services]


def test_tasks_run_on_the_processors_that_were_requested(options: Plan, dev: Plan) -> None:
    for plan, wanted in ((options, "ARM64"), (dev, "X86_64")):
        [platform] = plan.one("aws_ecs_task_definition")["runtime_platform"]
        assert platform["cpu_architecture"] == wanted


def test_spot_takes_a_share_of_what_is_beyond_the_minimum(options: Plan, dev: Plan) -> None:
    service = options.one("aws_ecs_service")
    assert service["launch_type"] != "FARGATE"  # AWS fills it in
    strategy = {
        each["capacity_provider"]: (each["base"], each["weight"]) for each in service["capacity_provider_strategy"]
    }
    assert strategy == {"FARGATE": (2, 40), "FARGATE_SPOT": (0, 60)}
    assert options.one("aws_ecs_cluster_capacity_providers")["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]
    assert dev.one("aws_ecs_service")["launch_type"] == "FARGATE"
    # Nothing uses them, and nothing has to be taken away when a service has left Spot.
    assert dev.one("aws_ecs_cluster_capacity_providers")["capacity_providers"] == ["FARGATE", "FARGATE_SPOT"]


def test_limits_of_scaling_change_at_set_times(options: Plan) -> None:
    action = options.one("aws_appautoscaling_scheduled_action")
    assert (action["schedule"], action["timezone"]) == ("cron(0 7 ? * MON-FRI *)", "America/Los_Angeles")
    [limits] = action["scalable_target_action"]
    assert {name: int(value) for name, value in limits.items()} == {"min_capacity": 6, "max_capacity": 10}


def test_an_apply_leaves_the_limits_of_the_schedule_in_force(options: Plan) -> None:
    target = options.one("aws_appautoscaling_target")
    assert (target["min_capacity"], target["max_capacity"]) == (6, 10)


def test_storage_is_as_large_and_fast_as_was_requested(options: Plan, dev: Plan) -> None:
    instance = options.one("aws_db_instance", "this", "rds")
    wanted = {"storage_type": "gp3", "allocated_storage": 400, "max_allocated_storage": 1000, "iops": 12000}
    assert {name: instance[name] for name in wanted} == wanted
    assert instance["storage_throughput"] == 500
    default = dev.one("aws_db_instance", "this", "rds")
    assert (default["allocated_storage"], default["max_allocated_storage"]) == (20, 100)
    # AWS's own: a made-up number here.
    assert (default["iops"], default["storage_throughput"]) == (1, 1)


def test_database_and_cache_can_be_changed_at_once_and_wait_otherwise(options: Plan, dev: Plan) -> None:
    for plan, at_once in ((options, True), (dev, False)):
        assert plan.one("aws_db_instance", "this", "rds")["apply_immediately"] is at_once
        assert plan.one("aws_elasticache_replication_group")["apply_immediately"] is at_once


def test_a_zone_in_dns_brings_a_proved_certificate_and_a_record(options: Plan, dev: Plan) -> None:
    certificate = options.one("aws_acm_certificate")
    assert (certificate["domain_name"], certificate["validation_method"]) == ("api.example.com", "DNS")
    assert options.one("aws_route53_record", "proof")["zone_id"] == "Z2FDTNDATAQYW2"
    record = options.one("aws_route53_record", "service")
    assert (record["name"], record["type"]) == ("api.example.com", "A")
    [alias] = record["alias"]
    assert alias["name"] == options.one("aws_lb")["dns_name"]
    listener = options.one("aws_lb_listener", "production")
    assert (listener["protocol"], listener["port"]) == ("HTTPS", 443)
    assert listener["certificate_arn"] == options.one("aws_acm_certificate_validation")["certificate_arn"]
    alarms = [each["alarm_name"] for each in options.of("aws_cloudwatch_metric_alarm")]
    assert f"{options.name}-certificate-expiring" in alarms
    assert not dev.of("aws_acm_certificate") + dev.of("aws_route53_record")


def test_three_zones_have_a_subnet_of_each_tier(options: Plan) -> None:
    for tier in ("public", "application", "data"):
        subnets = options.of("aws_subnet", tier, "vpc")
        assert {each["availability_zone"] for each in subnets} == {"us-west-1a", "us-west-1b", "us-west-1c"}
    assert len(options.of("aws_nat_gateway")) == 3
    assert len({each["route_table_id"] for each in options.of("aws_route", "nat")}) == 3
    acls = {each["tags"]["Name"]: len(each["subnet_ids"]) for each in options.of("aws_network_acl")}
    assert set(acls.values()) == {3}


def test_endpoints_pass_this_accounts_requests_to_its_own_resources(options: Plan, dev: Plan) -> None:
    endpoints = options.of("aws_vpc_endpoint")
    assert len(endpoints) == 6
    for endpoint in endpoints:
        statements = json.loads(endpoint["policy"])["Statement"]
        own, others = statements[0], statements[1:]
        assert own["Condition"]["StringEquals"] == {
            "aws:PrincipalAccount": "123456789012",
            "aws:ResourceAccount": "123456789012",
        }
        service = endpoint["service_name"].partition("us-west-1.")[2]
        exceptions = [each["Action"] for each in others]
        assert exceptions == {"s3": ["s3:GetObject"], "ecr.api": ["ecr:GetAuthorizationToken"]}.get(service, [])
    assert "OwnResourcesOnly" not in json.dumps(dev.json["planned_values"])


def test_a_budget_notifies_the_address_that_gets_the_alarms(options: Plan, dev: Plan) -> None:
    budget = options.one("aws_budgets_budget")
    assert (budget["limit_amount"], budget["limit_unit"], budget["time_unit"]) == ("500", "USD", "MONTHLY")
    thresholds = {(each["notification_type"], int(each["threshold"])) for each in budget["notification"]}
    assert thresholds == {("ACTUAL", 80), ("FORECASTED", 100)}
    assert all(each["subscriber_email_addresses"] == ["ops@example.com"] for each in budget["notification"])
    assert not dev.of("aws_budgets_budget")


def test_what_options_cost_is_priced(options: Plan) -> None:
    table = prices.read_table()
    usage = prices.usage_of(table, options.environment, {"tasks": 7})
    found = pricing.estimate(options.json, table, usage)
    assert found.unpriced == {}
    bought = {line.what: line.quantity for line in found.lines if "aws_ecs_service" in line.address}
    hours = usage["hours"] if "hours" in usage else bought["vCPU"] / 4
    # Of seven tasks two are the base; of the other five 60 % are on Spot.
    assert bought["vCPU on Spot"] / hours == pytest.approx(3)
    assert bought["vCPU"] / hours == pytest.approx(4)
    [storage] = [line for line in found.lines if line.what == "storage" and "aws_db_instance" in line.address]
    assert storage.quantity == 800  # with the standby's


def test_mail_goes_from_one_address_of_an_identity_and_is_off_without(options: Plan, dev: Plan) -> None:
    environment = {each["name"]: each["value"] for each in options.container["environment"]}
    assert environment["MAIL_FROM"] == "no-reply@example.com"
    identity = options.one("aws_sesv2_email_identity")
    assert identity["email_identity"] == "example.com"
    [sending] = [each for each in options.statements() if "ses:SendEmail" in each.actions]
    assert sending.where.startswith("module.iam.aws_iam_role_policy.task")
    assert sending.actions == ("ses:SendEmail",)
    assert sending.resources == ("arn:aws:ses:us-west-1:123456789012:identity/example.com",)
    assert sending.conditions == {"StringEquals": {"ses:FromAddress": "no-reply@example.com"}}
    assert not dev.of("aws_sesv2_email_identity")
    assert not [each for each in dev.statements() if any(action.startswith("ses:") for action in each.actions)]
    assert "MAIL_FROM" not in {each["name"] for each in dev.container["environment"]}


def test_ecs_exec_makes_the_applications_root_writable_and_is_off_without(options: Plan, dev: Plan) -> None:
    assert options.one("aws_ecs_service")["enable_execute_command"] is True
    assert dev.one("aws_ecs_service")["enable_execute_command"] is False
    writable = [each["name"] for each in options.containers if not each["readonlyRootFilesystem"]]
    assert writable == ["backend"]
    services = {each["service_name"].rpartition(".")[2] for each in options.of("aws_vpc_endpoint")}
    assert "ssmmessages" in services
    assert not [each for each in dev.statements() if any(a.startswith("ssmmessages:") for a in each.actions)]
