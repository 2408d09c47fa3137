"""KMS keys that may not be used: nothing is encrypted with them, and what they encrypted cannot be read."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

PLACE = {"CreateBucketConfiguration": {"LocationConstraint": "us-west-1"}}
DOES_NOT_EXIST = "11111111-2222-3333-4444-555555555555"


async def test_what_a_key_encrypted_is_lost_with_it(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        key = (await cloud.call("kms", "create_key"))["KeyMetadata"]
        kms, sse = {"KeyId": key["KeyId"]}, {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key["Arn"]}
        blob = (await cloud.call("kms", "encrypt", Plaintext=b"a", **kms))["CiphertextBlob"]
        await cloud.call("s3", "create_bucket", Bucket="a-bucket", **PLACE)
        await cloud.call("s3", "put_object", Bucket="a-bucket", Key="k", Body=b"x", **sse)
        await cloud.call("secretsmanager", "create_secret", Name="s", SecretString="v", KmsKeyId=key["Arn"])
        await cloud.call("ssm", "put_parameter", Name="/p", Value="v", Type="SecureString", **kms)
        uses: list[tuple[str, str, dict[str, Any], str]] = [
            ("kms", "decrypt", {"CiphertextBlob": blob}, "{}"),
            ("kms", "encrypt", kms | {"Plaintext": b"a"}, "{}"),
            ("kms", "generate_data_key", kms | {"KeySpec": "AES_256"}, "{}"),
            ("s3", "get_object", {"Bucket": "a-bucket", "Key": "k"}, r"KMS\.{}"),
            ("s3", "put_object", {"Bucket": "a-bucket", "Key": "l", "Body": b"x", **sse}, r"KMS\.{}"),
            ("secretsmanager", "get_secret_value", {"SecretId": "s"}, "DecryptionFailure"),
            ("secretsmanager", "put_secret_value", {"SecretId": "s", "SecretString": "w"}, "EncryptionFailure"),
            ("ssm", "get_parameter", {"Name": "/p", "WithDecryption": True}, "InvalidKeyId"),
        ]
        for change, more, code in (
            ("disable_key", {}, "DisabledException"),
            ("schedule_key_deletion", {"PendingWindowInDays": 7}, "KMSInvalidStateException"),
        ):
            await cloud.call("kms", change, **kms, **more)
            for service, operation, parameters, expected in uses:
                with pytest.raises(ClientError, match=rf"\({expected.format(code)}\)"):
                    await cloud.call(service, operation, **parameters)
        await cloud.call("s3", "head_object", Bucket="a-bucket", Key="k")  # decrypts nothing
        await cloud.call("kms", "cancel_key_deletion", **kms)
        await cloud.call("kms", "enable_key", **kms)
        for service, operation, parameters, _ in uses:
            await cloud.call(service, operation, **parameters)


async def test_an_object_names_a_key_that_exists(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("s3", "create_bucket", Bucket="a-bucket", **PLACE)
        sse = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": DOES_NOT_EXIST}
        with pytest.raises(ClientError, match=rf"\(KMS\.NotFoundException\).*Key '.*{DOES_NOT_EXIST}' does not exist"):
            await cloud.call("s3", "put_object", Bucket="a-bucket", Key="k", Body=b"x", **sse)


async def test_a_parameter_holds_what_its_tier_allows(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        put = {"Name": "/p", "Type": "String", "Overwrite": True}
        await cloud.call("ssm", "put_parameter", Value="v" * 4096, **put)
        await cloud.call("ssm", "put_parameter", Value="v" * 8192, Tier="Advanced", **put)
        for length, tier, words in ((4097, "Standard", "Standard tier"), (8193, "Advanced", "Advanced tier")):
            with pytest.raises(ClientError, match=f"ValidationException.*{words} parameters support a maximum"):
                await cloud.call("ssm", "put_parameter", Value="v" * length, Tier=tier, **put)


async def test_a_key_keeps_the_period_of_its_rotation(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        key = (await cloud.call("kms", "create_key"))["KeyMetadata"]["KeyId"]
        assert "RotationPeriodInDays" not in await cloud.call("kms", "get_key_rotation_status", KeyId=key)
        await cloud.call("kms", "enable_key_rotation", KeyId=key)
        assert (await cloud.call("kms", "get_key_rotation_status", KeyId=key))["RotationPeriodInDays"] == 365
        await cloud.call("kms", "enable_key_rotation", KeyId=key, RotationPeriodInDays=180)
        assert (await cloud.call("kms", "get_key_rotation_status", KeyId=key))["RotationPeriodInDays"] == 180
        with pytest.raises(ClientError, match=r"\(ValidationException\).*less than or equal to 2560"):
            await cloud.call("kms", "enable_key_rotation", KeyId=key, RotationPeriodInDays=3000)
        signing = await cloud.call("kms", "create_key", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
        with pytest.raises(ClientError, match=r"\(UnsupportedOperationException\)"):
            await cloud.call("kms", "enable_key_rotation", KeyId=signing["KeyMetadata"]["KeyId"])
        await cloud.call("kms", "disable_key", KeyId=key)
        with pytest.raises(ClientError, match=r"\(DisabledException\)"):
            await cloud.call("kms", "enable_key_rotation", KeyId=key)
