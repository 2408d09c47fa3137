"""Secrets Manager refuses names, values and tags that moto would store, and reads a batch item by item."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

BOTH = {"SecretString": "a", "SecretBinary": b"b"}


async def test_secrets_that_cannot_be_stored(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("secretsmanager", "create_secret", Name="kept/it+=.@!_-1", SecretString="a")
        reserved = [{"Key": "Aws:team", "Value": "a"}]
        many = [{"Key": f"k{number}", "Value": "a"} for number in range(51)]
        for operation, parameters, expected in (
            ("create_secret", {"Name": "a b", "SecretString": "a"}, r"\(ValidationException\).*Invalid name"),
            ("create_secret", {"Name": "a:b", "SecretString": "a"}, r"\(ValidationException\).*Invalid name"),
            ("create_secret", {"Name": "both", **BOTH}, r"\(InvalidParameterException\).*both a binary"),
            ("put_secret_value", {"SecretId": "kept/it+=.@!_-1", **BOTH}, r"\(InvalidParameterException\)"),
            ("update_secret", {"SecretId": "kept/it+=.@!_-1", **BOTH}, r"\(InvalidParameterException\)"),
            ("create_secret", {"Name": "t", "SecretString": "a", "Tags": reserved}, r"\(InvalidParameterException\)"),
            ("tag_resource", {"SecretId": "kept/it+=.@!_-1", "Tags": many}, r"\(InvalidParameterException\)"),
        ):
            with pytest.raises(ClientError, match=expected):
                await cloud.call("secretsmanager", operation, **parameters)
        listed = await cloud.call("secretsmanager", "list_secrets")
        assert [each["Name"] for each in listed["SecretList"]] == ["kept/it+=.@!_-1"]


async def test_a_batch_lists_what_cannot_be_read_beside_what_can(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        key = (await cloud.call("kms", "create_key"))["KeyMetadata"]["Arn"]
        await cloud.call("secretsmanager", "create_secret", Name="team/a", SecretString="a")
        await cloud.call("secretsmanager", "create_secret", Name="team/deleted", SecretString="b")
        await cloud.call("secretsmanager", "create_secret", Name="team/locked", SecretString="c", KmsKeyId=key)
        await cloud.call("secretsmanager", "delete_secret", SecretId="team/deleted")
        await cloud.call("kms", "disable_key", KeyId=key)
        ids = ["team/a", "team/deleted", "team/locked", "team/missing"]
        found = await cloud.call("secretsmanager", "batch_get_secret_value", SecretIdList=ids)
        assert [each["SecretString"] for each in found["SecretValues"]] == ["a"]
        assert {each["SecretId"]: each["ErrorCode"] for each in found["Errors"]} == {
            "team/deleted": "InvalidRequestException",
            "team/locked": "DecryptionFailure",
            "team/missing": "ResourceNotFoundException",
        }
        assert all(each["Message"] for each in found["Errors"])
        named = [{"Key": "name", "Values": ["team/"]}]
        found = await cloud.call("secretsmanager", "batch_get_secret_value", Filters=named)
        assert [each["Name"] for each in found["SecretValues"]] == ["team/a"]
        assert [each["SecretId"] for each in found["Errors"]] == ["team/locked"]
