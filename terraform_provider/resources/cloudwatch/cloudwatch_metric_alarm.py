"""aws_cloudwatch_metric_alarm."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.arguments import is_set, known_blocks, refuse_conflicts
from terraform_provider.framework.aws import Aws
from terraform_provider.framework.change import Change
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.nulls import given
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.cloudwatch import _metrics
from terraform_provider.values.unknown import UNKNOWN, State, Value

NAMES = {
    "alarm_actions": "AlarmActions",
    "alarm_description": "AlarmDescription",
    "alarm_name": "AlarmName",
    "comparison_operator": "ComparisonOperator",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
    "evaluation_periods": "EvaluationPeriods",
    "extended_statistic": "ExtendedStatistic",
    "insufficient_data_actions": "InsufficientDataActions",
    "metric_name": "MetricName",
    "namespace": "Namespace",
    "ok_actions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold_metric_id": "ThresholdMetricId",
    "treat_missing_data": "TreatMissingData",
    "unit": "Unit",
}
"""Attributes that AWS has under another name, and in the same form."""
ONLY_WITHOUT_QUERIES = ("dimensions", "extended_statistic", "metric_name", "namespace", "period", "statistic")
ACTIONS = ("alarm_actions", "insufficient_data_actions", "ok_actions")
MOST_ACTIONS = 5
SHORT_PERIODS_S = (10, 20, 30)
SHORT_PERIODS_OF_QUERIES_S = (1, 5, 10, 20, 30)
NO_STATISTIC = "One of `statistic` or `extended_statistic` must be set for a cloudwatch metric alarm"


@resource("aws_cloudwatch_metric_alarm")
class MetricAlarm(Resource):
    noun = "CloudWatch Metric Alarm"
    title = "alarm_name"

    def validate(self, config: State) -> None:
        for name in ONLY_WITHOUT_QUERIES:
            refuse_conflicts(config, name, "metric_query")
        refuse_conflicts(config, "extended_statistic", "statistic")
        refuse_conflicts(config, "threshold", "threshold_metric_id")
        for name in ACTIONS:
            if isinstance(config.get(name), list) and len(config[name]) > MOST_ACTIONS:
                raise ProviderError(
                    "Too many list items",
                    f"Attribute {name} supports {MOST_ACTIONS} item maximum, but config has {len(config[name])} "
                    "declared.",
                    (name,),
                )
        _check_period(config.get("period"), SHORT_PERIODS_S)
        for query in known_blocks(config, "metric_query"):
            for block in (query, *known_blocks(query, "metric")):
                _check_period(block["period"], SHORT_PERIODS_OF_QUERIES_S)

    def customize_plan(self, change: Change) -> None:
        planned = change.planned
        how = [planned.get("statistic"), planned.get("extended_statistic")]
        if planned.get("metric_name") and UNKNOWN not in how and not any(how):
            change.refuse(NO_STATISTIC, "Name the statistic of a period's values.", "statistic")
        for query in known_blocks(planned, "metric_query"):
            if is_set(query["expression"]) and query["expression"] and is_set(query["metric"]):
                change.refuse(
                    "No metric_query may have both `expression` and a `metric` specified",
                    f'Split "{query["id"]}" into two queries.',
                    "metric_query",
                )

    def create(self, aws: Aws, planned: State) -> str:
        aws.client("cloudwatch").put_metric_alarm(**_request(planned), Tags=tags.as_list(planned["tags_all"]))
        return str(planned["alarm_name"])

    def read(self, aws: Aws, state: State) -> State | None:
        cloudwatch = aws.client("cloudwatch")
        answer = cloudwatch.describe_alarms(AlarmNames=[state["id"]], AlarmTypes=["MetricAlarm"])
        if not answer["MetricAlarms"]:
            return None
        found = answer["MetricAlarms"][0]
        read = {ours: found.get(theirs) for ours, theirs in NAMES.items()}
        if found.get("Metrics"):
            read["metric_query"] = _metrics.blocks(found["Metrics"])
        listed = cloudwatch.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"]
        return read | {
            "actions_enabled": found["ActionsEnabled"],
            "arn": found["AlarmArn"],
            "dimensions": _metrics.dimensions_read(found.get("Dimensions")),
            "threshold": found.get("Threshold"),
            "treat_missing_data": found.get("TreatMissingData") or "missing",
            "tags_all": tags.as_dict(listed),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        cloudwatch, arn = aws.client("cloudwatch"), prior["arn"]
        if changed - {"tags", "tags_all"}:
            cloudwatch.put_metric_alarm(**_request(planned))
        if "tags_all" in changed:
            tags.change(
                prior,
                planned,
                untag=lambda keys: cloudwatch.untag_resource(ResourceARN=arn, TagKeys=keys),
                tag=lambda added: cloudwatch.tag_resource(ResourceARN=arn, Tags=tags.as_list(added)),
            )

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("cloudwatch").delete_alarms(AlarmNames=[state["id"]])


def _request(planned: State) -> dict[str, Any]:
    request = given(planned, NAMES) | {"ActionsEnabled": bool(planned["actions_enabled"])}
    for name in ACTIONS:
        if not planned[name]:
            request.pop(NAMES[name], None)
    if planned["dimensions"]:
        request["Dimensions"] = _metrics.dimensions(planned["dimensions"])
    if planned["metric_query"]:
        request["Metrics"] = _metrics.queries(planned["metric_query"])
    if not planned["threshold_metric_id"]:
        request["Threshold"] = float(planned["threshold"] or 0)
    return request


def _check_period(period_s: Value, short_s: tuple[int, ...]) -> None:
    if isinstance(period_s, int | float) and period_s not in short_s and period_s % 60:
        raise ProviderError(
            f"expected period to be one of {list(short_s)} or divisible by 60, got: {period_s:g}",
            "It is in seconds.",
            ("period",),
        )
