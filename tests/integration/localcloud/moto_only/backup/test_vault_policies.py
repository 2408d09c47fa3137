"""A backup vault's access policy is kept until it is deleted, or its vault; malformed ones are refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

STATEMENT = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "backup:DeleteRecoveryPoint",
    "Resource": "*",
}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
MALFORMED = [
    "nonsense",
    "[]",
    "{}",
    json.dumps({"Statement": []}),
    json.dumps({"Statement": ["s"]}),
    json.dumps({"Statement": [STATEMENT, STATEMENT | {"Effect": "deny"}]}),
    *(
        json.dumps({"Statement": {key: value for key, value in STATEMENT.items() if key != left_out}})
        for left_out in STATEMENT
    ),
]


async def test_a_vaults_access_policy_outlives_a_restart_and_ends_with_its_vault(cloud_in: Any, tmp_path: Path) -> None:
    named = {"BackupVaultName": "vault"}
    async with cloud_in(tmp_path, {}) as cloud:
        made = await cloud.call("backup", "create_backup_vault", **named)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await cloud.call("backup", "get_backup_vault_access_policy", **named)
        await cloud.call("backup", "put_backup_vault_access_policy", **named, Policy=POLICY)
        for malformed in MALFORMED:
            with pytest.raises(ClientError, match="InvalidParameterValueException"):
                await cloud.call("backup", "put_backup_vault_access_policy", **named, Policy=malformed)
        with pytest.raises(ClientError, match="MissingParameterValueException"):
            await cloud.call("backup", "put_backup_vault_access_policy", **named)
    async with cloud_in(tmp_path, {}) as cloud:
        kept = await cloud.call("backup", "get_backup_vault_access_policy", **named)
        assert (kept["Policy"], kept["BackupVaultArn"]) == (POLICY, made["BackupVaultArn"])
        await cloud.call("backup", "delete_backup_vault_access_policy", **named)
        await cloud.call("backup", "delete_backup_vault_access_policy", **named)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await cloud.call("backup", "get_backup_vault_access_policy", **named)
        await cloud.call("backup", "put_backup_vault_access_policy", **named, Policy=POLICY)
        await cloud.call("backup", "delete_backup_vault", **named)
        for operation in ("get", "delete", "put"):
            asked = named | ({"Policy": POLICY} if operation == "put" else {})
            with pytest.raises(ClientError, match="ResourceNotFoundException"):
                await cloud.call("backup", f"{operation}_backup_vault_access_policy", **asked)
        await cloud.call("backup", "create_backup_vault", **named)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            await cloud.call("backup", "get_backup_vault_access_policy", **named)
