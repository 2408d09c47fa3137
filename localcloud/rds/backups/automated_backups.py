"""Automated backups: a daily base backup and the log in between, and the window that they can restore."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial

from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.machine import stored_files
from localcloud.machine.background import Background
from localcloud.machine.server_directories import clear_orphans, remove_directory
from localcloud.rds.backups import retention
from localcloud.rds.backups.retention import DAY_S, Plan, Window
from localcloud.rds.backups.snapshots import Snapshots
from localcloud.rds.moto_patches import records
from localcloud.rds.server.archive import Archive
from localcloud.rds.server.database import Database, Status
from localcloud.rds.server.postgres import Postgres
from localcloud.rds.server.restoration import Restoration

log = logging.getLogger(__name__)

OPEN_S = 120.0
"""AWS seconds: the longest time for which a change stays in an open segment, and the time between two checks of the
archive.

A change may follow right after a check, so both times add up; together they stay within the five minutes that RDS may
be behind.
"""


class AutomatedBackups:
    """Takes and prunes the automated backups.

    The archived log of each instance is below `rds-backups/`, by resource id, because a name may pass to another
    instance.
    """

    def __init__(self, host: Host, snapshots: Snapshots, databases: Mapping[str, Database]) -> None:
        self._host = host
        self._directory = host.data_directory / "rds-backups"
        self._snapshots = snapshots
        self._databases = databases
        self._latest: dict[str, datetime] = {}
        """By resource id: the latest restorable time reported, which never goes back."""
        self._closed: dict[str, int] = {}
        """Resource id -> process id of the server whose log was closed since its start; see `close_segment`."""
        self._files = asyncio.Lock()
        """Locked while backups are deleted, or linked for a restoration."""
        self._background = Background()

    def load(self, known: set[str]) -> None:
        """Load the backups.

        `known`: resource ids with backups; the data of any other is deleted.
        """
        stored_files.directory(self._directory)
        clear_orphans(self._directory, known)

    def start(self) -> None:
        self._background.start(self._run(), "automated backups")

    async def stop(self) -> None:
        await self._background.stop()

    @property
    def status(self) -> str:
        return self._background.status

    def archive(self, resource_id: str) -> Archive:
        return Archive(self._directory / resource_id / "wal", self._host.clock.real_s(OPEN_S))

    def window(self, resource_id: str, retention_days: int) -> Window | None:
        """Return the window that can be restored now; may be called from any thread."""
        bases = self._snapshots.bases(resource_id)
        if not bases or not retention_days:
            return None
        horizon = datetime.now(UTC) - retention_days * self._day
        return retention.window(bases, self._restorable_until(resource_id), horizon)

    async def take(self, postgres: Postgres) -> None:
        """Take the daily backup, then delete what is no longer needed. Errors: CannotStart."""
        resource_id, pid = postgres.instance.resource_id, self._pid(postgres.instance.resource_id)
        now = datetime.now(UTC)
        name = f"rds:{postgres.directory.name}-{now:%Y-%m-%d-%H-%M}"
        if self._snapshots.is_whole(name):  # one of AWS's days may be shorter than a minute here
            name += f"-{now:%S}"
        await self._snapshots.take(name, postgres, is_automated=True)
        self._closed[resource_id] = pid
        where = (self._host.account_id, self._host.region)
        await self._host.moto.change(lambda: records.add_automated(*where, postgres.directory.name, name))
        log.info("Backed up", extra={"action": "backed_up", "server": postgres.name, "snapshot": name})

    async def prepare(
        self, resource_id: str, retention_days: int, moment: datetime | None, restoration: Restoration
    ) -> None:
        """Provide the files for a restoration. `moment`: None for the latest. Errors: AwsError."""
        window = self.window(resource_id, retention_days)
        if window is None:
            raise AwsError("InvalidDBInstanceState", "The source DB instance has no automated backup yet.")
        if moment is not None:
            retention.check_moment(moment, window, retention_days)
        async with self._files:
            base = retention.base_for(self._snapshots.bases(resource_id), moment or window.latest)
            assert base is not None, "the window begins with one"  # noqa: S101
            archive = self.archive(resource_id)
            segments = sorted(name for name in archive.segments() if name >= base.first_segment)
            if missing := retention.gap(segments, base.first_segment):
                raise AwsError("InvalidRestoreFault", f"{missing}: this segment of the log is missing.")
            packed, place = self._snapshots.packed(base.snapshot), self._snapshots.place(base.snapshot)
            links = [archive.path(name) for name in segments]
            await asyncio.to_thread(restoration.prepare, packed, place, links, moment)

    async def forget(self, resource_id: str) -> None:
        """Delete the daily snapshots and the log of an instance."""
        async with self._files:
            await self._drop([base.snapshot for base in self._snapshots.bases(resource_id)])
            self._latest.pop(resource_id, None)
            await asyncio.to_thread(remove_directory, self._directory / resource_id)

    async def _run(self) -> None:
        while True:
            await self._attend()
            await asyncio.sleep(max(1.0, self._host.clock.real_s(OPEN_S)))

    async def _attend(self) -> None:
        """Take the backups that are due, and delete those no longer needed."""
        where = (self._host.account_id, self._host.region)
        known = {record.resource_id: record for record in await self._host.moto.run(partial(records.records, *where))}
        for record in known.values():
            self._restorable_until(record.resource_id)  # while nothing is written, this is known only for the present
            database = self._databases.get(record.identifier)
            if database is not None and record.retention_days and database.status is Status.AVAILABLE:
                await self._or_logged(self._attend_to(database, record.retention_days))
        for path in list(self._directory.iterdir()):
            if path.name not in known:
                await self._or_logged(self._attend_to_retained(path.name))

    async def _or_logged(self, attending: Awaitable[None]) -> None:
        try:
            await attending
        except (CannotStart, AwsError, OSError) as error:  # for example a full disk; existing backups stay restorable
            log.error("Backups could not be taken or deleted: %s", error, extra={"action": "backups_failed"})

    async def _attend_to(self, database: Database, retention_days: int) -> None:
        postgres = database.postgres
        resource_id, pid = postgres.instance.resource_id, database.server.pid
        if self._closed.get(resource_id) != pid:
            await postgres.close_segment()
            self._closed[resource_id] = pid
        plan = self._plan(resource_id, retention_days)
        await self._tidy(resource_id, plan)
        if plan.take and database.status is Status.AVAILABLE:
            await database.in_background(Status.BACKING_UP, database.back_up(self.take(postgres)))

    async def _attend_to_retained(self, resource_id: str) -> None:
        """Delete a deleted instance's backups once their last restorable moment is older than its retention period."""
        if self._database(resource_id) is not None:  # the instance has been restored meanwhile
            return
        where = (self._host.account_id, self._host.region)
        taken = [each for each in await self._host.moto.run(partial(records.snapshots, *where)) if each.is_automated]
        days = max((each.retention_days for each in taken if each.resource_id == resource_id), default=0)
        until = self._restorable_until(resource_id)
        if not days or until is None or datetime.now(UTC) - until > days * self._day:
            await self.forget(resource_id)

    async def _tidy(self, resource_id: str, plan: Plan) -> None:
        async with self._files:
            await self._drop([base.snapshot for base in plan.drop])
            await asyncio.to_thread(self.archive(resource_id).drop_before, plan.log_from)

    async def _drop(self, snapshots: list[str]) -> None:
        if snapshots:
            where = (self._host.account_id, self._host.region)
            await self._host.moto.change(lambda: records.drop_snapshots(*where, snapshots))
            for snapshot in snapshots:
                await asyncio.to_thread(self._snapshots.remove, snapshot)

    def _plan(self, resource_id: str, retention_days: int) -> Plan:
        return retention.plan(
            self._snapshots.bases(resource_id),
            self.archive(resource_id).segments(),
            now=datetime.now(UTC),
            day=self._day,
            retention_days=retention_days,
        )

    def _restorable_until(self, resource_id: str) -> datetime | None:
        archive = self.archive(resource_id)
        database = self._database(resource_id)
        is_live = database is not None and database.server.pid and database.server.pid == self._closed.get(resource_id)
        log_directory = database.postgres.data / "pg_wal" if database is not None and is_live else None
        try:
            until = archive.archived_until(log_directory, datetime.now(UTC).timestamp())
        except FileNotFoundError:  # it is being deleted
            until = None
        if until is not None:
            found = datetime.fromtimestamp(math.floor(until), UTC)
            self._latest[resource_id] = max(found, self._latest.get(resource_id, found))
        return self._latest.get(resource_id)

    def _pid(self, resource_id: str) -> int:
        database = self._database(resource_id)
        return database.server.pid if database is not None else 0

    def _database(self, resource_id: str) -> Database | None:
        return next((each for each in list(self._databases.values()) if each.resource_id == resource_id), None)

    @property
    def _day(self) -> timedelta:
        return timedelta(seconds=self._host.clock.real_s(DAY_S))
