"""Limits the number of tasks at once: AWS's quota for a service, and the capacity of this machine."""

import os
from collections.abc import Callable

import psutil

from localcloud.faults.refusals import NO_VCPUS

MOST_TASKS_PER_SERVICE = 5000
"""AWS's quota for the desired count of a service."""
TASK_MIB = 128
"""Memory that a small task takes, including its auxiliary processes."""
TASKS_PER_PROCESSOR = 60
FEWEST = 20
KEPT_FOR_RUN_TASK = 10
"""Reserved so that a migration can run, and with it the fix, when services have taken all other room."""


def most_tasks(memory_mib: float, processors: int) -> int:
    """Return how many tasks of services a machine runs; with more, none of them would respond."""
    return max(FEWEST, min(int(memory_mib / TASK_MIB), TASKS_PER_PROCESSOR * processors))


class Placement:
    """The task limits of this machine. Tasks beyond them wait, as on Fargate at the vCPU quota.

    shortage: asked before a task is placed; returns ECS's reason when none can be.
    """

    def __init__(self, most: int | None = None, shortage: Callable[[], str | None] = lambda: None) -> None:
        self.most = most or most_tasks(psutil.virtual_memory().total / 2**20, os.cpu_count() or 1)
        self.shortage = shortage

    def room(self, present: int) -> int:
        """Return how many more tasks of services may start when `present` tasks exist."""
        return max(0, self.most - present)

    def has_room_to_run(self, present: int, count: int) -> bool:
        """Return whether RunTask may start `count` tasks; it has additional room."""
        return present + count <= self.most + KEPT_FOR_RUN_TASK

    @property
    def reason(self) -> str:
        """Return why a task is not placed, in AWS's words and with this machine's limit."""
        return f"{NO_VCPUS} (this machine runs at most {self.most} tasks of services at once)"
