"""Alarms that earlier versions stored: moto's objects, with what patches had added to them."""

import pickle
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.cloudwatch.models import Alarm as MotoAlarm
from moto.cloudwatch.models import CloudWatchBackend, Dimension, MetricDataQuery, MetricStat
from moto.cloudwatch.models import Metric as MotoMetric

from localcloud.autoscaling.moto_patches import PolicyAlarm
from localcloud.cloudwatch.alarms.evaluation import State
from localcloud.cloudwatch.alarms.model import CompositeAlarm, MetricAlarm, WatchedMetric
from localcloud.cloudwatch.alarms.records import alarms_of
from localcloud.cloudwatch.alarms.suppression import By, Suppression

AT = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)
HISTORY = {
    "AlarmName": "a", "AlarmType": "MetricAlarm", "Timestamp": AT, "HistoryItemType": "StateUpdate",
    "HistorySummary": "Alarm updated from OK to ALARM", "HistoryData": "{}",
}  # fmt: skip


def stored(**changed: Any) -> MotoAlarm:
    plain: dict[str, Any] = {
        "account_id": "1", "region_name": "us-west-1", "name": "a", "namespace": "N", "metric_name": "M",
        "metric_data_queries": None, "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 3,
        "datapoints_to_alarm": 2, "period": 60, "threshold": 1, "statistic": "Sum", "extended_statistic": None,
        "description": "why", "dimensions": [{"Name": "D", "Value": "v"}], "alarm_actions": ["arn:x"],
        "ok_actions": None, "insufficient_data_actions": None, "unit": "Count", "actions_enabled": False,
        "treat_missing_data": "breaching", "evaluate_low_sample_count_percentile": None, "threshold_metric_id": None,
        "rule": None,
    }  # fmt: skip
    return MotoAlarm(**plain | changed)


def read(alarm: MotoAlarm) -> Any:
    backend = CloudWatchBackend("us-west-1", "1")
    backend.alarms[alarm.name] = pickle.loads(pickle.dumps(alarm))  # noqa: S301 - our own
    return alarms_of(backend)[alarm.name]


def test_a_metric_alarm_keeps_its_settings_state_and_history() -> None:
    old = stored()
    old.__dict__ |= {
        "state_value": "ALARM", "state_reason": "because", "state_reason_data": '{"a": 1}',
        "state_updated_timestamp": AT, "state_transitioned_timestamp": AT, "evaluation_state": "EVALUATION_ERROR",
        "history": [("StateUpdate", "a tuple of moto's own"), HISTORY],
    }  # fmt: skip
    alarm = read(old)
    assert isinstance(alarm, MetricAlarm)
    assert alarm.metric == WatchedMetric(namespace="N", name="M", dimensions=(("D", "v"),))
    assert (alarm.statistic, alarm.period_s, alarm.unit, alarm.threshold) == ("Sum", 60, "Count", 1.0)
    assert (alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.treat_missing_data) == (3, 2, "breaching")
    assert (alarm.description, alarm.actions.alarm, alarm.actions.enabled) == ("why", ("arn:x",), False)
    assert (alarm.state.value, alarm.state.reason, alarm.state.reason_data) == (State.ALARM, "because", '{"a": 1}')
    assert (alarm.state.updated_at, alarm.state.transitioned_at, alarm.evaluation_state) == (AT, AT, "EVALUATION_ERROR")
    assert [(item.kind, item.summary, item.at) for item in alarm.history] == [
        ("StateUpdate", "Alarm updated from OK to ALARM", AT)
    ]


def test_metric_math_keeps_its_queries() -> None:
    stat = MetricStat(MotoMetric("M", "N", [Dimension("D", "v")]), "300", "p90", "Seconds")
    queries = [
        MetricDataQuery("m", "", "300", "false", None, stat),
        MetricDataQuery("e", "rate", None, True, "m / 2", None),  # type: ignore[arg-type]
    ]
    measured, expression = read(stored(metric_data_queries=queries, metric_name=None)).queries
    assert (measured.statistic.period_s, measured.statistic.statistic, measured.returns_data) == (300, "p90", False)
    assert (expression.expression, expression.label, expression.returns_data) == ("m / 2", "rate", True)


@pytest.mark.parametrize(
    ("suppression", "expected"),
    [
        (None, None),
        ({"told": "OK", "by": "WaitPeriod", "until": 5.0}, Suppression(acted_on="OK", by=By.WAIT_PERIOD, until=5.0)),
        ({"told": "ALARM", "by": None, "until": 0.0}, Suppression(acted_on="ALARM")),
        ({"acted_on": "ALARM", "by": None, "until": 0.0}, Suppression(acted_on="ALARM")),
    ],
)
def test_a_composite_alarm_keeps_its_rule_and_its_suppression(suppression: Any, expected: Suppression | None) -> None:
    old = stored(rule="ALARM(b)", metric_name=None, namespace=None)
    old.__dict__ |= {
        "suppressor": "quiet", "suppressor_wait_s": 60, "suppressor_extension_s": 120, "suppression": suppression,
        "children_seen": (("b", "OK"),),
    }  # fmt: skip
    alarm = read(old)
    assert isinstance(alarm, CompositeAlarm)
    assert (alarm.rule, alarm.children_seen, alarm.suppression) == ("ALARM(b)", (("b", "OK"),), expected)
    assert alarm.suppressor is not None
    assert (alarm.suppressor.name, alarm.suppressor.wait_s, alarm.suppressor.extension_s) == ("quiet", 60, 120)


def test_our_own_alarms_are_read_back_as_they_are() -> None:
    alarm = read(stored())
    assert pickle.loads(pickle.dumps(alarm)) == alarm  # noqa: S301 - our own
    backend = CloudWatchBackend("us-west-1", "1")
    alarms_of(backend)["a"] = alarm
    assert alarms_of(backend)["a"] is alarm


def test_the_state_on_disk_names_these_classes_so_that_they_must_not_move() -> None:
    named = set(re.findall(rb"localcloud\.[\w.]+", pickle.dumps([read(stored()), PolicyAlarm(name="a", alarm_arn="")])))
    assert named == {
        b"localcloud.autoscaling.moto_patches",
        b"localcloud.cloudwatch.alarms.evaluation",
        b"localcloud.cloudwatch.alarms.model",
    }
