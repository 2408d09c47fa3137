"""The DB instances: made of their records, taken up after a restart, known by identifier."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.rds import base_backups, records
from localcloud.rds.automated import AutomatedBackups
from localcloud.rds.database import Backup, Database, Status
from localcloud.rds.endpoints import Endpoints
from localcloud.rds.postgres import Instance, Postgres


class Instances:
    """`by_identifier` is what the backups look into, too. Each has its directory below `directory`."""

    def __init__(self, host: Host, by_identifier: dict[str, Database], backups: AutomatedBackups) -> None:
        self.by_identifier = by_identifier
        self.directory = host.data_directory / "rds"
        self.endpoints = Endpoints(host.data_directory / "rds-endpoints.json", host.addresses)
        self.naming = asyncio.Lock()
        """Held while an identifier is given to an instance."""
        self.replicate: Callable[[Database, records.Record], Awaitable[None]] | None = None
        """Begins a read replica; of who knows their primaries."""
        self._host = host
        self._backups = backups

    def find(self, identifier: str) -> Database | None:
        return self.by_identifier.get(identifier)

    async def record(self, identifier: str) -> records.Record:
        """What moto has of it. Errors: AwsError."""
        return await self._host.moto.run(lambda: records.record(*self._where, identifier))

    def add(self, record: records.Record) -> Database:
        """One that does not run yet."""
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
        """Go on with what is on disk, unless the API has stopped it. `follow`: prepares the server of a replica.

        An instance that cannot be brought up is `failed`, and its files stay; the others do not care.
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
            postgres.restoration.refuse_unknown()
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
        """Stop its server; endpoint and directory are the new name's when it starts again."""
        database = self.by_identifier[new] = self.by_identifier.pop(identifier)
        await database.server.stop()
        address = self.endpoints.address(new, database.postgres.instance.port)
        database.postgres.move(self.directory / new, address)

    async def begin_creation(self, database: Database, record: records.Record) -> None:
        """While the client has its answer."""
        creation = database.create(self.new_instance(record), record.password, self.daily_backup(database))
        await database.in_background(Status.CREATING, creation)

    async def begin_restoration(self, database: Database, record: records.Record) -> None:
        """Of what is prepared in its directory, while the client has its answer."""
        postgres = database.postgres

        async def unpack(backup: Path, data: Path) -> None:
            await base_backups.unpack(backup, postgres.name, self._host.ledger, data)

        restoration = database.restore(self.new_instance(record), unpack, self.daily_backup(database))
        await database.in_background(Status.CREATING, restoration)

    def daily_backup(self, database: Database) -> Backup:
        """None where no backups are kept."""
        return partial(self._backups.take, database.postgres) if database.postgres.archive is not None else None

    async def fail_over(self, identifier: str, is_back: Callable[[], Awaitable[object]]) -> None:
        """Lose an instance's server now and start it again once `is_back` returns. Errors: AwsError, KeyError.

        Returns when connections are gone. To clients it is a failover to a standby: the same endpoint and data.
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
            await self._tell(identifier, records.FAILOVER_STARTED)
            await database.fail_over(password, back)
            await self._tell(identifier, records.RESTARTED)
            await self._tell(identifier, records.FAILOVER_COMPLETED)

        await database.in_background(Status.REBOOTING, operation())
        await gone.wait()

    async def _tell(self, identifier: str, event: str) -> None:
        where = (*self._where, identifier)
        await self._host.moto.run(lambda: records.add_event(*where, event))

    def keep_backups(self, database: Database, retention_days: int) -> None:
        """From its next start on, or none."""
        resource_id = database.resource_id
        database.postgres.archive = self._backups.archive(resource_id) if retention_days else None

    def new_instance(self, record: records.Record) -> Instance:
        """An endpoint for it."""
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
