"""A bucket without a setting of its own encrypts with SSE-S3, as AWS's buckets do since January 2023."""

from pathlib import Path
from typing import Any

import pytest

PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}
DEFAULT = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}


async def rule(cloud: Any) -> Any:
    found = await cloud.call("s3", "get_bucket_encryption", Bucket="files")
    return found["ServerSideEncryptionConfiguration"]["Rules"]


async def test_a_bucket_has_the_default_until_it_is_set_and_after_that_was_deleted(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="files", **PLACE)
        assert await rule(cloud) == [DEFAULT]
        own = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
        setting = {"Rules": [own]}
        await cloud.call("s3", "put_bucket_encryption", Bucket="files", ServerSideEncryptionConfiguration=setting)
        assert await rule(cloud) == [own]
        await cloud.call("s3", "delete_bucket_encryption", Bucket="files")
        assert await rule(cloud) == [DEFAULT]


async def test_an_object_says_that_it_is_encrypted(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="files", **PLACE)
        stored = await cloud.call("s3", "put_object", Bucket="files", Key="a", Body=b"text")
        assert stored["ServerSideEncryption"] == "AES256"
        copied = await cloud.call("s3", "copy_object", Bucket="files", Key="b", CopySource="files/a")
        assert copied["ServerSideEncryption"] == "AES256"
        assert (await cloud.call("s3", "head_object", Bucket="files", Key="b"))["ServerSideEncryption"] == "AES256"
        upload = (await cloud.call("s3", "create_multipart_upload", Bucket="files", Key="c"))["UploadId"]
        part = await cloud.call(
            "s3", "upload_part", Bucket="files", Key="c", UploadId=upload, PartNumber=1, Body=b"text"
        )
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        await cloud.call(
            "s3", "complete_multipart_upload", Bucket="files", Key="c", UploadId=upload, MultipartUpload=parts
        )
        assert (await cloud.call("s3", "get_object", Bucket="files", Key="c"))["ServerSideEncryption"] == "AES256"


async def test_a_copy_onto_itself_must_still_change_something(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="files", **PLACE)
        await cloud.call("s3", "put_object", Bucket="files", Key="a", Body=b"text")
        with pytest.raises(Exception, match="This copy request is illegal"):
            await cloud.call("s3", "copy_object", Bucket="files", Key="a", CopySource="files/a")
