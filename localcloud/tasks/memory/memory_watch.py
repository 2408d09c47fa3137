"""Kills containers that exceed their own or their task's memory, as Fargate does.

In a memory group the kernel enforces the limit and kills a process; the rest of the container is killed here. Without
one, the limits are enforced here.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from localcloud.machine.process_trees import charged_bytes, resident_bytes
from localcloud.tasks.memory.memory_group import MIB

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
"""The reason of a stopped container, in AWS's words."""

CALM_POLL_S = 1.0
NEAR_POLL_S = 0.2
"""Real seconds between checks; the second applies when more than half of a limit is used."""

POLL_S = 1.0
"""Real seconds between checks where the kernel enforces all limits."""


class Watched(Protocol):
    """A container whose memory is watched."""

    definition: Mapping[str, Any]

    @property
    def pid(self) -> int | None:
        """The first process; None when it does not run."""

    @property
    def limits_memory(self) -> bool:
        """Return whether the kernel enforces the limits of the container and of its task."""

    def has_outgrown_its_memory(self) -> bool:
        """Return whether the kernel has killed one of its processes since the start."""

    def kill(self, reason: str) -> None:
        """Send SIGKILL to all its processes. `reason`: in AWS's words."""


async def watch_memory(running: Callable[[], Sequence[Watched]], task_limit_mib: int | None) -> None:
    """Kill containers that exceed their limits, until cancelled."""
    while True:
        containers = running()
        for container in containers:
            if container.has_outgrown_its_memory():
                container.kill(OUT_OF_MEMORY)
        free = [container for container in containers if not container.limits_memory]
        if containers and not free:
            await asyncio.sleep(POLL_S)
            continue
        share = _enforce(free, task_limit_mib)
        await asyncio.sleep(CALM_POLL_S if share < 0.5 else NEAR_POLL_S)


def _enforce(containers: Sequence[Watched], task_limit_mib: int | None) -> float:
    """Kill what exceeds its limits; return the largest share of a limit in use."""
    sizes = {c: resident_bytes(pid) for c in containers if (pid := c.pid) is not None}
    share = 0.0
    for container, size in sizes.items():
        limit_mib = container.definition.get("memory")
        if limit_mib:
            share = max(share, size / (limit_mib * MIB))
            if size > limit_mib * MIB and _charged(container) > limit_mib * MIB:
                container.kill(OUT_OF_MEMORY)
    if task_limit_mib and sizes:
        share = max(share, sum(sizes.values()) / (task_limit_mib * MIB))
        # Shared pages are counted once only when it matters, as that takes longer to read.
        if sum(sizes.values()) > task_limit_mib * MIB:
            charged = {container: _charged(container) for container in sizes}
            if sum(charged.values()) > task_limit_mib * MIB:
                max(charged, key=charged.__getitem__).kill(OUT_OF_MEMORY)
    return share


def _charged(container: Watched) -> int:
    pid = container.pid
    return 0 if pid is None else charged_bytes(pid)
