"""One DB instance: its server through creation, start, reboot and stop, and the status that the API shows."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from enum import StrEnum

from localcloud.errors import CannotStart
from localcloud.ledger import Ledger
from localcloud.rds.postgres import Instance, Postgres
from localcloud.servers import KeptServer, ServerState

log = logging.getLogger(__name__)


class Status(StrEnum):
    """DBInstanceStatus, in RDS's words."""

    CREATING = "creating"
    STARTING = "starting"
    AVAILABLE = "available"
    REBOOTING = "rebooting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


IMMEDIATE_SHUTDOWN = signal.SIGQUIT
"""PostgreSQL drops everything and recovers from its log at the next start."""

OF_SERVER = {
    ServerState.STARTING: Status.STARTING,
    ServerState.RUNNING: Status.AVAILABLE,
    ServerState.FAILED: Status.FAILED,
    ServerState.STOPPED: Status.STOPPED,
}


class Database:
    """`show` is told each new status before anything relies on it."""

    def __init__(self, postgres: Postgres, ledger: Ledger, show: Callable[[Status], Awaitable[None]]) -> None:
        self.postgres = postgres
        self.status = Status.STOPPED
        self.server = KeptServer(postgres, ledger, self._server_changed)
        self._show = show
        self._during: Status | None = None
        """While an operation is under way its word stands for what the server goes through."""
        self._background: asyncio.Task[None] | None = None

    async def create(self, instance: Instance, password: str) -> None:
        """Make the cluster and start it. Errors: CannotStart; the status is then `failed`."""
        await self._enter(Status.CREATING)
        await self._or_failed(self._create(instance, password))

    async def start(self, password: str) -> None:
        """Start what is on disk. Errors as `create`."""
        await self._enter(Status.STARTING)
        await self._or_failed(self._bring_up(password))

    async def reboot(self, password: str) -> None:
        """Stop and start. Errors as `create`."""
        await self._enter(Status.REBOOTING)
        await self.server.stop()
        await self._or_failed(self._bring_up(password))

    async def fail_over(self, password: str, is_back: Callable[[], Awaitable[object]]) -> None:
        """Lose the server with all connections, as when a primary is lost; start it once `is_back` returns.

        Errors as `create`.
        """
        await self._enter(Status.REBOOTING)
        await self.server.stop(IMMEDIATE_SHUTDOWN)
        await is_back()
        await self._or_failed(self._bring_up(password))

    async def shut_down(self) -> None:
        """Stop on the client's wish, and show so."""
        await self._enter(Status.STOPPING)
        await self.server.stop()
        await self._leave(Status.STOPPED)

    async def end(self) -> None:
        """End what is under way and the server; the API's status stays, for the next start to read."""
        self._during = self.status
        if self._background is not None:
            self._background.cancel()
            await asyncio.gather(self._background, return_exceptions=True)
        await self.server.stop()

    async def in_background(self, status: Status, operation: Awaitable[None]) -> None:
        """Show `status`, then go on with the operation while the client has its answer; failures are logged."""
        await self._enter(status)
        self._background = asyncio.create_task(self._logged(operation), name=f"{self.postgres.name} {status}")

    async def _create(self, instance: Instance, password: str) -> None:
        await self.postgres.create(instance)
        await self._bring_up(password)

    async def _bring_up(self, password: str) -> None:
        await self.server.start()
        await self.postgres.apply_master(password)

    async def _or_failed(self, operation: Awaitable[None]) -> None:
        try:
            await operation
        except CannotStart:
            await self._leave(Status.FAILED)
            raise
        await self._leave(OF_SERVER[self.server.state])

    async def _logged(self, operation: Awaitable[None]) -> None:
        try:
            await operation
        except CannotStart as error:
            log.error("Database did not come up: %s", error, extra={"action": "database_failed"})

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
