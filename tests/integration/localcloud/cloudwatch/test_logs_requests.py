"""CloudWatch Logs: every operation with right and wrong requests is answered without a failure of ours."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.cloudwatch.logs.api import Logs
from localcloud.endpoint.server import Endpoint
from localcloud.errors import AwsError
from localcloud.protocol.caller import NOBODY
from localcloud.protocol.own_requests import json_request
from localcloud.protocol.service_models import service_model
from tests.integration.localcloud.cloudwatch.requests_by_model import Requests

ARN = "arn:aws:logs:us-west-1:123456789012"
KNOWN: dict[str, tuple[Any, ...]] = {
    "loggroupname": ("g1", "g2"),
    "loggroupnames": (["g1"], ["g1", "g2"]),
    "loggroupidentifier": ("g1", f"{ARN}:log-group:g1", f"{ARN}:log-group:g2:*"),
    "loggroupidentifiers": (["g1"], [f"{ARN}:log-group:g1"]),
    "logstreamname": ("s1", "s2"),
    "logstreamnames": (["s1"],),
    "filtername": ("f1", "f2"),
    "filterpattern": ("", "ERROR", "{ $.a = 1 }", "[a, b]", "%e%"),
    "querystring": ("fields @message", "stats count(*) by bin(1m)", "filter a = 1 | sort b"),
    "starttime": (0, 1_700_000_000),
    "endtime": (2_000_000_000,),
    "destination": ("bucket-1",),
    "destinationname": ("d1",),
    "destinationarn": (
        "arn:aws:kinesis:us-west-1:123456789012:stream/k1",
        f"{ARN}:destination:d1",
        "arn:aws:lambda:us-west-1:123456789012:function:f",
    ),
    "targetarn": ("arn:aws:kinesis:us-west-1:123456789012:stream/k1",),
    "rolearn": ("arn:aws:iam::123456789012:role/r",),
    "resourcearn": (f"{ARN}:log-group:g1", f"{ARN}:log-group:none"),
    "policydocument": ("{}",),
    "metricvalue": ("1", "$.a"),
}
READS = ("Describe", "List", "Get")
# What is there, to be compared before and after a request that failed.
LISTS = (
    ("DescribeLogGroups", {}),
    ("DescribeMetricFilters", {}),
    ("DescribeQueryDefinitions", {}),
    ("DescribeExportTasks", {}),
    ("DescribeDestinations", {}),
    ("DescribeResourcePolicies", {}),
    ("DescribeDeliverySources", {}),
    ("DescribeDeliveryDestinations", {}),
    ("DescribeDeliveries", {}),
    ("DescribeLogStreams", {"logGroupName": "g1"}),
    ("DescribeSubscriptionFilters", {"logGroupName": "g1"}),
    ("ListTagsLogGroup", {"logGroupName": "g1"}),
)


async def tried(cloud: Any, seed: int) -> None:
    """Call every operation once."""
    endpoint = Endpoint(cloud.host.moto, cloud.parts, {})
    model = service_model("logs")

    async def ask(operation: str, parameters: Any) -> tuple[int, Any]:
        request = json_request("logs", "us-west-1", f"Logs_20140328.{operation}", parameters, NOBODY)
        try:
            response = await asyncio.wait_for(endpoint.answer(request), 20)
        except AwsError as error:
            return error.status, {"message": error.message, "code": error.code}
        except Exception as error:
            raise AssertionError(f"seed {seed}: {operation} {json.dumps(parameters)[:2000]}") from error
        if response.stream is not None:
            await anext(response.stream)
            await response.stream.aclose()
            return response.status, None
        return response.status, json.loads(response.body or b"{}")

    async def there() -> list[Any]:
        answers = [(await ask(operation, parameters))[1] for operation, parameters in LISTS]
        for task in answers[3]["exportTasks"]:  # goes on by itself
            del task["status"], task["executionInfo"]
        return answers

    for name in ("g1", "g2"):
        await ask("CreateLogGroup", {"logGroupName": name})
    await ask("CreateLogStream", {"logGroupName": "g1", "logStreamName": "s1"})
    requests = Requests(seed, KNOWN)
    for operation in model.operation_names:
        parameters = requests.of(model.operation_model(operation).input_shape)
        before = None if operation.startswith(READS) else await there()
        status, answer = await ask(operation, parameters)
        description = f"seed {seed}: {operation} {json.dumps(parameters)[:2000]} -> {status} {answer}"
        assert status < 500 or (status == 501 and answer["message"]), description
        if before is not None and status >= 400:
            assert await there() == before, f"leaves something: {description}"


@pytest.mark.parametrize("first", [pytest.param(0, marks=pytest.mark.long), pytest.param(10, marks=pytest.mark.full)])
async def test_no_request_fails_and_none_that_is_refused_leaves_something(
    cloud_in: Any, tmp_path: Path, first: int
) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        await cloud.call(
            "s3", "create_bucket", Bucket="bucket-1", CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
        )
        await cloud.call("s3", "delete_public_access_block", Bucket="bucket-1")
        policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}}
        await cloud.call("s3", "put_bucket_policy", Bucket="bucket-1", Policy=json.dumps(policy))
        await cloud.call("kinesis", "create_stream", StreamName="k1", ShardCount=1)
        for seed in range(first, first * 10 + 5):
            await tried(cloud, seed)


async def test_what_is_not_json_is_refused(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"logs": Logs}) as cloud:
        endpoint = Endpoint(cloud.host.moto, cloud.parts, {})
        for body in (b"{", b"[]", b"7", b"\xff", b'{"logGroupName": 7}', b"[" * 100_000):
            request = json_request("logs", "us-west-1", "Logs_20140328.CreateLogGroup", {}, NOBODY)
            object.__setattr__(request, "body", body)
            with pytest.raises(AwsError) as refused:
                await endpoint.answer(request)
            assert (refused.value.status, refused.value.code) == (400, "SerializationException"), body
