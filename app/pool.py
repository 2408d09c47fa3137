"""How many database connections one task may hold."""

VCPU_UNITS = 1024
# One event loop uses one CPU: more transactions at a time than these would only wait inside the database.
CONNECTIONS_PER_VCPU = 10
LEAST = 4
# Of what the server admits, for people, migrations and its own work.
RESERVED_SHARE = 0.2
# While a rolling deploy or a blue/green switch is under way, every task has a successor beside it.
GENERATIONS = 2


def pool_size(*, task_cpu_units: int, max_connections: int, max_tasks: int) -> int:
    """The connections of one task, so that all tasks together never meet the server's limit.

    task_cpu_units: of the task definition, 1024 is one vCPU. max_connections: of the server. max_tasks: of the
    service's scaling. At least LEAST: a server that cannot admit these is too small for so many tasks.
    """
    wanted = CONNECTIONS_PER_VCPU * task_cpu_units // VCPU_UNITS
    share = int(max_connections * (1 - RESERVED_SHARE)) // (GENERATIONS * max_tasks)
    return max(LEAST, min(wanted, share))
