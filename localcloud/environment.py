"""The life cycle of one local cloud: locks its data directory, starts its parts in order, and stops them."""

import asyncio
import contextlib
import fcntl
import logging
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from localcloud import guardian
from localcloud.enforcement.mode import DEFAULT, Mode, chosen
from localcloud.errors import CannotStart
from localcloud.host import Host, Part
from localcloud.machine import set_aside, stored_files
from localcloud.machine.addresses import Addresses
from localcloud.machine.background import Background
from localcloud.machine.clock import Clock
from localcloud.machine.embedded_server import EmbeddedServer
from localcloud.machine.files import write_json
from localcloud.machine.ledger import Ledger, sweep
from localcloud.parts import connect
from localcloud.protocol.origin_check import OriginCheck
from localcloud.tasks.images.engines import Choice

log = logging.getLogger(__name__)

DEFAULT_PORT = 4566
LISTEN_ADDRESS = "127.0.0.1"
LOCK_LOOK_S = 2.0
"""Real seconds between checks that the data directory still exists."""


class LocalCloud:
    """One local cloud with everything below its data directory. `run()` is its whole life cycle.

    `has_faults`: whether faults may be requested. `allowed_origins`: the web pages that may call it. `iam_mode`: None
    for the mode of the previous run. `engine`: what runs pushed images.
    """

    def __init__(
        self,
        data_directory: Path,
        *,
        port: int | None,
        speed: float,
        has_faults: bool = False,
        allowed_origins: Iterable[str] = (),
        iam_mode: Mode | None = None,
        engine: Choice = Choice.AUTO,
    ) -> None:
        self.data_directory = data_directory.resolve()
        self._requested_iam_mode = iam_mode
        self._requested_port = port
        self._engine = engine
        self._has_faults = has_faults
        self._origin_check = OriginCheck(frozenset(allowed_origins))
        self._clock = Clock(speed)
        self._iam_mode = DEFAULT
        self._phases_s: dict[str, float] = {}
        self._run = secrets.token_hex(4)

    async def run(self, stop: asyncio.Event) -> None:
        """Start, announce it in endpoint.json, and stop when `stop` is set. Errors: CannotStart."""
        set_aside.begin(self.data_directory)
        stored_files.directory(self.data_directory)
        addresses = Addresses(self.data_directory)
        with self._lock() as lock, self._guardian() as ledger, self._listener() as listener, addresses.reserved():
            swept = await asyncio.to_thread(_sweep_earlier, ledger)
            if swept:
                log.warning("Ended what an earlier run left", extra={"action": "swept", "processes": swept})
            watch = Background()
            watch.start(self._watch_lock(lock, stop), "watch the data directory")
            try:
                await self._live(ledger, listener, addresses, stop)
            finally:
                await watch.stop()

    async def _live(self, ledger: Ledger, listener: socket.socket, addresses: Addresses, stop: asyncio.Event) -> None:
        self._iam_mode = chosen(self.data_directory, self._requested_iam_mode)
        cloud = connect(
            self.data_directory,
            endpoint_url=f"http://{LISTEN_ADDRESS}:{listener.getsockname()[1]}",
            clock=self._clock,
            ledger=ledger,
            addresses=addresses,
            run=self._run,
            origins=self._origin_check,
            has_faults=self._has_faults,
            iam_mode=self._iam_mode,
            engine=self._engine,
            phases_s=self._phases_s,
        )
        server = EmbeddedServer(cloud.endpoint)
        started: list[Part] = []
        try:
            await self._start(cloud.parts, started)
            serving = asyncio.create_task(server.serve(sockets=[listener]), name="endpoint")
            try:
                self._announce(cloud.host)
                log.info(
                    "Ready", extra={"action": "ready", "endpoint": cloud.host.endpoint_url, "speed": self._clock.speed}
                )
                await _first(stop, serving)
            finally:
                self._endpoint_file.unlink(missing_ok=True)
                log.info("Stopping", extra={"action": "stopping"})
                # Frozen tasks must be able to end. Tasks stop before the other parts, as they may still call the
                # endpoint.
                for part in (cloud.parts["faults"], cloud.parts["ecs"]):
                    started.remove(part)
                    await part.stop()
                server.should_exit = True
                await serving
        finally:
            await _stop(started)

    async def _start(self, parts: Mapping[str, Part], started: list[Part]) -> None:
        """Start moto first, since others read its state; then the servers concurrently; ECS last, since it needs them.

        `memory` precedes all: it may move this process to another control group, in which its children must start.
        """
        for stage in (
            ("memory",),
            ("moto", "permissions"),
            ("logs", "rds", "elasticache", "elb", "alarms", "agent", "events", "containers"),
            ("apigateway", "ecs", "autoscaling", "scheduled scaling", "faults", "metrics", "images"),
        ):
            started += [parts[name] for name in stage]
            results = await asyncio.gather(*(self._timed(name, parts[name]) for name in stage), return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    raise result

    async def _timed(self, name: str, part: Part) -> None:
        begin = asyncio.get_running_loop().time()
        await part.start()
        self._phases_s[name] = round(asyncio.get_running_loop().time() - begin, 3)

    @property
    def _endpoint_file(self) -> Path:
        return self.data_directory / "endpoint.json"

    def _announce(self, host: Host) -> None:
        write_json(
            self._endpoint_file,
            {
                "endpoint": host.endpoint_url,
                "region": host.region,
                "account_id": host.account_id,
                "pid": os.getpid(),
                "image_store": str(self.data_directory / "images"),
                "speed": self._clock.speed,
                "faults": self._has_faults,
                "iam": self._iam_mode.value,
                "container_engine": self._engine.value,
                "allowed_origins": sorted(self._origin_check.allowed_origins),
                "started_at": datetime.now(UTC).isoformat(),
            },
        )

    @contextlib.contextmanager
    def _lock(self) -> Iterator[IO[str]]:
        """Allow one local cloud per data directory.

        The lock file contains its process id, and the kernel releases the lock however that process ends.
        """
        path = self.data_directory / "lock"
        if path.is_dir():
            set_aside.set_aside(path, "should be a file: recreated")
        file: IO[str] = path.open("a")
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise CannotStart(
                    f"{self.data_directory}: another local cloud runs on this data directory; "
                    "see `spendsense status`, or end it with `spendsense down`"
                ) from exc
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            stored_files.remove(self._endpoint_file)
            yield file

    async def _watch_lock(self, lock: IO[str], stop: asyncio.Event) -> None:
        """Stop when the data directory was deleted or moved: no command could find this local cloud any longer."""
        while _is_at(self.data_directory / "lock", lock):  # noqa: ASYNC110 - there is no notification of it
            await asyncio.sleep(LOCK_LOOK_S)
        log.error("%s was deleted or moved: stopping", self.data_directory, extra={"action": "data_directory_gone"})
        stop.set()

    @contextlib.contextmanager
    def _guardian(self) -> Iterator[Ledger]:
        """Start a process that ends our children if we are killed; see guardian.py."""
        ledger = Ledger(self.data_directory / f"processes-{self._run}.jsonl")
        with subprocess.Popen(
            [sys.executable, "-m", guardian.__name__, str(ledger.path), self._run],
            stdin=subprocess.PIPE,
            start_new_session=True,
        ):
            yield ledger

    @contextlib.contextmanager
    def _listener(self) -> Iterator[socket.socket]:
        """Open the endpoint's socket on the requested port, the default port, or, if that is in use, any free one."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((LISTEN_ADDRESS, DEFAULT_PORT if self._requested_port is None else self._requested_port))
            except OSError as exc:
                if self._requested_port is not None:
                    raise CannotStart(
                        f"--port {self._requested_port}: cannot be bound on {LISTEN_ADDRESS}: {exc.strerror}; "
                        "leave --port out to take a free one"
                    ) from exc
                listener.bind((LISTEN_ADDRESS, 0))
            listener.listen(1024)
            listener.setblocking(False)
            yield listener


def _sweep_earlier(ledger: Ledger) -> list[str]:
    """End what earlier runs left; return the names of ended processes.

    Their guardians may be doing the same, or were killed, too.
    """
    earlier = [path for path in ledger.path.parent.glob("processes*.jsonl") if path != ledger.path]
    return [name for path in earlier for name in sweep(Ledger(path))]


def _is_at(path: Path, file: IO[str]) -> bool:
    """Return whether the open file is still the one at the path."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


async def _first(stop: asyncio.Event, serving: asyncio.Task[None]) -> None:
    """Wait until a stop is requested or the server has ended by itself. Errors: CannotStart in the latter case."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopping, serving}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if serving in done:
        raise CannotStart(f"endpoint: ended by itself: {serving.exception() or 'no error'}")


async def _stop(parts: list[Part]) -> None:
    """Stop all parts in reverse order, even when one fails."""
    for part in reversed(parts):
        try:
            await part.stop()
        except Exception:  # the other parts must stop, too
            log.exception("Part did not stop cleanly", extra={"action": "stop", "part": type(part).__name__})
