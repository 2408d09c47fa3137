"""S3 refuses public access, policies and lifecycle rules as AWS does, and copies nothing whose key is unusable."""

import asyncio
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
READ_BY_ALL = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::files/*"}
TRUST = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}'


async def bucket_with(cloud: Any, **settings: bool) -> None:
    """Create a bucket that takes ACLs, unless the block refuses them."""
    await cloud.call("s3", "create_bucket", Bucket="files", ObjectOwnership="ObjectWriter", **PLACE)
    await block(cloud, **settings)


async def block(cloud: Any, **settings: bool) -> None:
    wanted = {name: settings.get(name, False) for name in BLOCKS}
    await cloud.call("s3", "put_public_access_block", Bucket="files", PublicAccessBlockConfiguration=wanted)


async def put_policy(cloud: Any, *statements: dict[str, Any]) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    await cloud.call("s3", "put_bucket_policy", Bucket="files", Policy=policy)


async def test_a_public_policy_is_refused_where_the_block_says_so(cloud_in: Any, tmp_path: Path) -> None:
    private = READ_BY_ALL | {"Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}
    async with cloud_in(tmp_path, {}) as cloud:
        await bucket_with(cloud, BlockPublicPolicy=True)
        with pytest.raises(
            ClientError, match=r"AccessDenied.*s3:PutBucketPolicy.*public policies are prevented by the Bl"
        ):
            await put_policy(cloud, READ_BY_ALL)
        with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
            await cloud.call("s3", "get_bucket_policy", Bucket="files")
        await put_policy(cloud, private)
        assert not await is_public(cloud)
        await block(cloud)
        await put_policy(cloud, READ_BY_ALL)
        assert await is_public(cloud)


async def is_public(cloud: Any) -> bool:
    answer = await cloud.call("s3", "get_bucket_policy_status", Bucket="files")
    return bool(answer["PolicyStatus"]["IsPublic"])


async def test_public_acls_are_refused_where_the_block_says_so(cloud_in: Any, tmp_path: Path) -> None:
    of_all = {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"}
    document = {"AccessControlPolicy": {"Owner": {"ID": "a"}, "Grants": [of_all]}}
    thing = {"Bucket": "files", "Key": "k"}
    attempts: list[tuple[str, dict[str, Any]]] = [
        ("put_bucket_acl", {"Bucket": "files", "ACL": "public-read"}),
        ("put_bucket_acl", {"Bucket": "files", "GrantRead": f"uri={ALL_USERS}"}),
        ("put_bucket_acl", {"Bucket": "files", **document}),
        ("put_object_acl", thing | {"ACL": "public-read-write"}),
        ("put_object_acl", thing | {"ACL": "authenticated-read"}),
        ("put_object_acl", thing | document),
        ("put_object", thing | {"Body": b"changed", "ACL": "public-read"}),
        ("copy_object", {"Bucket": "files", "Key": "l", "CopySource": "files/k", "ACL": "public-read"}),
        ("create_multipart_upload", thing | {"ACL": "public-read"}),
    ]
    async with cloud_in(tmp_path, {}) as cloud:
        await bucket_with(cloud, BlockPublicAcls=True)
        await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"first", ACL="bucket-owner-full-control")
        for operation, parameters in attempts:
            with pytest.raises(
                ClientError, match=r"AccessDenied.*public ACLs are prevented by the BlockPublicAcls sett"
            ):
                await cloud.call("s3", operation, **parameters)
        assert [each["Key"] for each in (await cloud.call("s3", "list_objects_v2", Bucket="files"))["Contents"]] == [
            "k"
        ]
        kept = await cloud.call("s3", "get_object", Bucket="files", Key="k")
        assert kept["Body"].read() == b"first"
        await block(cloud)
        for operation, parameters in attempts:
            await cloud.call("s3", operation, **parameters)


def read_anonymously(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("by", ["IgnorePublicAcls", "RestrictPublicBuckets"])
async def test_nobody_reads_anonymously_what_the_block_closes(cloud_in: Any, tmp_path: Path, by: str) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        url = f"{cloud.host.endpoint_url}/files/k"
        await bucket_with(cloud)
        acl = {"ACL": "public-read"} if by == "IgnorePublicAcls" else {"ACL": "private"}
        await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"x", **acl)
        if by == "RestrictPublicBuckets":
            await put_policy(cloud, READ_BY_ALL)
        assert await asyncio.to_thread(read_anonymously, url) == 200
        await block(cloud, **{by: True})
        assert await asyncio.to_thread(read_anonymously, url) == 403
        await cloud.call("s3", "get_object", Bucket="files", Key="k")


async def test_a_bucket_whose_owner_owns_every_object_takes_no_acls(cloud_in: Any, tmp_path: Path) -> None:
    rule = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    async with cloud_in(tmp_path, {}) as cloud:
        await bucket_with(cloud)
        await cloud.call("s3", "put_bucket_ownership_controls", Bucket="files", OwnershipControls=rule)
        await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"x", ACL="bucket-owner-full-control")
        for operation, more in (
            ("put_object", {"Key": "k", "ACL": "public-read"}),
            ("put_object_acl", {"Key": "k", "ACL": "public-read"}),
            ("put_bucket_acl", {"ACL": "log-delivery-write"}),
        ):
            with pytest.raises(ClientError, match=r"AccessControlListNotSupported.*The bucket does not allow ACLs"):
                await cloud.call("s3", operation, Bucket="files", **more)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Resource": "arn:aws:s3:::others/*"}, "Policy has invalid resource"),
        ({"Resource": ["arn:aws:s3:::files/*", "arn:aws:s3:::files-more/*"]}, "Policy has invalid resource"),
        ({"Resource": "files/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:us-west-1::files/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:s3:::files"}, r"Action does not apply to any resource\(s\) in statement"),
        ({"Action": "s3:ListBucket"}, r"Action does not apply to any resource\(s\) in statement"),
        ({"Action": "dynamodb:GetItem"}, "Policy has invalid action"),
        ({"Principal": {"AWS": "nobody"}}, "Invalid principal in policy"),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:role/none"}}, "Invalid principal in policy"),
        ({"Effect": "allow"}, "Invalid effect: allow"),
        ({"Resources": []}, "Unknown field Resources"),
    ],
)
async def test_a_policy_of_another_bucket_or_without_sense_is_malformed(
    cloud_in: Any, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await bucket_with(cloud)
        with pytest.raises(ClientError, match=rf"\(MalformedPolicy\).*{words}"):
            await put_policy(cloud, READ_BY_ALL | change)


async def test_a_policy_names_roles_that_exist(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await bucket_with(cloud)
        role = await cloud.call("iam", "create_role", RoleName="r", AssumeRolePolicyDocument=TRUST)
        await put_policy(cloud, READ_BY_ALL | {"Principal": {"AWS": role["Role"]["Arn"]}})


def moved(*transitions: tuple[int, str], **more: Any) -> dict[str, Any]:
    listed = [{"Days": days, "StorageClass": kind} for days, kind in transitions]
    return {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Transitions": listed} | more


@pytest.mark.parametrize(
    ("rules", "code", "words"),
    [
        (
            [moved((30, "STANDARD_IA"), Expiration={"Days": 30})],
            "InvalidArgument",
            "'Days' in the Expiration action for",
        ),
        ([moved((90, "GLACIER"), Expiration={"Days": 60})], "InvalidArgument", r"filter '\(prefix=logs/\)' must be gr"),
        ([moved((29, "STANDARD_IA"))], "InvalidArgument", "greater than or equal to 30 for storageClass 'STANDARD_IA'"),
        ([moved((29, "ONEZONE_IA"))], "InvalidArgument", "greater than or equal to 30 for storageClass 'ONEZONE_IA'"),
        ([moved((60, "STANDARD_IA"), (30, "GLACIER"))], "InvalidArgument", "StorageClass 'GLACIER' .* must be greater"),
        ([moved((30, "STANDARD_IA"), (59, "GLACIER"))], "InvalidArgument", "must be 30 days more than"),
        ([moved((90, "DEEP_ARCHIVE"), (90, "GLACIER"))], "InvalidArgument", "StorageClass 'DEEP_ARCHIVE' .* must be"),
        ([moved((30, "GLACIER"), (60, "GLACIER"))], "InvalidRequest", "'StorageClass' must be different for 'Trans"),
        ([moved((30, "STANDARD"))], "MalformedXML", ""),
        ([moved((30, "GLACIER")), moved((60, "GLACIER"))], "InvalidArgument", "Rule ID must be unique"),
        ([moved((30, "GLACIER"), Prefix="a")], "MalformedXML", ""),
        ([moved((30, "GLACIER"), ID="i" * 256)], "InvalidArgument", "ID length should not exceed allowed limit of 255"),
        ([moved()], "InvalidRequest", "At least one action needs to be specified in a rule"),
        ([moved(Expiration={"Days": 0})], "InvalidArgument", "'Days' for Expiration action must be a positive integer"),
        ([moved(Expiration={"Date": "2030-01-01T01:00:00Z"})], "InvalidArgument", "'Date' must be at midnight GMT"),
        ([moved((30, "GLACIER"), Expiration={"Date": "2030-01-01T00:00:00Z"})], "InvalidRequest", "Found mixed 'Date'"),
        (
            [
                moved(
                    NoncurrentVersionTransitions=[{"NoncurrentDays": 30, "StorageClass": "GLACIER"}],
                    NoncurrentVersionExpiration={"NoncurrentDays": 30},
                )
            ],
            "InvalidArgument",
            "'NoncurrentDays' in the NoncurrentVersionExpiration action",
        ),
        ([moved((30, "GLACIER"), Status="On")], "MalformedXML", ""),
        ([], "MalformedXML", ""),
    ],
)
async def test_lifecycle_rules_that_contradict_themselves_are_refused(
    cloud_in: Any, tmp_path: Path, rules: list[Any], code: str, words: str
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await bucket_with(cloud)
        with pytest.raises(ClientError, match=rf"\({code}\).*{words}"):
            await cloud.call(
                "s3", "put_bucket_lifecycle_configuration", Bucket="files", LifecycleConfiguration={"Rules": rules}
            )
        with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
            await cloud.call("s3", "get_bucket_lifecycle_configuration", Bucket="files")


async def test_lifecycle_rules_that_s3_accepts_are_kept(cloud_in: Any, tmp_path: Path) -> None:
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    rules = [
        moved((0, "GLACIER"), (1, "DEEP_ARCHIVE"), Expiration={"Days": 2}),
        moved((30, "STANDARD_IA"), (60, "GLACIER"), (150, "DEEP_ARCHIVE"), Expiration={"Days": 365}, ID="s"),
        moved(Expiration={"ExpiredObjectDeleteMarker": True}, ID="t", Filter={"And": {"Prefix": "x", "Tags": tags}}),
        moved(Expiration={"Date": "2030-01-01T00:00:00Z"}, ID="u", Filter={}),
        moved(AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7}, ID="v"),
    ]
    async with cloud_in(tmp_path, {}) as cloud:
        await bucket_with(cloud)
        await cloud.call(
            "s3", "put_bucket_lifecycle_configuration", Bucket="files", LifecycleConfiguration={"Rules": rules}
        )
        kept = await cloud.call("s3", "get_bucket_lifecycle_configuration", Bucket="files")
        assert [each["ID"] for each in kept["Rules"]] == ["r", "s", "t", "u", "v"]


async def test_nothing_is_copied_whose_key_is_unusable(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await bucket_with(cloud)
        key = (await cloud.call("kms", "create_key"))["KeyMetadata"]
        sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key["Arn"]}
        await cloud.call("s3", "put_object", Bucket="files", Key="k", Body=b"x", **sse)
        upload = await cloud.call("s3", "create_multipart_upload", Bucket="files", Key="parts")
        part = {"Bucket": "files", "Key": "parts", "UploadId": upload["UploadId"], "PartNumber": 1}
        attempts: list[tuple[str, dict[str, Any]]] = [
            ("copy_object", {"Bucket": "files", "Key": "l", "CopySource": "files/k"}),
            ("copy_object", {"Bucket": "files", "Key": "k", "CopySource": "files/k", "ServerSideEncryption": "AES256"}),
            ("upload_part_copy", part | {"CopySource": "files/k"}),
            ("create_multipart_upload", {"Bucket": "files", "Key": "m", **sse}),
        ]
        for change, more, code in (
            ("disable_key", {}, "DisabledException"),
            ("schedule_key_deletion", {"PendingWindowInDays": 7}, "KMSInvalidStateException"),
        ):
            await cloud.call("kms", change, KeyId=key["KeyId"], **more)
            for operation, parameters in attempts:
                with pytest.raises(ClientError, match=rf"\(KMS\.{code}\)"):
                    await cloud.call("s3", operation, **parameters)
        await cloud.call("kms", "cancel_key_deletion", KeyId=key["KeyId"])
        await cloud.call("kms", "enable_key", KeyId=key["KeyId"])
        for operation, parameters in attempts:
            await cloud.call("s3", operation, **parameters)


async def test_a_multipart_upload_with_an_acl_is_refused_where_the_owner_owns_every_object(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call(
            "s3", "create_bucket", Bucket="owned", CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
        )
        for operation in ("create_multipart_upload", "put_object"):
            with pytest.raises(ClientError) as caught:
                await cloud.call("s3", operation, Bucket="owned", Key="k", ACL="public-read")
            assert caught.value.response["Error"]["Code"] == "AccessControlListNotSupported"
