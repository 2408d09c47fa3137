"""The share of the database's connections that one task takes."""

import pytest

from app.pool import LEAST, pool_size


@pytest.mark.parametrize(
    ("cpu", "connections", "tasks", "size"),
    [
        (512, 1000, 10, 5),  # a small task uses few, however many there are
        (1024, 1000, 10, 10),
        (1024, 100, 10, 4),  # ten tasks and their ten successors share 80
        (1024, 100, 4, 10),
        (256, 100, 1, LEAST),
    ],
)
def test_the_smaller_of_what_the_cpu_uses_and_what_the_server_admits(cpu, connections, tasks, size):
    assert pool_size(task_cpu_units=cpu, max_connections=connections, max_tasks=tasks) == size
