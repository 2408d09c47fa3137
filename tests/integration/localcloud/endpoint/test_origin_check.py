"""Requests as a web page's browser sends them, and bodies without credentials."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from localcloud.protocol.origin_check import OriginCheck
from tests.integration.localcloud.conftest import Cloud, running_cloud

PAGE = "http://localhost:3000"
EVIL = "https://evil.example"
SIGNED = "AWS4-HMAC-SHA256 Credential=x/20260101/us-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"
LINK = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x%2F20260101%2Fus-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0"
)
RUN_TASK = {"x-amz-target": "AmazonEC2ContainerServiceV20141113.RunTask", "authorization": SIGNED.format("ecs")}
LIST_TOPICS = b"Action=ListTopics&Version=2010-03-31"
FORM = {"content-type": "application/x-www-form-urlencoded"}
MIB = 2**20


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path, {}) as cloud:
        yield cloud


@pytest.fixture
async def cloud_with_page(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path, {}, origin_check=OriginCheck(frozenset({PAGE}))) as cloud:
        yield cloud


async def send(cloud: Cloud, method: str, path: str, headers: dict[str, str], body: Any = b"") -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.request(method, cloud.host.endpoint_url + path, headers=headers, content=body)


async def create_bucket(cloud: Cloud, name: str) -> None:
    location = {"LocationConstraint": "us-west-1"}
    await cloud.call("s3", "create_bucket", Bucket=name, CreateBucketConfiguration=location)


PAGES = (
    ("POST", "/", RUN_TASK | {"content-type": "text/plain"}),
    ("POST", "/", FORM | {"authorization": SIGNED.format("sns")}),
    ("PUT", f"/bucket?{LINK}", {}),
    ("GET", "/", {"authorization": SIGNED.format("s3")}),
    ("HEAD", "/bucket", {"authorization": SIGNED.format("s3")}),
    ("GET", "/_localcloud/health", {}),
    ("POST", "/_localcloud/faults", {"content-type": "application/json"}),
    ("POST", "/moto-api/reset", {}),
)


@pytest.mark.parametrize(
    "mark",
    [
        {"origin": EVIL},
        {"origin": "null"},
        {"referer": f"{EVIL}/page"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"},
        {"host": "evil.example:4566"},
    ],
)
async def test_no_request_of_a_web_page_is_answered(cloud: Cloud, mark: dict[str, str]) -> None:
    for method, path, headers in PAGES:
        for sent in (method, "OPTIONS"):
            preflight = {"access-control-request-method": method, "access-control-request-headers": "authorization"}
            answer = await send(cloud, sent, path, headers | mark | (preflight if sent == "OPTIONS" else {}))
            assert answer.status_code == 403, (sent, path, answer.text)
            assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert (await cloud.call("s3", "list_buckets"))["Buckets"] == []


async def test_a_page_that_was_named_is_answered_and_may_read_it(cloud_with_page: Cloud) -> None:
    cloud = cloud_with_page
    preflight = {
        "origin": PAGE,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-amz-target",
    }
    answer = await send(cloud, "OPTIONS", "/", preflight)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, PAGE)
    assert answer.headers["access-control-allow-headers"] == "authorization,x-amz-target"
    headers = FORM | {"origin": PAGE, "authorization": SIGNED.format("sns")}
    answer = await send(cloud, "POST", "/", headers, LIST_TOPICS)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, PAGE)
    answer = await send(cloud, "POST", "/", headers | {"origin": EVIL}, LIST_TOPICS)
    assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (403, False)


async def test_the_rules_of_a_bucket_say_what_a_page_may_do_with_it(cloud_with_page: Cloud) -> None:
    cloud = cloud_with_page
    for bucket in ("open", "closed"):
        await create_bucket(cloud, bucket)
    rule = {"AllowedMethods": ["PUT"], "AllowedOrigins": [PAGE], "AllowedHeaders": ["*"]}
    await cloud.call("s3", "put_bucket_cors", Bucket="open", CORSConfiguration={"CORSRules": [rule]})
    allowed = {}
    for bucket in ("open", "closed"):
        preflight = {"origin": PAGE, "access-control-request-method": "PUT"}
        answers = [
            await send(cloud, "OPTIONS", f"/{bucket}/a.csv?{LINK}", preflight),
            await send(cloud, "PUT", f"/{bucket}/a.csv?{LINK}", {"origin": PAGE}, b"a,b"),
        ]
        allowed[bucket] = [answer.headers.get("access-control-allow-origin") for answer in answers]
    assert allowed == {"open": [PAGE, PAGE], "closed": [None, None]}


async def test_programs_come_in_by_any_name_of_this_machine(cloud: Cloud) -> None:
    for host in ("localhost:4566", "bucket.localhost", "[::1]:4566"):
        headers = FORM | {"host": host, "authorization": SIGNED.format("sns")}
        assert (await send(cloud, "POST", "/", headers, LIST_TOPICS)).status_code == 200


async def test_what_needs_credentials_is_refused_without_them(cloud: Cloud) -> None:
    target = {"x-amz-target": "secretsmanager.ListSecrets", "content-type": "application/x-amz-json-1.1"}
    answer = await send(cloud, "POST", "/", target, b"{}")
    assert (answer.status_code, answer.json()["__type"]) == (400, "MissingAuthenticationTokenException")
    answer = await send(cloud, "POST", "/", FORM, LIST_TOPICS)
    assert (answer.status_code, "<Code>MissingAuthenticationToken</Code>" in answer.text) == (403, True)
    answer = await send(cloud, "GET", "/?" + LIST_TOPICS.decode(), {})
    assert (answer.status_code, "<Code>MissingAuthenticationToken</Code>" in answer.text) == (403, True)
    answer = await send(cloud, "PUT", "/bucket", {})
    assert (answer.status_code, "<Code>AccessDenied</Code>" in answer.text) == (403, True)
    answer = await send(cloud, "POST", "/", {"authorization": "AWS4-HMAC-SHA256 Credential=x/ECS, Signature=0"}, b"{}")
    assert (answer.status_code, answer.json()["__type"]) == (403, "IncompleteSignatureException")


async def test_what_aws_takes_unsigned_needs_no_credentials(cloud: Cloud) -> None:
    token = {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "session", "WebIdentityToken": "t" * 20}
    form = "&".join(f"{name}={value}" for name, value in token.items())
    assume = f"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&{form}".encode()
    answer = await send(cloud, "POST", "/", FORM, assume)
    assert (answer.status_code, "<AssumedRoleUser>" in answer.text) == (200, True)
    client = cloud.client("s3")
    await create_bucket(cloud, "open")
    await cloud.call("s3", "delete_public_access_block", Bucket="open")
    await cloud.call("s3", "delete_bucket_ownership_controls", Bucket="open")
    for key, acl in (("shown", "public-read"), ("hidden", "private")):
        await cloud.call("s3", "put_object", Bucket="open", Key=key, Body=b"x", ACL=acl)
    assert (await send(cloud, "GET", "/open/shown", {})).status_code == 200
    assert (await send(cloud, "GET", "/open/hidden", {})).status_code == 403
    post = client.generate_presigned_post("open", "posted")
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.post(post["url"], data=post["fields"], files={"file": b"a" * 3 * MIB})
        assert answer.status_code == 204
        answer = await browser.post(post["url"], data={"key": "unsigned"}, files={"file": b"a"})
        assert answer.status_code == 403
    assert (await cloud.call("s3", "head_object", Bucket="open", Key="posted"))["ContentLength"] == 3 * MIB


async def chunks(mebibytes: int) -> AsyncIterator[bytes]:
    for _ in range(mebibytes):
        yield bytes(MIB)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("PUT", "/bucket/key", {}),
        ("POST", "/", {"content-type": "application/octet-stream"}),
        ("POST", "/", FORM),
        ("POST", "/", {"x-amz-target": "Logs_20140328.PutLogEvents"}),
        ("POST", "/bucket", {"content-type": "multipart/form-data; boundary=x"}),
        ("POST", "/_localcloud/faults", {"content-type": "application/json"}),
        ("POST", "/", RUN_TASK),
        ("POST", "/", RUN_TASK | {"origin": EVIL}),
    ],
)
async def test_a_large_body_that_nobody_wants_is_refused_and_not_kept(
    cloud: Cloud, method: str, path: str, headers: dict[str, str]
) -> None:
    before = psutil.Process().memory_info().rss
    answer = await send(cloud, method, path, headers, chunks(200))
    assert 400 <= answer.status_code < 500
    assert psutil.Process().memory_info().rss - before < 100 * MIB
    if "multipart" in headers.get("content-type", ""):  # its credentials are in the body
        return
    expecting = {"expect": "100-continue", "content-length": str(400 * MIB)}
    assert (await first_line(cloud, method, path, headers | expecting)).startswith(b"HTTP/1.1 4")


async def first_line(cloud: Cloud, method: str, path: str, headers: dict[str, str]) -> bytes:
    """Return the first line of the response to a client that waits before it sends its body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(cloud.host.endpoint_url).port)
    try:
        lines = [f"{method} {path} HTTP/1.1", "host: localhost", *(f"{name}: {text}" for name, text in headers.items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        async with asyncio.timeout(20):
            return await reader.readline()
    finally:
        writer.close()


async def test_a_large_object_goes_to_disk_and_comes_back_whole(cloud: Cloud) -> None:
    await create_bucket(cloud, "large")
    body = os.urandom(MIB) * 20
    await cloud.call("s3", "put_object", Bucket="large", Key="k", Body=body)
    answer = await send(cloud, "PUT", "/large/raw", FORM | {"authorization": SIGNED.format("s3")}, body)
    assert answer.status_code == 200
    for key in ("k", "raw"):
        held = await cloud.call("s3", "get_object", Bucket="large", Key=key)
        assert await asyncio.to_thread(held["Body"].read) == body


async def test_a_body_that_breaks_off_changes_nothing(cloud: Cloud) -> None:
    await create_bucket(cloud, "torn")
    _, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(cloud.host.endpoint_url).port)
    head = f"PUT /torn/k HTTP/1.1\r\nhost: localhost\r\nauthorization: {SIGNED.format('s3')}\r\n"
    writer.write(head.encode() + b"content-length: 10\r\n\r\nhalf")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await cloud.call("s3", "list_objects_v2", Bucket="torn")).get("KeyCount") == 0


async def test_motos_own_ways_in_are_shut(cloud: Cloud) -> None:
    await cloud.call("sns", "create_topic", Name="kept")
    for headers in ({}, {"authorization": SIGNED.format("s3")}):
        answer = await send(cloud, "POST", "/moto-api/reset", headers)
        assert answer.status_code >= 400
        answer = await send(cloud, "GET", "/moto-api/data.json", headers)
        assert answer.status_code in (403, 404)
        answer = await send(cloud, "GET", "/latest/meta-data/iam/security-credentials/", headers)
        assert answer.status_code in (403, 404)
    answer = await send(cloud, "GET", "/sns_us-west-1/?" + LIST_TOPICS.decode(), {})
    assert answer.status_code == 403
    assert len((await cloud.call("sns", "list_topics"))["Topics"]) == 1
