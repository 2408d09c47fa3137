"""Computes how many database connections one task may open."""

from dataclasses import dataclass

VCPU_UNITS = 1024
# One event loop uses one CPU: more concurrent transactions would only wait inside the database.
CONNECTIONS_PER_VCPU = 10
LEAST = 4
# Share of the server's connections that is reserved for people, migrations and the server's own work.
RESERVED_SHARE = 0.2
# During a rolling deploy or a blue/green switch, every task has a successor beside it.
GENERATIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One task's share of the server's connections, so that all tasks together never reach its limit.

    task_cpu_units: from the task definition, 1024 is one vCPU. max_tasks: from the service's scaling. limit: the number
    of connections to count on, if that is less than the server allows.
    """

    task_cpu_units: int
    max_tasks: int
    limit: int | None = None

    @property
    def most(self) -> int:
        """Return how many connections the task's CPU can use, however many the server allows."""
        return max(LEAST, CONNECTIONS_PER_VCPU * self.task_cpu_units // VCPU_UNITS)

    def of(self, max_connections: int) -> int:
        """Return the connections of one task, at least LEAST: a server that cannot allow these is too small."""
        counted = max_connections if self.limit is None else min(self.limit, max_connections)
        return max(LEAST, min(self.most, int(counted * (1 - RESERVED_SHARE)) // (GENERATIONS * self.max_tasks)))
