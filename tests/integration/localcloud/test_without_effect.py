"""A setting that would never take effect here is refused; one that does is accepted."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.endpoint.checks.without_effect import NEVER_DONE
from localcloud.protocol.service_models import MODELS, service_model
from tests.fuzz.inputs import Inputs
from tests.integration.localcloud.conftest import Cloud, running_cloud

ARN = "arn:aws:{}:us-west-1:123456789012:{}"
OPERATIONS = [
    (MODELS.get(service, (service,))[0], operation)
    for service, table in NEVER_DONE.items()
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


@pytest.mark.parametrize(("service", "operation"), OPERATIONS)
async def test_an_operation_that_would_never_be_done_is_refused(cloud: Cloud, service: str, operation: str) -> None:
    shape = service_model(service).operation_model(operation).input_shape
    client = boto3.client(
        service,
        endpoint_url=cloud.host.endpoint_url,
        region_name=cloud.host.region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False, inject_host_prefix=False),
    )
    parameters = Inputs(random.Random(1), {}).right(shape)  # noqa: S311 - the same test data each time
    with pytest.raises(ClientError) as caught:
        await asyncio.to_thread(client._make_api_call, operation, parameters)
    answer = caught.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (501, "InvalidAction")
    assert answer["Error"]["Message"].startswith(f"{operation}: ")


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
        ("sns", "publish", {"PhoneNumber": "+15550100", "Message": "m"}),
        ("apigatewayv2", "create_api", {"Name": "a", "ProtocolType": "WEBSOCKET"}),
        ("apigatewayv2", "create_api", {"Name": "a", "ProtocolType": "HTTP", "IpAddressType": "dualstack"}),
    ],
)
async def test_a_request_for_what_would_never_be_done_is_refused(
    cloud: Cloud, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    assert "local cloud" in await refusal(cloud, service, operation, **parameters)


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
        ("AWS::Events::Rule", "no schedule of EventBridge fires"),
    ],
)
async def test_cloudformation_makes_nothing_that_would_never_act(cloud: Cloud, kind: str, message: str) -> None:
    template = {"Resources": {"A": {"Type": kind, "Properties": {"ScheduleExpression": "rate(1 minute)"}}}}
    with pytest.raises(ClientError) as caught:
        await cloud.call("cloudformation", "create_stack", StackName="s", TemplateBody=json.dumps(template))
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert message in caught.value.response["Error"]["Message"]
    assert (await cloud.call("cloudformation", "describe_stacks"))["Stacks"] == []
