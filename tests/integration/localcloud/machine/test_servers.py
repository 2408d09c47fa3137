"""A server that is kept running."""

import os
import signal
import sys
from pathlib import Path

import pytest

from localcloud.errors import CannotStart
from localcloud.machine.ledger import Ledger
from localcloud.machine.servers import KeptServer, Launch, ServerState
from tests.waiting import until

# Writes its pid when it is "ready", then waits; SIGTERM ends it.
PROGRAM = """
import os, pathlib, signal, sys
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
print("up", flush=True)
signal.pause()
"""


class Sleeper:
    """Ready when its file is there."""

    name = "sleeper"

    def __init__(self, directory: Path, code: str = PROGRAM) -> None:
        self._file = directory / "pid"
        self._code = code

    async def launch(self) -> Launch:
        self._file.unlink(missing_ok=True)
        return Launch(argv=[sys.executable, "-c", self._code, str(self._file)], start_timeout_s=20)

    async def is_ready(self) -> bool:
        return self._file.exists()


def kept(directory: Path, code: str = PROGRAM) -> tuple[KeptServer, list[ServerState], Ledger]:
    ledger = Ledger(directory / "ledger")
    ledger.remove()
    states: list[ServerState] = []

    async def note(state: ServerState) -> None:
        states.append(state)

    return KeptServer(Sleeper(directory, code), ledger, note), states, ledger


async def test_a_server_that_dies_runs_again_and_every_change_is_reported(tmp_path: Path) -> None:
    server, states, ledger = kept(tmp_path)
    await server.start()
    first = server.pid
    os.kill(first, signal.SIGKILL)
    await until(lambda: server.restarts)
    assert server.pid not in (0, first)
    await server.stop()
    running, starting, failed = ServerState.RUNNING, ServerState.STARTING, ServerState.FAILED
    assert states == [starting, running, failed, starting, running, ServerState.STOPPED]
    assert ledger.running() == {}


async def test_a_server_that_does_not_start_fails_with_its_last_lines(tmp_path: Path) -> None:
    server, states, ledger = kept(tmp_path, "raise SystemExit('no such luck')")
    with pytest.raises(CannotStart, match=r"(?s)sleeper: ended with 1 before it responded.*no such luck"):
        await server.start()
    assert states == [ServerState.STARTING, ServerState.FAILED]
    assert ledger.running() == {}
    await server.stop()


async def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    class Missing(Sleeper):
        async def launch(self) -> Launch:
            return Launch(argv=["/nonexistent/program"])

    server = KeptServer(Missing(tmp_path), Ledger(tmp_path / "ledger"))
    with pytest.raises(CannotStart, match="/nonexistent/program: No such file"):
        await server.start()
    await server.stop()


# Up at the first start; then, while a file `full` is there, it ends as PostgreSQL does on a full disk.
ON_A_FULL_DISK = """
import os, pathlib, signal, sys, time
me = pathlib.Path(sys.argv[1])
if (me.parent / "full").exists():
    print("LOG:  database system was interrupted", flush=True)
    sys.exit('FATAL:  could not write to file "pg_wal/xlogtemp.1": No space left on device\\nLOG:  it is shut down')
me.write_text(str(os.getpid()))
signal.pause()
"""


async def test_the_reason_is_known_until_the_server_runs_again(tmp_path: Path) -> None:
    server, _, _ = kept(tmp_path, ON_A_FULL_DISK)
    full = tmp_path / "full"
    await server.start()
    assert server.failure == ""
    full.touch()
    os.kill(server.pid, signal.SIGKILL)
    await until(lambda: "No space left on device" in server.failure, 30)
    assert server.failure.startswith("FATAL:  could not write to file")
    full.unlink()

    def runs_again() -> bool:
        is_running = server.state is ServerState.RUNNING
        assert is_running or server.failure
        return is_running

    await until(runs_again, 30)
    assert server.failure == ""
    await server.stop()
