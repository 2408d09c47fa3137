"""Child processes at their beginning and end."""

import asyncio
import errno
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from localcloud.machine.ledger import Ledger
from localcloud.machine.processes import Child


async def test_a_wait_that_is_cancelled_as_the_process_ends_is_cancelled(tmp_path: Path) -> None:
    child = Child("c", Ledger(tmp_path / "ledger"))
    waiting = asyncio.create_task(child.stop_after(30))
    await asyncio.sleep(0)
    child.exit_code = 0
    child.ended.set()
    waiting.cancel()
    await asyncio.wait({waiting})
    assert waiting.cancelled(), "else its owner would wait for it for ever"


async def test_a_child_can_be_stopped_when_the_data_directory_was_deleted(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir()
    child = Child("c", Ledger(directory / "ledger"))
    await child.start(["sleep", "600"])
    shutil.rmtree(directory)
    async with asyncio.timeout(30):
        assert await child.stop(20) == 143


async def test_a_child_that_cannot_be_recorded_does_not_run(tmp_path: Path) -> None:
    child = Child("c", Ledger(tmp_path / "gone" / "ledger"))
    with pytest.raises(FileNotFoundError):
        await child.start(["sleep", "600"])
    assert not psutil.pid_exists(child.pid)


async def test_a_child_whose_lines_cannot_be_kept_runs_on_and_can_be_stopped(tmp_path: Path) -> None:
    kept: list[str] = []

    def on_line(line: str) -> None:
        if line == "lost":
            raise OSError(errno.ENOSPC, "No space left on device")
        kept.append(line)

    child = Child("c", Ledger(tmp_path / "ledger"), on_line)
    await child.start(["sh", "-c", "echo lost; echo lost; echo kept; exec sleep 600"])
    async with asyncio.timeout(30):
        await child.wait_until(lambda: kept == ["kept"], "it wrote", 20)
        assert list(child.last_lines) == ["lost", "lost", "kept"]
        assert await child.stop(20) == 143


async def test_a_stopped_descendant_with_a_session_of_its_own_ends_with_the_child(tmp_path: Path) -> None:
    child = Child("c", Ledger(tmp_path / "ledger"))
    script = (
        "import os, signal, time\nif os.fork():\n  time.sleep(600)\nos.setsid()\nos.kill(os.getpid(), signal.SIGSTOP)"
    )
    await child.start([sys.executable, "-c", script])

    def stopped() -> list[psutil.Process]:
        return [each for each in psutil.Process(child.pid).children() if each.status() == psutil.STATUS_STOPPED]

    async with asyncio.timeout(30):
        await child.wait_until(stopped, "its child is stopped", 20)
        (backend,) = stopped()
        child.kill()
        await child.ended.wait()
        await asyncio.to_thread(psutil.wait_procs, [backend], 20)
        assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
