"""One DB instance: its server through creation, start, reboot and stop, and the status that the API shows."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from localcloud.errors import CannotStart
from localcloud.machine.ledger import Ledger
from localcloud.machine.servers import KeptServer, ServerState
from localcloud.rds.server import superuser
from localcloud.rds.server.log_files import LogFiles
from localcloud.rds.server.postgres import Instance, Postgres

log = logging.getLogger(__name__)


class Status(StrEnum):
    """DBInstanceStatus, in RDS's terms."""

    CREATING = "creating"
    BACKING_UP = "backing-up"
    MODIFYING = "modifying"
    RENAMING = "renaming"
    UPGRADING = "upgrading"
    STARTING = "starting"
    AVAILABLE = "available"
    REBOOTING = "rebooting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


ANSWERING = (Status.AVAILABLE, Status.BACKING_UP)
"""The states with connections, in which a new password can be set."""

# PostgreSQL's message for a log without a commit after the requested moment.
NOTHING_LATER = "recovery ended before configured recovery target was reached"

IMMEDIATE_SHUTDOWN = signal.SIGQUIT
"""PostgreSQL drops everything and recovers from its log at the next start."""

OF_SERVER = {
    ServerState.STARTING: Status.STARTING,
    ServerState.RUNNING: Status.AVAILABLE,
    ServerState.FAILED: Status.FAILED,
    ServerState.STOPPED: Status.STOPPED,
}


Backup = Callable[[], Awaitable[None]] | None
Unpack = Callable[[Path, Path], Awaitable[None]]


class RunningServer(NamedTuple):
    """A server to measure. storage_gib: the instance's AllocatedStorage."""

    process_id: int
    data: Path
    storage_gib: int


