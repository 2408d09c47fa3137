"""A container of a real engine runs like a process task: the same class starts, checks, stops and measures it."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from localcloud.ecs.model.states import HealthStatus
from localcloud.machine.clock import Clock
from localcloud.machine.ledger import Ledger
from localcloud.tasks.agent.terminal import Terminal
from localcloud.tasks.containers.container import ContainerProcess
from localcloud.tasks.images.engine import Engine
from localcloud.tasks.images.engine_images import load
from localcloud.tasks.images.engines import RECORD, Engines, remove_leftovers
from localcloud.tasks.images.image_store import Image
from localcloud.tasks.memory.memory_watch import OUT_OF_MEMORY, watch_memory
from tests.integration.localcloud.tasks.engines import containers_of, engines, machine_image, until_there
from tests.waiting import until

__all__ = ["engines"]  # the fixture
pytestmark = [pytest.mark.asyncio, pytest.mark.full]
SECRET = "unspeakable-4711"
WAITS = "trap 'echo told; exit 7' TERM; echo ready; while :; do sleep 0.1; done"


class Started:
    def __init__(self, engine: Engine, image: Image, directory: Path, **definition: Any) -> None:
        self.engine = engine
        self.image = image
        self.lines: list[str] = []
        clock, ledger = Clock(20), Ledger(directory / "ledger")
        self.container = ContainerProcess({"name": "c", **definition}, clock, ledger, task_id="t1")

    async def start(self, script: str, address: str = "127.8.9.10", **environment: str) -> None:
        overrides = {"command": ["sh", "-c", script]}
        await self.container.start(self.image, address, environment, overrides, self.lines.append)

    async def ended(self) -> int:
        watcher = asyncio.create_task(watch_memory(lambda: [self.container], None))
        try:
            async with asyncio.timeout(90):
                return await self.container.ended()
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)


@pytest_asyncio.fixture
async def make(engines: Engines, tmp_path: Path) -> AsyncIterator[Callable[..., Started]]:
    engine = engines.chosen()
    assert engine is not None
    digest, manifest = machine_image(tmp_path / "images", WorkingDir="/srv/app")
    name = await load(engine, tmp_path / "images", digest, manifest)
    image = Image(digest=digest, command=[], environment={"FROM": "image"}, engine=engine, name_in_engine=name)
    made: list[Started] = []

    def start(**definition: Any) -> Started:
        made.append(Started(engine, image, tmp_path, **definition))
        return made[-1]

    yield start
    for each in made:
        if each.container.pid is not None:
            each.container.kill("the test is over")
            await each.ended()


async def test_a_container_has_what_its_definition_and_its_image_say(make: Callable[..., Started]) -> None:
    settings = {"user": "1234:1234", "readonlyRootFilesystem": True, "stopTimeout": 30}
    drop = {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True}
    mounts = [{"sourceVolume": "tmp", "containerPath": "/tmp"}]
    started = make(
        **settings, linuxParameters=drop, mountPoints=mounts, environment=[{"name": "OWN", "value": "0.0.0.0"}]
    )
    script = f"id -u; echo $PWD; env; touch /srv/app/no || touch /tmp/yes && stat -c %a /tmp; {WAITS}"
    await started.start(script, LINES="one\ntwo", SECRET=SECRET)
    await until_there(started.lines, "ready")
    assert started.lines[:2] == ["1234", "/srv/app"]
    assert {"FROM=image", f"SECRET={SECRET}", "LINES=one", "two", "OWN=127.8.9.10"} <= set(started.lines)
    assert "1777" in started.lines, "its image's directory gives a volume its mode"
    shown = [word for process in psutil.process_iter(["cmdline"]) for word in process.info["cmdline"] or ()]
    assert not any(SECRET in word for word in shown)

    await started.container.stop()
    assert await started.ended() == 7
    assert started.lines[-1] == "told"
    assert started.container.killed_for == ""


async def test_what_does_not_end_is_killed_and_what_is_not_there_does_not_start(make: Callable[..., Started]) -> None:
    started = make(stopTimeout=2)
    await started.start("trap '' TERM; echo ready; while :; do sleep 0.1; done")
    await until_there(started.lines, "ready")
    await started.container.stop()
    assert await started.ended() == 137

    missing = make(entryPoint=["nonesuch"])
    with pytest.raises(OSError, match="nonesuch"):
        await missing.start("")
    assert missing.lines == []
    brief = make()
    await brief.start("echo brief; exit 9")
    assert await brief.ended() == 9
    assert brief.lines == ["brief"]


async def test_its_health_check_and_commands_run_inside(make: Callable[..., Started]) -> None:
    check = {"command": ["CMD-SHELL", "test -f /tmp/well"], "interval": 5, "timeout": 60, "retries": 1}
    started = make(healthCheck=check)
    await started.start(f"touch /tmp/well; {WAITS}")
    await until(lambda: started.container.health is HealthStatus.HEALTHY, 60)
    terminal = Terminal()
    child = await started.container.execute(["sh", "-c", "echo in $PWD; test -t 0; exit 3"], terminal.other_end)
    terminal.command_has_it()
    said = b""
    while data := await terminal.read():
        said += data
    await child.ended.wait()
    terminal.close()
    assert (said.strip(), child.exit_code) == (b"in /srv/app", 3)
    assert started.container.pid is not None
    os.kill(started.container.pid, signal.SIGKILL)
    assert await started.ended() == 137


async def test_the_engine_holds_its_memory(make: Callable[..., Started]) -> None:
    started = make(memory=30)
    await started.start("x=aaaaaaaa; while :; do x=$x$x; done")
    assert await started.ended() == 137
    assert started.container.killed_for == OUT_OF_MEMORY


async def test_what_a_killed_local_cloud_leaves_is_removed_and_nothing_of_others(
    make: Callable[..., Started], engines: Engines, tmp_path: Path
) -> None:
    started = make(mountPoints=[{"sourceVolume": "tmp", "containerPath": "/tmp"}])
    await started.start(WAITS)
    elsewhere = tmp_path / "copy" / RECORD
    elsewhere.parent.mkdir()
    elsewhere.write_bytes((tmp_path / RECORD).read_bytes())
    remove_leftovers(elsewhere)
    remove_leftovers(tmp_path / RECORD, run="another")
    assert len(await containers_of(started.engine)) == 1
    remove_leftovers(tmp_path / RECORD, run="run")
    assert await started.ended() == 137
    assert await containers_of(started.engine) == []
    await engines.forget("t1", ["tmp"])
    volumes = await started.engine("volume", "ls", "--quiet")
    assert not [name for name in volumes if started.engine.environment in name]
