"""A secret that is replicated to another region is read there with its current value, and changed only at home."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.host import REGION

ELSEWHERE = "us-west-2"
NAMED = {"SecretId": "accounts"}
VERSION = "0" * 32
CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("put_secret_value", {"SecretString": "v"}),
    ("update_secret", {"Description": "d"}),
    ("update_secret_version_stage", {"VersionStage": "AWSCURRENT", "MoveToVersionId": VERSION}),
    ("rotate_secret", {}),
    ("cancel_rotate_secret", {}),
    ("put_resource_policy", {"ResourcePolicy": '{"Version": "2012-10-17", "Statement": []}'}),
    ("delete_secret", {}),
]


async def test_a_replica_has_the_value_of_its_secret(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:

        async def call(region: str, operation: str, **parameters: Any) -> Any:
            return await cloud.call_in(region, "secretsmanager", operation, **parameters)

        await call(
            REGION, "create_secret", Name="accounts", SecretString="1", AddReplicaRegions=[{"Region": ELSEWHERE}]
        )
        assert (await call(ELSEWHERE, "get_secret_value", **NAMED))["SecretString"] == "1"
        await call(REGION, "put_secret_value", **NAMED, SecretString="2")
        found = await call(ELSEWHERE, "get_secret_value", **NAMED)
        assert (found["SecretString"], found["ARN"].split(":")[3]) == ("2", ELSEWHERE)
        assert (await call(ELSEWHERE, "describe_secret", **NAMED))["PrimaryRegion"] == REGION
        for operation, parameters in CHANGES:
            with pytest.raises(ClientError) as refused:
                await call(ELSEWHERE, operation, **NAMED, **parameters)
            error = refused.value.response["Error"]
            assert (error["Code"], "replica secret" in error["Message"]) == ("InvalidParameterException", True), (
                operation
            )
        await call(REGION, "remove_regions_from_replication", **NAMED, RemoveReplicaRegions=[ELSEWHERE])
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await call(ELSEWHERE, "get_secret_value", **NAMED)
        assert (await call(REGION, "get_secret_value", **NAMED))["SecretString"] == "2"
