"""Log groups over the wire: by region, protected, listed, and what is deleted with them."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.cloudwatch.logs.api import Logs
from localcloud.cloudwatch.metrics.store import RegionalStores

GROUP = "/ecs/backend"
ARN = f"arn:aws:logs:us-west-1:123456789012:log-group:{GROUP}"


async def test_every_region_has_groups_streams_and_events_of_its_own(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        cloud.parts["logs"].put(GROUP, "s", "at home")
        await in_region(cloud, "create_log_group", logGroupName=GROUP)
        where = {"logGroupName": GROUP, "logStreamName": "s"}
        assert (await in_region(cloud, "describe_log_streams", logGroupName=GROUP))["logStreams"] == []
        await in_region(cloud, "create_log_stream", **where)
        [stream] = (await in_region(cloud, "describe_log_streams", logGroupName=GROUP))["logStreams"]
        assert stream["arn"].startswith("arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/backend:")
        assert (await in_region(cloud, "filter_log_events", logGroupName=GROUP))["events"] == []
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await in_region(cloud, "filter_log_events", logGroupIdentifier=ARN)
        await in_region(cloud, "delete_log_group", logGroupName=GROUP)
        [event] = (await cloud.call("logs", "filter_log_events", logGroupIdentifier=ARN))["events"]
        assert event["message"] == "at home"


async def in_region(cloud: Any, operation: str, **parameters: Any) -> Any:

    client = cloud.client("logs", "eu-west-1")
    try:
        return await asyncio.to_thread(getattr(client, operation), **parameters)
    finally:
        client.close()


async def test_a_protected_group_is_not_deleted(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP, deletionProtectionEnabled=True)
        with pytest.raises(ClientError, match="ValidationException"):
            await cloud.call("logs", "delete_log_group", logGroupName=GROUP)
        await cloud.call(
            "logs",
            "put_log_group_deletion_protection",
            logGroupIdentifier=ARN,
            deletionProtectionEnabled=False,
        )
        await cloud.call("logs", "delete_log_group", logGroupName=GROUP)


async def test_filters_and_tags_end_with_their_group(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        for _ in range(2):
            await cloud.call("logs", "create_log_group", logGroupName=GROUP)
            [group] = (await cloud.call("logs", "describe_log_groups"))["logGroups"]
            assert group["metricFilterCount"] == 0
            assert (await cloud.call("logs", "list_tags_for_resource", resourceArn=ARN))["tags"] == {}
            transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
            await cloud.call(
                "logs",
                "put_metric_filter",
                logGroupName=GROUP,
                filterName="f",
                filterPattern="",
                metricTransformations=[transformation],
            )
            await cloud.call("logs", "tag_resource", resourceArn=ARN, tags={"a": "b"})
            [group] = (await cloud.call("logs", "describe_log_groups"))["logGroups"]
            assert group["metricFilterCount"] == 1
            await cloud.call("logs", "delete_log_group", logGroupName=GROUP)
            with pytest.raises(ClientError, match="ResourceNotFoundException"):
                await cloud.call("logs", "list_tags_for_resource", resourceArn=ARN)


async def test_pages_continue_where_they_stopped_and_a_token_is_for_its_question_only(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        for number in range(5):
            await cloud.call("logs", "create_log_group", logGroupName=f"g{number}")
        first = await cloud.call("logs", "describe_log_groups", limit=2)
        await cloud.call("logs", "delete_log_group", logGroupName="g1")  # the last of the page
        second = await cloud.call("logs", "describe_log_groups", limit=2, nextToken=first["nextToken"])
        names = [group["logGroupName"] for group in first["logGroups"] + second["logGroups"]]
        assert names == ["g0", "g1", "g2", "g3"]
        for operation, more in (("list_log_groups", {}), ("describe_log_groups", {"logGroupNamePrefix": "g"})):
            with pytest.raises(ClientError, match=r"InvalidParameterException.*The specified nextToken is invalid\."):
                await cloud.call("logs", operation, nextToken=first["nextToken"], **more)


async def test_groups_are_listed_by_expression_class_and_tags(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName="/ecs/one", tags={"team": "red"})
        await cloud.call("logs", "create_log_group", logGroupName="/rds/two", logGroupClass="INFREQUENT_ACCESS")

        async def names(**parameters: Any) -> list[str]:
            answer = await cloud.call("logs", "list_log_groups", **parameters)
            return [group["logGroupName"] for group in answer["logGroups"]]

        assert await names(logGroupNamePattern="^/ecs|two") == ["/ecs/one", "/rds/two"]
        assert await names(logGroupNamePattern="^ecs") == []
        assert await names(logGroupClass="INFREQUENT_ACCESS") == ["/rds/two"]
        assert await names(logGroupTags=[{"key": "team", "values": ["r*"]}]) == ["/ecs/one"]
        assert await names(logGroupTags=[{"key": "team", "values": ["!red"]}]) == []


def uses_of(group: str) -> dict[str, dict[str, Any]]:
    """Parameters of the operations that only the class Standard supports."""
    arn = f"arn:aws:logs:us-west-1:123456789012:log-group:{group}"
    named = {"logGroupName": group}
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    stream = "arn:aws:kinesis:us-west-1:123456789012:stream/s"
    return {
        "put_metric_filter": named
        | {"filterName": "f", "filterPattern": "", "metricTransformations": [transformation]},
        "describe_metric_filters": named,
        "delete_metric_filter": named | {"filterName": "f"},
        "put_subscription_filter": named
        | {"filterName": "f", "filterPattern": "", "destinationArn": stream, "roleArn": "arn:aws:iam::1:role/r"},
        "create_export_task": named | {"fromTime": 0, "to": 1, "destination": "bucket"},
        "filter_log_events": {"logGroupIdentifier": arn},
    }


EMBEDDED = (
    '{"_aws": {"Timestamp": %d, "CloudWatchMetrics": [{"Namespace": "n", "Dimensions": [[]], "Metrics": '
    '[{"Name": "m"}]}]}, "m": 1}'
)


async def test_other_classes_refuse_what_only_the_standard_class_supports(cloud_in: Any, tmp_path: Path) -> None:
    measured = RegionalStores(1, "us-west-1")
    async with cloud_in(tmp_path, {"logs": lambda host: Logs(host, measured)}) as cloud:
        for name in ("INFREQUENT_ACCESS", "DELIVERY"):
            await cloud.call("logs", "create_log_group", logGroupName=name, logGroupClass=name)
            for operation, parameters in uses_of(name).items():
                with pytest.raises(ClientError, match=r"ValidationException.* only supported on the Standard"):
                    await cloud.call("logs", operation, **parameters)
        where = {"logGroupName": "INFREQUENT_ACCESS", "logStreamName": "s"}
        await cloud.call("logs", "create_log_stream", **where)
        now_ms = time.time_ns() // 1_000_000
        event = {"timestamp": now_ms, "message": EMBEDDED % now_ms}
        await cloud.call("logs", "put_log_events", **where, logEvents=[event])
        assert len((await cloud.call("logs", "get_log_events", **where))["events"]) == 1
        assert measured.of("us-west-1").metrics() == []
        query = {"startTime": 0, "endTime": now_ms // 1000 + 60, "queryString": "fields @message"}
        assert (await cloud.call("logs", "start_query", logGroupName="INFREQUENT_ACCESS", **query))["queryId"]
        with pytest.raises(ClientError, match="only supported on the Standard log class"):
            await cloud.call("logs", "start_query", logGroupNames=["DELIVERY", "INFREQUENT_ACCESS"], **query)


async def test_what_is_not_offered_says_so_and_retention_has_awss_days(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        with pytest.raises(
            ClientError, match="GetTransformer: this local cloud does not offer this operation of CloudWatch Logs"
        ):
            await cloud.call("logs", "get_transformer", logGroupIdentifier=GROUP)
        with pytest.raises(ClientError, match=r"Value '31' at 'retentionInDays' failed .* enum value set: \[1, 3, 5,"):
            await cloud.call("logs", "put_retention_policy", logGroupName=GROUP, retentionInDays=31)
        await cloud.call("logs", "put_retention_policy", logGroupName=GROUP, retentionInDays=30)
        key = (await cloud.call("kms", "create_key"))["KeyMetadata"]["Arn"]
        await cloud.call("logs", "associate_kms_key", logGroupName=GROUP, kmsKeyId=key)
        [group] = (await cloud.call("logs", "describe_log_groups"))["logGroups"]
        assert group["retentionInDays"] == 30 and group["kmsKeyId"] == key
        await cloud.call("logs", "delete_retention_policy", logGroupName=GROUP)
        [group] = (await cloud.call("logs", "describe_log_groups"))["logGroups"]
        assert "retentionInDays" not in group


async def test_the_latest_events_come_first_when_asked_so(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        for number in range(5):
            cloud.parts["logs"].put(GROUP, "s", str(number))
        found: list[str] = []
        more: dict[str, Any] = {}
        while True:
            answer = await cloud.call(
                "logs",
                "filter_log_events",
                logGroupName=GROUP,
                startFromHead=False,
                startTime=1_704_067_200_000,
                limit=2,
                **more,
            )
            found += [event["message"] for event in answer["events"]]
            if "nextToken" not in answer:
                break
            more = {"nextToken": answer["nextToken"]}
        assert found == ["4", "3", "2", "1", "0"]
        with pytest.raises(ClientError, match="InvalidParameterException"):
            await cloud.call("logs", "filter_log_events", logGroupName=GROUP, startFromHead=False)
