"""Alarms with a period of 10, 20 or 30 seconds follow data of high resolution, put or in lines of a log."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloudwatch.logs.api import Logs
from localcloud.host import REGION, Host
from tests.integration.localcloud.cloudwatch.alarms_part import AlarmsPart

NAMESPACE = "below-a-minute"
RULE = {"EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"}
METRIC = {"Namespace": NAMESPACE, "MetricName": "m"}
LINES = {"logGroupName": "lines", "logStreamName": "s"}


@pytest.mark.parametrize("as_query", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_an_alarm_with_a_period_below_a_minute_is_evaluated_every_ten_seconds(
    cloud_in: Any, tmp_path: Path, as_query: bool
) -> None:
    stat = {"Metric": METRIC, "Period": 10, "Stat": "Sum"}
    watched = (
        {"Metrics": [{"Id": "q", "MetricStat": stat}]} if as_query else {**METRIC, "Statistic": "Sum", "Period": 10}
    )
    async with cloud_in(tmp_path, {"other": AlarmsPart}) as cloud:
        await cloud.call("cloudwatch", "put_metric_alarm", AlarmName="a", **watched, **RULE)

        async def found() -> dict[str, Any]:
            return dict((await cloud.call("cloudwatch", "describe_alarms"))["MetricAlarms"][0])

        async def is_in_alarm() -> bool:
            data = [{"MetricName": "m", "Value": 6.0, "StorageResolution": 1}]
            await cloud.call("cloudwatch", "put_metric_data", Namespace=NAMESPACE, MetricData=data)
            return bool((await found())["StateValue"] == "ALARM")

        await cloud.until(is_in_alarm, 60)
        reason_data = json.loads((await found())["StateReasonData"])
        assert reason_data["period"] == 10
        await cloud.parts["other"].measured(REGION, [])  # a look at whole minutes leaves it alone
        assert (await found())["StateValue"] == "ALARM"

        async def has_no_data() -> bool:
            return bool((await found())["StateValue"] == "INSUFFICIENT_DATA")

        await cloud.until(has_no_data, 60)


async def test_an_alarm_with_a_period_below_a_minute_follows_lines_in_the_embedded_metric_format(
    cloud_in: Any, tmp_path: Path
) -> None:
    made: list[AlarmsPart] = []

    def alarms(host: Host) -> AlarmsPart:
        made.append(AlarmsPart(host))
        return made[0]

    def logs(host: Host) -> Logs:
        return Logs(host, made[0].stores)

    async with cloud_in(tmp_path, {"other": alarms, "logs": logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=LINES["logGroupName"])
        await cloud.call("logs", "create_log_stream", **LINES)
        alarm = {"AlarmName": "a", "Statistic": "Sum", "Period": 10}
        await cloud.call("cloudwatch", "put_metric_alarm", **alarm, **METRIC, **RULE)

        async def found() -> dict[str, Any]:
            return dict((await cloud.call("cloudwatch", "describe_alarms"))["MetricAlarms"][0])

        async def log_a_metric(resolution: int) -> None:
            now = int(time.time() * 1000)
            metrics = [{"Name": "m", "StorageResolution": resolution}]
            directive = {"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics}
            line = {"_aws": {"Timestamp": now, "CloudWatchMetrics": [directive]}, "m": 6}
            events = [{"timestamp": now, "message": json.dumps(line)}]
            await cloud.call("logs", "put_log_events", **LINES, logEvents=events)

        async def is_in_alarm() -> bool:
            await log_a_metric(1)
            return bool((await found())["StateValue"] == "ALARM")

        await cloud.until(is_in_alarm, 60)
        assert json.loads((await found())["StateReasonData"])["period"] == 10

        async def has_no_data() -> bool:
            return bool((await found())["StateValue"] == "INSUFFICIENT_DATA")

        # Without another line its ten seconds are over: the data did not become those of a whole minute.
        await cloud.until(has_no_data, 60)
