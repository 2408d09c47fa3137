"""Patches of moto's RDS: snapshots, restorations and automated backups as in AWS, with new records for the restored."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from localcloud.errors import AwsError
from localcloud.moto.patching import result

if TYPE_CHECKING:
    from moto.core.responses import ActionResult
    from moto.rds.models import DBInstance, RDSBackend
    from moto.rds.responses import RDSResponse

Window = tuple[datetime, datetime]
WindowOf = Callable[[str, int], Window | None]
"""Resource id, retention in days -> the first and last moment that can be restored now."""

# What a restored instance inherits from its source unless the request says otherwise. Excluded are its password (it is
# in the data) and groups, Multi-AZ, protection, tags and monitoring, where AWS's defaults apply.
INHERITED = (
    "allocated_storage",
    "auto_minor_version_upgrade",
    "backup_retention_period",
    "db_instance_class",
    "db_name",
    "engine",
    "engine_version",
    "iops",
    "kms_key_id",
    "license_model",
    "master_username",
    "port",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "publicly_accessible",
    "storage_encrypted",
    "storage_throughput",
    "storage_type",
)
NOT_PASSED_ON = ("source_db_instance_identifier",)  # moto would take it for the source of a replica


def patch() -> None:
    from moto.core.responses import PaginatedResult
    from moto.core.utils import get_pagination_model
    from moto.rds.models import DBInstance, DBSnapshot, RDSBackend
    from moto.rds.responses import RDSResponse

    backend: Any = RDSBackend
    backend.restore_db_instance_from_db_snapshot = _restore_from_snapshot
    backend.restore_db_instance_to_point_in_time = _restore_to_point_in_time
    answering: Any = RDSResponse
    answering.delete_db_instance_automated_backup = _delete_automated_backup
    answering.describe_db_instance_automated_backups = _describe_automated_backups
    pages = get_pagination_model("rds")
    pages["DescribeDBSnapshots"]["unique_attribute"] = "resource_id"
    pages["DescribeDBInstanceAutomatedBackups"]["unique_attribute"] = "DbiResourceId"
    _paginate_snapshots(answering, PaginatedResult)
    _begin_as_creating(DBSnapshot)
    _take_no_backup_unseen(DBInstance)
    _give_own_resource_ids(DBInstance)


def patch_windows(window: WindowOf) -> None:
    """Patch moto once for each run: what can be restored depends on what is archived on disk."""
    from moto.rds.models import DBInstance, RDSBackend

    instance: Any = DBInstance
    backend: Any = RDSBackend

    def latest(self: DBInstance) -> datetime | None:
        found = window(self.dbi_resource_id, int(self.backup_retention_period))
        return found[1] if found else None

    instance.latest_restorable_time = property(latest)
    backend.restore_window = staticmethod(window)


def source(backend: RDSBackend, *, identifier: str | None, resource_id: str | None, arn: str | None) -> DBInstance:
    """Return moto's DB instance that a restoration names by exactly one of the three, even if only its backups remain.

    Errors: AwsError.
    """
    named = [each for each in (identifier, resource_id, arn) if each]
    if len(named) != 1:
        raise AwsError(
            "InvalidParameterCombination",
            "Exactly one of SourceDBInstanceIdentifier, SourceDbiResourceId and SourceDBInstanceAutomatedBackupsArn "
            "must be specified.",
        )
    if identifier:
        model = backend.databases.get(identifier.rpartition(":db:")[2])
        if model is None:
            raise AwsError("DBInstanceNotFound", f"DBInstance {identifier} not found.", 404)
    else:
        model = next((each for each in _sources(backend) if named[0] in (each.dbi_resource_id, backup_arn(each))), None)
        if model is None:
            raise AwsError("DBInstanceAutomatedBackupNotFound", f"Automated backup {named[0]} not found.", 404)
    if not model.backup_retention_period:
        raise AwsError(
            "PointInTimeRestoreNotEnabled",
            f"The source DB instance {model.db_instance_identifier} has a BackupRetentionPeriod equal to 0.",
        )
    return model


def backup_arn(model: DBInstance) -> str:
    """Return the ARN of an instance's automated backups."""
    name = model.dbi_resource_id.removeprefix("db-").lower()
    return f"arn:{model.partition}:rds:{model.region}:{model.account_id}:auto-backup:ab-{name}"


