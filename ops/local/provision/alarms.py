"""The local environment's alarms: those of Terraform's `monitoring` module that watch what users notice."""

from typing import Any

from ops.aws.clients import Aws
from ops.aws.deployment_alarms import watching
from ops.aws.once import update_service
from ops.aws.service import Service

PERIOD_S = 60
NAMESPACE = "AWS/ApplicationELB"
# Only the first rolls a deployment back. On AWS `latency-high` does so too, but its five minutes would make every
# deploy in the local environment wait that long.
ERROR_RATE, UNHEALTHY = "error-rate-surge", "unhealthy-targets"
ERRORS = "FILL(target_errors, 0) + FILL(balancer_errors, 0)"
RATE = "100 * errors / IF(all > errors, all, IF(errors > 0, errors, 1))"


def ensure_alarms(aws: Aws) -> None:
    """Create each missing alarm. CloudWatch DescribeAlarms, PutMetricAlarm."""
    for alarm in (error_rate(aws), unhealthy_targets(aws)):
        if not aws.cloudwatch.describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]:
            aws.cloudwatch.put_metric_alarm(**alarm)


def watch_deployments(aws: Aws, service: Service) -> None:
    """Have an alarm watch the service's deployments, except the first, which had nothing to roll back to.

    ECS UpdateService.
    """
    name = alarm_name(aws, ERROR_RATE)
    if not service.is_steady or name in watching(service.deployment_configuration):
        return
    alarms = {"alarmNames": [name], "enable": True, "rollback": True}
    configuration = service.deployment_configuration | {"alarms": alarms}
    update_service(aws, service, deploymentConfiguration=configuration)


def alarm_name(aws: Aws, short: str) -> str:
    return f"{aws.environment.prefix}-{short}"


def error_rate(aws: Aws) -> dict[str, Any]:
    """Return the alarm for more than 5 % of requests that end with 5xx in each of two minutes."""
    balancer = aws.elbv2.describe_load_balancers(Names=[aws.environment.load_balancer])["LoadBalancers"][0]
    dimensions = {"LoadBalancer": suffix_of(balancer["LoadBalancerArn"])}
    return alarm(
        aws,
        ERROR_RATE,
        "More than 5 % of the requests end with 5xx for 2 minutes. A deployment in progress is rolled back.",
        metrics=[
            metric("requests", "RequestCount", dimensions, "Sum"),
            metric("target_errors", "HTTPCode_Target_5XX_Count", dimensions, "Sum"),
            metric("balancer_errors", "HTTPCode_ELB_5XX_Count", dimensions, "Sum"),
            {"Id": "all", "Expression": "FILL(requests, 0)", "Label": "all", "ReturnData": False},
            {"Id": "errors", "Expression": ERRORS, "Label": "errors", "ReturnData": False},
            {"Id": "result", "Expression": RATE, "Label": ERROR_RATE, "ReturnData": True},
        ],
        threshold=5,
        periods=2,
    )


def unhealthy_targets(aws: Aws) -> dict[str, Any]:
    """Return the alarm for an unhealthy target, in either group, in each of five minutes."""
    where = aws.environment
    balancer = aws.elbv2.describe_load_balancers(Names=[where.load_balancer])["LoadBalancers"][0]
    names = {"primary": where.target_group, "alternate": where.alternate_target_group}
    metrics = []
    for role, name in names.items():
        group = aws.elbv2.describe_target_groups(Names=[name])["TargetGroups"][0]
        dimensions = {
            "LoadBalancer": suffix_of(balancer["LoadBalancerArn"]),
            "TargetGroup": group["TargetGroupArn"].rpartition(":")[2],
        }
        metrics.append(metric(f"unhealthy_{role}", "UnHealthyHostCount", dimensions, "Minimum"))
    total = " + ".join(f"FILL(unhealthy_{role}, 0)" for role in names)
    return alarm(
        aws,
        UNHEALTHY,
        "A task has failed the load balancer's health checks for 5 minutes and was not replaced.",
        metrics=[*metrics, {"Id": "result", "Expression": total, "Label": UNHEALTHY, "ReturnData": True}],
        threshold=0,
        periods=5,
    )


def alarm(
    aws: Aws, short: str, meaning: str, *, metrics: list[dict[str, Any]], threshold: float, periods: int
) -> dict[str, Any]:
    """Return the input of PutMetricAlarm."""
    return {
        "AlarmName": alarm_name(aws, short),
        "AlarmDescription": meaning,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": threshold,
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": periods,
        "TreatMissingData": "notBreaching",
        "Metrics": metrics,
    }


def metric(identifier: str, name: str, dimensions: dict[str, str], stat: str) -> dict[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {
        "Id": identifier,
        "MetricStat": {
            "Metric": {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": named},
            "Period": PERIOD_S,
            "Stat": stat,
        },
        "ReturnData": False,
    }


def suffix_of(balancer_arn: str) -> str:
    """`...:loadbalancer/app/name/id` -> `app/name/id`, the name in the metrics' dimensions."""
    return balancer_arn.partition(":loadbalancer/")[2]
