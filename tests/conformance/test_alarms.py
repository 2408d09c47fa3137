"""CloudWatch alarms: which state a metric, or missing data, puts them into."""

from datetime import UTC, datetime

import pytest

from tests.conformance.cloud import Cloud, Wire
from tests.conformance.stage import Stage

fact = pytest.mark.fact

NAMESPACE = "Conformance"


def put_alarm(cloud: Cloud, **settings: object) -> str:
    """Put an alarm: `Sum` of a metric of the same name above 10, one period of a minute; -> its name."""
    watching, name = cloud.client("cloudwatch"), cloud.new_name("alarm")
    cloud.at_the_end(watching.delete_alarms, AlarmNames=[name])
    change_alarm(cloud, name, **settings)
    return name


def change_alarm(cloud: Cloud, name: str, **settings: object) -> None:
    common = {"EvaluationPeriods": 1, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold"}
    one = {"Namespace": NAMESPACE, "MetricName": name, "Statistic": "Sum", "Period": 60}
    watched = {} if "Metrics" in settings else one
    cloud.client("cloudwatch").put_metric_alarm(**{"AlarmName": name, **common, **watched, **settings})


def state(cloud: Cloud, name: str) -> str:
    [shown] = cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(shown["StateValue"])


def until_state(cloud: Cloud, name: str, wanted: str, value: float | None = None) -> None:
    """Wait for a state. `value`: put repeatedly in the meantime, like a metric that is still being measured."""
    watching = cloud.client("cloudwatch")

    def reached() -> bool:
        if value is not None:
            data: list[Wire] = [{"MetricName": name, "Value": value, "Timestamp": datetime.now(UTC)}]
            watching.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        return state(cloud, name) == wanted

    cloud.until(reached, f"{name} to be {wanted}", 600)


@fact("4/initial")
def test_a_new_alarm_has_no_data_and_a_changed_one_keeps_its_state(stage: Stage) -> None:
    cloud = stage.cloud
    name = put_alarm(cloud, TreatMissingData="ignore")
    assert state(cloud, name) == "INSUFFICIENT_DATA"
    cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="conformance")
    change_alarm(cloud, name, TreatMissingData="ignore", Threshold=20)
    assert state(cloud, name) == "ALARM"


@fact("4/datapoints", "4/history")
def test_datapoints_above_the_threshold_are_an_alarm_and_below_it_its_end(stage: Stage) -> None:
    name = put_alarm(stage.cloud)
    until_state(stage.cloud, name, "ALARM", 1000.0)
    until_state(stage.cloud, name, "OK", 0.0)
    found = stage.cloud.client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="StateUpdate")
    changes = [item["HistorySummary"] for item in found["AlarmHistoryItems"]]
    assert changes[0] == "Alarm updated from ALARM to OK"
    assert changes[1].endswith("to ALARM")


@fact("4/treat-missing", "4/set-state")
@pytest.mark.parametrize(
    ("missing", "before", "after"),
    [
        ("missing", "ALARM", "INSUFFICIENT_DATA"),
        ("breaching", "OK", "ALARM"),
        ("notBreaching", "ALARM", "OK"),
    ],
)
def test_without_data_it_is_as_treat_missing_data_says(stage: Stage, missing: str, before: str, after: str) -> None:
    name = put_alarm(stage.cloud, TreatMissingData=missing)
    stage.cloud.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=before, StateReason="conformance")
    until_state(stage.cloud, name, after)


@fact("4/math")
def test_an_expression_fills_what_is_missing(stage: Stage) -> None:
    absent = {"Namespace": NAMESPACE, "MetricName": stage.cloud.new_name("absent")}
    name = stage.cloud.new_name("alarm")
    present = {"Namespace": NAMESPACE, "MetricName": name}
    queries = [
        {"Id": "a", "MetricStat": {"Metric": absent, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "p", "MetricStat": {"Metric": present, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "both", "Expression": "IF(p > 0, 100 * (FILL(a, 0) + p) / p, 0)", "ReturnData": True},
    ]
    stage.cloud.at_the_end(stage.cloud.client("cloudwatch").delete_alarms, AlarmNames=[name])
    change_alarm(stage.cloud, name, Threshold=99, Metrics=queries)
    until_state(stage.cloud, name, "ALARM", 1.0)
