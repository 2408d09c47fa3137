"""KMS refuses keys, aliases and grants that moto would store."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

NOBODY = "arn:aws:iam::123456789012:role/nobody"
EVERYTHING = {"GranteePrincipal": "arn:aws:iam::123456789012:root", "Operations": ["Decrypt"]}


async def refused(cloud: Any, operation: str, expected: str, **parameters: Any) -> None:
    with pytest.raises(ClientError, match=expected):
        await cloud.call("kms", operation, **parameters)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"KeyUsage": "SIGN_VERIFY"}, r"\(ValidationException\).*SIGN_VERIFY is not compatible with KeySpec SYMMETRIC"),
        ({"KeySpec": "HMAC_256", "KeyUsage": "ENCRYPT_DECRYPT"}, r"\(ValidationException\).*is not compatible"),
        ({"KeySpec": "ECC_SECG_P256K1", "KeyUsage": "KEY_AGREEMENT"}, r"\(ValidationException\).*is not compatible"),
        ({"KeySpec": "RSA_2048", "KeyUsage": "GENERATE_VERIFY_MAC"}, r"\(ValidationException\).*is not compatible"),
        ({"Origin": "AWS_CLOUDHSM"}, r"\(ValidationException\).*requires a CustomKeyStoreId"),
        ({"Policy": "{}"}, r"\(MalformedPolicyDocumentException\)"),
        ({"Tags": [{"TagKey": "AWS:x", "TagValue": "a"}]}, r"\(TagException\).*Tags beginning with aws: are"),
        ({"Tags": [{"TagKey": str(n), "TagValue": ""} for n in range(51)]}, r"\(TagException\).*Too many tags"),
        ({"Tags": [{"TagKey": "x", "TagValue": v} for v in "ab"]}, r"\(TagException\).*Duplicate tag keys"),
    ],
)
async def test_keys_that_kms_does_not_make(
    cloud_in: Any, tmp_path: Path, parameters: dict[str, Any], expected: str
) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await refused(cloud, "create_key", expected, **parameters)
        assert (await cloud.call("kms", "list_keys"))["Keys"] == []
        for usage, spec in (("KEY_AGREEMENT", "ECC_NIST_P256"), ("GENERATE_VERIFY_MAC", "HMAC_384")):
            await cloud.call("kms", "create_key", KeyUsage=usage, KeySpec=spec)


async def test_what_kms_refuses_about_a_key_that_can_be_used(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        key = (await cloud.call("kms", "create_key"))["KeyMetadata"]["KeyId"]
        for days in (6, 31):
            await refused(cloud, "schedule_key_deletion", "ValidationException", KeyId=key, PendingWindowInDays=days)
        for operation in ("create_alias", "update_alias"):
            await refused(cloud, operation, "NotAuthorized", AliasName="alias/aws/mine", TargetKeyId=key)
        await refused(cloud, "delete_alias", "NotAuthorized", AliasName="alias/aws/rds")
        await refused(cloud, "cancel_key_deletion", r"\(KMSInvalidState.*is not pending deletion", KeyId=key)
        await refused(cloud, "get_public_key", "UnsupportedOperation", KeyId=key)
        for more in ({"GranteePrincipal": NOBODY}, {"RetiringPrincipal": NOBODY}):
            await refused(
                cloud, "create_grant", r"\(InvalidArnException\).*role/nobody", KeyId=key, **EVERYTHING | more
            )
        await refused(cloud, "create_grant", "ValidationException", KeyId=key, **EVERYTHING | {"Operations": []})


async def test_a_key_that_waits_for_its_deletion_is_not_changed(cloud_in: Any, tmp_path: Path) -> None:
    """By AWS's table of key states, of which a disabled key has few."""
    tag = {"TagKey": "a", "TagValue": "b"}
    changes: list[tuple[str, dict[str, Any]]] = [
        ("tag_resource", {"Tags": [tag]}),
        ("untag_resource", {"TagKeys": ["a"]}),
        ("update_key_description", {"Description": "d"}),
        ("enable_key", {}),
        ("disable_key", {}),
    ]
    deleted_only: list[tuple[str, dict[str, Any]]] = [("schedule_key_deletion", {"PendingWindowInDays": 7})]
    not_disabled: list[tuple[str, dict[str, Any]]] = [("create_grant", EVERYTHING), ("disable_key_rotation", {})]
    async with cloud_in(tmp_path, {}) as cloud:
        kept, key = [(await cloud.call("kms", "create_key"))["KeyMetadata"]["KeyId"] for _ in range(2)]
        await cloud.call("kms", "create_alias", AliasName="alias/moved", TargetKeyId=kept)
        for operation, more in (*changes, *not_disabled):
            if operation in ("create_grant", "disable_key_rotation"):
                await refused(cloud, operation, "DisabledException", KeyId=key, **more)
            else:
                await cloud.call("kms", operation, KeyId=key, **more)
        await cloud.call("kms", "create_alias", AliasName="alias/a", TargetKeyId=key)
        await cloud.call("kms", "schedule_key_deletion", KeyId=key, PendingWindowInDays=7)
        for operation, more in (*changes, *not_disabled, *deleted_only):
            await refused(cloud, operation, "KMSInvalidState.*is pending deletion", KeyId=key, **more)
        await refused(cloud, "create_alias", "KMSInvalidState", AliasName="alias/b", TargetKeyId=key)
        await refused(cloud, "update_alias", "KMSInvalidState", AliasName="alias/moved", TargetKeyId=key)
        await cloud.call("kms", "delete_alias", AliasName="alias/a")
        await cloud.call("kms", "cancel_key_deletion", KeyId=key)
        await cloud.call("kms", "enable_key", KeyId=key)
        for operation, more in (*changes, *not_disabled):
            await cloud.call("kms", operation, KeyId=key, **more)
            await cloud.call("kms", "enable_key", KeyId=key)


async def test_a_key_is_changed_by_its_arn_as_by_its_id(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        arn = (await cloud.call("kms", "create_key", MultiRegion=True))["KeyMetadata"]["Arn"]
        await cloud.call("kms", "replicate_key", KeyId=arn, ReplicaRegion="us-west-2")
        for operation in ("disable_key", "enable_key"):
            await cloud.call("kms", operation, KeyId=arn)
        waiting = await cloud.call("kms", "schedule_key_deletion", KeyId=arn)
        assert (waiting["KeyId"], waiting["KeyState"], waiting["PendingWindowInDays"]) == (arn, "PendingDeletion", 30)
        assert (await cloud.call("kms", "cancel_key_deletion", KeyId=arn.rpartition("/")[2]))["KeyId"] == arn
        assert (await cloud.call("kms", "describe_key", KeyId=arn))["KeyMetadata"]["KeyState"] == "Disabled"
