"""The stand-in applies buckets and their settings."""

from pathlib import Path

import pytest

from tests.integration.localcloud.conftest import Cloud
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("buckets.tf").read_text()
OLD_WORLD = Path(__file__).with_name("old_buckets.tf").read_text()


async def test_buckets_are_applied_changed_and_destroyed(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(WORLD)
    assert await workspace.changes() == {}
    changed = (
        WORLD.replace('{ Name = "spend-data" }', "{}")
        .replace("days = 365", "days = 400")
        .replace("ignore_public_acls  = true", "restrict_public_buckets = true")
        .replace('"BucketOwnerPreferred"', '"BucketOwnerEnforced"')
    )
    await workspace.apply(changed)
    assert await workspace.changes() == {}
    bucket = (await workspace.state())["aws_s3_bucket.data"]
    assert bucket["bucket_regional_domain_name"] == "spend-data.s3.us-west-1.amazonaws.com"
    assert bucket["versioning"] == [{"enabled": True, "mfa_delete": False}]
    assert [each["id"] for each in bucket["lifecycle_rule"]][:2] == ["tidy", "large"]
    found = await cloud.call("s3", "get_bucket_tagging", Bucket="spend-data")
    assert found["TagSet"] == [{"Key": "project", "Value": "spendsense"}]
    rules = (await cloud.call("s3", "get_bucket_lifecycle_configuration", Bucket="spend-data"))["Rules"]
    assert rules[0]["Expiration"] == {"Days": 400}

    await cloud.call("s3", "delete_bucket_cors", Bucket="spend-data")
    await cloud.call(
        "s3", "put_bucket_versioning", Bucket="spend-data", VersioningConfiguration={"Status": "Suspended"}
    )
    assert await workspace.changes() == {
        "aws_s3_bucket_cors_configuration.data": ["create"],
        "aws_s3_bucket_versioning.data": ["update"],
    }
    await cloud.call("s3", "put_object", Bucket="spend-data", Key="a", Body=b"x")
    await workspace.destroy()
    assert (await cloud.call("s3", "list_buckets"))["Buckets"] == []


async def test_deprecated_arguments_of_buckets_work(workspace: Workspace, cloud: Cloud) -> None:
    await workspace.apply(OLD_WORLD)
    assert await workspace.changes() == {}
    name = (await workspace.state())["aws_s3_bucket.old"]["id"]
    assert name.startswith("old-")
    granted = """grant {
        type        = "Group"
        uri         = "http://acs.amazonaws.com/groups/s3/LogDelivery"
        permissions = ["WRITE", "READ_ACP"]
      }"""
    changed = (
        OLD_WORLD.replace("# grants", granted).replace('"Requester"', '"BucketOwner"').replace("days = 90", "days = 91")
    )
    assert await workspace.changes(changed) == {
        "aws_s3_bucket.granted": ["update"],
        "aws_s3_bucket.old": ["update"],
    }
    await workspace.apply()
    assert await workspace.changes() == {}
    assert (await cloud.call("s3", "get_bucket_request_payment", Bucket=name))["Payer"] == "BucketOwner"
    grants = (await cloud.call("s3", "get_bucket_acl", Bucket="granted-bucket"))["Grants"]
    assert sorted(each["Permission"] for each in grants) == ["READ_ACP", "WRITE"]
    await workspace.destroy()


@pytest.mark.full
async def test_buckets_and_their_settings_are_imported(workspace: Workspace) -> None:
    await workspace.apply(WORLD)
    ids = {address: values["id"] for address, values in (await workspace.state()).items()}
    imported = [address for address in ids if address.endswith(".data") and address.startswith("aws_s3_bucket_")]
    for address in [*imported, "aws_s3_bucket_versioning.logs"]:
        await workspace.succeed("state", "rm", address)
        await workspace.succeed("import", address, ids[address])
    assert await workspace.changes() == {}
    await workspace.succeed("state", "rm", "aws_s3_bucket.data")
    await workspace.succeed("import", "aws_s3_bucket.data", "spend-data")
    # Whether it may be destroyed with its objects is Terraform's alone.
    assert await workspace.changes() == {"aws_s3_bucket.data": ["update"]}


async def test_what_s3_would_refuse_is_refused_in_the_plan(workspace: Workspace) -> None:
    workspace.write(
        """
        resource "aws_s3_bucket" "a" { bucket = "Upper" }
        resource "aws_s3_bucket" "b" {
          bucket        = "spend-b"
          bucket_prefix = "spend-"
        }
        resource "aws_s3_bucket_versioning" "a" {
          bucket = "spend-a"
          mfa    = "1 2"
          versioning_configuration { status = "Enabled" }
        }
        resource "aws_s3_bucket_lifecycle_configuration" "a" {
          bucket = "spend-a"
          rule {
            id     = "a"
            status = "Enabled"
            filter {}
            transition {
              date          = "2030-01-01T00:00:00Z"
              days          = 30
              storage_class = "GLACIER"
            }
          }
        }
        """
    )
    error = await workspace.fail("validate")
    assert '"bucket": conflicts with bucket_prefix' in error
    assert "validating S3 Bucket (Upper) name: only lowercase alphanumeric characters" in error
    assert 'does not serve "mfa" of aws_s3_bucket_versioning' in error
    assert "2 attributes specified when one (and only one) of" in error


async def test_a_bucket_with_objects_is_destroyed_only_by_force(workspace: Workspace, cloud: Cloud) -> None:
    kept = 'resource "aws_s3_bucket" "a" {\n  bucket = "spend-a"\n}\n'
    await workspace.apply(kept)
    await cloud.call("s3", "put_object", Bucket="spend-a", Key="a", Body=b"x")
    assert "api error BucketNotEmpty" in await workspace.fail("destroy", "-auto-approve")
    await workspace.apply(kept.replace('"spend-a"', '"spend-a"\n  force_destroy = true'))
    await workspace.destroy()
    assert (await cloud.call("s3", "list_buckets"))["Buckets"] == []
