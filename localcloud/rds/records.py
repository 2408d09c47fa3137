"""moto's records of DB instances: read and kept true. Call everything here inside moto's thread."""

import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from localcloud.lessons.rds import managed_password
from localcloud.rds.postgres import Instance

FAILOVER_STARTED = "MULTI_AZ_FAILOVER_STARTED"
FAILOVER_COMPLETED = "MULTI_AZ_FAILOVER_COMPLETED"
RESTARTED = "DB_INSTANCE_RESTART"
EVENTS = {
    FAILOVER_STARTED: {"Categories": ["failover"], "Message": "Multi-AZ instance failover started."},
    FAILOVER_COMPLETED: {"Categories": ["failover"], "Message": "Multi-AZ instance failover completed."},
    RESTARTED: {"Categories": ["availability"], "Message": "DB instance restarted"},
}
"""RDS-EVENT-0013, -0049 and -0006, which moto does not know."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What a server is made from."""

    identifier: str
    status: str
    master_username: str
    database: str
    port: int
    password: str


def records(account_id: str, region: str) -> list[Record]:
    """Every DB instance that moto knows; moto's RDS is not imported for the answer that there is none."""
    if "moto.rds.models" not in sys.modules:
        return []
    return [_record(model) for model in _models(account_id, region).values()]


def record(account_id: str, region: str, identifier: str) -> Record:
    """One DB instance that is known to exist."""
    return _record(_models(account_id, region)[identifier])


def snapshots(account_id: str, region: str) -> dict[str, str]:
    """Identifier of every snapshot -> its instance's."""
    if "moto.rds.models" not in sys.modules:
        return {}
    from moto.rds.models import rds_backends

    known = rds_backends[account_id][region].database_snapshots
    return {name: snapshot.database.db_instance_identifier for name, snapshot in known.items()}


def show(account_id: str, region: str, identifier: str, status: str, instance: Instance | None) -> None:
    """Let all answers of moto show this status and, once there is one, this endpoint."""
    model = _models(account_id, region).get(identifier)
    if model is None:  # deleted meanwhile
        return
    model.status = status
    if instance is not None:
        model.local_address = instance.address
        model.port = instance.port
        model.dbi_resource_id = instance.resource_id


def add_event(account_id: str, region: str, identifier: str, event: str) -> None:
    """Let DescribeEvents tell one of `EVENTS`."""
    from moto.rds.models import Event

    event_map: Any = Event.EVENT_MAP
    event_map.update(EVENTS)
    model = _models(account_id, region).get(identifier)
    if model is not None:  # else it was deleted meanwhile
        model.add_event(event)


def teach_endpoint() -> None:
    """Make moto's DB instances tell the address that `show` gave them, and none before."""
    from moto.rds.models import DBInstance

    model: Any = DBInstance
    model.address = property(lambda self: getattr(self, "local_address", None))
    model.endpoint = property(lambda self: {"Address": self.address, "Port": self.port} if self.address else None)


def _models(account_id: str, region: str) -> MutableMapping[str, Any]:
    from moto.rds.models import rds_backends

    return rds_backends[account_id][region].databases


def _record(model: Any) -> Record:
    return Record(
        identifier=model.db_instance_identifier,
        status=model.status,
        master_username=model.master_username,
        database=model.db_name or "postgres",
        port=int(model.port),
        # moto's public property refuses to tell.
        password=managed_password(model) if model.manage_master_user_password else model._master_user_password,
    )
