"""Lines that CloudWatch Logs delivers: to streams of subscriptions, objects of exports, clients of Live Tail."""

import asyncio
import gzip
import json
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.cloudwatch.logs.api import Logs

GROUP = "/ecs/backend"
STREAM_ARN = "arn:aws:kinesis:us-west-1:123456789012:stream/lines"
ROLE = "arn:aws:iam::123456789012:role/logs"
PLACE = {"LocationConstraint": "us-west-1"}


async def subscribed(cloud: Any, pattern: str = "ERROR", **more: Any) -> None:
    wanted = {"filterName": "errors", "destinationArn": STREAM_ARN, "roleArn": ROLE} | more
    await cloud.call("logs", "put_subscription_filter", logGroupName=GROUP, filterPattern=pattern, **wanted)


async def received(cloud: Any) -> list[Any]:
    """All messages of the stream, unpacked."""
    [shard] = (await cloud.call("kinesis", "describe_stream", StreamName="lines"))["StreamDescription"]["Shards"]
    iterator = await cloud.call(
        "kinesis",
        "get_shard_iterator",
        StreamName="lines",
        ShardId=shard["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )
    records = await cloud.call("kinesis", "get_records", ShardIterator=iterator["ShardIterator"])
    return [json.loads(gzip.decompress(each["Data"])) for each in records["Records"]]


async def test_matching_lines_come_to_a_kinesis_stream_in_awss_form(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        await cloud.call("kinesis", "create_stream", StreamName="lines", ShardCount=1)
        await subscribed(cloud)
        [control] = await received(cloud)
        assert control["messageType"] == "CONTROL_MESSAGE" and control["owner"] == "CloudwatchLogs"
        assert control["logEvents"][0]["message"].startswith("CWL CONTROL MESSAGE: Checking health of destination")
        cloud.parts["logs"].put(GROUP, "backend/1", "an ERROR")
        cloud.parts["logs"].put(GROUP, "backend/1", "all is well")

        async def has_come() -> bool:
            return len(await received(cloud)) == 2

        await cloud.until(has_come)
        data = (await received(cloud))[1]
        [event] = data.pop("logEvents")
        assert data == {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": GROUP,
            "logStream": "backend/1",
            "subscriptionFilters": ["errors"],
        }
        found = await cloud.call("logs", "filter_log_events", logGroupName=GROUP, filterPattern="ERROR")
        assert event["id"] == found["events"][0]["eventId"] and event["message"] == "an ERROR"


async def test_lines_of_put_log_events_reach_firehose_and_words_are_taken_out(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        await cloud.call("logs", "create_log_stream", logGroupName=GROUP, logStreamName="s")
        await cloud.call("s3", "create_bucket", Bucket="lines", CreateBucketConfiguration=PLACE)
        configuration = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lines"}
        created = await cloud.call(
            "firehose",
            "create_delivery_stream",
            DeliveryStreamName="lines",
            ExtendedS3DestinationConfiguration=configuration,
        )
        await subscribed(cloud, "[method, path, status = 5*]", destinationArn=created["DeliveryStreamARN"])
        events = [{"timestamp": int(time.time() * 1000), "message": text} for text in ("GET /a 200", "GET /b 503")]
        await cloud.call("logs", "put_log_events", logGroupName=GROUP, logStreamName="s", logEvents=events)
        bodies: list[Any] = []

        async def has_come() -> bool:
            listed = await cloud.call("s3", "list_objects_v2", Bucket="lines")
            bodies[:] = [
                json.loads(
                    gzip.decompress(
                        (await cloud.call("s3", "get_object", Bucket="lines", Key=each["Key"]))["Body"].read()
                    )
                )
                for each in listed.get("Contents", [])
            ]
            return any(body["messageType"] == "DATA_MESSAGE" for body in bodies)

        await cloud.until(has_come)
        [data] = [body for body in bodies if body["messageType"] == "DATA_MESSAGE"]
        [event] = data["logEvents"]
        assert event["extractedFields"] == {"method": "GET", "path": "/b", "status": "503"}


async def test_a_subscription_by_a_destination_survives_a_restart(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        await cloud.call("kinesis", "create_stream", StreamName="lines", ShardCount=1)
        created = await cloud.call("logs", "put_destination", destinationName="d", targetArn=STREAM_ARN, roleArn=ROLE)
        await subscribed(cloud, "", destinationArn=created["destination"]["arn"], distribution="Random")
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        cloud.parts["logs"].put(GROUP, "s", "after")

        async def has_come() -> bool:
            return (await received(cloud))[-1]["logEvents"][0]["message"] == "after"

        await cloud.until(has_come)
        [held] = (await cloud.call("logs", "describe_subscription_filters", logGroupName=GROUP))["subscriptionFilters"]
        assert held["distribution"] == "Random" and held["applyOnTransformedLogs"] is False


async def test_subscriptions_that_could_deliver_nothing_are_refused_and_leave_nothing(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        function = "arn:aws:lambda:us-west-1:{}:function:f"
        for more, message in (
            ({"destinationArn": function.format("123456789012")}, "Could not execute the lambda function"),
            ({"destinationArn": function.format("210987654321")}, "AccessDeniedException.*Cross-account lambda"),
            ({}, "Could not deliver test message to specified Kinesis stream"),
            (
                {"destinationArn": "arn:aws:sqs:us-west-1:123456789012:q"},
                "cannot work with destinationArn for vendor sqs",
            ),
            ({"filterPattern": "{"}, "Invalid filter pattern"),
        ):
            pattern = more.pop("filterPattern", "")
            with pytest.raises(ClientError, match=message):
                await subscribed(cloud, pattern, **more)
        with pytest.raises(ClientError, match="destinationArn for vendor kinesis cannot be used without roleArn"):
            await cloud.call(
                "logs",
                "put_subscription_filter",
                logGroupName=GROUP,
                filterName="f",
                filterPattern="",
                destinationArn=STREAM_ARN,
            )
        answer = await cloud.call("logs", "describe_subscription_filters", logGroupName=GROUP)
        assert answer["subscriptionFilters"] == []


async def test_an_export_writes_compressed_lines_of_each_stream(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        at_ms = int(time.time()) * 1000
        for stream, offset in (("a/1", 7), ("a/1", 9), ("b", 8), ("a/1", 5000)):
            cloud.parts["logs"].put(GROUP, stream, f"line {offset}", at_ms + offset)
        parameters = {"logGroupName": GROUP, "from": at_ms, "to": at_ms + 1000, "destination": "bucket"}
        with pytest.raises(ClientError, match="The given bucket does not exist"):
            await cloud.call("logs", "create_export_task", **parameters)
        await cloud.call("s3", "create_bucket", Bucket="bucket", CreateBucketConfiguration=PLACE)
        with pytest.raises(ClientError, match="GetBucketAcl call on the given bucket failed"):
            await cloud.call("logs", "create_export_task", **parameters)
        await opened(cloud, "bucket")
        with pytest.raises(ClientError, match="The specified log group does not exist"):
            await cloud.call("logs", "create_export_task", **parameters | {"logGroupName": "/none"})
        task = await cloud.call("logs", "create_export_task", **parameters)
        found: list[Any] = []

        async def is_over() -> bool:
            found[:] = (await cloud.call("logs", "describe_export_tasks", taskId=task["taskId"]))["exportTasks"]
            return found[0]["status"]["code"] not in ("PENDING", "RUNNING")

        await cloud.until(is_over)
        assert found[0]["status"] == {"code": "COMPLETED", "message": "Completed successfully"}
        assert found[0]["destinationPrefix"] == "exportedlogs" and found[0]["executionInfo"]["completionTime"]
        listed = await cloud.call("s3", "list_objects_v2", Bucket="bucket")
        prefix = f"exportedlogs/{task['taskId']}"
        assert {each["Key"] for each in listed["Contents"]} == {
            "exportedlogs/aws-logs-write-test",
            f"{prefix}/a-1/000000.gz",
            f"{prefix}/b/000000.gz",
        }
        body = await cloud.call("s3", "get_object", Bucket="bucket", Key=f"{prefix}/a-1/000000.gz")
        second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_ms / 1000))
        lines = f"{second}.007Z line 7\n{second}.009Z line 9\n"
        assert gzip.decompress(body["Body"].read()).decode() == lines
        with pytest.raises(ClientError, match=r"InvalidOperationException.*already finished"):
            await cloud.call("logs", "cancel_export_task", taskId=task["taskId"])


async def opened(cloud: Any, bucket: str) -> None:
    """Let CloudWatch Logs in, as AWS's guide says."""
    service = {"Service": "logs.us-west-1.amazonaws.com"}
    statements = [
        {"Effect": "Allow", "Principal": service, "Action": action, "Resource": f"arn:aws:s3:::{bucket}{what}"}
        for action, what in (("s3:GetBucketAcl", ""), ("s3:PutObject", "/*"))
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    await cloud.call("s3", "put_bucket_policy", Bucket=bucket, Policy=policy)


async def test_one_export_is_active_at_a_time_and_can_be_cancelled(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        await cloud.call("s3", "create_bucket", Bucket="bucket", CreateBucketConfiguration=PLACE)
        await opened(cloud, "bucket")
        for number in range(20_000):
            cloud.parts["logs"].put(GROUP, f"s{number % 100}", "x" * 50)
        now_ms = int(time.time() * 1000)
        parameters = {"logGroupName": GROUP, "from": 0, "to": now_ms + 60_000, "destination": "bucket"}
        task = await cloud.call("logs", "create_export_task", **parameters)
        with pytest.raises(ClientError, match=r"LimitExceededException.*Resource limit exceeded\."):
            await cloud.call("logs", "create_export_task", **parameters)
        await cloud.call("logs", "cancel_export_task", taskId=task["taskId"])
        [found] = (await cloud.call("logs", "describe_export_tasks", statusCode="CANCELLED"))["exportTasks"]
        assert found["taskId"] == task["taskId"]
        await cloud.call("logs", "create_export_task", **parameters)


def tail_client(cloud: Any) -> Any:
    """Without the prefix that AWS's endpoint of Live Tail has before its name."""
    return boto3.client(
        "logs",
        endpoint_url=cloud.host.endpoint_url,
        region_name="us-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, read_timeout=20),
    )


async def test_live_tail_shows_the_lines_that_arrive(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call("logs", "create_log_group", logGroupName=GROUP)
        logs, client = cloud.parts["logs"], tail_client(cloud)
        await cloud.call("logs", "create_log_group", logGroupName="rare", logGroupClass="INFREQUENT_ACCESS")
        rare = "arn:aws:logs:us-west-1:123456789012:log-group:rare"
        arn = f"arn:aws:logs:us-west-1:123456789012:log-group:{GROUP}"
        for wrong, message in (
            ({"logGroupIdentifiers": [arn, rare]}, "only supported on the Standard log class"),
            ({"logGroupIdentifiers": [GROUP]}, "is not the ARN"),
            ({"logGroupIdentifiers": [f"{arn}-none"]}, "ResourceNotFoundException"),
            ({"logGroupIdentifiers": [arn], "logEventFilterPattern": "{"}, "Invalid filter pattern"),
            ({"logGroupIdentifiers": [arn], "logStreamNames": ["a"], "logStreamNamePrefixes": ["b"]}, "exclusive"),
        ):
            with pytest.raises(ClientError, match=message):
                await asyncio.to_thread(client.start_live_tail, **wrong)
        logs.put(GROUP, "a/1", "before ERROR")
        await logs.last_lines(GROUP, "a/1", 1)

        def start() -> Any:
            return client.start_live_tail(
                logGroupIdentifiers=[arn], logStreamNamePrefixes=["a/"], logEventFilterPattern="ERROR"
            )["responseStream"]

        stream = await asyncio.to_thread(start)
        updates = iter(stream)
        started = await asyncio.to_thread(next, updates)
        assert started["sessionStart"]["logGroupIdentifiers"] == [arn] and started["sessionStart"]["sessionId"]
        for name, text in (("a/1", "an ERROR"), ("a/1", "well"), ("b/1", "another ERROR"), ("a/2", "ERROR too")):
            logs.put(GROUP, name, text)
        seen: list[Any] = []
        while len(seen) < 2:
            update = (await asyncio.to_thread(next, updates))["sessionUpdate"]
            assert update["sessionMetadata"] == {"sampled": False}
            seen += update["sessionResults"]
        assert [(each["logStreamName"], each["message"]) for each in seen] == [
            ("a/1", "an ERROR"),
            ("a/2", "ERROR too"),
        ]
        assert seen[0]["timestamp"] and seen[0]["ingestionTime"]
        stream.close()
        await cloud.until(lambda: not logs._tail.is_watched)
        client.close()