def _sources(backend: RDSBackend) -> list[DBInstance]:
    """Return instances with automated backups, then deleted ones as described by their newest backup."""
    live = [model for model in backend.databases.values() if model.backup_retention_period]
    known = {model.dbi_resource_id for model in backend.databases.values()}
    left = {
        snapshot.dbi_resource_id: snapshot.database
        for snapshot in sorted(backend.database_snapshots.values(), key=lambda each: each.created)
        if snapshot.snapshot_type == "automated" and snapshot.dbi_resource_id not in known
    }
    return [*live, *left.values()]


def _restore_from_snapshot(self: RDSBackend, from_snapshot_id: str, overrides: dict[str, Any]) -> DBInstance:
    snapshot = self.get_db_snapshot(from_snapshot_id)
    return _restored(self, snapshot.database, overrides["db_instance_identifier"], overrides)


def _restore_to_point_in_time(
    self: RDSBackend, source_db_identifier: str | None, target_db_identifier: str, overrides: dict[str, Any]
) -> DBInstance:
    model = source(
        self,
        identifier=source_db_identifier,
        resource_id=overrides.get("source_dbi_resource_id"),
        arn=overrides.get("source_db_instance_automated_backups_arn"),
    )
    return _restored(self, model, target_db_identifier, overrides)


def _restored(backend: RDSBackend, model: DBInstance, identifier: str, overrides: dict[str, Any]) -> DBInstance:
    from moto.rds.exceptions import InvalidParameterValue

    parameters = {key: value for key, value in overrides.items() if value is not None and key not in NOT_PASSED_ON}
    if parameters.get("allocated_storage", model.allocated_storage) < model.allocated_storage:
        raise InvalidParameterValue("The allocated storage size can't be less than the source snapshot or backup size.")
    inherited = {name: getattr(model, name) for name in INHERITED}
    return backend.create_db_instance(
        {**inherited, "master_user_password": None, **parameters, "db_instance_identifier": identifier}
    )


def _paginate_snapshots(answering: Any, paginated: Callable[[dict[str, object]], ActionResult]) -> None:
    describe = answering.describe_db_snapshots

    def describe_db_snapshots(self: RDSResponse) -> ActionResult:
        found = describe(self)._result["DBSnapshots"]
        resource_id = self.params.get("DbiResourceId")
        return paginated({"DBSnapshots": [each for each in found if resource_id in (None, each.dbi_resource_id)]})

    answering.describe_db_snapshots = describe_db_snapshots


def _begin_as_creating(snapshot_class: Any) -> None:
    """Make snapshots start as `creating`: moto's are available immediately, and lack properties of their instance."""
    make = snapshot_class.__init__

    def made(self: Any, *arguments: Any, **named: Any) -> None:
        make(self, *arguments, **named)
        self.status = "creating"
        self.percent_progress = 0
        self.snapshot_target = "region"
        for name in ("availability_zone", "iops", "license_model", "option_group_name", "storage_type"):
            setattr(self, name, getattr(self.database, name))
        group = getattr(self.database, "db_subnet_group", None)
        self.vpc_id = group and group.vpc_id

    snapshot_class.__init__ = made


def _take_no_backup_unseen(instance: Any) -> None:
    instance.save_automated_backup = lambda self: None


def _give_own_resource_ids(instance: Any) -> None:
    """Give each instance its own resource id: moto's is the same for all."""
    make = instance.__init__

    def made(self: Any, *arguments: Any, **named: Any) -> None:
        make(self, *arguments, **named)
        self.dbi_resource_id = new_resource_id()

    instance.__init__ = made


def new_resource_id() -> str:
    return "db-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(26))


