"""Log groups, metrics and alarms, as M1 to M4 number them, and what a careful operator adds."""

import json
import re
from pathlib import Path
from typing import Any

from app.identity import stuffing
from tests.terraform.plan import Plan, Resource

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
# Beside those that M4 asks for.
CAREFUL = {
    "credential-stuffing",
    "database-connections-high",
    "database-cpu-high",
    "database-storage-low",
    "latency-high",
    "load-balancer-errors",
    "redis-evictions-001",
    "redis-memory-high-001",
    "tasks-at-maximum",
    "tasks-below-minimum",
    "unhealthy-targets",
}


def log_groups(plan: Plan) -> dict[str, str]:
    return {str(each.index): each["name"] for each in plan.of("aws_cloudwatch_log_group", "this", "monitoring")}


def alarms(plan: Plan) -> dict[str, Resource]:
    """Return the alarms that notify people, by their name without the deployment's."""
    return {
        each["alarm_name"].removeprefix(f"{plan.name}-"): each
        for each in plan.of("aws_cloudwatch_metric_alarm")
        if not each.name.startswith("scale_")
    }


def metrics(alarm: Resource) -> set[tuple[str, str, str]]:
    """Namespace, name and statistic of each metric an alarm looks at."""
    if alarm.values.get("metric_name"):
        statistic = alarm.values.get("statistic") or alarm.values.get("extended_statistic")
        return {(alarm["namespace"], alarm["metric_name"], str(statistic))}
    queried = [query["metric"][0] for query in alarm["metric_query"] if query["metric"]]
    return {(each["namespace"], each["metric_name"], each["stat"]) for each in queried}


def lasts_s(alarm: Resource) -> int:
    """For how long it must breach."""
    periods = {query["metric"][0]["period"] for query in alarm["metric_query"] or [] if query["metric"]}
    (period,) = periods or {alarm["period"]}
    assert alarm.values.get("datapoints_to_alarm") in {None, alarm["evaluation_periods"]}
    return int(period * alarm["evaluation_periods"])


def test_M1_three_log_groups_one_for_each_kind(plan: Plan) -> None:
    owner = plan.variables["owner_id"]
    prefix = "/ecs/spendsense-backend" + (f"-{plan.environment}-{owner}" if owner else "")
    assert log_groups(plan) == {"application": prefix, "access": f"{prefix}/access", "errors": f"{prefix}/errors"}


def test_M1_each_kind_of_line_has_a_container_that_carries_it_to_its_group(plan: Plan) -> None:
    groups = log_groups(plan)
    carried = {}
    for each in plan.containers:
        assert each["logConfiguration"]["logDriver"] == "awslogs"
        options = each["logConfiguration"]["options"]
        assert options["awslogs-region"] == "us-west-1"
        carried[each["name"]] = (each.get("command", [])[-1:], options["awslogs-group"])
    assert carried == {
        "backend": ([], groups["application"]),
        "access-log": (["access"], groups["access"]),
        "errors-log": (["errors"], groups["errors"]),
    }
    relays = [each for each in plan.containers if each["name"] != "backend"]
    assert all(each["essential"] is False for each in relays)
    assert {each["containerName"] for each in plan.container["dependsOn"]} == {each["name"] for each in relays}


def test_M2_every_log_group_keeps_30_days_under_our_key(plan: Plan) -> None:
    keys = {each["arn"] for each in plan.of("aws_kms_key")}
    found = plan.of("aws_cloudwatch_log_group")
    assert len(found) >= 6
    for each in found:
        assert each["retention_in_days"] == 30, each.address
        assert each["kms_key_id"] in keys, each.address


def test_M2_debug_in_development_and_info_elsewhere(plan: Plan) -> None:
    environment = {each["name"]: each["value"] for each in plan.container["environment"]}
    assert environment["LOG_LEVEL"] == ("DEBUG" if plan.environment == "dev" else "INFO")
    assert environment["ENVIRONMENT"] == plan.environment


def test_M3_cpu_memory_requests_errors_and_response_time_are_on_the_dashboard(plan: Plan) -> None:
    assert {"name": "containerInsights", "value": "enabled"} in plan.one("aws_ecs_cluster")["setting"]
    board = plan.one("aws_cloudwatch_dashboard")["dashboard_body"]
    assert json.loads(board)["widgets"]
    for metric in (
        "CPUUtilization",
        "MemoryUtilization",
        "RequestCount",
        "HTTPCode_Target_5XX_Count",
        "TargetResponseTime",
    ):
        assert f'"{metric}"' in board, metric


def test_M3_the_log_filters_count_the_lines_of_their_group(plan: Plan) -> None:
    groups = log_groups(plan)
    wanted = {"Requests": "access", "ServerErrors": "access", "ErrorLines": "errors"}
    found = {each["metric_transformation"][0]["name"]: each for each in plan.of("aws_cloudwatch_log_metric_filter")}
    for name, kind in wanted.items():
        assert found[name]["log_group_name"] == groups[kind], name


def test_M4_cpu_above_80_percent_for_5_minutes(plan: Plan) -> None:
    alarm = alarms(plan)["cpu-high"]
    assert metrics(alarm) == {("AWS/ECS", "CPUUtilization", "Average")}
    assert alarm["dimensions"] == {"ClusterName": plan.name, "ServiceName": "spendsense-backend"}
    assert (alarm["comparison_operator"], alarm["threshold"], lasts_s(alarm)) == ("GreaterThanThreshold", 80, 300)


