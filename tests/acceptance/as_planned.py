"""Compares a rehearsed service at the endpoint with the state from which Terraform planned."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Client = Callable[[str], Any]
Attributes = Mapping[str, Any]
REVISION = "APP_REVISION"
ALARM = {
    "alarm_actions": "AlarmActions",
    "alarm_description": "AlarmDescription",
    "comparison_operator": "ComparisonOperator",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "evaluation_periods": "EvaluationPeriods",
    "extended_statistic": "ExtendedStatistic",
    "metric_name": "MetricName",
    "namespace": "Namespace",
    "ok_actions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "treat_missing_data": "TreatMissingData",
}
HEALTH_CHECK = {
    "healthy_threshold": "HealthyThresholdCount",
    "interval": "HealthCheckIntervalSeconds",
    "matcher": "Matcher",
    "path": "HealthCheckPath",
    "timeout": "HealthCheckTimeoutSeconds",
    "unhealthy_threshold": "UnhealthyThresholdCount",
}


@dataclass(frozen=True)
class Planned:
    """The state, by type."""

    resources: Mapping[str, list[Attributes]]

    def __getitem__(self, kind: str) -> list[Attributes]:
        found = self.resources.get(kind, [])
        assert found, f"the state has no {kind}"
        return found


def planned(state: Path) -> Planned:
    found: dict[str, list[Attributes]] = {}
    for resource in json.loads(state.read_text())["resources"]:
        if resource["mode"] == "managed":
            found.setdefault(resource["type"], []).extend(each["attributes"] for each in resource["instances"])
    return Planned(found)


def unlike(client: Client, of: Planned) -> list[str]:
    """Return what the endpoint says otherwise than the state: a deploy changes only image and revision."""
    looks = (containers, alarms, scaling, roles, listeners, target_groups, log_groups)
    return [
        f"{what}: {there!r}, planned {wanted!r}"
        for look in looks
        for what, there, wanted in look(client, of)
        if there != wanted
    ]


Pairs = Iterator[tuple[str, Any, Any]]
"""What, as the endpoint says it, as it is planned."""


def containers(client: Client, of: Planned) -> Pairs:
    """Containers' health checks, sidecars, variables, secrets and logs are in their task definitions."""
    (service,), (task,) = of["aws_ecs_service"], of["aws_ecs_task_definition"]
    ecs = client("ecs")
    (running,) = ecs.describe_services(cluster=service["cluster"], services=[service["name"]])["services"]
    there = ecs.describe_task_definition(taskDefinition=running["taskDefinition"])["taskDefinition"]
    wanted = {each["name"]: each for each in json.loads(task["container_definitions"])}
    shown = {each["name"]: each for each in there["containerDefinitions"]}
    yield "containers", sorted(shown), sorted(wanted)
    for name, each in shown.items():
        yield f"container {name}", _as_deployed(each), _as_deployed(wanted[name])
    for ours, theirs in (("cpu", "cpu"), ("memory", "memory"), ("task_role_arn", "taskRoleArn")):
        yield f"task definition's {ours}", there[theirs], task[ours]


def _as_deployed(container: Attributes) -> dict[str, Any]:
    """Leave out what a deploy changes, and what is empty."""
    kept = {name: each for name, each in container.items() if name != "image" and each not in ([], 0)}
    if "environment" in kept:
        kept["environment"] = {each["name"]: each["value"] for each in kept["environment"] if each["name"] != REVISION}
    return kept


def alarms(client: Client, of: Planned) -> Pairs:
    names = [each["alarm_name"] for each in of["aws_cloudwatch_metric_alarm"]]
    listed = client("cloudwatch").describe_alarms(AlarmNames=names, MaxRecords=100)["MetricAlarms"]
    shown = {each["AlarmName"]: each for each in listed}
    for alarm in of["aws_cloudwatch_metric_alarm"]:
        there = shown[alarm["alarm_name"]]
        for ours, theirs in ALARM.items():
            if not (alarm["metric_query"] and ours == "period"):
                yield f"{alarm['alarm_name']}'s {ours}", there.get(theirs) or None, alarm[ours] or None
        dimensions = {each["Name"]: each["Value"] for each in there.get("Dimensions", [])}
        yield f"{alarm['alarm_name']}'s dimensions", dimensions, alarm["dimensions"] or {}
        wanted = {each["id"]: (each["expression"] or None, each["return_data"]) for each in alarm["metric_query"]}
        queries = {each["Id"]: (each.get("Expression"), each["ReturnData"]) for each in there.get("Metrics", [])}
        yield f"{alarm['alarm_name']}'s queries", queries, wanted


