"""A container of an engine, which has an image's own files, on this machine's network."""

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from localcloud.machine.process_trees import kill_tree
from localcloud.machine.processes import Child
from localcloud.tasks.containers.engine_options import options_of, settings_of
from localcloud.tasks.containers.launching import Settings, launch_child
from localcloud.tasks.containers.runtime import Program
from localcloud.tasks.images.engine import Engine, EngineFailed, reason
from localcloud.tasks.memory.control_groups import NoControlGroups, own_group
from localcloud.tasks.memory.memory_group import MemoryGroup, MemoryUse

log = logging.getLogger(__name__)

STARTED_POLL_S = 0.05
END_WAIT_S = 15.0
"""Real seconds for the engine to notice that its container was killed."""


class EngineContainer:
    """A Runtime. `image`: its name in the engine. `stop_signal`: the image's own."""

    def __init__(self, engine: Engine, image: str, stop_signal: int = signal.SIGTERM) -> None:
        self._engine = engine
        self._image = image
        self._stop_signal = stop_signal
        self._name = ""
        self._child: Child | None = None
        self._pid = 0
        self._group: MemoryGroup | None = None
        self._memory_kills = 0
        self._killing: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        child = self._child
        return self._pid if self._pid and child is not None and not child.ended.is_set() else None

    @property
    def limits_memory(self) -> bool:
        return False  # the container's own limit is the engine's, but not that of all containers of a task

    async def start(self, program: Program, on_line: Callable[[str], None]) -> Child:
        self._name = f"localcloud-{program.task_id}-{program.definition['name']}"
        output = _HeldBack(on_line)
        child = Child(program.label, self._engine.ledger, output.take)
        try:
            await self._create(program)
            # Podman's monitor of a container may leave a file (`oom`) in the directory where it was started.
            there = self._engine.ledger.path.parent
            await child.start([self._engine.program, "start", "--attach", self._name], cwd=there)
            await self._until_started(child)
        except BaseException as exc:
            await child.end()
            await self._remove()
            if isinstance(exc, EngineFailed):
                raise OSError(str(exc)) from exc
            raise
        output.release()
        self._child = child
        self._watch_memory()
        return child

    async def _create(self, program: Program) -> None:
        options = options_of(program, self._engine)
        text, in_environment = settings_of(program.environment)
        # In memory only: neither the process list nor a disk ever has them.
        file = os.memfd_create("environment")
        try:
            os.write(file, text)
            os.lseek(file, 0, os.SEEK_SET)
            given = ["--env-file", f"/dev/fd/{file}", *(word for name in in_environment for word in ("--env", name))]
            words = ["create", "--name", self._name, *self._engine.labels, *given, *options]
            argv = [*words, self._image, *program.argv[1:]]
            await self._engine(*argv, env=in_environment, pass_fds=[file])
        finally:
            os.close(file)

    async def _until_started(self, child: Child) -> None:
        """Wait until the first process runs or has run. Errors: EngineFailed."""
        while True:
            has_ended = child.ended.is_set()
            state = await self._engine.state(self._name)
            if state is not None and state.has_started:
                self._pid = state.pid
                return
            if has_ended:
                raise EngineFailed(reason(list(child.last_lines)) or f"{self._engine.name} did not start it")
            await asyncio.sleep(STARTED_POLL_S)

    def _watch_memory(self) -> None:
        """Find the group in which the engine has put the container, and read it at the end of the first process."""
        try:
            memberships = Path(f"/proc/{self._pid}/cgroup").read_text()
            found = own_group(memberships, Path("/proc/self/mountinfo").read_text())
            descriptor = os.pidfd_open(self._pid)
        except (OSError, NoControlGroups):  # it has ended, or this machine has none
            return
        self._group = MemoryGroup(path=found.path, version=found.version)
        loop = asyncio.get_running_loop()

        def look() -> None:  # immediately: the engine removes the group
            loop.remove_reader(descriptor)
            os.close(descriptor)
            self._note_kills()

        loop.add_reader(descriptor, look)

    def _note_kills(self) -> None:
        with contextlib.suppress(OSError, KeyError):  # the group is gone; it may not count
            if self._group is not None:
                self._memory_kills = max(self._memory_kills, self._group.kills())

    async def launch(self, child: Child, argv: Sequence[str], terminal: int | None = None) -> None:
        interactive = [] if terminal is None else ["--interactive", "--tty"]
        words = [self._engine.program, "exec", *interactive, self._name, *argv]
        settings = Settings(terminal=terminal is not None)
        stdin = subprocess.DEVNULL if terminal is None else terminal
        await launch_child(child, words, settings, env=os.environ, cwd=None, stdin=stdin)

    async def stop(self, timeout_s: float) -> None:
        child = self._child
        if child is None:
            return
        # Not through its client: that passes signals on, but only some time after its start.
        await self._engine.try_to("kill", "--signal", str(int(self._stop_signal)), self._name)
        for wait_s, then in ((timeout_s, self.kill), (END_WAIT_S, child.kill)):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await child.ended.wait()
                return
            then()
        await child.ended.wait()

    def kill(self) -> None:
        if self.pid is not None:
            kill_tree(self.pid)
            # Processes of another user are the engine's to kill.
            self._killing = asyncio.create_task(self._engine.try_to("kill", self._name), name=f"kill {self._name}")

    async def finish(self, exit_code: int) -> int:
        if self._killing is not None:
            await self._killing
        state = await self._engine.state(self._name)
        await self._remove()
        if state is None or state.pid:  # the engine's own process was killed, and not the container
            return exit_code
        self._memory_kills += state.was_out_of_memory
        return state.exit_code

    async def _remove(self) -> None:
        await self._engine.try_to("rm", "--force", "--volumes", self._name)

    def has_outgrown_its_memory(self) -> bool:
        self._note_kills()
        return self._memory_kills > 0

    def memory_use(self) -> MemoryUse | None:
        try:
            return None if self._group is None else self._group.use()
        except (OSError, KeyError):
            return None


class _HeldBack:
    """Passes lines on once the program has started: until then they are the engine's."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._held: list[str] | None = []

    def take(self, line: str) -> None:
        if self._held is None:
            self._on_line(line)
        else:
            self._held.append(line)

    def release(self) -> None:
        held, self._held = self._held or [], None
        for line in held:
            self._on_line(line)
