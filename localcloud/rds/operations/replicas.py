"""Read replicas: created from an instance in any region, promoted, and detached."""

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.moto import calls
from localcloud.protocol.wire import AwsRequest, AwsResponse
from localcloud.rds.moto_patches import records
from localcloud.rds.operations.instances import Instances
from localcloud.rds.requests import checks, fields, settings
from localcloud.rds.server import replication
from localcloud.rds.server.database import ANSWERING, Database, Status
from localcloud.rds.server.postgres import Postgres
from localcloud.rds.server.replication import Primary

log = logging.getLogger(__name__)

ATTEMPTS = 3
PRIMARY_DEADLINE_S = 600.0
LOOK_S = 0.2
"""Real seconds between two checks whether the primary responds."""

MANAGED_BY_RDS = (
    "Creating read replicas for source instance with engine postgres where ManageMasterUserPassword is enabled is not "
    "supported."
)
NO_BACKUPS = (
    "Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance "
    "to set the backup retention period to a non-zero value."
)
SAME_AS_ITS_PARENTS = (
    "Cannot change master user password on an RDS postgres Read Replica because it uses physical replication and "
    "therefore cannot differ from its parent."
)


class EveryRegion(Protocol):
    """The instances of all regions of this local cloud."""

    def find(self, region: str, identifier: str) -> Database | None: ...

    def find_resource(self, resource_id: str) -> Database | None: ...

    async def reconnect_replicas(self) -> None: ...


