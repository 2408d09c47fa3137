"""PutMetricAlarm refuses alarms that CloudWatch refuses."""

from typing import Any

import pytest

from localcloud.cloudwatch.alarms.checks import check_alarm
from localcloud.errors import AwsError

RULE = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1.0, "EvaluationPeriods": 1}
METRIC = {"MetricName": "m", "Namespace": "n", "Period": 60, "Statistic": "Sum"}


def dimensions(*names: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": str(number)} for number, name in enumerate(names)]


def queried(*names: str) -> dict[str, Any]:
    metric = {"MetricName": "m", "Namespace": "n", "Dimensions": dimensions(*names)}
    return RULE | {"Metrics": [{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}]}


@pytest.mark.parametrize("alarm", [RULE | METRIC | {"Dimensions": dimensions("a", "b", "a")}, queried("a", "b", "a")])
def test_an_alarm_names_each_dimension_once(alarm: dict[str, Any]) -> None:
    with pytest.raises(AwsError, match="must not name the dimension a twice") as refused:
        check_alarm(alarm)
    assert refused.value.code == "ValidationError"


@pytest.mark.parametrize(
    "alarm", [RULE | METRIC | {"Dimensions": dimensions("a", "b", "A")}, queried("a", "b"), queried()]
)
def test_an_alarm_has_dimensions_or_none(alarm: dict[str, Any]) -> None:
    check_alarm(alarm)
