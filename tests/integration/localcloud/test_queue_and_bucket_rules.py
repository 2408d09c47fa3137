"""Rules of SQS and S3 are checked at the endpoint; each rule has a unit test (moto_only/checks)."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}


async def test_a_queue_has_attributes_that_sqs_has(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        with pytest.raises(ClientError, match=r"\(InvalidAttributeValue\).*parameter VisibilityTimeout"):
            await cloud.call("sqs", "create_queue", QueueName="q", Attributes={"VisibilityTimeout": "43201"})
        assert "QueueUrls" not in await cloud.call("sqs", "list_queues")
        url = (await cloud.call("sqs", "create_queue", QueueName="q"))["QueueUrl"]
        with pytest.raises(ClientError, match=r"\(MissingParameter\)"):
            await cloud.call("sqs", "send_message", QueueUrl=url, MessageBody="")
        await cloud.call("sqs", "send_message", QueueUrl=url, MessageBody="a")
        received = await cloud.call("sqs", "receive_message", QueueUrl=url)
        assert [each["Body"] for each in received["Messages"]] == ["a"]


async def test_a_bucket_has_a_name_and_settings_that_s3_takes(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        for refused, more in (("Upper-Case", {}), ("192.168.1.1", {}), ("fine", {"ObjectOwnership": "Nobody"})):
            with pytest.raises(ClientError, match=r"\(InvalidBucketName\)|Invalid x-amz-object-ownership header"):
                await cloud.call("s3", "create_bucket", Bucket=refused, **PLACE, **more)
        assert (await cloud.call("s3", "list_buckets"))["Buckets"] == []
        await cloud.call("s3", "create_bucket", Bucket="fine", **PLACE)
        settings: dict[str, tuple[dict[str, Any], str]] = {
            "put_bucket_cors": (
                {"CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*.a.*"]}]}},
                "more than one wildcard",
            ),
            "put_bucket_encryption": (
                {
                    "ServerSideEncryptionConfiguration": {
                        "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "none"}}]
                    }
                },
                "MalformedXML",
            ),
            "put_bucket_ownership_controls": (
                {"OwnershipControls": {"Rules": [{"ObjectOwnership": "Nobody"}]}},
                "MalformedXML",
            ),
            "put_bucket_versioning": (
                {"VersioningConfiguration": {"Status": "On"}},
                "IllegalVersioningConfigurationException",
            ),
            "put_bucket_website": (
                {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "a/b"}}},
                "Suffix is not well formed",
            ),
            "put_bucket_tagging": (
                {"Tagging": {"TagSet": [{"Key": str(number), "Value": ""} for number in range(51)]}},
                "cannot be greater than 50",
            ),
        }
        for operation, (parameters, expected) in settings.items():
            with pytest.raises(ClientError, match=expected):
                await cloud.call("s3", operation, Bucket="fine", **parameters)
