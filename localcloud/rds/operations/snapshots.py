"""DB snapshots that clients request: taken, copied, deleted, and completed after a crash."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping

from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.machine.set_aside import report
from localcloud.moto import calls
from localcloud.protocol.wire import AwsRequest, AwsResponse
from localcloud.rds.backups.snapshots import Snapshots
from localcloud.rds.moto_patches import records
from localcloud.rds.server.database import Database, Status

log = logging.getLogger(__name__)

CREATING, AVAILABLE, FAILED = "creating", "available", "failed"
"""The values of a snapshot's Status."""


class SnapshotApi:
    """Handles the requests about snapshots.

    moto stores the records; a snapshot is available once it is whole on disk.
    """

    def __init__(self, host: Host, snapshots: Snapshots, databases: Mapping[str, Database]) -> None:
        self._host = host
        self._snapshots = snapshots
        self._databases = databases
        self._tasks: set[asyncio.Task[None]] = set()

    async def create(self, request: AwsRequest) -> AwsResponse:
        """Answer CreateDBSnapshot. Errors: AwsError."""
        database = self._databases.get(request.form.get("DBInstanceIdentifier", "").lower())
        if database is None:
            return await self._host.moto.request(request)
        if database.status is not Status.AVAILABLE:
            raise not_available(request)
        response = await self._host.moto.request(request)
        if response.status == 200:
            identifier = request.form["DBSnapshotIdentifier"].lower()
            await database.in_background(Status.BACKING_UP, database.back_up(self.take(identifier, database)))
        return response

    async def copy(self, request: AwsRequest) -> AwsResponse:
        """Answer CopyDBSnapshot. Errors: AwsError."""
        source = await self.whole(request.form.get("SourceDBSnapshotIdentifier", ""))
        target = request.form.get("TargetDBSnapshotIdentifier", "").lower()
        if source is None or await self._record(target) is not None:
            return await self._host.moto.request(request)  # moto reports the error
        # Files first: after a crash, files without a record are deleted at the next start.
        self._snapshots.copy(source, target)
        response = await self._host.moto.request(request)
        if response.status != 200:
            self._snapshots.remove(target)
        else:
            await self._show(target, AVAILABLE)
        return response

    async def delete(self, request: AwsRequest) -> AwsResponse:
        """Answer DeleteDBSnapshot. Errors: AwsError."""
        identifier = request.form.get("DBSnapshotIdentifier", "").lower()
        record = await self._record(identifier)
        if record is not None and record.is_automated:
            raise AwsError("InvalidDBSnapshotState", f"{identifier}: only manual snapshots can be deleted.")
        if record is not None and record.status == CREATING:
            raise AwsError("InvalidDBSnapshotState", f"Snapshot {identifier} is not in available state.")
        response = await self._host.moto.request(request)
        if response.status == 200:
            await asyncio.to_thread(self._snapshots.remove, identifier)
            response = calls.with_text(response, "Status", "deleted")
        return response

    async def whole(self, name: str) -> str | None:
        """Return the identifier of a snapshot that can be restored or copied; None when it does not exist.

        `name`: identifier or ARN. Errors: AwsError InvalidDBSnapshotState.
        """
        record = await self._record(name)
        if record is None:
            return None
        if not self._snapshots.is_whole(record.identifier):
            raise AwsError("InvalidDBSnapshotState", f"Snapshot {record.identifier} is not in available state.")
        return record.identifier

    async def take(self, identifier: str, database: Database) -> None:
        """Take a snapshot of a running or stopped server. Errors: CannotStart; the snapshot is then `failed`."""
        try:
            if database.server.pid:
                await self._snapshots.take(identifier, database.postgres, is_automated=False)
            else:
                await self._snapshots.pack(identifier, database.postgres)
        except CannotStart:
            await self._show(identifier, FAILED)
            raise
        await self._show(identifier, AVAILABLE)

    def finish(self, identifier: str) -> None:
        """Complete a snapshot from the instance directory that it has adopted, while the client gets its response."""
        self._begin(self._finish(identifier), f"finish {identifier}")

    def complete(self, known: list[records.SnapshotRecord]) -> None:
        """Resume interrupted snapshots, one after the other. One without a server or a directory has failed."""
        interrupted = [each for each in known if each.status == CREATING]
        if interrupted:
            self._begin(self._complete(interrupted), "complete snapshots")
        lost = [each for each in known if each.status == AVAILABLE and not self._snapshots.is_whole(each.identifier)]
        if lost:
            self._begin(self._fail(lost), "show lost snapshots")

    async def _fail(self, lost: list[records.SnapshotRecord]) -> None:
        for record in lost:
            report(self._snapshots.place(record.identifier), "the backup is lost: its snapshot has failed")
            await self._show(record.identifier, FAILED)

    async def stop(self) -> None:
        """Stop the tasks; they resume after the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _complete(self, interrupted: list[records.SnapshotRecord]) -> None:
        for record in interrupted:
            database = next((each for each in self._databases.values() if each.resource_id == record.resource_id), None)
            if self._snapshots.is_whole(record.identifier):
                await self._show(record.identifier, AVAILABLE)
            elif database is None:
                await self._finish(record.identifier)
            else:
                await database.back_up(self.take(record.identifier, database))

    async def _finish(self, identifier: str) -> None:
        try:
            await self._snapshots.pack_adopted(identifier)
        except CannotStart as error:
            log.error("Snapshot failed: %s", error, extra={"action": "snapshot_failed", "snapshot": identifier})
        await self._show(identifier, AVAILABLE if self._snapshots.is_whole(identifier) else FAILED)

    def _begin(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _record(self, name: str) -> records.SnapshotRecord | None:
        where = (self._host.account_id, self._host.region, name.lower())
        return await self._host.moto.run(lambda: records.snapshot(*where))

    async def _show(self, identifier: str, status: str) -> None:
        where = (self._host.account_id, self._host.region, identifier, status)
        await self._host.moto.change(lambda: records.show_snapshot(*where))


def not_available(request: AwsRequest) -> AwsError:
    """Return AWS's error for a snapshot of an instance that is not available."""
    identifier = request.form.get("DBInstanceIdentifier", "")
    return AwsError(
        "InvalidDBInstanceState",
        f"Cannot create a snapshot because the database instance {identifier} is not currently in the available state.",
    )
