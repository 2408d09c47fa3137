"""AWS Backup: jobs for DB instances. A job too close to a window of the instance fails, as on AWS.

No recovery points are created here, so any other job is refused: `COMPLETED` would promise one that does not exist.
"""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import result
from localcloud.rds.requests.windows import why_no_backup

JOBS = "backup_jobs"
START_WINDOW_MINUTES = 480
"""AWS's default."""


def patch() -> None:
    from moto.backup import urls
    from moto.backup.responses import BackupResponse

    for operation in (start_backup_job, describe_backup_job, list_backup_jobs):
        setattr(BackupResponse, operation.__name__, operation)
    paths: dict[str, Any] = urls.url_paths
    paths["{0}/backup-jobs/?$"] = urls.response.dispatch
    paths["{0}/backup-jobs/(?P<job>[^/]+)$"] = urls.response.dispatch


def start_backup_job(self: Any) -> Any:
    parameters = json.loads(self.body or "{}")
    for name in ("BackupVaultName", "ResourceArn", "IamRoleArn"):
        if not parameters.get(name):
            raise _error("MissingParameterValueException", f"{name} is required")
    vault = self.backup_backend.vaults.get(parameters["BackupVaultName"])
    if vault is None:
        raise _error("ResourceNotFoundException", f"Backup vault {parameters['BackupVaultName']} does not exist.")
    instance = _instance(self, parameters["ResourceArn"])
    now = datetime.now(UTC)
    why = why_no_backup(now, instance.preferred_backup_window or "", instance.preferred_maintenance_window or "")
    if not why:
        raise AwsError(
            "ServiceUnavailableException",
            "StartBackupJob: the local cloud makes no recovery points; CreateDBSnapshot of RDS makes a real snapshot",
            501,
        )
    job = {
        "AccountId": self.current_account,
        "BackupJobId": str(uuid.uuid4()).upper(),
        "BackupVaultName": parameters["BackupVaultName"],
        "BackupVaultArn": vault.backup_vault_arn,
        "ResourceArn": parameters["ResourceArn"],
        "ResourceType": "RDS",
        "IamRoleArn": parameters["IamRoleArn"],
        "CreationDate": now,
        "CompletionDate": now,
        "StartBy": now + timedelta(minutes=int(parameters.get("StartWindowMinutes", START_WINDOW_MINUTES))),
        "State": "FAILED",
        "StatusMessage": why,
        "PercentDone": "0.0",
    }
    _jobs(self)[job["BackupJobId"]] = job
    return result({name: job[name] for name in ("BackupJobId", "CreationDate")})


def describe_backup_job(self: Any) -> Any:
    job_id = self.path.rstrip("/").split("/")[-1]
    job = _jobs(self).get(job_id)
    if job is None:
        raise _error("ResourceNotFoundException", f"Cannot find Backup job with ID {job_id}")
    return result(job)


def list_backup_jobs(self: Any) -> Any:
    requested = {
        "BackupVaultName": self._get_param("backupVaultName"),
        "ResourceArn": self._get_param("resourceArn"),
        "State": self._get_param("state"),
    }
    found = [
        job for job in _jobs(self).values() if all(value in (None, job[name]) for name, value in requested.items())
    ]
    return result({"BackupJobs": sorted(found, key=lambda job: job["CreationDate"], reverse=True)})


def _instance(self: Any, arn: str) -> Any:
    from moto.rds.models import rds_backends

    known = rds_backends[self.current_account][self.region].databases
    instance = known.get(arn.rpartition(":db:")[2]) if ":rds:" in arn else None
    if instance is None:
        raise _error("InvalidParameterValueException", f"{arn}: no DB instance has this ARN")
    return instance


def _jobs(self: Any) -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = self.backup_backend.__dict__.setdefault(JOBS, {})
    return known


def _error(code: str, message: str) -> Exception:
    from moto.backup.exceptions import BackupClientError

    error: Any = BackupClientError
    raised: Exception = error(code, message)
    return raised
