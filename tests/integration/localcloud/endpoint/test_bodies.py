"""Request bodies as other clients send them: compressed, framed, in CBOR, or broken."""

import asyncio
import base64
import gzip
import hashlib
import json
import math
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import botocore.parsers
import botocore.serialize
import httpx
import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from localcloud.cloudwatch.logs.api import Logs
from tests.integration.localcloud.conftest import Cloud, running_cloud
from tests.integration.localcloud.endpoint.test_origin_check import FORM, SIGNED, create_bucket, send

JSON = {"content-type": "application/x-amz-json-1.1"}
TARGETS = {
    "monitoring": "GraniteServiceVersion20100801.DescribeAlarms",
    "logs": "Logs_20140328.DescribeLogGroups",
    "secretsmanager": "secretsmanager.ListSecrets",
    "ssm": "AmazonSSM.DescribeParameters",
    "ecr": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
    "dynamodb": "DynamoDB_20120810.ListTables",
}
CBOR = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "accept": "application/cbor"}
DESCRIBE_ALARMS = "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"
MIB = 2**20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cloud(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path_factory.mktemp("cloud"), {"logs": Logs}) as cloud:
        yield cloud


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def post(cloud: Cloud, service: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return await send(cloud, "POST", "/", {"authorization": SIGNED.format(service)} | headers, body)


@pytest.mark.parametrize(
    "pack",
    [
        pytest.param((gzip.compress, "gzip"), id="gzip"),
        pytest.param((gzip.compress, "GZIP"), id="in capitals"),
        pytest.param((lambda body: gzip.compress(gzip.compress(body, mtime=0)), "gzip, gzip"), id="twice"),
        pytest.param(
            (lambda body: gzip.compress(body[:5], mtime=0) + gzip.compress(body[5:], mtime=0), "gzip"), id="two members"
        ),
        pytest.param((lambda body: body, "identity"), id="identity"),
    ],
)
async def test_a_packed_body_is_read_by_every_protocol(
    cloud: Cloud, pack: tuple[Callable[[bytes], bytes], str]
) -> None:
    encode, name = pack
    headers = {"content-encoding": name}
    for service, target in TARGETS.items():
        answer = await post(cloud, service, encode(b"{}"), JSON | headers | {"x-amz-target": target})
        assert answer.status_code == 200, (service, answer.text)
    answer = await post(cloud, "sns", encode(b"Action=ListTopics&Version=2010-03-31"), FORM | headers)
    assert (answer.status_code, "<ListTopicsResponse" in answer.text) == (200, True)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"not gzip", "gzip"),
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip"),
        (gzip.compress(b"{}", mtime=0) + b"tail", "gzip"),
        (zlib.compress(b"{}"), "deflate"),
        (b"{}", "br"),
        (gzip.compress(b"{}", mtime=0), "gzip, gzip"),
    ],
)
async def test_a_body_that_cannot_be_unpacked_is_a_mistake_of_the_client(
    cloud: Cloud, body: bytes, encoding: str
) -> None:
    headers = {"content-encoding": encoding}
    for service, target in TARGETS.items():
        answer = await post(cloud, service, body, JSON | headers | {"x-amz-target": target})
        assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException")
    answer = await post(cloud, "sns", body, FORM | headers)
    assert (answer.status_code, "<Code>MalformedInput</Code>" in answer.text) == (400, True)


async def test_a_small_body_that_unpacks_to_gigabytes_is_refused(cloud: Cloud) -> None:
    packed = gzip.compress(gzip.compress(bytes(200 * MIB)))
    headers = JSON | {"content-encoding": "gzip, gzip", "x-amz-target": TARGETS["logs"]}
    answer = await post(cloud, "logs", packed, headers)
    assert (answer.status_code, answer.json()["__type"]) == (413, "RequestEntityTooLargeException")