class Database:
    """One DB instance.

    `show` is called with each new status before anything relies on it. `password`: None leaves the master role as it
    is.
    """

    def __init__(
        self, postgres: Postgres, ledger: Ledger, show: Callable[[Status], Awaitable[None]], resource_id: str
    ) -> None:
        self.postgres = postgres
        self.resource_id = resource_id
        self.status = Status.STOPPED
        self.failure = ""
        """The reason for the status `failed`."""
        self.server = KeptServer(
            postgres, ledger, self._server_changed, on_line=lambda line: LogFiles.append(postgres.directory, line)
        )
        self._show = show
        self._during: Status | None = None
        """The status of the operation in progress; it masks the states of the server."""
        self._background: asyncio.Task[None] | None = None

    def report(self) -> dict[str, object]:
        """Return the state for the local cloud's health report."""
        why = self.server.failure or (self.failure if self.status is Status.FAILED else "")
        failure = {"failure": why} if why else {}
        return {"status": self.status, "pid": self.server.pid, "restarts": self.server.restarts} | failure

    async def create(self, instance: Instance, password: str | None, back_up: Backup = None) -> None:
        """Make the cluster, start it, and back it up. Errors: CannotStart; the status is then `failed`."""
        await self._enter(Status.CREATING)
        await self._or_failed(self._create(instance, password), back_up)

    async def restore(self, instance: Instance, unpack: Unpack, back_up: Backup = None) -> None:
        """Start a server from `postgres.restoration` under a new endpoint, and back it up. Errors: as `create`."""
        await self._enter(Status.CREATING)
        await self._or_failed(self._restore(instance, unpack), back_up)

    async def replicate(self, instance: Instance, copy: Callable[[Postgres], Awaitable[None]]) -> None:
        """Start a standby of another instance. Errors: as `create`."""
        await self._enter(Status.CREATING)
        await self._or_failed(self._replicate(instance, copy))

    async def promote(self, promote: Awaitable[None], back_up: Backup = None) -> None:
        """Make a standby writable, then restart it as RDS does. Errors: as `create`."""
        await self._enter(Status.MODIFYING)
        await self._or_failed(self._promote(promote), back_up)

    async def start(self, password: str | None, status: Status = Status.STARTING) -> None:
        """Start the existing cluster. Errors: as `create`."""
        await self._enter(status)
        await self._or_failed(self._bring_up(password))

    async def reboot(self, password: str | None, status: Status = Status.REBOOTING, back_up: Backup = None) -> None:
        """Stop and start the server, applying pending changes. Errors: as `create`."""
        await self._enter(status)
        await self.server.stop()
        await self._or_failed(self._bring_up(password), back_up)

    async def back_up(self, back_up: Awaitable[None]) -> None:
        """Take a backup and show that it is in progress. A failed backup is logged, not raised."""
        await self._enter(Status.BACKING_UP)
        await self._backed_up(back_up)
        await self._leave(OF_SERVER[self.server.state])

    async def begin_renaming(self) -> None:
        """Show that the instance is being renamed.

        The caller then stops the server and calls `start` under the new name, or calls `keep_name`.
        """
        await self._enter(Status.RENAMING)

    async def keep_name(self) -> None:
        """End a renaming whose new name was refused."""
        await self._leave(OF_SERVER[self.server.state])

    async def fail_over(self, password: str | None, is_back: Callable[[], Awaitable[object]]) -> None:
        """Kill the server with all connections, as when a primary is lost; start it once `is_back` returns.

        Errors: as `create`.
        """
        await self._enter(Status.REBOOTING)
        await self.server.stop(IMMEDIATE_SHUTDOWN)
        await is_back()
        await self._or_failed(self._bring_up(password))

    async def shut_down(self, back_up: Backup = None) -> None:
        """Stop at the client's request, after a backup if one is given, and show the status."""
        await self._enter(Status.STOPPING)
        if back_up is not None:
            await self._backed_up(back_up())
        await self._stop()
        await self._leave(Status.STOPPED)

    async def fail(self, why: str) -> None:
        """Record that the instance cannot be started."""
        log.error("Database did not start: %s", why, extra={"action": "database_failed"})
        self.failure = why
        await self._leave(Status.FAILED)

    async def end(self) -> None:
        """End the operation in progress and the server; the API's status stays, for the next start to read."""
        self._during = self.status
        if self._background is not None:
            self._background.cancel()
            await asyncio.gather(self._background, return_exceptions=True)
        await self._stop()

    async def in_background(self, status: Status, operation: Awaitable[None]) -> None:
        """Show `status`, then run the operation while the client gets its response; failures are logged."""
        await self._enter(status)
        self._background = asyncio.create_task(self._logged(operation), name=f"{self.postgres.name} {status}")

    async def _stop(self) -> None:
        ran = bool(self.server.pid)
        await self.server.stop()
        if ran:
            self.postgres.note_end()

    async def _create(self, instance: Instance, password: str | None) -> None:
        await self.postgres.create(instance)
        await self._bring_up(password)

    async def _replicate(self, instance: Instance, copy: Callable[[Postgres], Awaitable[None]]) -> None:
        await self.postgres.replicate(instance, copy)
        await self._bring_up(None)

    async def _promote(self, promote: Awaitable[None]) -> None:
        await promote
        await self.server.stop()
        await self._bring_up(None)

    async def _restore(self, instance: Instance, unpack: Unpack) -> None:
        await self.postgres.unpack(instance, unpack)
        try:
            await self.server.start()
        except CannotStart as error:
            if NOTHING_LATER not in str(error):
                raise
            self.postgres.restoration.follow_to_the_end()
            await self.server.start()
        self.postgres.restoration.finish()
        if superuser.kept(self.postgres.directory) is None:  # a lost password is replaced before a start
            await self.server.stop()
            await self.server.start()

    async def _bring_up(self, password: str | None) -> None:
        await self.server.start()
        if password is not None:
            await self.postgres.apply_master(password)

    async def _or_failed(self, operation: Awaitable[None], back_up: Backup = None) -> None:
        try:
            await operation
        except CannotStart as error:
            self.failure = str(error)
            await self._leave(Status.FAILED)
            raise
        if back_up is not None:
            await self._move(Status.BACKING_UP)
            await self._backed_up(back_up())
        await self._leave(OF_SERVER[self.server.state])

    async def _backed_up(self, back_up: Awaitable[None]) -> None:
        try:
            await back_up
        except CannotStart as error:
            log.error("Backup failed: %s", error, extra={"action": "backup_failed", "server": self.postgres.name})

    async def _logged(self, operation: Awaitable[None]) -> None:
        try:
            await operation
        except CannotStart as error:
            log.error("Database did not start: %s", error, extra={"action": "database_failed"})

    async def _server_changed(self, state: ServerState) -> None:
        if self._during is None:
            await self._move(OF_SERVER[state])

    async def _enter(self, status: Status) -> None:
        self._during = status
        await self._move(status)

    async def _leave(self, status: Status) -> None:
        self._during = None
        await self._move(status)

    async def _move(self, status: Status) -> None:
        if status is not self.status:
            self.status = status
            await self._show(status)
