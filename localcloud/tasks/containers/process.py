"""A container as processes of this machine, with its own address, memory group and limits."""

import logging
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from localcloud.machine.ledger import Ledger
from localcloud.machine.process_trees import kill_tree
from localcloud.machine.processes import Child
from localcloud.tasks.containers.launching import Settings, launch_child, ulimits_of
from localcloud.tasks.containers.runtime import Program
from localcloud.tasks.memory.memory_group import MemoryGroup, MemoryUse

log = logging.getLogger(__name__)


class Process:
    """A Runtime. `memory_group`: where the kernel can enforce the memory limit.

    `user` of the definition is not applied: there is no image to own files, and all of them belong to this user.
    """

    def __init__(self, ledger: Ledger, memory_group: MemoryGroup | None) -> None:
        self._ledger = ledger
        self._memory_group = memory_group
        self._program: Program | None = None
        self._child: Child | None = None
        self._kills_before = 0

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child is not None and not child.ended.is_set() else None

    @property
    def limits_memory(self) -> bool:
        return self._memory_group is not None

    async def start(self, program: Program, on_line: Callable[[str], None]) -> Child:
        self._program = program
        if program.directory is not None and not program.directory.is_dir():
            raise FileNotFoundError(f"working directory {program.directory}: no such directory on this machine")
        argv = [self._executable(program.argv[0]), *program.argv[1:]]
        child = Child(program.label, self._ledger, on_line)
        self._kills_before = self._kills()
        settings = Settings(ulimits=ulimits_of(program.definition), entrance=self._entrance)
        refusal = await launch_child(child, argv, settings, env=program.environment, cwd=program.directory)
        if refusal:
            self._lose_group(refusal)
        self._child = child
        return child

    async def launch(self, child: Child, argv: Sequence[str], terminal: int | None = None) -> None:
        program = self._begun
        words = [self._executable(argv[0]), *argv[1:]]
        if terminal is None:
            settings, environment = Settings(entrance=self._entrance), program.environment
        else:
            limits = ulimits_of(program.definition)
            settings = Settings(ulimits=limits, entrance=self._entrance, terminal=True)
            environment = {"TERM": "xterm-256color"} | dict(program.environment)
        stdin = subprocess.DEVNULL if terminal is None else terminal
        await launch_child(child, words, settings, env=environment, cwd=program.directory, stdin=stdin)

    async def stop(self, timeout_s: float) -> None:
        if self._child is not None:
            await self._child.stop(timeout_s)

    def kill(self) -> None:
        if self.pid is not None:
            kill_tree(self.pid)
            if self._memory_group is not None:
                self._memory_group.kill()

    async def finish(self, exit_code: int) -> int:
        if self._memory_group is not None:
            self._memory_group.kill()
        return exit_code

    def has_outgrown_its_memory(self) -> bool:
        return self._kills() > self._kills_before

    def memory_use(self) -> MemoryUse | None:
        try:
            return None if self._memory_group is None else self._memory_group.use()
        except OSError:  # `_kills` logs it
            return None

    def _kills(self) -> int:
        try:
            return 0 if self._memory_group is None else self._memory_group.kills()
        except OSError as exc:  # it was removed from outside
            self._lose_group(str(exc))
            return 0

    def _lose_group(self, why: str) -> None:
        self._memory_group = None
        container = str(self._begun.definition["name"])
        fields = {"action": "memory_group_failed", "task": self._begun.task_id, "container": container, "why": why}
        log.warning("Memory of a container is watched only", extra=fields)

    @property
    def _begun(self) -> Program:
        assert self._program is not None  # noqa: S101 - set first by the start
        return self._program

    @property
    def _entrance(self) -> Path | None:
        return None if self._memory_group is None else self._memory_group.entrance

    def _executable(self, program: str) -> str:
        """Find the program on the container's PATH, not on our own. Errors: FileNotFoundError, PermissionError."""
        if "/" in program:
            file = (self._begun.directory or Path()) / program
            if not file.exists():
                raise FileNotFoundError(f'exec: "{program}": stat {program}: no such file or directory')
            if not os.access(file, os.X_OK) or file.is_dir():
                raise PermissionError(f'exec: "{program}": permission denied')
            return program
        environment: Mapping[str, str] = self._begun.environment
        for directory in environment.get("PATH", os.defpath).split(os.pathsep):
            candidate = Path(directory) / program
            if candidate.is_file() and os.access(candidate, os.X_OK):
                return str(candidate)
        raise FileNotFoundError(f'exec: "{program}": executable file not found in $PATH')
