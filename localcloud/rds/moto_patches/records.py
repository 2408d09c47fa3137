"""moto's records of DB instances: reads and updates them. Call everything here inside moto's thread."""

import copy
import sys
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from localcloud.moto import patches
from localcloud.rds.moto_patches import backups, parameters
from localcloud.rds.moto_patches import replicas as rds_replicas
from localcloud.rds.moto_patches.service import managed_password, replace_lost_secret
from localcloud.rds.requests.settings import Storage
from localcloud.rds.server.postgres import Instance

FAILOVER_STARTED = "MULTI_AZ_FAILOVER_STARTED"
FAILOVER_COMPLETED = "MULTI_AZ_FAILOVER_COMPLETED"
RESTARTED = "DB_INSTANCE_RESTART"
Moments = backups.Window
RESTARTING = ("creating", "rebooting", "starting", "stopped", "upgrading")
"""The states in which a server applies its parameter group."""
EVENTS = {
    FAILOVER_STARTED: {"Categories": ["failover"], "Message": "Multi-AZ instance failover started."},
    FAILOVER_COMPLETED: {"Categories": ["failover"], "Message": "Multi-AZ instance failover completed."},
    RESTARTED: {"Categories": ["availability"], "Message": "DB instance restarted"},
}
"""RDS-EVENT-0013, -0049 and -0006, which moto lacks."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """The settings that a server is created from."""

    identifier: str
    status: str
    master_username: str
    database: str
    port: int
    password: str | None
    """None: the password in the restored data."""
    resource_id: str
    retention_days: int
    version: str
    """The nominal release; the server is always the same."""
    is_multi_az: bool
    primary: str
    """Identifier or ARN of a read replica's source; else empty."""
    is_managed: bool
    """RDS manages the password."""
    arn: str
    storage: Storage


@dataclass(frozen=True, kw_only=True)
class SnapshotRecord:
    """A snapshot as the API knows it."""

    identifier: str
    status: str
    resource_id: str
    """The resource id of its instance."""
    is_automated: bool
    retention_days: int
    """The instance's retention when the snapshot was taken or the instance was deleted."""


def records(account_id: str, region: str) -> list[Record]:
    """Return every DB instance in moto. Without any, this does not import moto's RDS."""
    if "moto.rds.models" not in sys.modules:
        return []
    return [_record(model) for model in _models(account_id, region).values()]


def replace_lost_secrets(account_id: str, region: str) -> None:
    """Recreate missing secrets of passwords that RDS manages."""
    if "moto.rds.models" not in sys.modules:
        return
    for model in _models(account_id, region).values():
        if model.manage_master_user_password:
            replace_lost_secret(model)


def record(account_id: str, region: str, identifier: str) -> Record:
    """Return the record of an existing DB instance."""
    return _record(_models(account_id, region)[identifier])


def storage_gib(account_id: str, region: str) -> dict[str, int]:
    """Return identifier -> AllocatedStorage. Without any instance, this does not import moto's RDS."""
    if "moto.rds.models" not in sys.modules:
        return {}
    return {name: int(model.allocated_storage) for name, model in _models(account_id, region).items()}


def regions(account_id: str) -> set[str]:
    """Return the regions in which moto has a DB instance or a snapshot."""
    if "moto.rds.models" not in sys.modules:
        return set()
    from moto.rds.models import rds_backends

    return {
        region
        for region, backend in rds_backends[account_id].items()
        if backend.databases or backend.database_snapshots
    }


def replicas(account_id: str, region: str, identifier: str) -> list[str]:
    """Return the read replicas of an instance in its own region."""
    model = _models(account_id, region).get(identifier)
    return [each for each in model.replicas if not each.startswith("arn:")] if model is not None else []


def promote(account_id: str, region: str, identifier: str, retention_days: int | None, window: str | None) -> None:
    """Turn a read replica into an independent instance."""
    backend = _backend(account_id, region)
    model = backend.databases[identifier]
    source = rds_replicas.source_of(backend, model)
    if source is not None:
        source.remove_replica(model)
    model.is_replica = False
    model.source_db_instance_identifier = None
    if retention_days is not None:
        model.backup_retention_period = retention_days
    if window:
        model.preferred_backup_window = window


def snapshots(account_id: str, region: str) -> list[SnapshotRecord]:
    """Return every snapshot in moto."""
    if "moto.rds.models" not in sys.modules:
        return []
    return [_snapshot_record(model) for model in _snapshots(account_id, region).values()]


def snapshot(account_id: str, region: str, identifier: str) -> SnapshotRecord | None:
    """Return a snapshot by identifier or ARN."""
    model = _snapshots(account_id, region).get(identifier.rpartition(":snapshot:")[2])
    return model and _snapshot_record(model)


