"""StateReason and StateReasonData as CloudWatch writes them: the sentences are from real alarms."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localcloud.cloudwatch.alarms.evaluation import Missing, Point, Rule, State, evaluate
from localcloud.cloudwatch.alarms.model import MetricAlarm
from localcloud.cloudwatch.alarms.reason import reason, reason_data

FIRST = datetime(2026, 11, 26, 5, tzinfo=UTC)


def begins(count: int) -> list[datetime]:
    return [FIRST + timedelta(minutes=minute) for minute in range(count)]


def said(points: list[Point], m: int, n: int, missing: str = "missing", *, m_of_n: bool = True) -> str:
    rule = Rule(
        comparison="GreaterThanThreshold",
        threshold=5.0,
        evaluation_periods=n,
        datapoints_to_alarm=m,
        missing=Missing(missing),
        is_m_of_n=m_of_n,
    )
    return reason(evaluate(State.OK, points, rule), rule, begins(len(points)))


@pytest.mark.parametrize(
    ("points", "m", "n", "expected"),
    [
        (
            [9.5],
            1,
            1,
            "Threshold Crossed: 1 out of the last 1 datapoints [9.5 (26/11/26 05:00:00)] was greater than the "
            "threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            [0.25],
            1,
            1,
            "Threshold Crossed: 1 out of the last 1 datapoints [0.25 (26/11/26 05:00:00)] was not greater than the "
            "threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            [9.0, 8.0],
            2,
            2,
            "Threshold Crossed: 2 out of the last 2 datapoints [8.0 (26/11/26 05:01:00), 9.0 (26/11/26 05:00:00)] "
            "were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            [1.0, 9.0, 2.0],
            2,
            3,
            "Threshold Crossed: 2 out of the last 3 datapoints [2.0 (26/11/26 05:02:00), 1.0 (26/11/26 05:00:00)] "
            "were not greater than the threshold (5.0) (minimum 2 datapoints for ALARM -> OK transition).",
        ),
        (
            [6.0, 6.0, 7.0, 7.0, 8.0, 9.0],
            5,
            6,
            "Threshold Crossed: 6 out of the last 6 datapoints were greater than the threshold (5.0). The most recent "
            "datapoints which crossed the threshold: [9.0 (26/11/26 05:05:00), 8.0 (26/11/26 05:04:00), "
            "7.0 (26/11/26 05:03:00), 7.0 (26/11/26 05:02:00), 6.0 (26/11/26 05:01:00)] (minimum 5 datapoints for "
            "OK -> ALARM transition).",
        ),
    ],
)
def test_with_datapoints_to_alarm(points: list[Point], m: int, n: int, expected: str) -> None:
    assert said(points, m, n) == expected


def test_without_datapoints_to_alarm() -> None:
    at = "(26/11/26 05:00:00)"
    assert (
        said([9.0], 1, 1, m_of_n=False)
        == f"Threshold Crossed: 1 datapoint [9.0 {at}] was greater than the threshold (5.0)."
    )
    assert said([1.0], 1, 1, m_of_n=False) == (
        f"Threshold Crossed: 1 datapoint [1.0 {at}] was not greater than the threshold (5.0)."
    )


def test_missing_data() -> None:
    assert said([None], 1, 1) == "Insufficient Data: 1 datapoint was unknown."
    assert said([None] * 2, 2, 2, "notBreaching") == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
        "[NonBreaching]."
    )
    assert said([9.0, None], 2, 2, "breaching") == (
        "Threshold Crossed: 1 out of the last 2 datapoints [9.0 (26/11/26 05:00:00)] was greater than the threshold "
        "(5.0) and 1 missing datapoint was treated as [Breaching] (minimum 2 datapoints for OK -> ALARM transition)."
    )
    assert said([1.0, None, None], 2, 3, "breaching") == (
        "Threshold Crossed: 2 missing datapoints were treated as [Breaching] (minimum 2 datapoints for OK -> ALARM "
        "transition)."
    )


def alarm_of(**settings: Any) -> MetricAlarm:
    return MetricAlarm(name="a", arn="", comparison="GreaterThanThreshold", evaluation_periods=2, **settings)


def test_the_data_of_the_reason() -> None:
    rule = Rule(comparison="GreaterThanThreshold", threshold=5.0, evaluation_periods=2, datapoints_to_alarm=2)
    alarm = alarm_of(statistic="Sum", threshold=5.0, treat_missing_data="breaching")
    verdict = evaluate(State.OK, [8.0, None, 9.0], rule)
    assert json.loads(reason_data(alarm, verdict, begins(3), 60, FIRST + timedelta(minutes=4))) == {
        "version": "1.0",
        "queryDate": "2026-11-26T05:04:00.000+0000",
        "startDate": "2026-11-26T05:00:00.000+0000",
        "statistic": "Sum",
        "period": 60,
        "recentDatapoints": [8.0, 9.0],
        "threshold": 5.0,
        "evaluatedDatapoints": [
            {"timestamp": "2026-11-26T05:02:00.000+0000", "value": 9.0},
            {"timestamp": "2026-11-26T05:00:00.000+0000", "value": 8.0},
        ],
    }
    counted = json.loads(reason_data(alarm, verdict, begins(3), 60, FIRST, [3.0, 0.0, 1.0]))
    assert [each["sampleCount"] for each in counted["evaluatedDatapoints"]] == [1.0, 3.0]


def test_the_data_of_the_reason_without_datapoints() -> None:
    """LocalStack recorded this on AWS in September 2025: datapoints treated as breaching appear without values."""
    rule = Rule(comparison="GreaterThanThreshold", threshold=2.0, evaluation_periods=2, datapoints_to_alarm=2)
    for missing, periods in (("breaching", 2), ("notBreaching", 2), ("ignore", 0), (None, 0)):
        alarm = alarm_of(unit="Seconds", statistic="Average", threshold=2.0, treat_missing_data=missing)
        nothing = json.loads(reason_data(alarm, evaluate(State.OK, [None] * 4, rule), begins(4), 60, FIRST))
        assert "startDate" not in nothing
        assert nothing["recentDatapoints"] == []
        newest_first = ["2026-11-26T05:03:00.000+0000", "2026-11-26T05:02:00.000+0000"]
        assert nothing["evaluatedDatapoints"] == [{"timestamp": at} for at in newest_first[:periods]]
