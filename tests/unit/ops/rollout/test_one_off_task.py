"""A command as a task of its own: its time limit, and an interrupt."""

import signal
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.rollout import one_off_task
from ops.signals import Interrupted
from tests.unit.ops.scripted_cluster import Cluster, run


@pytest.mark.usefixtures("no_waiting")
def test_an_exceeded_time_limit_is_reported_as_such_and_stops_the_task(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration = {"lastStatus": "PENDING"}
    cluster.ecs.on("StopTask", {"task": {}})
    result = run(scripted, timeout_s=0.1)
    assert "did not finish within 0.1 s: it was PENDING" in result.message
    assert "was stopped" in result.message
    assert "--timeout SECONDS" in result.next_steps[0]
    assert len(cluster.ecs.sent("StopTask")) == 1


@pytest.mark.parametrize(
    ("reason", "failure_class", "step"),
    [
        ("Capacity is unavailable at this time. Please try again later", "capacity", "try again in a few minutes"),
        ("You've reached the limit on the number of vCPUs you can run concurrently", "quota", "L-3032A538"),
        ("something else", "migration", None),
    ],
)
def test_a_task_that_ecs_does_not_start_is_classed_by_its_reason(
    cluster: Cluster, scripted: Aws, reason: str, failure_class: str, step: str | None
) -> None:
    cluster.ecs.on("RunTask", {"tasks": [], "failures": [{"reason": reason}]})
    result = run(scripted)
    assert result.as_json()["class"] == failure_class
    assert f"was not started: {reason}" in result.message
    assert step in result.next_steps[0] if step else result.next_steps == ()
    assert cluster.ecs.sent("UpdateService") == []


@pytest.mark.parametrize("stops", [True, False])
def test_an_interrupt_stops_the_task_or_says_that_it_keeps_running(
    cluster: Cluster, scripted: Aws, *, stops: bool
) -> None:
    def interrupted(_: dict[str, object]) -> dict[str, object]:
        raise Interrupted(signal.SIGTERM)

    cluster.ecs.on("DescribeTasks", interrupted)
    cluster.ecs.on("StopTask", {"task": {}} if stops else {"__type": "ServerException", "message": "no"})
    with pytest.raises(Interrupted) as caught:
        run(scripted)
    [note] = caught.value.__notes__
    assert ("was stopped" if stops else "is still running: it could not be stopped") in note
    assert "logs --task migratio" in note
    assert cluster.ecs.sent("UpdateService") == []


@pytest.mark.parametrize("is_found", [True, False])
def test_a_signal_while_the_task_is_being_started_stops_and_names_it(
    cluster: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch, *, is_found: bool
) -> None:
    """The response to RunTask is never read, although ECS may have started the task."""
    begun: list[str] = []

    def interrupted(request: dict[str, object]) -> dict[str, object]:
        begun.append(str(request["startedBy"]))
        raise Interrupted(signal.SIGTERM)

    service_tasks = cluster.list_tasks

    def list_tasks(request: dict[str, Any]) -> dict[str, Any]:
        if "startedBy" not in request:
            return service_tasks(request)
        return {"taskArns": ["task/migration"] if is_found and [request["startedBy"]] == begun else []}

    monkeypatch.setattr(one_off_task, "IN_FLIGHT_S", 0.0)
    cluster.ecs.on("RunTask", interrupted)
    cluster.ecs.on("ListTasks", list_tasks)
    cluster.ecs.on("StopTask", {"task": {}})
    with pytest.raises(Interrupted) as caught:
        run(scripted)
    [note] = caught.value.__notes__
    assert [each["task"] for each in cluster.ecs.sent("StopTask")] == (["task/migration"] if is_found else [])
    assert ("was stopped" if is_found else "was being started, and ECS shows none") in note
    assert cluster.ecs.sent("UpdateService") == []
