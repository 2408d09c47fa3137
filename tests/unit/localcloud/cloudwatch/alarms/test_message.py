"""An alarm's SNS message, in the shapes that AWS was recorded to send (LocalStack, 2024 to 2026)."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from localcloud.cloudwatch.alarms.message import StateChange, message, triggered_by
from localcloud.cloudwatch.alarms.model import AnyAlarm
from localcloud.cloudwatch.alarms.moto_alarms import from_moto

AT = datetime(2026, 11, 27, 22, 30, 0, 123456, tzinfo=UTC)
ARN = "arn:aws:cloudwatch:us-west-1:123456789012:alarm:"


def alarm_of(**changed: Any) -> AnyAlarm:
    """An alarm as moto stored it, converted."""
    dimension = SimpleNamespace(name="QueueName", value="q")
    held: dict[str, Any] = {
        "description": "too many",
        "configuration_updated_timestamp": AT,
        "ok_actions": [],
        "alarm_actions": ["arn:aws:sns:us-west-1:123456789012:t"],
        "insufficient_data_actions": [],
        "rule": None,
        "metric_data_queries": [],
        "metric_name": "NumberOfMessagesSent",
        "namespace": "AWS/SQS",
        "dimensions": [dimension],
        "statistic": "SampleCount",
        "extended_statistic": None,
        "unit": None,
        "period": 60,
        "evaluation_periods": 1,
        "datapoints_to_alarm": None,
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 0.0,
        "treat_missing_data": "missing",
        "evaluate_low_sample_count_percentile": None,
        "name": "a",
        "alarm_arn": f"{ARN}a",
        "actions_enabled": True,
        "state_value": "INSUFFICIENT_DATA",
        "state_reason": "",
        "state_reason_data": "",
        "state_updated_timestamp": AT,
        "history": [],
    }
    return from_moto(cast("Any", SimpleNamespace(**held | changed)))


def child_of(name: str, state: str) -> AnyAlarm:
    return alarm_of(name=name, alarm_arn=f"{ARN}{name}", state_value=state)


def sent(alarm: AnyAlarm, reason_data: str = "", children: Any = ()) -> dict[str, Any]:
    change = StateChange(
        name="a", arn=f"{ARN}a", old="INSUFFICIENT_DATA", new="ALARM", reason="why", at=AT, reason_data=reason_data
    )
    notification: dict[str, Any] = json.loads(message(change, alarm, "123456789012", "us-west-1", children))
    return notification


def test_the_message_of_an_alarm_of_a_metric() -> None:
    assert sent(alarm_of()) == {
        "AlarmName": "a",
        "AlarmDescription": "too many",
        "AWSAccountId": "123456789012",
        "AlarmConfigurationUpdatedTimestamp": "2026-11-27T22:30:00.123+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": "why",
        "StateChangeTime": "2026-11-27T22:30:00.123+0000",
        "Region": "US West (N. California)",
        "AlarmArn": f"{ARN}a",
        "OldStateValue": "INSUFFICIENT_DATA",
        "OKActions": [],
        "AlarmActions": ["arn:aws:sns:us-west-1:123456789012:t"],
        "InsufficientDataActions": [],
        "ActionExecutedAfterMuteWindow": False,
        "Trigger": {
            "MetricName": "NumberOfMessagesSent",
            "Namespace": "AWS/SQS",
            "StatisticType": "Statistic",
            "Statistic": "SAMPLE_COUNT",
            "Unit": None,
            "Dimensions": [{"value": "q", "name": "QueueName"}],
            "Period": 60,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 0.0,
            "TreatMissingData": "missing",
            "EvaluateLowSampleCountPercentile": "",
        },
    }


def test_m_of_n_and_percentiles_are_mentioned_when_they_were_requested() -> None:
    trigger = sent(alarm_of(datapoints_to_alarm=2, extended_statistic="p99", statistic=None))["Trigger"]
    assert trigger["DatapointsToAlarm"] == 2
    assert (trigger["StatisticType"], trigger["ExtendedStatistic"]) == ("ExtendedStatistic", "p99")


def test_the_trigger_of_metric_math_has_its_queries_and_the_longest_period() -> None:
    metric = SimpleNamespace(namespace="N", metric_name="m", dimensions=[])
    stat = SimpleNamespace(metric=metric, period=300, stat="Sum", unit="Count")
    queries = [
        SimpleNamespace(id="e", label="rate", return_data=True, expression="m / 2", metric_stat=None, period=None),
        SimpleNamespace(id="m", label=None, return_data=False, expression=None, metric_stat=stat, period=None),
    ]
    trigger = sent(alarm_of(metric_data_queries=queries, period=None, metric_name=None))["Trigger"]
    assert trigger["Period"] == 300
    assert "MetricName" not in trigger
    shown = {"Metric": {"MetricName": "m", "Namespace": "N", "Dimensions": []}, "Period": 300, "Stat": "Sum"}
    assert trigger["Metrics"] == [
        {"Id": "e", "ReturnData": True, "Label": "rate", "Expression": "m / 2"},
        {"Id": "m", "ReturnData": False, "MetricStat": shown | {"Unit": "Count"}},
    ]


def test_a_composite_alarm_names_the_child_that_changed_it_also_on_recovery() -> None:
    child = child_of("child", "OK")
    notification = sent(alarm_of(rule="ALARM(child)"), triggered_by(child), [child])
    state = {"Value": "OK", "Timestamp": "2026-11-27T22:30:00.123+0000"}
    assert notification["TriggeringChildren"] == [{"Arn": f"{ARN}child", "State": state}]
    assert notification["AlarmRule"] == "ALARM(child)"
    assert "Trigger" not in notification


def test_a_composite_alarm_that_was_set_names_the_children_that_are_in_alarm() -> None:
    children = [child_of(state, state) for state in ("OK", "ALARM")]
    [notification] = sent(alarm_of(rule="ALARM(ALARM)"), children=children)["TriggeringChildren"]
    assert notification["Arn"] == f"{ARN}ALARM"
