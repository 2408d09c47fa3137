"""A request for a part of a bucket or object never changes the whole."""

import asyncio
import copy
import random
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ServiceModel

from localcloud.moto_only.s3 import subresources
from localcloud.moto_only.s3.subresources import BUCKET, DONE, OBJECT, parts_of
from localcloud.protocol.service_models import loader, service_model
from tests.fuzz.inputs import Inputs

UNKNOWN = sorted(
    operation
    for level in (BUCKET, OBJECT)
    for (method, part), operation in parts_of(level).items()
    if part not in DONE.get((level, method), ())
)
PROOFS = ("ChecksumAlgorithm", "ContentMD5", "ExpectedBucketOwner")
"""What would not fit the request."""


async def test_a_part_that_is_not_offered_is_refused_and_the_whole_stays(cloud_in: Any, tmp_path: Path) -> None:
    assert len(UNKNOWN) >= 25
    of_it = {"Bucket": "whole", "Key": "k"}
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call(
            "s3", "create_bucket", Bucket="whole", CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
        )
        await cloud.call("s3", "put_object", **of_it, Body=b"precious")
        client = boto3.client(
            "s3",
            endpoint_url=cloud.host.endpoint_url,
            region_name=cloud.host.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )
        for operation in UNKNOWN:
            shape = service_model("s3").operation_model(operation).input_shape
            # The same test data each time.
            parameters = Inputs(random.Random(1), {}).right(shape)  # noqa: S311
            named = {name: value for name, value in of_it.items() if name in shape.members}
            given = {name: value for name, value in parameters.items() if name not in PROOFS} | named
            with pytest.raises(ClientError) as caught:
                await asyncio.to_thread(client._make_api_call, operation, given)
            error = caught.value.response["Error"]
            assert (error["Code"], error["Message"].split(":")[1]) == (
                "NotImplemented",
                " the local cloud does not offer this",
            ), operation
            body = (await cloud.call("s3", "get_object", **of_it))["Body"]
            assert await asyncio.to_thread(body.read) == b"precious", operation
        client.close()


def test_the_parts_are_known_also_after_a_client_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {level: parts_of(level) for level in (BUCKET, OBJECT)}
    changed = copy.deepcopy(loader().load_service_model("s3", "service-2"))
    for operation in changed["operations"].values():  # as botocore does
        operation["http"]["requestUri"] = operation["http"]["requestUri"].removeprefix("/{Bucket}")
    monkeypatch.setattr(subresources, "service_model", lambda name: ServiceModel(changed, name))
    assert {level: parts_of(level) for level in (BUCKET, OBJECT)} == before
    assert before[BUCKET]["DELETE", "analytics"] == "DeleteBucketAnalyticsConfiguration"
    assert before[OBJECT]["PUT", "renameObject"] == "RenameObject"


async def test_a_bucket_survives_the_deletion_of_its_settings(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call(
            "s3", "create_bucket", Bucket="empty", CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
        )
        for kind in ("analytics", "metrics", "inventory", "intelligent_tiering"):
            with pytest.raises(ClientError, match="does not offer this"):
                await cloud.call("s3", f"delete_bucket_{kind}_configuration", Bucket="empty", Id="i")
            await cloud.call("s3", "head_bucket", Bucket="empty")
