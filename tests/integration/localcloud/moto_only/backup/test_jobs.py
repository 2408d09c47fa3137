"""AWS Backup avoids the windows of a DB instance, and announces no recovery point that is not created."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.rds.databases import Databases
from localcloud.rds.requests.windows import TOO_CLOSE_TO_BACKUP, TOO_CLOSE_TO_MAINTENANCE
from tests.integration.localcloud.rds.instances import created, in_status

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
INSTANCE = f"arn:aws:rds:us-west-1:{ACCOUNT}:db:spendsense"


def window(begin_in_minutes: int, *, with_days: bool = False) -> str:
    """Return a window of 45 minutes that begins in so many minutes."""
    begin = datetime.now(UTC) + timedelta(minutes=begin_in_minutes)
    form = "%a:%H:%M" if with_days else "%H:%M"
    return f"{begin:{form}}-{begin + timedelta(minutes=45):{form}}".lower()


async def job(cloud: Any, arn: str) -> dict[str, Any]:
    parameters = {"BackupVaultName": "vault", "ResourceArn": arn, "IamRoleArn": ROLE}
    created = await cloud.call("backup", "start_backup_job", **parameters)
    return dict(await cloud.call("backup", "describe_backup_job", BackupJobId=created["BackupJobId"]))


async def test_a_job_in_or_close_to_a_window_of_the_instance_fails(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await cloud.call("backup", "create_backup_vault", BackupVaultName="vault")
        far, far_with_days = window(600), window(600, with_days=True)
        await created(cloud, PreferredBackupWindow=window(30), PreferredMaintenanceWindow=far_with_days)
        arn = (await in_status(cloud, "available"))["DBInstanceArn"]
        failed = await job(cloud, arn)
        assert (failed["State"], failed["StatusMessage"]) == ("FAILED", TOO_CLOSE_TO_BACKUP)

        async def windows(backup: str, maintenance: str) -> None:
            parameters = {"PreferredBackupWindow": backup, "PreferredMaintenanceWindow": maintenance}
            await cloud.call("rds", "modify_db_instance", DBInstanceIdentifier="spendsense-local", **parameters)

        await windows(far, window(-10, with_days=True))
        assert (await job(cloud, arn))["StatusMessage"] == TOO_CLOSE_TO_MAINTENANCE
        listed = (await cloud.call("backup", "list_backup_jobs", ByResourceArn=arn))["BackupJobs"]
        assert [each["State"] for each in listed] == ["FAILED", "FAILED"]
        await windows(far, window(700, with_days=True))
        with pytest.raises(ClientError, match="makes no recovery points") as refused:
            await job(cloud, arn)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
        for wrong, code in (({"vault": "none"}, "ResourceNotFound"), ({"arn": f"{arn}x"}, "InvalidParameterValue")):
            with pytest.raises(ClientError, match=code):
                await cloud.call(
                    "backup",
                    "start_backup_job",
                    BackupVaultName=wrong.get("vault", "vault"),
                    ResourceArn=wrong.get("arn", arn),
                    IamRoleArn=ROLE,
                )


async def test_of_copies_and_restores_it_says_that_there_are_none(cloud_in: Any, tmp_path: Path) -> None:
    point = f"arn:aws:backup:us-west-1:{ACCOUNT}:recovery-point:11111111-2222-3333-4444-555555555555"
    source = {"SourceBackupVaultName": "vault", "DestinationBackupVaultArn": f"arn:aws:backup:us-west-2:{ACCOUNT}:x"}
    missing = {
        "describe_copy_job": {"CopyJobId": "none"},
        "describe_restore_job": {"RestoreJobId": "none"},
        "describe_recovery_point": {"BackupVaultName": "vault", "RecoveryPointArn": point},
        "delete_recovery_point": {"BackupVaultName": "vault", "RecoveryPointArn": point},
        "start_copy_job": {"RecoveryPointArn": point, "IamRoleArn": ROLE, **source},
        "start_restore_job": {"RecoveryPointArn": point, "Metadata": {}},
        "get_backup_vault_access_policy": {"BackupVaultName": "vault"},
    }
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("backup", "create_backup_vault", BackupVaultName="vault")
        for operation, member in (
            ("list_copy_jobs", "CopyJobs"),
            ("list_restore_jobs", "RestoreJobs"),
            ("list_protected_resources", "Results"),
        ):
            assert (await cloud.call("backup", operation))[member] == []
        found = await cloud.call("backup", "list_recovery_points_by_resource", ResourceArn=INSTANCE)
        assert found["RecoveryPoints"] == []
        for operation, parameters in missing.items():
            with pytest.raises(ClientError) as refused:
                await cloud.call("backup", operation, **parameters)
            assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException", operation
        with pytest.raises(ClientError) as refused:
            await cloud.call("backup", "describe_region_settings")
        assert refused.value.response["Error"]["Code"] == "InvalidAction"
