"""Metric data on the wire: what is accepted, what is refused, and the statistics that come back."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from botocore.exceptions import ClientError

from localcloud.host import REGION

NAMESPACE = "test"
EXTENDED = ["p90", "tm90", "IQM", "tc90", "ts90", "wm90", "PR(:50)", "TM(10:20)"]
EXPECTED = [90.0, 45.5, 50.5, 90.0, 4095.0, 49.95, 50.0, 15.5]
SPAN = timedelta(hours=1)


async def test_statistics_of_values_come_back_from_both_questions(cloud_in: Any, tmp_path: Path) -> None:
    datum = {"MetricName": "m", "Values": [float(number) for number in range(1, 101)]}
    held = {"SampleCount": 2.0, "Sum": 30.0, "Minimum": 10.0, "Maximum": 20.0}
    async with cloud_in(tmp_path, {}) as cloud:
        data = [datum, {"MetricName": "held", "StatisticValues": held}]
        await cloud.call("cloudwatch", "put_metric_data", Namespace=NAMESPACE, MetricData=data)
        now = datetime.now(UTC)
        span = {"StartTime": now - SPAN, "EndTime": now + SPAN, "Namespace": NAMESPACE, "Period": 7200}
        answer = await cloud.call(
            "cloudwatch", "get_metric_statistics", MetricName="m", ExtendedStatistics=EXTENDED, **span
        )
        found = {name: point for each in answer["Datapoints"] for name, point in each["ExtendedStatistics"].items()}
        assert found == dict(zip(EXTENDED, map(pytest.approx, EXPECTED), strict=True))
        queries = [
            {
                "Id": f"m{number}",
                "MetricStat": {"Metric": {"Namespace": NAMESPACE, "MetricName": name}, "Period": 7200, "Stat": stat},
            }
            for number, (name, stat) in enumerate([*(("m", stat) for stat in EXTENDED), ("held", "tm90")])
        ]
        answer = await cloud.call(
            "cloudwatch",
            "get_metric_data",
            MetricDataQueries=queries,
            StartTime=now - SPAN,
            EndTime=now + SPAN,
        )
        values = [sum(each["Values"]) for each in answer["MetricDataResults"]]
        assert values == [*map(pytest.approx, EXPECTED), 0], "of a statistic set there is no trimmed mean"


async def test_metrics_of_an_entity_are_metrics_like_others(cloud_in: Any, tmp_path: Path) -> None:
    entity = {"KeyAttributes": {"Type": "Service", "Name": "backend"}}
    data = {
        "MetricData": [{"MetricName": "plain", "Value": 1.0}],
        "EntityMetricData": [{"Entity": entity, "MetricData": [{"MetricName": "entity's", "Value": 2.0}]}],
    }
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("cloudwatch", "put_metric_data", Namespace=NAMESPACE, **data)
        await cloud.call("cloudwatch", "put_metric_data", Namespace="alone", EntityMetricData=data["EntityMetricData"])
        found = (await cloud.call("cloudwatch", "list_metrics"))["Metrics"]
        names = sorted((each["Namespace"], each["MetricName"]) for each in found)
        assert names == [("alone", "entity's"), (NAMESPACE, "entity's"), (NAMESPACE, "plain")]


async def test_wrong_data_are_refused_whole_in_every_protocol(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        wrong = [
            {"MetricName": "good", "Value": 1.0},
            {"MetricName": "x" * 256, "Value": float("inf"), "Dimensions": [{"Name": "d", "Value": "v" * 1025}]},
        ]
        with pytest.raises(ClientError) as refused:
            await cloud.call("cloudwatch", "put_metric_data", Namespace=NAMESPACE, MetricData=wrong)
        error = refused.value.response["Error"]
        assert error["Code"] == "InvalidParameterValue"
        assert error["Message"].split("\n") == [
            "The parameter MetricData.member.2.MetricName must be shorter than 256 characters.",
            "The parameter MetricData.member.2.Dimensions.member.1.Value must be shorter than 1025 characters.",
            "The value ∞ for parameter MetricData.member.2.Value is invalid.",
        ]
        form = {
            "Action": "PutMetricData",
            "Version": "2010-08-01",
            "Namespace": NAMESPACE,
            "MetricData.member.1.MetricName": "m",
            "MetricData.member.1.Value": "NaN",
        }
        answer = await asyncio.to_thread(_post, cloud.host.endpoint_url, form)
        assert answer.status_code == 400
        assert "The value NaN for parameter MetricData.member.1.Value is invalid." in answer.text
        assert (await cloud.call("cloudwatch", "list_metrics", Namespace=NAMESPACE, MetricName="good"))["Metrics"] == []


def _post(url: str, form: dict[str, str]) -> httpx.Response:
    """Send a form, as plain clients do."""
    scope = f"Credential=test/20260101/{REGION}/monitoring/aws4_request"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "content-type": "application/x-www-form-urlencoded",
    }
    return httpx.post(url, content=urlencode(form), headers=headers, trust_env=False, timeout=20)


async def test_a_cloud_has_no_metrics_of_one_that_ran_before_it(cloud_in: Any, tmp_path: Path) -> None:
    found = []
    for name in ("first", "second"):
        async with cloud_in(tmp_path / name, {}) as cloud:
            datum = [{"MetricName": name, "Value": 1.0}]
            await cloud.call("cloudwatch", "put_metric_data", Namespace=NAMESPACE, MetricData=datum)
            listed = await cloud.call("cloudwatch", "list_metrics", Namespace=NAMESPACE)
            found += [each["MetricName"] for each in listed["Metrics"]]
    assert found == ["first", "second"]
