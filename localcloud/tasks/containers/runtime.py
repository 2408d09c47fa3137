"""The interface that containers have in common, whether they are processes of this machine or an engine's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from localcloud.machine.processes import Child
from localcloud.tasks.memory.memory_group import MemoryUse


@dataclass(frozen=True, kw_only=True)
class Program:
    """The program of a container. `definition`: the container's; `memory_mib`: its own limit, else its task's."""

    label: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    directory: Path | None
    definition: Mapping[str, Any]
    task_id: str
    memory_mib: int | None


class Runtime(Protocol):
    """One container, from its start to its end."""

    @property
    def pid(self) -> int | None:
        """The first process, as this machine numbers it; None when it does not run."""

    @property
    def limits_memory(self) -> bool:
        """Return whether the kernel enforces the limits of the container and of its task."""

    async def start(self, program: Program, on_line: Callable[[str], None]) -> Child:
        """Start the program; return the process whose end and exit code are the container's. Errors: OSError."""

    async def launch(self, child: Child, argv: Sequence[str], terminal: int | None = None) -> None:
        """Start another program in the container, with its environment and directory. Errors: OSError."""

    async def stop(self, timeout_s: float) -> None:
        """Ask it to end, and kill it after `timeout_s` (real seconds)."""

    def kill(self) -> None:
        """Send SIGKILL to all its processes; do not wait."""

    async def finish(self, exit_code: int) -> int:
        """Remove what is left once it has ended; return its exit code, which the engine may know better."""

    def has_outgrown_its_memory(self) -> bool:
        """Return whether the kernel has killed one of its processes since the start; the rest of them must end, too."""

    def memory_use(self) -> MemoryUse | None:
        """Return the memory that the kernel charges to it; None where it does not account for it."""
