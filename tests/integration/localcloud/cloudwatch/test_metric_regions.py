"""CloudWatch keeps metrics and alarms apart by region: data put in one is neither seen nor evaluated in another."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.cloudwatch.logs.api import Logs
from localcloud.cloudwatch.metrics.databases import replica_lag
from localcloud.cloudwatch.metrics.store import Datum, Metric, RegionalStores
from localcloud.cloudwatch.metrics.values import Values
from localcloud.host import REGION, Host
from tests.integration.localcloud.cloudwatch.alarms_part import AlarmsPart

ELSEWHERE = "eu-west-1"
NAMESPACE = "test"
DATUM = [{"MetricName": "m", "Value": 7.0}]


async def names(cloud: Any, region: str) -> list[str]:
    found = await cloud.call_in(region, "cloudwatch", "list_metrics", Namespace=NAMESPACE)
    return sorted(each["MetricName"] for each in found["Metrics"])


async def test_metrics_are_seen_in_the_region_where_they_were_put(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call_in(ELSEWHERE, "cloudwatch", "put_metric_data", Namespace=NAMESPACE, MetricData=DATUM)
        assert (await names(cloud, REGION), await names(cloud, ELSEWHERE)) == ([], ["m"])
        now = datetime.now(UTC)
        span = {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(hours=1)}
        stat = {"Metric": {"Namespace": NAMESPACE, "MetricName": "m"}, "Period": 7200, "Stat": "Sum"}
        for region, expected in ((REGION, []), (ELSEWHERE, [7.0])):
            data = await cloud.call_in(
                region, "cloudwatch", "get_metric_data", MetricDataQueries=[{"Id": "q", "MetricStat": stat}], **span
            )
            assert data["MetricDataResults"][0]["Values"] == expected
            points = await cloud.call_in(
                region,
                "cloudwatch",
                "get_metric_statistics",
                Namespace=NAMESPACE,
                MetricName="m",
                Period=7200,
                Statistics=["Sum"],
                **span,
            )
            assert [point["Sum"] for point in points["Datapoints"]] == expected


async def test_metrics_of_another_account_are_not_this_ones(cloud_in: Any, tmp_path: Path) -> None:
    stat = {"Metric": {"Namespace": NAMESPACE, "MetricName": "m"}, "Period": 60, "Stat": "Sum"}
    alarm = {"AlarmName": "a", "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1}
    now = datetime.now(UTC)
    span = {"StartTime": now - timedelta(hours=1), "EndTime": now}
    async with cloud_in(tmp_path, {}) as cloud:
        for account, is_own in (("123456789012", True), ("999999999999", False)):
            query = {"Id": "q", "MetricStat": stat, "AccountId": account}
            for operation, parameters in (
                ("put_metric_alarm", alarm | {"Metrics": [query]}),
                ("get_metric_data", span | {"MetricDataQueries": [query]}),
                ("list_metrics", {"OwningAccount": account, "IncludeLinkedAccounts": True}),
            ):
                if is_own:
                    await cloud.call("cloudwatch", operation, **parameters)
                    continue
                with pytest.raises(ClientError, match=r"ValidationError.*The account 999999999999 shares no metrics"):
                    await cloud.call("cloudwatch", operation, **parameters)
        assert len((await cloud.call("cloudwatch", "describe_alarms"))["MetricAlarms"]) == 1


@pytest.mark.parametrize("actions", ["AlarmActions", "OKActions", "InsufficientDataActions"])
async def test_an_alarm_has_actions_in_its_own_region_only(cloud_in: Any, tmp_path: Path, actions: str) -> None:
    alarm = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1, "Period": 60}
    of_metric = alarm | {"Namespace": NAMESPACE, "MetricName": "m", "Statistic": "Sum"}
    action = {actions: [f"arn:aws:sns:{REGION}:123456789012:alarms"]}
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("cloudwatch", "put_metric_alarm", AlarmName="a", **of_metric, **action)
        for operation, settings in (("put_metric_alarm", of_metric), ("put_composite_alarm", {"AlarmRule": "TRUE"})):
            with pytest.raises(ClientError) as refused:
                await cloud.call_in(ELSEWHERE, "cloudwatch", operation, AlarmName="a", **settings, **action)
            expected = f"Invalid region {REGION} specified. Only {ELSEWHERE} is supported."
            assert refused.value.response["Error"]["Message"] == expected


async def test_log_lines_make_metrics_in_the_region_of_their_group(cloud_in: Any, tmp_path: Path) -> None:
    stores: list[RegionalStores] = []

    def logs(host: Host) -> Logs:
        stores.append(RegionalStores(host.clock.speed, host.region))
        return Logs(host, stores[0])

    embedded = {
        "_aws": {"CloudWatchMetrics": [{"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": [{"Name": "own"}]}]},
        "own": 1,
    }
    group = {"logGroupName": "lines"}
    async with cloud_in(tmp_path, {"logs": logs}) as cloud:
        for region in (REGION, ELSEWHERE):
            await cloud.call_in(region, "logs", "create_log_group", **group)
        await cloud.call_in(ELSEWHERE, "logs", "create_log_stream", **group, logStreamName="s")
        transformation = {"metricNamespace": NAMESPACE, "metricName": "filtered", "metricValue": "1"}
        await cloud.call_in(
            ELSEWHERE,
            "logs",
            "put_metric_filter",
            **group,
            filterName="f",
            filterPattern="own",
            metricTransformations=[transformation],
        )
        event = {"timestamp": int(time.time() * 1000), "message": json.dumps(embedded)}
        await cloud.call_in(ELSEWHERE, "logs", "put_log_events", **group, logStreamName="s", logEvents=[event])
        await cloud.until(lambda: len(stores[0].of(ELSEWHERE).metrics()) == 2)
        assert [metric.name for metric in stores[0].of(ELSEWHERE).metrics()] == ["filtered", "own"]
        assert stores[0].home.metrics() == []


async def test_an_alarm_is_evaluated_on_its_regions_metrics_and_publishes_there(cloud_in: Any, tmp_path: Path) -> None:
    lag = Metric.of("AWS/RDS", "ReplicaLag", {"DBInstanceIdentifier": "copy"})
    watched = {
        "AlarmName": "lag",
        "Namespace": lag.namespace,
        "MetricName": lag.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in lag.dimensions],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 300.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    async with cloud_in(tmp_path, {"other": AlarmsPart}) as cloud:
        topic = (await cloud.call_in(ELSEWHERE, "sns", "create_topic", Name="alarms"))["TopicArn"]
        queue = (await cloud.call_in(ELSEWHERE, "sqs", "create_queue", QueueName="alarms"))["QueueUrl"]
        arn = f"arn:aws:sqs:{ELSEWHERE}:{cloud.host.account_id}:alarms"
        await cloud.call_in(ELSEWHERE, "sns", "subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn)
        for region in (REGION, ELSEWHERE):
            actions = {"AlarmActions": [topic]} if region == ELSEWHERE else {}
            await cloud.call_in(region, "cloudwatch", "put_metric_alarm", **watched, **actions)

        async def states() -> list[str]:
            found = [
                (await cloud.call_in(region, "cloudwatch", "describe_alarms"))["MetricAlarms"][0]["StateValue"]
                for region in (REGION, ELSEWHERE)
            ]
            return [str(state) for state in found]

        part = cloud.parts["other"]
        await cloud.until(lambda: part.alarms.status()["alarms"] == 2)
        await part.measured(ELSEWHERE, replica_lag({"copy": 301.0}))
        assert await states() == ["INSUFFICIENT_DATA", "ALARM"]
        await part.measured(REGION, [Datum(lag, Values.one(1.0), "Seconds")])
        assert await states() == ["OK", "ALARM"]
        received = await cloud.call_in(ELSEWHERE, "sqs", "receive_message", QueueUrl=queue)
        [notification] = [json.loads(json.loads(each["Body"])["Message"]) for each in received["Messages"]]
        assert (notification["NewStateValue"], notification["Region"]) == ("ALARM", "Europe (Ireland)")
        # Set by hand, in one region only.
        setting = {"AlarmName": "lag", "StateValue": "INSUFFICIENT_DATA", "StateReason": "test"}
        await cloud.call_in(ELSEWHERE, "cloudwatch", "set_alarm_state", **setting)
        assert await states() == ["OK", "INSUFFICIENT_DATA"]
