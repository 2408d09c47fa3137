"""A new bucket is closed, as AWS's buckets are since April 2023, until somebody opens it."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}
ALL_ON = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}


async def ownership(cloud: Any, bucket: str) -> str:
    found = await cloud.call("s3", "get_bucket_ownership_controls", Bucket=bucket)
    return str(found["OwnershipControls"]["Rules"][0]["ObjectOwnership"])


async def test_a_new_bucket_blocks_public_access_and_takes_no_acls(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="files", **PLACE)
        block = await cloud.call("s3", "get_public_access_block", Bucket="files")
        assert block["PublicAccessBlockConfiguration"] == dict.fromkeys(ALL_ON, True)
        assert await ownership(cloud, "files") == "BucketOwnerEnforced"
        for acl in ("public-read", "log-delivery-write"):
            with pytest.raises(ClientError, match=r"AccessControlListNotSupported.*The bucket does not allow ACLs"):
                await cloud.call("s3", "put_bucket_acl", Bucket="files", ACL=acl)


async def test_a_bucket_can_be_opened_step_by_step(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="files", **PLACE)
        await cloud.call("s3", "delete_bucket_ownership_controls", Bucket="files")
        with pytest.raises(ClientError, match="OwnershipControlsNotFoundError"):
            await ownership(cloud, "files")
        with pytest.raises(ClientError, match=r"AccessDenied.*BlockPublicAcls"):
            await cloud.call("s3", "put_bucket_acl", Bucket="files", ACL="public-read")
        await cloud.call("s3", "delete_public_access_block", Bucket="files")
        with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
            await cloud.call("s3", "get_public_access_block", Bucket="files")
        await cloud.call("s3", "put_bucket_acl", Bucket="files", ACL="public-read")


async def test_a_creation_may_ask_for_another_ownership_but_not_for_public_acls(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        with pytest.raises(ClientError, match=r"\(InvalidBucketAclWithObjectOwnership\).*BucketOwnerEnforced setting"):
            await cloud.call("s3", "create_bucket", Bucket="files", ACL="log-delivery-write", **PLACE)
        with pytest.raises(ClientError, match=r"\(InvalidBucketAclWithBlockPublicAccessError\)"):
            await cloud.call(
                "s3", "create_bucket", Bucket="files", ACL="public-read", ObjectOwnership="ObjectWriter", **PLACE
            )
        assert (await cloud.call("s3", "list_buckets"))["Buckets"] == []
        await cloud.call("s3", "create_bucket", Bucket="plain", ACL="private", **PLACE)
        await cloud.call(
            "s3", "create_bucket", Bucket="logs", ACL="log-delivery-write", ObjectOwnership="ObjectWriter", **PLACE
        )
        assert await ownership(cloud, "plain") == "BucketOwnerEnforced"
        assert await ownership(cloud, "logs") == "ObjectWriter"
        assert len((await cloud.call("s3", "get_bucket_acl", Bucket="logs"))["Grants"]) > 1


async def test_a_bucket_that_exists_keeps_its_settings(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="files", **PLACE)
        await cloud.call("s3", "delete_public_access_block", Bucket="files")
        with pytest.raises(ClientError, match="BucketAlreadyOwnedByYou"):
            await cloud.call("s3", "create_bucket", Bucket="files", **PLACE)
        with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
            await cloud.call("s3", "get_public_access_block", Bucket="files")
