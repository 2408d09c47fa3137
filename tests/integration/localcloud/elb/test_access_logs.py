"""Access logs of a load balancer, as a client finds them in S3."""

import asyncio
import gzip
import re
from typing import Any

import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def served(balancer: Any, start_backend: Any) -> Any:
    """Two backends behind the balancer's listener."""
    backends = [await start_backend("one"), await start_backend("two")]
    await balancer.register(*backends)
    for backend in backends:
        await balancer.until_state(backend, "healthy")
    return backends


async def test_access_logs_are_in_the_bucket_after_the_end_and_after_each_period(
    balancer: Any, served: Any, request_once: Any
) -> None:
    s3 = balancer.cloud.client("s3")
    place = {"LocationConstraint": "us-west-1"}
    await asyncio.to_thread(s3.create_bucket, Bucket="logs", CreateBucketConfiguration=place)
    wanted = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logs", "access_logs.s3.prefix": "lb"}
    attributes = [{"Key": key, "Value": value} for key, value in wanted.items()]
    await balancer.call("modify_load_balancer_attributes", LoadBalancerArn=balancer.arn, Attributes=attributes)
    listed = await asyncio.to_thread(s3.list_objects_v2, Bucket="logs")
    assert [held["Key"] for held in listed["Contents"]] == ["lb/AWSLogs/123456789012/ELBAccessLogTestFile"]
    await request_once(balancer.port, "/a?b=c", 'User-Agent: it is "me"\r\n')
    await request_once(balancer.port, "/close")
    _, writer = await asyncio.open_connection("127.0.0.1", balancer.port)
    writer.write(b"GET /slow?1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await balancer.cloud.until(lambda: sum(backend.requests for backend in served) == 3)
    writer.close()
    name = balancer.arn.split("loadbalancer/")[1]

    async def closed() -> bool:
        return bool((await balancer.part.statistics())[name].client_closed == 1)

    await balancer.cloud.until(closed)
    await balancer.part.deliver_access_logs()
    await request_once(balancer.port, "/later")
    await balancer.part.stop()
    listed = await asyncio.to_thread(s3.list_objects_v2, Bucket="logs", Prefix="lb/AWSLogs/123456789012/elastic")
    keys = [held["Key"] for held in listed["Contents"]]
    dotted = name.replace("/", ".")
    pattern = (
        r"lb/AWSLogs/123456789012/elasticloadbalancing/us-west-1/\d{4}/\d\d/\d\d/"
        rf"123456789012_elasticloadbalancing_us-west-1_{dotted}_\d{{8}}T\d{{4}}Z_127\.0\.0\.1_[0-9a-f]{{8}}\.log\.gz"
    )
    assert [key for key in keys if not re.fullmatch(pattern, key)] == []
    lines = []
    for key in keys:
        body = (await asyncio.to_thread(s3.get_object, Bucket="logs", Key=key))["Body"].read()
        lines += gzip.decompress(body).decode().splitlines()
    s3.close()
    entries = {line.split('"')[1].split(" ")[1].rsplit("/", 1)[1]: line for line in lines}
    assert set(entries) == {"a?b=c", "close", "slow?1", "later"}
    assert entries["a?b=c"].startswith("http 20")
    assert " 200 200 " in entries["a?b=c"]
    assert (
        f'"GET http://localhost:{balancer.port}/a?b=c HTTP/1.1" "it is \\"me\\"" - - {balancer.group} "Root=1-'
        in (entries["a?b=c"])
    )
    assert '"forward"' in entries["a?b=c"]
    assert " 502 - " in entries["close"]
    assert " 460 - " in entries["slow?1"]
