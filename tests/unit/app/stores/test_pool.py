"""The share of the database's connections that one task may use."""

import pytest

from app.stores.pool import LEAST, Share


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
    assert Share(task_cpu_units=cpu, max_tasks=tasks).of(connections) == size


def test_a_limit_counts_where_the_server_admits_more():
    share = Share(task_cpu_units=1024, max_tasks=10, limit=100)
    assert share.of(1000) == share.of(100) == 4
    assert Share(task_cpu_units=4096, max_tasks=1, limit=100).of(50) == 20
