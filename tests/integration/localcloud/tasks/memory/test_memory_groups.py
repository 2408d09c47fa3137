"""Control groups of the real kernel, version 1 or 2, whichever this machine gives to this user."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.tasks.containers.container import ContainerProcess
from localcloud.tasks.images.image_store import Image
from localcloud.tasks.memory.control_groups import process_ids
from localcloud.tasks.memory.memory_group import MIB, MemoryGroup
from localcloud.tasks.memory.memory_groups import RECORD, MemoryGroups
from localcloud.tasks.memory.memory_watch import OUT_OF_MEMORY, watch_memory
from tests.waiting import until

IMAGE = Image(digest="sha256:0", command=[])
# Touches a page in each 4 KiB, as fast as the kernel provides them.
TAKE = "x = bytearray({mib} << 20); x[::4096] = b'x' * len(x[::4096])"
SLEEP = "import time; time.sleep(600)"


def base_of(groups: MemoryGroups) -> Path:
    return Path(str(groups.status()["group"]))


async def started(directory: Path, run: str = "run") -> MemoryGroups:
    """Start memory groups; skips the test where the kernel cannot enforce them."""
    groups = MemoryGroups(directory, run)
    await groups.start()
    status = groups.status()
    if status["enforced"] == "watched":
        pytest.skip(f"no memory groups on this machine: {status['why']}")
    return groups


@pytest.fixture
async def groups(tmp_path: Path) -> AsyncIterator[MemoryGroups]:
    groups = await started(tmp_path)
    base = base_of(groups)
    yield groups
    await groups.stop()
    assert not base.exists()
    assert not (tmp_path / RECORD).exists()


class Container:
    """Runs Python programs in a group, watched like those of a task."""

    def __init__(self, directory: Path, group: MemoryGroup | None, **definition: Any) -> None:
        definition = {"name": "c"} | definition
        self.process = ContainerProcess(definition, Clock(20), Ledger(directory / "ledger"), task_id="t")
        self.process.memory_group = group
        self.lines: list[str] = []

    async def start(self, *command: str, environment: Mapping[str, str] = os.environ) -> None:
        await self.process.start(IMAGE, "127.0.0.1", environment, {"command": list(command)}, self.lines.append)

    async def ended(self) -> int:
        watcher = asyncio.create_task(watch_memory(lambda: [self.process], None))
        try:
            async with asyncio.timeout(30):
                return await self.process.ended()
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)


def python(*statements: str) -> list[str]:
    return [sys.executable, "-S", "-c", "; ".join(statements)]


async def test_the_kernel_never_lets_a_container_have_more_than_its_memory(
    groups: MemoryGroups, tmp_path: Path
) -> None:
    group = groups.make("t", 512, {"c": 100})["c"]
    container = Container(tmp_path, group)
    await container.start(*python(TAKE.format(mib=2048), "print('had it all', flush=True)", SLEEP))
    assert await container.ended() == 137
    assert container.process.killed_for == OUT_OF_MEMORY
    assert container.lines == []
    peak_bytes = group.use().peak_bytes
    assert peak_bytes is None or 90 * MIB < peak_bytes <= 100 * MIB
    groups.remove("t")
    assert not group.path.parent.exists()


async def test_a_container_ends_as_a_whole_when_the_kernel_kills_one_process_of_it(
    groups: MemoryGroups, tmp_path: Path
) -> None:
    group = groups.make("t", 512, {"c": 100})["c"]
    container = Container(tmp_path, group)
    await container.start("/bin/sh", "-c", '"$@"; sleep 600', "sh", *python(TAKE.format(mib=150)))
    assert await container.ended() == 137
    await until(lambda: process_ids(group.path) == [])


async def test_a_shell_that_ends_well_after_its_child_was_killed_is_out_of_memory(
    groups: MemoryGroups, tmp_path: Path
) -> None:
    container = Container(tmp_path, groups.make("t", None, {"c": 100})["c"])
    await container.start("/bin/sh", "-c", '"$@"; exit 0', "sh", *python(TAKE.format(mib=150)))
    assert await container.ended() == 137
    assert container.process.killed_for == OUT_OF_MEMORY


async def test_containers_share_the_memory_of_their_task(groups: MemoryGroups, tmp_path: Path) -> None:
    created = groups.make("t", 256, {"first": None, "second": None})
    first, second = (Container(tmp_path, group) for group in created.values())
    await first.start(*python(TAKE.format(mib=100), "print('has it', flush=True)", SLEEP))
    await until(lambda: first.lines)
    await second.start(*python(TAKE.format(mib=300)))
    assert await second.ended() == 137, "the larger of the two is what the kernel kills"
    assert second.process.killed_for == OUT_OF_MEMORY
    assert not first.process.has_outgrown_its_memory()
    above = MemoryGroup(path=created["first"].path.parent, version=created["first"].version)
    peak_bytes = above.use().peak_bytes
    assert peak_bytes is None or 200 * MIB < peak_bytes <= 256 * MIB
    await first.process.stop()
    assert await first.ended() == 143
    assert first.process.killed_for == ""


async def test_a_process_that_leaves_the_process_tree_counts_and_ends_with_its_container(
    groups: MemoryGroups, tmp_path: Path
) -> None:
    group = groups.make("t", 512, {"c": 100})["c"]
    container = Container(tmp_path, group)
    leave = "import os; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0)"
    stay = python(leave, "print(os.getpid(), flush=True)", SLEEP)
    await container.start("/bin/sh", "-c", '"$@"; sleep 600', "sh", *stay)
    await until(lambda: container.lines)
    gone = int(container.lines[0])
    assert gone in process_ids(group.path)
    await container.process.stop()
    await container.ended()
    await until(lambda: process_ids(group.path) == [])

    await container.start("/bin/sh", "-c", '"$@"; sleep 600', "sh", *python(leave, TAKE.format(mib=150), SLEEP))
    assert await container.ended() == 137
    assert container.process.killed_for == OUT_OF_MEMORY


@pytest.mark.parametrize("kind", ["CMD-SHELL", "CMD"])
async def test_a_health_check_counts_to_its_container(groups: MemoryGroups, tmp_path: Path, kind: str) -> None:
    program = python(TAKE.format(mib=150))
    command = [f'{program[0]} -S -c "{program[-1]}"'] if kind == "CMD-SHELL" else program
    check = {"command": [kind, *command], "interval": 5, "timeout": 60}
    container = Container(tmp_path, groups.make("t", 512, {"c": 100})["c"], healthCheck=check)
    await container.start("/bin/sleep", "600")
    assert await container.ended() == 137
    assert container.process.killed_for == OUT_OF_MEMORY


@pytest.mark.parametrize("memory", [100, None])
async def test_what_ran_beside_a_container_has_ended_when_it_has(
    groups: MemoryGroups, tmp_path: Path, memory: int | None
) -> None:
    """Covers its health check and a command run in it, with a memory group and without."""
    group = groups.make("t", 512, {"c": memory})["c"] if memory else None
    say = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    check = {"command": ["CMD", *python(say)], "interval": 5, "timeout": 60}
    container = Container(tmp_path, group, healthCheck=check)
    await container.start("/bin/sleep", "600")
    file = tmp_path / "pid"
    await until(lambda: file.exists() and file.read_text())
    terminal, other_end = os.openpty()
    guest = await container.process.execute(["/bin/sleep", "600"], terminal)
    await container.process.stop()
    assert await container.ended() == 143
    for pid in (int(file.read_text()), guest.pid):
        assert not psutil.pid_exists(pid)
    for end in (terminal, other_end):
        os.close(end)


async def test_a_container_that_is_stopped_or_fails_is_not_out_of_memory(groups: MemoryGroups, tmp_path: Path) -> None:
    container = Container(tmp_path, groups.make("t", 512, {"c": 100})["c"])
    await container.start("/bin/sh", "-c", "kill -9 $$")
    assert await container.ended() == 137
    assert container.process.killed_for == ""


async def test_a_container_whose_group_was_taken_away_runs_watched(groups: MemoryGroups, tmp_path: Path) -> None:
    group = groups.make("t", 512, {"c": 100})["c"]
    container = Container(tmp_path, group, memory=100)
    group.path.rmdir()
    await container.start(*python(TAKE.format(mib=150), SLEEP))
    assert await container.ended() == 137
    assert container.process.killed_for == OUT_OF_MEMORY


async def test_a_task_starts_also_when_its_group_cannot_be_made(groups: MemoryGroups) -> None:
    (base_of(groups) / "t").mkdir()
    assert groups.make("t", 512, {"c": 100}) == {}
    status = groups.status()
    assert status["tasks_watched"] == 1
    assert "File exists" in str(status["why"])


async def test_what_a_killed_local_cloud_left_is_removed_by_its_next_start_only(tmp_path: Path) -> None:
    directories = [tmp_path / name for name in ("one", "two")]
    for directory in directories:
        directory.mkdir()
    one, two = [await started(directory) for directory in directories]
    running = []
    for groups, directory in zip((one, two), directories, strict=True):
        container = Container(directory, groups.make("t", 512, {"c": None})["c"])
        await container.start("/bin/sleep", "600")
        running.append(container)
    again = await started(directories[0], "again")
    assert await running[0].ended() == 137
    assert not base_of(one).exists()
    assert base_of(two).exists()
    assert base_of(again).exists()

    # A copied data directory still names the groups of the original.
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / RECORD).write_bytes((directories[1] / RECORD).read_bytes())
    third = await started(copy)
    assert base_of(two).exists()
    [pid] = process_ids(base_of(two) / "t" / "0-c")
    assert pid == running[1].process.child.pid  # type: ignore[union-attr]
    os.kill(pid, signal.SIGKILL)
    await running[1].ended()
    for groups in (again, two, third):
        await groups.stop()
        assert not base_of(groups).exists()


async def test_a_record_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text(json.dumps({"base": 3}))
    groups = await started(tmp_path)
    await groups.stop()
    assert not base_of(groups).exists()
