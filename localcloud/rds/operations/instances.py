"""The DB instances: created from their records, resumed after a restart, and found by identifier."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.rds.backups import base_backups
from localcloud.rds.backups.automated_backups import AutomatedBackups
from localcloud.rds.moto_patches import records
from localcloud.rds.server.database import Backup, Database, Status
from localcloud.rds.server.endpoints import Endpoints
from localcloud.rds.server.postgres import Instance, Postgres


class Instances:
    """The DB instances of a region.

    The backups read `by_identifier` too. Each instance has its directory below `directory`.
    """

    def __init__(self, host: Host, by_identifier: dict[str, Database], backups: AutomatedBackups) -> None:
        self.by_identifier = by_identifier
        self.directory = host.data_directory / "rds"
        self.endpoints = Endpoints(host.data_directory / "rds-endpoints.json", host.addresses)
        self.naming = asyncio.Lock()
        """Locked while an identifier is given to an instance."""
        self.replicate: Callable[[Database, records.Record], Awaitable[None]] | None = None
        """Begins a read replica; set by the part that knows the primaries."""
        self._host = host
        self._backups = backups

    def find(self, identifier: str) -> Database | None:
        return self.by_identifier.get(identifier)

    async def record(self, identifier: str) -> records.Record:
        """Return moto's record of an instance. Errors: AwsError."""
        return await self._host.moto.run(lambda: records.record(*self._where, identifier))

    def add(self, record: records.Record) -> Database:
        """Add an instance that is not running yet."""
        postgres = Postgres(f"rds/{record.identifier}", self.directory / record.identifier, self._host.ledger)
        postgres.repair(lambda: self.new_instance(record))
        resource_id = postgres.instance.resource_id if postgres.is_created() else record.resource_id
        if record.retention_days:
            postgres.archive = self._backups.archive(resource_id)

        async def show(status: Status) -> None:
            instance = postgres.instance if postgres.is_created() else None
            where = (*self._where, postgres.directory.name)
            await self._host.moto.run(lambda: records.show(*where, status, instance))

        database = self.by_identifier[record.identifier] = Database(postgres, self._host.ledger, show, resource_id)
        return database

    async def resume(self, record: records.Record, follow: Callable[[Postgres, records.Record], None]) -> None:
        """Resume what is on disk, unless the API has stopped it. `follow`: prepares the server of a replica.

        An instance that cannot be brought up becomes `failed` and keeps its files; the others are not affected.
        """
        database = self.add(record)
        try:
            await self._resume(database, record, follow)
        except CannotStart as error:
            await database.fail(
                f"{error}; its files stay in {database.postgres.directory}: restore a backup (`spendsense recover`), "
                "or delete the instance"
            )

    async def _resume(
        self, database: Database, record: records.Record, follow: Callable[[Postgres, records.Record], None]
    ) -> None:
        postgres = database.postgres
        if record.primary and not postgres.is_created() and self.replicate is not None:
            await self.replicate(database, record)
            return
        follow(postgres, record)
        if postgres.restoration.is_pending():
            await self.begin_restoration(database, record)
            return
        if not postgres.is_created():  # its creation was interrupted
            postgres.restoration.check_known()
            await self.begin_creation(database, record)
            return
        instance = postgres.instance
        address = self.endpoints.adopt(record.identifier, instance.address)
        if address != instance.address:  # its renaming was interrupted
            postgres.move(postgres.directory, address)
        if record.status in (Status.STOPPED, Status.STOPPING):
            await database.shut_down()
        else:
            await database.start(record.password)

    async def rename(self, identifier: str, new: str) -> None:
        """Stop the server; at its next start it has the endpoint and directory of the new name."""
        database = self.by_identifier[new] = self.by_identifier.pop(identifier)
        await database.server.stop()
        address = self.endpoints.address(new, database.postgres.instance.port)
        database.postgres.move(self.directory / new, address)

    async def begin_creation(self, database: Database, record: records.Record) -> None:
        """Begin the creation while the client gets its response."""
        creation = database.create(self.new_instance(record), record.password, self.daily_backup(database))
        await database.in_background(Status.CREATING, creation)

    async def begin_restoration(self, database: Database, record: records.Record) -> None:
        """Begin the restoration prepared in the instance's directory while the client gets its response."""
        postgres = database.postgres

        async def unpack(backup: Path, data: Path) -> None:
            await base_backups.unpack(backup, postgres.name, self._host.ledger, data)

        restoration = database.restore(self.new_instance(record), unpack, self.daily_backup(database))
        await database.in_background(Status.CREATING, restoration)

    def daily_backup(self, database: Database) -> Backup:
        """Return the daily backup of an instance; None where no backups are kept."""
        return partial(self._backups.take, database.postgres) if database.postgres.archive is not None else None

    async def fail_over(self, identifier: str, is_back: Callable[[], Awaitable[object]]) -> None:
        """Stop an instance's server now and restart it once `is_back` returns. Errors: AwsError, KeyError.

        Returns when connections are gone. Clients see a failover to a standby: the same endpoint and data.
        """
        password = (await self.record(identifier)).password
        database = self.by_identifier[identifier]
        if database.status is not Status.AVAILABLE:
            raise AwsError("InvalidDBInstanceState", f"Instance {identifier} is not in available state.")
        gone = asyncio.Event()

        async def back() -> None:
            gone.set()
            await is_back()

        async def operation() -> None:
            await self._record_event(identifier, records.FAILOVER_STARTED)
            await database.fail_over(password, back)
            await self._record_event(identifier, records.RESTARTED)
            await self._record_event(identifier, records.FAILOVER_COMPLETED)

        await database.in_background(Status.REBOOTING, operation())
        await gone.wait()

    async def _record_event(self, identifier: str, event: str) -> None:
        where = (*self._where, identifier)
        await self._host.moto.run(lambda: records.add_event(*where, event))

    def keep_backups(self, database: Database, retention_days: int) -> None:
        """Keep backups from the next start on; `retention_days` 0: keep none."""
        resource_id = database.resource_id
        database.postgres.archive = self._backups.archive(resource_id) if retention_days else None

    def new_instance(self, record: records.Record) -> Instance:
        return Instance(
            address=self.endpoints.address(record.identifier, record.port),
            port=record.port,
            master_username=record.master_username,
            database=record.database,
            resource_id=record.resource_id,
        )

    @property
    def _where(self) -> tuple[str, str]:
        return self._host.account_id, self._host.region
