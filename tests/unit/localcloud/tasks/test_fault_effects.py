"""The tasks and databases that a fault affects."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from localcloud.ecs.model.states import TaskStatus
from localcloud.errors import AwsError
from localcloud.faults.active import Fault
from localcloud.faults.kinds import FailHealth, FailOverDatabase, FaultRefused, KillTask, Kind
from localcloud.tasks import fault_effects
from localcloud.tasks.fault_effects import LocalEffects

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Task:
    id: str
    running_since: float | None
    label: str = "web:1"
    last_status: TaskStatus = TaskStatus.RUNNING

    @property
    def task_definition(self) -> str:
        return f"arn:aws:ecs:us-west-1:123456789012:task-definition/{self.label}"


class Databases:
    def __init__(self, *identifiers: str, available: bool = True) -> None:
        self._identifiers, self._available = identifiers, available
        self.lost: list[str] = []

    def identifiers(self) -> list[str]:
        return list(self._identifiers)

    async def fail_over(self, identifier: str, is_back: Callable[[], Awaitable[object]]) -> None:
        if not self._available:
            raise AwsError("InvalidDBInstanceState", "Instance a is not in available state.")
        self.lost.append(identifier)


TASKS: list[Any] = [
    Task("aa11", 20.0),
    Task("aa22", 10.0),
    Task("bb33", 5.0, label="job:4"),
    Task("cc44", None, last_status=TaskStatus.PENDING),
]


async def affected(kind: Kind, databases: Databases | None = None) -> Fault:
    fault = Fault(id="f1", kind=kind, duration_s=1, began_at=NOW, ends=1.0, ends_at=NOW)
    created = LocalEffects(lambda: [(task, [number]) for number, task in enumerate(TASKS)], databases or Databases())
    await created.begin(fault)
    return fault


@pytest.fixture(autouse=True)
def killed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    pids: list[int] = []
    monkeypatch.setattr(fault_effects, "kill_tree", pids.append)
    return pids


@pytest.mark.parametrize(
    ("kind", "pids"),
    [
        (KillTask(), [2]),
        (KillTask(task="aa1"), [0]),
        (KillTask(task_definition="web"), [0, 1]),
        (KillTask(task_definition="job:4"), [2]),
    ],
)
async def test_the_chosen_tasks_are_killed(kind: Kind, pids: list[int], killed: list[int]) -> None:
    fault = await affected(kind)
    assert killed == pids
    assert (fault.affected, fault.times) == ([TASKS[pid].id for pid in pids], len(pids))


@pytest.mark.parametrize(
    ("kind", "words", "status"),
    [
        (KillTask(task="aa"), "task: 2 running tasks begin with 'aa'; give more characters of the id", 400),
        (KillTask(task="cc44"), "no running task matches task cc44", 404),
        (KillTask(task_definition="web:2"), "no running task matches task_definition web:2", 404),
        (FailOverDatabase(), "there are 0 databases", 404),
    ],
)
async def test_what_cannot_be_chosen_is_refused(kind: Kind, words: str, status: int, killed: list[int]) -> None:
    with pytest.raises(FaultRefused, match=words) as refused:
        await affected(kind)
    assert (refused.value.status, killed) == (status, [])


async def test_health_fails_of_one_task_or_of_a_whole_definition() -> None:
    one = await affected(FailHealth())
    assert (one.kind, one.affected) == (FailHealth(task="bb33"), ["bb33"])
    later = await affected(FailHealth(task_definition="not-there-yet"))
    assert (later.kind, later.affected) == (FailHealth(task_definition="not-there-yet"), [])


async def test_the_database_is_chosen_by_name_when_there_are_several() -> None:
    databases = Databases("a", "b")
    with pytest.raises(FaultRefused, match=r"there are 2 databases \(a, b\); name one"):
        await affected(FailOverDatabase(), databases)
    with pytest.raises(FaultRefused, match="there is no database 'c', only: a, b"):
        await affected(FailOverDatabase(instance="c"), databases)
    assert (await affected(FailOverDatabase(instance="b"), databases)).affected == databases.lost == ["b"]
    with pytest.raises(FaultRefused, match="not in available state") as refused:
        await affected(FailOverDatabase(), Databases("a", available=False))
    assert refused.value.status == 409