def show_snapshot(account_id: str, region: str, identifier: str, status: str) -> None:
    """Set the status of a snapshot in moto; `available` also sets its progress to complete."""
    model = _snapshots(account_id, region).get(identifier)
    if model is not None:  # else it has been deleted meanwhile
        model.status = status
        model.percent_progress = 100 if status == "available" else 0


def add_automated(account_id: str, region: str, identifier: str, snapshot: str) -> None:
    """List a daily backup of an instance, unless the instance is gone."""
    from moto.rds.models import rds_backends

    patches.patch("rds")
    backend = rds_backends[account_id][region]
    if identifier in backend.databases:
        backend.create_auto_snapshot(identifier, snapshot)
        show_snapshot(account_id, region, snapshot, "available")


def drop_snapshots(account_id: str, region: str, identifiers: Collection[str]) -> None:
    known = _snapshots(account_id, region)
    for identifier in identifiers:
        known.pop(identifier, None)


def retain(account_id: str, region: str, identifier: str) -> None:
    """Record an instance's final properties for restorations from the backups that are kept."""
    model = _models(account_id, region)[identifier]
    own = [
        snapshot
        for snapshot in _snapshots(account_id, region).values()
        if snapshot.snapshot_type == "automated" and snapshot.dbi_resource_id == model.dbi_resource_id
    ]
    for snapshot in own:
        snapshot.database = copy.copy(model)


def source(account_id: str, region: str, form: Mapping[str, str]) -> tuple[str, int]:
    """Find the instance that a restoration names, even if only its backups remain; -> resource id, retention in days.

    Errors: AwsError.
    """
    model = backups.source(
        _backend(account_id, region),
        identifier=form.get("SourceDBInstanceIdentifier"),
        resource_id=form.get("SourceDbiResourceId"),
        arn=form.get("SourceDBInstanceAutomatedBackupsArn"),
    )
    return model.dbi_resource_id, int(model.backup_retention_period)


def show(account_id: str, region: str, identifier: str, status: str, instance: Instance | None) -> None:
    """Set the status and, once there is one, the endpoint of an instance in moto."""
    model = _models(account_id, region).get(identifier)
    if model is None:  # deleted meanwhile
        return
    model.status = status
    if status in RESTARTING:
        parameters.applied(model)
    if instance is not None:
        model.local_address = instance.address
        model.port = instance.port
        model.dbi_resource_id = instance.resource_id


def add_event(account_id: str, region: str, identifier: str, event: str) -> None:
    """Add one of `EVENTS` to DescribeEvents."""
    from moto.rds.models import Event

    event_map: Any = Event.EVENT_MAP
    event_map.update(EVENTS)
    model = _models(account_id, region).get(identifier)
    if model is not None:  # else it has been deleted meanwhile
        model.add_event(event)


def patch_records(window: backups.WindowOf) -> None:
    """Patch moto's DB instances to report the restorable window, and no address until `show` has set one."""
    from moto.rds.models import DBInstance

    model: Any = DBInstance
    model.address = property(lambda self: getattr(self, "local_address", None))
    model.endpoint = property(lambda self: {"Address": self.address, "Port": self.port} if self.address else None)
    backups.patch_windows(window)


def _models(account_id: str, region: str) -> MutableMapping[str, Any]:
    models: MutableMapping[str, Any] = _backend(account_id, region).databases
    return models


def _snapshots(account_id: str, region: str) -> MutableMapping[str, Any]:
    known: MutableMapping[str, Any] = _backend(account_id, region).database_snapshots
    return known


def _backend(account_id: str, region: str) -> Any:
    from moto.rds.models import rds_backends

    return rds_backends[account_id][region]


def _snapshot_record(model: Any) -> SnapshotRecord:
    return SnapshotRecord(
        identifier=model.db_snapshot_identifier,
        status=model.status,
        resource_id=model.dbi_resource_id,
        is_automated=model.snapshot_type == "automated",
        retention_days=int(model.database.backup_retention_period),
    )


def _record(model: Any) -> Record:
    return Record(
        identifier=model.db_instance_identifier,
        status=model.status,
        master_username=model.master_username,
        database=model.db_name or "postgres",
        port=int(model.port),
        password=_password(model),
        resource_id=model.dbi_resource_id,
        retention_days=int(model.backup_retention_period),
        version=str(model.engine_version),
        is_multi_az=bool(model.multi_az),
        primary=(model.source_db_instance_identifier or "") if model.is_replica else "",
        is_managed=bool(model.manage_master_user_password),
        arn=model.db_instance_arn,
        storage=Storage(kind=str(model.storage_type), gib=int(model.allocated_storage)),
    )


def _password(model: Any) -> str | None:
    if model.is_replica:  # the primary's password comes with the data
        return None
    # moto's public property does not reveal it.
    return managed_password(model) if model.manage_master_user_password else model._master_user_password
