"""The capacity that the extra tasks of a deploy need, assessed without AWS."""

from typing import Any

import pytest

from ops.verifying.capacity import assess_quota, is_offered, room, size
from ops.verifying.check import State
from ops.verifying.subject import Subject


@pytest.mark.parametrize(
    ("cpu", "memory"), [(256, 512), (256, 2048), (512, 4096), (1024, 2048), (4096, 30720), (16384, 122880)]
)
def test_pairs_that_fargate_offers(cpu: int, memory: int) -> None:
    assert is_offered(cpu, memory)


@pytest.mark.parametrize(
    ("cpu", "memory"), [(256, 1536), (256, 4096), (512, 512), (1024, 2500), (8192, 17408), (300, 1024), (0, 0)]
)
def test_pairs_that_fargate_does_not_offer(cpu: int, memory: int) -> None:
    assert not is_offered(cpu, memory)


def test_a_wrong_pair_fails_with_what_is_offered(subject: Subject) -> None:
    assert size(subject) == []  # not on Fargate
    definition: dict[str, Any] = subject.definition
    definition |= {"requiresCompatibilities": ["FARGATE"], "cpu": "512", "memory": "512"}
    (failed,) = size(subject)
    assert (failed.state, failed.wanted) == (State.FAIL, "for 512 CPU units 1024 to 4096 MiB in steps of 1024")
    definition["memory"] = "1024"
    assert [each.state for each in size(subject)] == [State.OK]


@pytest.mark.parametrize(
    ("free", "state"),
    [
        ({"a": 100, "b": 90}, State.OK),
        ({"a": 3, "b": 0}, State.WARN),
        ({"a": 1, "b": 1}, State.FAIL),
        ({}, State.FAIL),
    ],
)
def test_free_addresses_are_counted_over_all_subnets(free: dict[str, int], state: State) -> None:
    assert room(free, extra=3).state is state


@pytest.mark.parametrize(
    ("most", "in_use", "state"),
    [(6, 2.0, State.OK), (6, 5.0, State.WARN), (2, None, State.FAIL), (2, 1.0, State.FAIL), (3, None, State.OK)],
)
def test_the_quota_is_compared_with_what_runs_and_what_comes(most: float, in_use: float | None, state: State) -> None:
    assert assess_quota(most, own=1, extra=1.5, in_use=in_use).state is state


def test_a_traffic_shift_runs_every_task_twice(subject: Subject, cluster: Any) -> None:
    assert subject.extra_tasks == 2  # one at a time, and the migration's
    subject.service.deployment_configuration["strategy"] = "BLUE_GREEN"
    assert subject.extra_tasks == cluster.desired + 1