def _describe_automated_backups(self: RDSResponse) -> ActionResult:
    from moto.core.responses import PaginatedResult

    filters = {each["Name"]: each["Values"] for each in self.params.get("Filters", [])}
    parameters = {
        "DbiResourceId": [self.params.get("DbiResourceId")],
        "DBInstanceIdentifier": [(self.params.get("DBInstanceIdentifier") or "").lower()],
        "DBInstanceAutomatedBackupsArn": [self.params.get("DBInstanceAutomatedBackupsArn")],
    }
    requested = {name: values for name, values in parameters.items() if values[0]} | {
        name: filters[given]
        for given, name in (
            ("status", "Status"),
            ("db-instance-id", "DBInstanceIdentifier"),
            ("dbi-resource-id", "DbiResourceId"),
        )
        if given in filters
    }
    found = [_automated_backup(self.backend, model) for model in _sources(self.backend)]
    if (
        "DbiResourceId" in parameters
        and parameters["DbiResourceId"][0]
        and not any(_is(each, requested) for each in found)
    ):
        raise _not_found(parameters["DbiResourceId"][0])
    return PaginatedResult({"DBInstanceAutomatedBackups": [each for each in found if _is(each, requested)]})


def _is(backup: dict[str, object], requested: dict[str, list[str]]) -> bool:
    """Return whether a backup matches; an instance is named by its identifier or its ARN."""
    names = {name: {backup[name]} for name in requested}
    if "DBInstanceIdentifier" in names:
        names["DBInstanceIdentifier"].add(backup["DBInstanceArn"])
    return all(names[name] & set(values) for name, values in requested.items())


def _automated_backup(backend: Any, model: DBInstance) -> dict[str, object]:
    window = backend.restore_window(model.dbi_resource_id, int(model.backup_retention_period))
    alive = any(each.dbi_resource_id == model.dbi_resource_id for each in backend.databases.values())
    return {
        "DBInstanceArn": model.db_instance_arn,
        "DbiResourceId": model.dbi_resource_id,
        "Region": model.region,
        "DBInstanceIdentifier": model.db_instance_identifier,
        "RestoreWindow": {"EarliestTime": window[0], "LatestTime": window[1]} if window else None,
        "AllocatedStorage": model.allocated_storage,
        "Status": "retained" if not alive else "active" if window else "creating",
        "Port": model.port,
        "AvailabilityZone": model.availability_zone,
        "InstanceCreateTime": model.instance_create_time,
        "MasterUsername": model.master_username,
        "Engine": model.engine,
        "EngineVersion": model.engine_version,
        "LicenseModel": model.license_model,
        "OptionGroupName": model.option_group_name,
        "Encrypted": bool(model.storage_encrypted),
        "StorageType": model.storage_type,
        "KmsKeyId": model.kms_key_id,
        "IAMDatabaseAuthenticationEnabled": bool(model.enable_iam_database_authentication),
        "BackupRetentionPeriod": model.backup_retention_period,
        "PreferredBackupWindow": model.preferred_backup_window,
        "DBInstanceAutomatedBackupsArn": backup_arn(model),
        "BackupTarget": "region",
    }


def _delete_automated_backup(self: RDSResponse) -> ActionResult:
    """Delete the backups of a deleted instance; `region.py` deletes their files along with the snapshots."""
    named = self.params.get("DbiResourceId") or self.params.get("DBInstanceAutomatedBackupsArn")
    model = next((each for each in _sources(self.backend) if named in (each.dbi_resource_id, backup_arn(each))), None)
    if model is None:
        raise _not_found(named)
    backup = _automated_backup(self.backend, model)
    if backup["Status"] != "retained":
        raise _refusal("InvalidDBInstanceAutomatedBackupState", f"Automated backup {named} is {backup['Status']}.")
    for identifier, snapshot in list(self.backend.database_snapshots.items()):
        if snapshot.snapshot_type == "automated" and snapshot.dbi_resource_id == model.dbi_resource_id:
            del self.backend.database_snapshots[identifier]
    return result({"DBInstanceAutomatedBackup": {**backup, "Status": "deleting"}})


def _not_found(named: str | None) -> Any:
    return _refusal("DBInstanceAutomatedBackupNotFound", f"Automated backup {named} not found.")


def _refusal(code: str, words: str) -> Any:
    from moto.rds.exceptions import RDSClientError

    return RDSClientError(code, words)
