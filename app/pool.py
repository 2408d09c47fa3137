"""How many database connections one task may hold."""

from dataclasses import dataclass

VCPU_UNITS = 1024
# One event loop uses one CPU: more transactions at a time than these would only wait inside the database.
CONNECTIONS_PER_VCPU = 10
LEAST = 4
# Of what the server admits, for people, migrations and its own work.
RESERVED_SHARE = 0.2
# While a rolling deploy or a blue/green switch is under way, every task has a successor beside it.
GENERATIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One task's part of the connections that the server admits, so that all tasks together never meet its limit.

    task_cpu_units: of the task definition, 1024 is one vCPU. max_tasks: of the service's scaling. limit: of the
    connections to count on, where that is to be fewer than the server admits.
    """

    task_cpu_units: int
    max_tasks: int
    limit: int | None = None

    @property
    def most(self) -> int:
        """As many as the task's CPU has use for, however many the server admits."""
        return max(LEAST, CONNECTIONS_PER_VCPU * self.task_cpu_units // VCPU_UNITS)

    def of(self, max_connections: int) -> int:
        """The connections of one task. At least LEAST: a server that cannot admit these is too small for the tasks."""
        counted = max_connections if self.limit is None else min(self.limit, max_connections)
        return max(LEAST, min(self.most, int(counted * (1 - RESERVED_SHARE)) // (GENERATIONS * self.max_tasks)))
