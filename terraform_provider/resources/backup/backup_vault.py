"""aws_backup_vault."""

import re
from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.framework.waiting import timeout_s, wait_for
from terraform_provider.resources.backup import _tags
from terraform_provider.values.unknown import State

DELETE_TIMEOUT = "10m"
NAME = r"[0-9A-Za-z_-]{2,50}"


@resource("aws_backup_vault")
class Vault(Resource):
    noun = "Backup Vault"
    gone = ("ResourceNotFoundException",)

    def validate(self, config: State) -> None:
        name = config.get("name")
        if isinstance(name, str) and not re.fullmatch(NAME, name):
            raise ProviderError(
                "invalid value for name (must consist of letters, numbers, and hyphens.)",
                "It must have 2 to 50 characters.",
                ("name",),
            )

    def create(self, aws: Aws, planned: State) -> str:
        key = {"EncryptionKeyArn": planned["kms_key_arn"]} if planned["kms_key_arn"] else {}
        aws.client("backup").create_backup_vault(
            BackupVaultName=planned["name"], BackupVaultTags=planned["tags_all"] or {}, **key
        )
        return str(planned["name"])

    def read(self, aws: Aws, state: State) -> State | None:
        backup = aws.client("backup")
        found = backup.describe_backup_vault(BackupVaultName=state["id"])
        return {
            "arn": found["BackupVaultArn"],
            "kms_key_arn": found.get("EncryptionKeyArn"),
            "name": found["BackupVaultName"],
            "recovery_points": found.get("NumberOfRecoveryPoints"),
            "tags_all": _tags.of(aws, found["BackupVaultArn"]),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        if "tags_all" in changed:
            _tags.change(aws, prior["arn"], prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        backup, name = aws.client("backup"), state["id"]
        if state["force_destroy"]:
            for point in _recovery_points(backup, name):
                backup.delete_recovery_point(BackupVaultName=name, RecoveryPointArn=point)
            wait_for(
                aws,
                f"the recovery points of {name} to be gone",
                lambda: not _recovery_points(backup, name),
                timeout_s=timeout_s(state, "delete", DELETE_TIMEOUT),
            )
        backup.delete_backup_vault(BackupVaultName=name)


def _recovery_points(backup: Any, name: str) -> list[str]:
    pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=name)
    return [each["RecoveryPointArn"] for page in pages for each in page["RecoveryPoints"]]