def scaling(client: Client, of: Planned) -> Pairs:
    """The lowest number of tasks is the deploy's."""
    autoscaling = client("application-autoscaling")
    (target,) = of["aws_appautoscaling_target"]
    (there,) = autoscaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    yield (
        "scalable target",
        (there["ResourceId"], there["MaxCapacity"]),
        (target["resource_id"], target["max_capacity"]),
    )
    policies = autoscaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    shown = {each["PolicyName"]: each["TargetTrackingScalingPolicyConfiguration"] for each in policies}
    for policy in of["aws_appautoscaling_policy"]:
        (wanted,) = policy["target_tracking_scaling_policy_configuration"]
        found = shown[policy["name"]]
        yield (
            policy["name"],
            (found["TargetValue"], found["ScaleInCooldown"], found["ScaleOutCooldown"]),
            (wanted["target_value"], wanted["scale_in_cooldown"], wanted["scale_out_cooldown"]),
        )


def roles(client: Client, of: Planned) -> Pairs:
    iam = client("iam")
    for role in of["aws_iam_role"]:
        name = role["name"]
        trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        yield f"{name}'s trust", trust, json.loads(role["assume_role_policy"])
        own = {each["name"]: json.loads(each["policy"]) for each in of["aws_iam_role_policy"] if each["role"] == name}
        listed = iam.list_role_policies(RoleName=name)["PolicyNames"]
        shown = {each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in listed}
        yield f"{name}'s policies", shown, own
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        wanted = [each["policy_arn"] for each in of["aws_iam_role_policy_attachment"] if each["role"] == name]
        yield f"{name}'s attached policies", sorted(each["PolicyArn"] for each in attached), sorted(wanted)


def listeners(client: Client, of: Planned) -> Pairs:
    """Return each listener with its rules; without any of the plan's it has only the default one."""
    balancing, planned_rules = client("elbv2"), of.resources.get("aws_lb_listener_rule", [])
    for listener in of["aws_lb_listener"]:
        arn = listener["arn"]
        (there,) = balancing.describe_listeners(ListenerArns=[arn])["Listeners"]
        yield f"{arn}'s port", (there["Port"], there["Protocol"]), (listener["port"], listener["protocol"])
        rules = balancing.describe_rules(ListenerArn=arn)["Rules"]
        wanted = sorted(str(each["priority"]) for each in planned_rules if each["listener_arn"] == arn)
        yield f"{arn}'s rules", sorted(each["Priority"] for each in rules), [*wanted, "default"]
        (default,) = (each["Actions"] for each in rules if each["IsDefault"])
        yield (
            f"{arn}'s actions",
            [each["Type"] for each in default],
            [each["type"] for each in listener["default_action"]],
        )


def target_groups(client: Client, of: Planned) -> Pairs:
    for group in of["aws_lb_target_group"]:
        (there,) = client("elbv2").describe_target_groups(TargetGroupArns=[group["arn"]])["TargetGroups"]
        (check,) = group["health_check"]
        shown = {**there, "Matcher": there["Matcher"]["HttpCode"]}
        for ours, theirs in HEALTH_CHECK.items():
            yield f"{group['name']}'s {ours}", shown[theirs], check[ours]


def log_groups(client: Client, of: Planned) -> Pairs:
    logs = client("logs")
    for group in of["aws_cloudwatch_log_group"]:
        listed = logs.describe_log_groups(logGroupNamePrefix=group["name"])["logGroups"]
        (there,) = (each for each in listed if each["logGroupName"] == group["name"])
        shown = there.get("retentionInDays"), there.get("kmsKeyId")
        yield group["name"], shown, (group["retention_in_days"], group["kms_key_id"] or None)
