"""A setting that would never take effect here is refused; one that does is accepted."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.endpoint.checks.refused_operations import REFUSED_OPERATIONS
from localcloud.protocol.service_models import MODELS, service_model
from tests.fuzz.inputs import Inputs
from tests.integration.localcloud.conftest import Cloud, running_cloud

ARN = "arn:aws:{}:us-west-1:123456789012:{}"
ROLE = {"RoleARN": "arn:aws:iam::123456789012:role/r"}
BUCKET = {"BucketARN": "arn:aws:s3:::delivered", **ROLE}
TO_S3 = {"S3Configuration": BUCKET}
OPERATIONS = [
    (
        next(name for name in MODELS.get(service, (service,)) if operation in service_model(name).operation_names),
        operation,
    )
    for service, table in REFUSED_OPERATIONS.items()
    for operations in table.values()
    for operation in operations
]


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path, {}) as cloud:
        yield cloud


async def refusal(cloud: Cloud, service: str, operation: str, **parameters: Any) -> str:
    """Check that a call fails with 501; -> the message."""
    with pytest.raises(ClientError) as caught:
        await cloud.call(service, operation, **parameters)
    answer = caught.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (501, "InvalidAction")
    return str(answer["Error"]["Message"])


async def test_an_operation_that_would_never_be_done_is_refused(cloud: Cloud) -> None:
    answers = {}
    for service, operation in OPERATIONS:
        client = boto3.client(
            service,
            endpoint_url=cloud.host.endpoint_url,
            region_name=cloud.host.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, inject_host_prefix=False),
        )
        shape = service_model(service).operation_model(operation).input_shape
        # The same test data each time.
        parameters = Inputs(random.Random(1), {}).right(shape) if shape else {}  # noqa: S311
        with pytest.raises(ClientError) as caught:
            await asyncio.to_thread(client._make_api_call, operation, parameters)
        answer = caught.value.response
        message = answer["Error"]["Message"]
        status, code = answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]
        answers[service, operation] = (status, code, message.startswith(f"{operation}: "))
        client.close()
    assert {name: each for name, each in answers.items() if each != (501, "InvalidAction", True)} == {}


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("events", "put_rule", {"Name": "nightly", "ScheduleExpression": "rate(1 minute)"}),
        (
            "events",
            "put_rule",
            {"Name": "both", "ScheduleExpression": "cron(0 5 * * ? *)", "EventPattern": '{"source": ["a"]}'},
        ),
        *(
            ("events", "put_targets", {"Rule": "r", "Targets": [{"Id": "1", "Arn": ARN.format(target, name)}]})
            for target, name in (
                ("logs", "log-group:g"),
                ("lambda", "function:f"),
                ("ecs", "cluster/c"),
                ("states", "stateMachine:s"),
                ("events", "api-destination/a/1"),
            )
        ),
        *(
            ("sns", "subscribe", {"TopicArn": ARN.format("sns", "t"), "Protocol": protocol, "Endpoint": endpoint})
            for protocol, endpoint in (
                ("lambda", ARN.format("lambda", "function:f")),
                ("firehose", ARN.format("firehose", "deliverystream/d")),
                ("application", ARN.format("sns", "endpoint/GCM/a/b")),
                ("sms", "+15550100"),
            )
        ),
        (
            "secretsmanager",
            "rotate_secret",
            {"SecretId": "s", "RotationLambdaARN": ARN.format("lambda", "function:f"), "RotateImmediately": False},
        ),
        ("sns", "publish", {"PhoneNumber": "+15550100", "Message": "m"}),
        ("sns", "publish", {"TargetArn": ARN.format("sns", "endpoint/GCM/a/b"), "Message": "m"}),
        *(
            ("firehose", "create_delivery_stream", {"DeliveryStreamName": "d", **configuration})
            for configuration in (
                {"KinesisStreamSourceConfiguration": {"KinesisStreamARN": ARN.format("kinesis", "stream/s"), **ROLE}},
                {"SplunkDestinationConfiguration": {"HECEndpoint": "h", "HECEndpointType": "Raw", **TO_S3}},
                {"HttpEndpointDestinationConfiguration": {"EndpointConfiguration": {"Url": "https://a"}, **TO_S3}},
                {"ExtendedS3DestinationConfiguration": {**BUCKET, "CompressionFormat": "GZIP"}},
                {"ExtendedS3DestinationConfiguration": {**BUCKET, "ProcessingConfiguration": {"Enabled": True}}},
                {"ExtendedS3DestinationConfiguration": {**BUCKET, "DataFormatConversionConfiguration": {}}},
            )
        ),
        ("apigatewayv2", "create_api", {"Name": "a", "ProtocolType": "WEBSOCKET"}),
        ("apigatewayv2", "create_api", {"Name": "a", "ProtocolType": "HTTP", "IpAddressType": "dualstack"}),
    ],
)
async def test_a_request_for_what_would_never_be_done_is_refused(
    cloud: Cloud, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    assert "local cloud" in await refusal(cloud, service, operation, **parameters)


async def test_a_delivery_stream_to_a_bucket_writes_what_it_gets(cloud: Cloud) -> None:
    await cloud.call(
        "s3", "create_bucket", Bucket="delivered", CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
    )
    off = {"ProcessingConfiguration": {"Enabled": False}, "CompressionFormat": "UNCOMPRESSED"}
    await cloud.call(
        *("firehose", "create_delivery_stream"),
        DeliveryStreamName="d",
        ExtendedS3DestinationConfiguration={**BUCKET, **off},
    )
    await cloud.call("firehose", "put_record", DeliveryStreamName="d", Record={"Data": b"line"})
    [found] = (await cloud.call("s3", "list_objects_v2", Bucket="delivered"))["Contents"]
    body = (await cloud.call("s3", "get_object", Bucket="delivered", Key=found["Key"]))["Body"]
    assert await asyncio.to_thread(body.read) == b"line"


async def replayed(cloud: Cloud, url: str, name: str, begin: datetime, end: datetime, **destination: Any) -> list[str]:
    """Replay events of the archive; -> what the queue gets."""
    await cloud.call(
        "events",
        "start_replay",
        ReplayName=name,
        EventSourceArn=ARN.format("events", "archive/a"),
        EventStartTime=begin,
        EventEndTime=end,
        Destination={"Arn": ARN.format("events", "event-bus/default"), **destination},
    )
    assert (await cloud.call("events", "describe_replay", ReplayName=name))["State"] == "COMPLETED"
    return await received(cloud, url)


async def received(cloud: Cloud, url: str) -> list[str]:
    messages = (await cloud.call("sqs", "receive_message", QueueUrl=url, MaxNumberOfMessages=10)).get("Messages", [])
    for each in messages:
        await cloud.call("sqs", "delete_message", QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return sorted(json.loads(each["Body"])["detail"]["which"] for each in messages)


async def test_a_replay_sends_the_events_of_its_time_to_the_rules_that_are_named(cloud: Cloud) -> None:
    url = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
    rule = (await cloud.call("events", "put_rule", Name="r", EventPattern='{"source": ["app"]}'))["RuleArn"]
    await cloud.call("events", "put_targets", Rule="r", Targets=[{"Id": "1", "Arn": ARN.format("sqs", "q")}])
    other = (await cloud.call("events", "put_rule", Name="other", EventPattern='{"source": ["none"]}'))["RuleArn"]
    bus = ARN.format("events", "event-bus/default")
    await cloud.call("events", "create_archive", ArchiveName="a", EventSourceArn=bus, RetentionDays=5)
    now = datetime.now(UTC)
    for which, hours in (("old", 24 * 6), ("early", 3), ("late", 1)):
        detail = json.dumps({"which": which})
        entry = {"Time": now - timedelta(hours=hours), "Source": "app", "DetailType": "d", "Detail": detail}
        await cloud.call("events", "put_events", Entries=[entry])
    assert await received(cloud, url) == ["early", "late", "old"]
    assert (await cloud.call("events", "describe_archive", ArchiveName="a"))["EventCount"] == 2
    week, hour = timedelta(days=7), timedelta(hours=1)
    assert await replayed(cloud, url, "all", now - week, now) == ["early", "late"]
    assert await replayed(cloud, url, "early", now - 4 * hour, now - 2 * hour) == ["early"]
    assert await replayed(cloud, url, "to-it", now - week, now, FilterArns=[rule]) == ["early", "late"]
    assert await replayed(cloud, url, "to-other", now - week, now, FilterArns=[other]) == []


async def test_nothing_is_left_of_a_rule_that_was_refused(cloud: Cloud) -> None:
    await refusal(cloud, "events", "put_rule", Name="nightly", ScheduleExpression="rate(1 minute)")
    assert (await cloud.call("events", "list_rules"))["Rules"] == []


async def test_rules_on_events_and_targets_that_are_reached_are_taken(cloud: Cloud) -> None:
    await cloud.call("events", "put_rule", Name="of-events", EventPattern='{"source": ["app"]}')
    arns = [ARN.format("sqs", "q"), ARN.format("sns", "t"), ARN.format("events", "event-bus/default")]
    targets = [{"Id": str(number), "Arn": arn} for number, arn in enumerate(arns)]
    assert (await cloud.call("events", "put_targets", Rule="of-events", Targets=targets))["FailedEntryCount"] == 0
    await cloud.call("events", "remove_targets", Rule="of-events", Ids=["0", "1", "2"])
    await cloud.call("events", "delete_rule", Name="of-events")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("AWS::Scheduler::Schedule", "Unrecognized resource types: [AWS::Scheduler::Schedule]"),
        ("AWS::Lambda::EventSourceMapping", "Unrecognized resource types: [AWS::Lambda::EventSourceMapping]"),
        ("AWS::No::Such", "Unrecognized resource types: [AWS::No::Such]"),
        ("Custom::Thing", "Unrecognized resource types: [Custom::Thing]"),
        ("AWS::Events::Rule", "EventBridge schedules do not fire"),
    ],
)
async def test_cloudformation_makes_nothing_that_would_never_act(cloud: Cloud, kind: str, message: str) -> None:
    template = {"Resources": {"A": {"Type": kind, "Properties": {"ScheduleExpression": "rate(1 minute)"}}}}
    with pytest.raises(ClientError) as caught:
        await cloud.call("cloudformation", "create_stack", StackName="s", TemplateBody=json.dumps(template))
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert message in caught.value.response["Error"]["Message"]
    assert (await cloud.call("cloudformation", "describe_stacks"))["Stacks"] == []