def test_M4_memory_above_90_percent_for_5_minutes(plan: Plan) -> None:
    alarm = alarms(plan)["memory-high"]
    assert metrics(alarm) == {("AWS/ECS", "MemoryUtilization", "Average")}
    assert (alarm["comparison_operator"], alarm["threshold"], lasts_s(alarm)) == ("GreaterThanThreshold", 90, 300)


def result_of(alarm: Resource) -> Any:
    (result,) = [query for query in alarm["metric_query"] if query["return_data"]]
    return result


def test_M4_error_rate_above_1_percent_for_5_minutes(plan: Plan) -> None:
    alarm = alarms(plan)["error-rate-high"]
    assert metrics(alarm) == {
        ("AWS/ApplicationELB", "RequestCount", "Sum"),
        ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum"),
        ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum"),
    }
    assert (alarm["comparison_operator"], alarm["threshold"], lasts_s(alarm)) == ("GreaterThanThreshold", 1, 300)
    assert "100 *" in result_of(alarm)["expression"]
    assert {query["metric"][0]["dimensions"]["LoadBalancer"] for query in alarm["metric_query"] if query["metric"]} == {
        plan.one("aws_lb")["arn_suffix"]
    }


def test_M4_service_unavailable_counts_the_healthy_targets_of_every_group(plan: Plan) -> None:
    alarm = alarms(plan)["service-unavailable"]
    assert metrics(alarm) == {
        ("AWS/ApplicationELB", "HealthyHostCount", "Maximum"),
        ("ECS/ContainerInsights", "DesiredTaskCount", "Maximum"),
    }
    of_targets = [query["metric"][0] for query in alarm["metric_query"] if query["id"].startswith("healthy")]
    watched = {each["dimensions"]["TargetGroup"] for each in of_targets}
    assert watched == {each["arn_suffix"] for each in plan.of("aws_lb_target_group")}
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("LessThanThreshold", 1)
    assert alarm["treat_missing_data"] == "breaching"


def test_M4_a_gateway_that_fails_by_itself_is_an_alarm_where_there_is_one(plan: Plan) -> None:
    found = alarms(plan)
    assert ("gateway-errors" in found) is bool(plan.variables["api_gateway_enabled"])
    if "gateway-errors" in found:
        alarm = found["gateway-errors"]
        assert metrics(alarm) == {
            ("AWS/ApiGateway", "5xx", "Sum"),
            ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum"),
            ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum"),
        }
        assert (alarm["comparison_operator"], lasts_s(alarm)) == ("GreaterThanThreshold", 180)


def test_M4_log_ins_that_fail_at_many_accounts_are_an_alarm_of_what_the_service_counts(plan: Plan) -> None:
    alarm = alarms(plan)["credential-stuffing"]
    namespace = next(each["value"] for each in plan.container["environment"] if each["name"] == "METRICS_NAMESPACE")
    assert metrics(alarm) == {(namespace, stuffing.ACCOUNTS, "Sum")}
    assert alarm["dimensions"] == {"Environment": plan.environment}
    assert (alarm["comparison_operator"], alarm["threshold"], lasts_s(alarm)) == ("GreaterThanThreshold", 50, 300)
    assert lasts_s(alarm) == stuffing.WINDOW_S, "each account counts once in it"
    assert alarm["treat_missing_data"] == "notBreaching"


def test_M4_and_what_a_careful_operator_adds(plan: Plan) -> None:
    found = alarms(plan)
    assert found.keys() >= CAREFUL
    assert ("certificate-expiring" in found) is bool(plan.variables["certificate_arn"])
    assert ("database-replica-lag-high" in found) is bool(plan.variables["read_replica_enabled"])
    rules = {each.index for each in plan.of("aws_cloudwatch_event_rule")}
    assert rules >= {"deployment-failed", "backup-failed", "secret-rotation-failed"}


def test_M4_every_alarm_and_event_reaches_somebody_who_finds_its_runbook(plan: Plan) -> None:
    topics = {each["arn"] for each in plan.of("aws_sns_topic")}
    described = {name: each["alarm_description"] for name, each in alarms(plan).items()}
    for name, each in alarms(plan).items():
        assert set(each["alarm_actions"]) <= topics, name
        assert each["alarm_actions"], name
        assert each["actions_enabled"] is True, name
    for rule in plan.of("aws_cloudwatch_event_rule"):
        described[rule["name"]] = rule["description"]
        targets = [each for each in plan.of("aws_cloudwatch_event_target") if each["rule"] == rule["name"]]
        assert {each["arn"] for each in targets} <= topics
        assert targets
    for name, description in described.items():
        link = re.search(r"Runbook: (?:\S+/)?docs/runbooks/([a-z0-9-]+\.md)$", description)
        assert link is not None, f"{name}: {description}"
        assert (RUNBOOKS / link[1]).is_file(), name


def test_M4_no_runbook_is_without_its_alarm(everything: Plan) -> None:
    texts = [each["alarm_description"] for each in alarms(everything).values()]
    texts += [each["description"] for each in everything.of("aws_cloudwatch_event_rule")]
    linked = {found for text in texts for found in re.findall(r"([a-z0-9-]+)\.md$", text)}
    assert {path.stem for path in RUNBOOKS.glob("*.md") if path.stem != "README"} <= linked
