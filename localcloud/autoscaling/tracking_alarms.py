"""The two alarms that a target tracking policy creates, as parameters of PutMetricAlarm. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types_boto3_application_autoscaling.type_defs import (
        CustomizedMetricSpecificationTypeDef,
        TargetTrackingMetricDataQueryTypeDef,
        TargetTrackingScalingPolicyConfigurationTypeDef,
    )

AlarmSettings = dict[str, object]
"""Parameters of PutMetricAlarm."""

PERIOD_S = 60
SCALE_IN_FACTOR = 0.9
KINDS = {
    "AlarmHigh": ("GreaterThanThreshold", 3, 1.0),
    "AlarmLow": ("LessThanThreshold", 15, SCALE_IN_FACTOR),
}
"""Kind -> comparison, number of periods that must all breach, threshold as a fraction of the target value."""

PREDEFINED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}
REQUEST_COUNT = "ALBRequestCountPerTarget"


def tracking_alarms(
    configuration: TargetTrackingScalingPolicyConfigurationTypeDef, resource_id: str, action: str
) -> dict[str, AlarmSettings]:
    """Return kind -> alarm, without names. `resource_id`: `service/CLUSTER/SERVICE`; `action`: the policy's ARN."""
    target_value = float(configuration["TargetValue"])
    metric = _metric(configuration, resource_id)
    return {
        kind: {
            **metric,
            "ComparisonOperator": comparison,
            "EvaluationPeriods": periods,
            # 0.9 x 70 is 63, not 63.00000000000001.
            "Threshold": round(target_value * factor, 9),
            "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {action}.",
            "AlarmActions": [action],
        }
        for kind, (comparison, periods, factor) in KINDS.items()
    }


def tracking_fault(configuration: TargetTrackingScalingPolicyConfigurationTypeDef) -> str:
    """Return the message of the ValidationException for what cannot be tracked here; empty when it can."""
    if configuration["TargetValue"] <= 0:
        return f"TargetValue should be above 0, got {configuration['TargetValue']}"
    cooldowns = {
        "ScaleOutCooldown": configuration.get("ScaleOutCooldown", 0),
        "ScaleInCooldown": configuration.get("ScaleInCooldown", 0),
    }
    for name, cooldown_s in cooldowns.items():
        if cooldown_s < 0:
            return f"{name} should not be negative, got {cooldown_s}"
    return _metric_fault(configuration)


def _metric_fault(configuration: TargetTrackingScalingPolicyConfigurationTypeDef) -> str:
    predefined = configuration.get("PredefinedMetricSpecification")
    custom = configuration.get("CustomizedMetricSpecification")
    if (predefined is None) == (custom is None):
        return "Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified"
    if predefined is None:
        custom = custom or {}
        lacking = [name for name in ("MetricName", "Namespace", "Statistic") if not custom.get(name)]
        if lacking and not custom.get("Metrics"):
            return f"CustomizedMetricSpecification: {', '.join(lacking)} or Metrics must be specified"
        return ""
    kind = predefined.get("PredefinedMetricType")
    if kind == REQUEST_COUNT:
        label = str(predefined.get("ResourceLabel") or "").split("/")
        if len(label) != 6 or label[0] != "app" or label[3] != "targetgroup":
            return f"ResourceLabel should be app/LB/LBID/targetgroup/TG/TGID, got {'/'.join(label)!r}"
        return ""
    return (
        "" if kind in PREDEFINED else f"PredefinedMetricType {kind} is not offered for ECS services by the local cloud"
    )


def _metric(configuration: TargetTrackingScalingPolicyConfigurationTypeDef, resource_id: str) -> AlarmSettings:
    if custom := configuration.get("CustomizedMetricSpecification"):
        return _custom(custom)
    predefined = configuration["PredefinedMetricSpecification"]
    kind = predefined["PredefinedMetricType"]
    if kind == REQUEST_COUNT:
        balancer, group = predefined["ResourceLabel"].split("/targetgroup/")
        # Sum over a minute: despite the name of the statistic, each datapoint is the average per target.
        dimensions = {"LoadBalancer": balancer, "TargetGroup": f"targetgroup/{group}"}
        return _plain("AWS/ApplicationELB", "RequestCountPerTarget", "Sum", dimensions)
    _, cluster, service = resource_id.split("/")
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    return {**_plain("AWS/ECS", PREDEFINED[kind], "Average", dimensions), "Unit": "Percent"}


def _plain(namespace: str, name: str, statistic: str, dimensions: dict[str, str]) -> AlarmSettings:
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Statistic": statistic,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Period": PERIOD_S,
    }


def _custom(specification: CustomizedMetricSpecificationTypeDef) -> AlarmSettings:
    """Return one metric with its statistic, or metric math."""
    queries = specification.get("Metrics")
    if not queries:
        plain = {name: specification[name] for name in ("Namespace", "MetricName", "Statistic")}
        unit = {"Unit": specification["Unit"]} if specification.get("Unit") else {}
        return {**plain, "Dimensions": specification.get("Dimensions") or [], "Period": PERIOD_S, **unit}
    return {"Metrics": [_query(query) for query in queries]}


def _query(query: TargetTrackingMetricDataQueryTypeDef) -> AlarmSettings:
    statistic = query.get("MetricStat")
    if not statistic:
        return {"ReturnData": True, **query}
    return {"ReturnData": True, **query, "MetricStat": {**statistic, "Period": PERIOD_S}}
