"""An unknown region: every service refuses it in its protocol, nothing is written, and the next start succeeds."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from localcloud.rds.databases import Databases
from tests.integration.localcloud.conftest import Cloud


@pytest.fixture
async def cloud(cloud_in: Callable[..., Any], tmp_path: Path) -> AsyncIterator[Cloud]:
    async with cloud_in(tmp_path, {"rds": Databases}) as created:
        yield created


async def ask(cloud: Cloud, scope: str, algorithm: str = "AWS4-HMAC-SHA256") -> httpx.Response:
    headers = {
        "authorization": f"{algorithm} Credential={scope}, SignedHeaders=host, Signature=0",
        "content-type": "application/x-www-form-urlencoded",
    }
    form = {"Action": "DescribeDBInstances", "Version": "2014-10-31"}
    async with httpx.AsyncClient() as client:
        return await client.post(cloud.host.endpoint_url, data=form, headers=headers)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("rds", "describe_db_instances", "IncompleteSignature"),
        ("elasticache", "describe_cache_clusters", "IncompleteSignature"),
        ("ec2", "describe_vpcs", "IncompleteSignature"),
        ("sqs", "list_queues", "UnrecognizedClientException"),
        ("logs", "describe_log_groups", "UnrecognizedClientException"),
        ("cloudwatch", "list_metrics", "UnrecognizedClientException"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
        ("s3", "list_buckets", "AuthorizationHeaderMalformed"),
    ],
)
async def test_a_service_refuses_a_nonexistent_region(cloud: Cloud, service: str, operation: str, code: str) -> None:
    with pytest.raises(ClientError) as refused:
        await cloud.call_in("mars-1", service, operation)

    error = refused.value.response["Error"]
    assert (error["Code"], refused.value.response["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400)
    assert "mars-1 is not a region of AWS" in error["Message"]


@pytest.mark.parametrize(
    "scope",
    [
        "test/20261127/mars-1/rds/aws4_request",
        "test/20261127//rds/aws4_request",
        "test/20261127/rds/aws4_request",
        "test/20261127/US-WEST-1/rds/aws4_request",
        "test/20261127/../rds/aws4_request",
        "test/20261127/us west 1/rds/aws4_request",
        "test/20261127/aws-global/rds/aws4_request",
        "test/20261127/cn-north-1/rds/aws4_request",
    ],
)
async def test_nothing_is_written_for_a_nonexistent_region(cloud: Cloud, tmp_path: Path, scope: str) -> None:
    answer = await ask(cloud, scope)

    assert (answer.status_code, "<Code>IncompleteSignature</Code>" in answer.text) == (400, True)
    assert "region" in answer.text
    assert not (tmp_path / "regions").exists()


async def test_a_service_with_xml_at_its_paths_refuses_it_in_xml(cloud: Cloud) -> None:
    scope = "Credential=test/20261127/mars-1/route53/aws4_request"
    headers = {"authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{cloud.host.endpoint_url}/2013-04-01/hostedzone", headers=headers)

    assert answer.status_code == 400
    assert answer.text.startswith("<ErrorResponse><Error><Type>Sender</Type><Code>IncompleteSignature")


async def test_a_signature_for_several_regions_names_none(cloud: Cloud) -> None:
    assert (await ask(cloud, "test/20261127/rds/aws4_request", "AWS4-ECDSA-P256-SHA256")).status_code == 200


async def test_a_presigned_url_for_a_nonexistent_region_is_refused(cloud: Cloud) -> None:
    client = cloud.client("s3", "mars-1")
    client.meta.config.signature_version = "s3v4"
    link = client.generate_presigned_url("list_objects_v2", {"Bucket": "any-bucket"})
    client.close()

    async with httpx.AsyncClient() as browser:
        answer = await browser.get(link)

    assert answer.status_code == 400
    assert "AuthorizationQueryParametersError" in answer.text


GROUP = {"DBParameterGroupName": "group", "DBParameterGroupFamily": "postgres16", "Description": "one"}


async def test_other_directories_prevent_no_start(cloud_in: Callable[..., Any], tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:  # our state: without one, all would be set aside
        await cloud.call("rds", "create_db_parameter_group", **GROUP)
    place = tmp_path / "regions"
    for name in ("mars-1", "rds", "eu-west-1"):
        (place / name).mkdir(parents=True)
    (place / "eu-west-2").write_text("a file")
    (place / "eu-west-3").mkdir()
    (place / "eu-west-3" / "rds").write_text("a file")

    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        assert cloud.parts["rds"].status()["status"] == "ready"
        reported = cloud.set_aside

    ignored = [f"{place / name}: is no region's directory: ignored" for name in ("eu-west-2", "mars-1", "rds")]
    assert reported[:3] == ignored
    assert reported[3:] == [f"{place / 'eu-west-3' / 'rds.set-aside'}: should be a directory: recreated"]