class ReplicaApi:
    """The read replicas of one region; their sources may be in any region."""

    def __init__(self, host: Host, instances: Instances, everywhere: EveryRegion) -> None:
        self._host = host
        self._instances = instances
        self._everywhere = everywhere
        instances.replicate = self.begin

    async def create(self, request: AwsRequest) -> AwsResponse:
        """Answer CreateDBInstanceReadReplica. Errors: AwsError."""
        region, source = self._source(request.form)
        primary = self._everywhere.find(region, source)
        if primary is None:
            raise AwsError("DBInstanceNotFound", f"DBInstance {source} not found.", 404)
        checks.check_class(request.form)
        settings.check_settings(request.form, self._host.region, None)
        record = await self._host.moto.run(partial(records.record, self._host.account_id, region, source))
        if record.is_managed:
            raise AwsError("InvalidParameterValue", MANAGED_BY_RDS)
        if not record.retention_days:
            raise AwsError("InvalidDBInstanceState", NO_BACKUPS)
        if primary.status not in ANSWERING:
            raise AwsError("InvalidDBInstanceState", f"DB instance {source} is not in available state.")
        identifier = fields.identifier(request.form)
        if not fields.IDENTIFIER.fullmatch(identifier):
            raise AwsError("InvalidParameterValue", f"The parameter DBInstanceIdentifier is not valid: {identifier!r}")
        async with self._instances.naming:
            named = source if region == self._host.region else record.arn
            response = await self._host.moto.request(
                calls.with_fields(request, DBInstanceIdentifier=identifier, SourceDBInstanceIdentifier=named)
            )
            if response.status != 200:
                return response
            made = await self._instances.record(identifier)
            database = self._instances.add(made)
        await self.begin(database, made)
        return calls.with_text(response, "DBInstanceStatus", Status.CREATING)

    async def begin(self, database: Database, record: records.Record) -> None:
        """Copy the primary and follow it while the client gets its response; also resumes after a crash."""
        slot = replication.slot_of(record.resource_id)

        async def copy(replica: Postgres) -> None:
            for attempt in range(ATTEMPTS):
                primary = await self._answering(record.identifier)
                of = Primary(resource_id=primary.resource_id, slot=slot)
                try:
                    await replication.copy(primary.postgres, replica, of, self._host.ledger)
                    break
                except CannotStart:  # the primary may have been restarted or renamed meanwhile
                    if attempt + 1 == ATTEMPTS:
                        raise
            self.follow(replica, record)

        replicating = database.replicate(self._instances.new_instance(record), copy)
        await database.in_background(Status.CREATING, replicating)

    def follow(self, replica: Postgres, record: records.Record) -> None:
        """Give a replica's server its settings at each start; does nothing for other instances."""
        of = replication.kept(replica.directory)
        if of is None and record.primary and replica.is_created():
            of = self._recreated(replica, record)
        replica.follows = partial(replication.settings, replica, of, self._primary) if of is not None else None

    async def reconnect(self) -> None:
        """Reconnect the running replicas of this region to their primaries' current endpoints."""
        for database in list(self._instances.by_identifier.values()):
            if database.postgres.follows is None or not database.server.pid:
                continue
            try:
                database.postgres.follows()
                await replication.reload(database.postgres)
            except CannotStart as error:  # it is starting or ending: its next start finds the primary
                log.warning(
                    "A replica could not be connected to its primary: %s",
                    error,
                    extra={"action": "replica_not_connected"},
                )

    def _recreated(self, replica: Postgres, record: records.Record) -> Primary:
        """Recreate the lost file of a replica's primary from its record. Errors: CannotStart."""
        region, source = self._source({"SourceDBInstanceIdentifier": record.primary})
        found = self._everywhere.find(region, source)
        if found is None:
            raise CannotStart(
                f"{replica.directory}: the record of this replica's primary is lost; create the replica again"
            )
        slot = replication.slot_of(record.resource_id)
        return replication.keep(replica, Primary(resource_id=found.resource_id, slot=slot))

    async def promote(self, request: AwsRequest) -> AwsResponse:
        """Answer PromoteReadReplica. Errors: AwsError."""
        identifier = fields.identifier(request.form)
        database = self._instances.find(identifier)
        if database is None:
            raise AwsError("DBInstanceNotFound", f"DBInstance {identifier} not found.", 404)
        checks.check_backups(request.form)
        if not (await self._instances.record(identifier)).primary:
            raise AwsError("InvalidDBInstanceState", f"DB Instance {identifier} is not a read replica.")
        if database.status is not Status.AVAILABLE:
            raise AwsError("InvalidDBInstanceState", f"Instance {identifier} is not in available state.")
        await self._promote(identifier, database, request.form)
        described = {"Action": "DescribeDBInstances", "Version": "2014-10-31", "DBInstanceIdentifier": identifier}
        response = await self._host.moto.request(calls.instead(request, described))
        return calls.renamed(response, "DescribeDBInstances", "PromoteReadReplica", "DBInstances")

    async def leave(self, database: Database) -> None:
        """Detach a replica before it is deleted: its primary stops keeping log for it."""
        of = replication.kept(database.postgres.directory)
        primary = self._primary(of) if of is not None else None
        if of is not None and primary is not None:
            await self._drop_slot(primary, of.slot)

    async def orphan(self, identifiers: list[str]) -> None:
        """Promote the replicas of a deleted source in this region: as in RDS, each becomes an independent instance."""
        for identifier in identifiers:
            database = self._instances.find(identifier)
            if database is not None and database.status is Status.AVAILABLE:
                await self._promote(identifier, database, {})

    async def _promote(self, identifier: str, database: Database, form: Mapping[str, str]) -> None:
        of = replication.kept(database.postgres.directory)
        days = int(form.get("BackupRetentionPeriod", "1"))
        where = (self._host.account_id, self._host.region, identifier)
        await self._host.moto.change(partial(records.promote, *where, days, form.get("PreferredBackupWindow")))

        async def operation() -> None:
            await replication.promote(database.postgres)
            database.postgres.follows = None
            if of is not None and (primary := self._primary(of)) is not None:
                await self._drop_slot(primary, of.slot)

        self._instances.keep_backups(database, days)
        promoting = database.promote(operation(), self._instances.daily_backup(database))
        await database.in_background(Status.MODIFYING, promoting)

    async def _drop_slot(self, primary: Postgres, slot: str) -> None:
        try:
            await asyncio.wait_for(replication.drop_slot(primary, slot), 30)
        except (CannotStart, TimeoutError) as error:  # it does not respond: the slot's log is limited
            log.warning("A replica's slot could not be dropped: %s", error, extra={"action": "slot_kept", "slot": slot})

    async def _answering(self, replica: str) -> Database:
        """Return the primary once it accepts connections, which may take a while after a restart.

        Errors: CannotStart.
        """
        for _ in range(int(PRIMARY_DEADLINE_S / LOOK_S)):
            record = await self._instances.record(replica)  # each time, because the primary may be renamed meanwhile
            region, source = self._source({"SourceDBInstanceIdentifier": record.primary})
            primary = self._everywhere.find(region, source)
            if primary is not None and primary.status in ANSWERING:
                return primary
            await asyncio.sleep(LOOK_S)
        raise CannotStart(f"the primary {region}/{source} did not respond within {PRIMARY_DEADLINE_S:g} s")

    def _primary(self, of: Primary) -> Postgres | None:
        found = self._everywhere.find_resource(of.resource_id)
        return found.postgres if found is not None else None

    def _source(self, form: Mapping[str, str]) -> tuple[str, str]:
        named = form.get("SourceDBInstanceIdentifier", "").lower()
        if not named:
            raise AwsError("InvalidParameterCombination", "SourceDBInstanceIdentifier must be specified.")
        head, is_arn, identifier = named.rpartition(":db:")
        return (
            (head.split(":")[3] if head.count(":") >= 4 else self._host.region, identifier)
            if is_arn
            else (
                self._host.region,
                named,
            )
        )