async def test_metrics_that_botocore_compresses_arrive(cloud: Cloud) -> None:
    data = [{"MetricName": f"metric-number-{n}", "Value": n, "Unit": "Count"} for n in range(400)]
    client = cloud.client("cloudwatch")
    sent: list[str] = []
    client.meta.events.register("before-send", lambda request, **_: sent.append(request.headers["Content-Encoding"]))
    await asyncio.to_thread(client.put_metric_data, Namespace="packed", MetricData=data)
    assert sent in ([b"gzip"], ["gzip"])


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'"text"', b"1", b"null", b"\xff\xfe{}", '{"a": 1}'.encode("utf-16"), b'{"a": NaN}', b"[" * 100_000],
)
async def test_invalid_json_is_the_clients_error(cloud: Cloud, body: bytes) -> None:
    for service, target in TARGETS.items():
        answer = await post(cloud, service, body, JSON | {"x-amz-target": target})
        assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException"), service


async def test_an_empty_body_asks_nothing(cloud: Cloud) -> None:
    for service, target in TARGETS.items():
        assert (await post(cloud, service, b"", JSON | {"x-amz-target": target})).status_code == 200, service


@pytest.mark.parametrize("body", [b"Action=ListTopics&Version=\xff\xfe", b"Action=ListTopics&Version=%ff%fe"])
async def test_a_form_that_is_not_utf_8_is_a_mistake_of_the_client(cloud: Cloud, body: bytes) -> None:
    for service in ("sns", "ec2", "monitoring", "rds", "elasticloadbalancing", "iam"):
        answer = await post(cloud, service, body, FORM)
        assert (answer.status_code, "<Code>MalformedInput</Code>" in answer.text) == (400, True), service


async def test_an_unknown_operation_is_refused(cloud: Cloud) -> None:
    for service, target in TARGETS.items():
        for wrong in (target + "s", target.partition(".")[0] + ".", target.partition(".")[0] + ".setup_class"):
            answer = await post(cloud, service, b"{}", JSON | {"x-amz-target": wrong})
            assert (answer.status_code, answer.json()["__type"]) == (400, "UnknownOperationException"), (service, wrong)
    for service, version in (("sns", "2010-03-31"), ("iam", "2010-05-08"), ("monitoring", "2010-08-01")):
        answer = await post(cloud, service, f"Action=Nothing&Version={version}".encode(), FORM)
        assert (answer.status_code, "<Code>InvalidAction</Code>" in answer.text) == (400, True), service


async def test_wrong_types_are_the_clients_error(cloud: Cloud) -> None:
    for service, target, parameters in (
        ("secretsmanager", "secretsmanager.CreateSecret", {"Name": {"a": 1}}),
        ("ssm", "AmazonSSM.PutParameter", {"Name": ["x"], "Value": 5, "Type": {}}),
        ("dynamodb", "DynamoDB_20120810.CreateTable", {"TableName": "t", "AttributeDefinitions": "text"}),
        ("ecr", "AmazonEC2ContainerRegistry_V20150921.PutImage", {"repositoryName": "r", "imageManifest": 5}),
    ):
        answer = await post(cloud, service, json.dumps(parameters).encode(), JSON | {"x-amz-target": target})
        assert 400 <= answer.status_code < 500, (service, answer.text)
    assert (await cloud.call("secretsmanager", "list_secrets"))["SecretList"] == []


async def test_what_moto_has_not_is_said_in_the_protocol_of_the_request(cloud: Cloud) -> None:
    answer = await send(cloud, "POST", "/nowhere/at/all", {"authorization": SIGNED.format("lambda")}, b"{}")
    assert (answer.status_code, answer.json()["__type"]) == (501, "InvalidAction")
    answer = await send(cloud, "POST", "/bucket/key", {"authorization": SIGNED.format("s3")}, b"")
    assert (answer.status_code, "<Code>MethodNotAllowed</Code>" in answer.text) == (405, True)
    answer = await send(cloud, "PUT", "/bucket?policy", {"authorization": SIGNED.format("s3")}, b"")
    assert 400 <= answer.status_code < 500


# --- aws-chunked ---


def framed(*chunks: bytes, trailers: dict[str, str] | None = None, signature: str = "") -> bytes:
    parts = [f"{len(chunk):x}{signature}\r\n".encode() + chunk + b"\r\n" for chunk in chunks]
    lines = "".join(f"{name}:{value}\r\n" for name, value in (trailers or {}).items())
    return b"".join(parts) + f"0{signature}\r\n{lines}\r\n".encode()


def put_headers(length: int, kind: str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER") -> dict[str, str]:
    return {
        "authorization": SIGNED.format("s3"),
        "content-encoding": "aws-chunked",
        "x-amz-content-sha256": kind,
        "x-amz-decoded-content-length": str(length),
    }


async def stored(cloud: Cloud, key: str) -> tuple[bytes, dict[str, Any]]:
    found = await cloud.call("s3", "get_object", Bucket="framed", Key=key)
    return await asyncio.to_thread(found["Body"].read), found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bucket(cloud: Cloud) -> None:
    await create_bucket(cloud, "framed")


@pytest.mark.usefixtures("bucket")
async def test_framed_bodies_are_stored_without_their_frames(cloud: Cloud) -> None:
    for length in (10, 3 * MIB):
        content = bytes(range(10)) * (length // 10)
        checksum = {"x-amz-checksum-sha256": base64.b64encode(hashlib.sha256(content).digest()).decode()}
        trailer = put_headers(len(content)) | {"x-amz-trailer": "x-amz-checksum-sha256"}
        body = framed(content[:7], content[7:], trailers=checksum)
        assert (await send(cloud, "PUT", "/framed/k", trailer, body)).status_code == 200
        got, answer = await stored(cloud, "k")
        assert (got == content, "ContentEncoding" in answer) == (True, False)
        signed = put_headers(len(content), "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") | {
            "content-encoding": "aws-chunked,gzip"
        }
        body = framed(content, signature=";chunk-signature=" + "0" * 64)
        assert (await send(cloud, "PUT", "/framed/signed", signed, body)).status_code == 200
        got, answer = await stored(cloud, "signed")
        assert (got == content, answer["ContentEncoding"]) == (True, "gzip")


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"5\r\nab", "IncompleteBody"),
        (b"5\r\nabcde", "IncompleteBody"),
        (b"zz\r\nabcde\r\n0\r\n\r\n", "InvalidChunkSizeError"),
        (b"-5\r\nabcde\r\n0\r\n\r\n", "InvalidChunkSizeError"),
        (b"", "IncompleteBody"),
        (b"plain", "IncompleteBody"),
        (framed(b"abcd"), "IncompleteBody"),
        (framed(b"abcde", trailers={"x-amz-checksum-crc32": "AAAAAA=="}), "BadDigest"),
    ],
)
async def test_a_broken_frame_stores_nothing(cloud: Cloud, body: bytes, code: str) -> None:
    answer = await send(cloud, "PUT", "/framed/broken", put_headers(5), body)
    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (400, True), answer.text
    with pytest.raises(ClientError, match="404"):
        await cloud.call("s3", "head_object", Bucket="framed", Key="broken")


@pytest.mark.usefixtures("bucket")
async def test_another_content_than_its_checksum_is_refused(cloud: Cloud) -> None:
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    for header in ({"x-amz-checksum-sha256": wrong}, {"content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="}):
        headers = {"authorization": SIGNED.format("s3")} | header
        answer = await send(cloud, "PUT", "/framed/wrong", headers, b"content")
        assert (answer.status_code, "<Code>BadDigest</Code>" in answer.text) == (400, True)


# --- CBOR ---


def in_cbor(client: Any) -> Any:
    """Return the client, speaking like Go's newer SDK."""
    client.meta.service_model.resolved_protocol = "smithy-rpc-v2-cbor"
    client._serializer = botocore.serialize.create_serializer("smithy-rpc-v2-cbor")
    client._response_parser = botocore.parsers.create_parser("smithy-rpc-v2-cbor")
    return client


async def call(client: Any, operation: str, **parameters: Any) -> Any:
    answer = await asyncio.to_thread(getattr(client, operation), **parameters)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["smithy-protocol"] == "rpc-v2-cbor"
    return answer


ALARM = {
    "AlarmName": "cbor",
    "Namespace": "n",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.5,
    "ComparisonOperator": "GreaterThanThreshold",
}


async def test_cloudwatch_answers_in_cbor_what_it_answers_in_json(cloud: Cloud) -> None:
    client = in_cbor(cloud.client("cloudwatch"))
    await call(client, "put_metric_alarm", **ALARM, AlarmDescription="é")
    at = datetime.now(UTC).replace(microsecond=0)
    data = [{"MetricName": "m", "Value": 2.25, "Timestamp": at, "Dimensions": [{"Name": "d", "Value": "1"}]}]
    await call(client, "put_metric_data", Namespace="n", MetricData=data)
    described = await call(client, "describe_alarms", AlarmNames=["cbor"])
    answer = (await cloud.call("cloudwatch", "describe_alarms", AlarmNames=["cbor"]))["MetricAlarms"]
    assert described["MetricAlarms"] == answer
    assert answer[0]["AlarmDescription"] == "é"
    assert (answer[0]["Threshold"], answer[0]["StateUpdatedTimestamp"].tzinfo is None) == (1.5, False)
    await call(client, "delete_alarms", AlarmNames=["cbor"])


async def test_errors_come_in_cbor_too(cloud: Cloud) -> None:
    client = in_cbor(cloud.client("cloudwatch"))
    for wrong in ({"Period": 7}, {"ComparisonOperator": "Sideways"}, {"Threshold": math.nan}):
        with pytest.raises(ClientError) as refused:
            await call(client, "put_metric_alarm", **ALARM | wrong)
        headers = refused.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert (headers["content-type"], headers["smithy-protocol"]) == ("application/cbor", "rpc-v2-cbor")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    answer = await send(
        cloud, "POST", DESCRIBE_ALARMS + "s", {"authorization": SIGNED.format("monitoring")} | CBOR, b"\xa0"
    )
    assert (answer.status_code, b"UnknownOperationException" in answer.content) == (404, True)


@pytest.mark.parametrize(
    "body", [b"{}", b"\x80", b"\xbf", b"\xa1\x61a", b"\xa0\xa0", b"\xc1\xfb\x7f\xf0" + bytes(6), b"\x1c"]
)
async def test_invalid_cbor_is_the_clients_error(cloud: Cloud, body: bytes) -> None:
    answer = await send(cloud, "POST", DESCRIBE_ALARMS, {"authorization": SIGNED.format("monitoring")} | CBOR, body)
    assert (answer.status_code, b"SerializationException" in answer.content) == (400, True)
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"


async def test_compressed_cbor_is_unpacked_first(cloud: Cloud) -> None:
    headers = {"authorization": SIGNED.format("monitoring"), "content-encoding": "gzip"} | CBOR
    assert (await send(cloud, "POST", DESCRIBE_ALARMS, headers, gzip.compress(b"\xa0", mtime=0))).status_code == 200


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("resourcegroupstaggingapi", "get_resources"),
        ("codebuild", "list_projects"),
        ("servicediscovery", "list_namespaces"),
        ("memorydb", "describe_clusters"),
        ("directconnect", "describe_connections"),
    ],
)
async def test_every_service_with_that_protocol_answers_in_it(cloud: Cloud, service: str, operation: str) -> None:
    client = cloud.client(service)
    in_json = await cloud.call(service, operation)
    answer = await call(in_cbor(client), operation)
    for each in (answer, in_json):
        each.pop("ResponseMetadata")
    assert answer == in_json
