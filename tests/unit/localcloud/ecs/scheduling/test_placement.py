"""Placement when more tasks are desired than this machine, or AWS, allows."""

from pathlib import Path

import pytest

from localcloud.ecs.model.states import ServiceDeploymentStatus
from localcloud.ecs.scheduling.placement import Placement, most_tasks
from tests.unit.localcloud.ecs.world import World


@pytest.mark.parametrize(
    ("memory_mib", "processors", "most"), [(8192, 2, 64), (65536, 2, 120), (65536, 16, 512), (1024, 1, 20)]
)
def test_a_machine_runs_what_its_memory_and_processors_bear(memory_mib: float, processors: int, most: int) -> None:
    assert most_tasks(memory_mib, processors) == most


def test_tasks_beyond_the_machine_wait_and_an_event_says_why(tmp_path: Path) -> None:
    world = World(tmp_path, desired=5000, placement=Placement(7))
    world.deploy("good")
    world.pass_time(60)
    assert len(world.live()) == 7
    [event] = [event.message for event in world.service.events if "unable to place" in event.message]
    assert event == (
        "(service s) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run "
        "concurrently (this machine runs at most 7 tasks of services at once)."
    )


def test_a_count_that_fits_again_is_reached(tmp_path: Path) -> None:
    world = World(tmp_path, desired=5000, placement=Placement(7))
    world.deploy("good")
    world.pass_time(60)
    world.service.desired_count = 3
    world.service.steady_reported = False
    world.settle(200)
    assert len(world.healthy()) == len(world.live()) == 3
    assert world.service.steady_reported


def test_what_a_service_takes_leaves_room_for_a_migration(tmp_path: Path) -> None:
    world = World(tmp_path, desired=5000, placement=Placement(7))
    world.deploy("good")
    world.pass_time(60)
    assert world.control.shortage_to_run(10) is None
    assert "reached the limit on the number of vCPUs" in (world.control.shortage_to_run(11) or "")


def test_a_deployment_whose_tasks_cannot_be_placed_fails_and_the_old_tasks_serve_on(tmp_path: Path) -> None:
    """The circuit breaker counts each attempt (aws-facts 1.7)."""
    shortage: list[str] = []
    world = World(tmp_path, desired=2, placement=Placement(7, lambda: shortage[0] if shortage else None))
    world.deploy("good")
    world.settle(200)
    before = {task.arn for task in world.healthy()}
    shortage.append("Capacity is unavailable at this time")
    world.deploy("good")
    world.pass_time(10)
    assert [event.message for event in world.service.events if "unable to place" in event.message] == [
        "(service s) was unable to place a task. Reason: Capacity is unavailable at this time."
    ]
    world.pass_time(60)
    assert world.service.service_deployments[0].status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL
    assert {task.arn for task in world.healthy()} == before
    shortage.clear()
    world.deploy("good")
    world.settle(200)
    assert not before & {task.arn for task in world.healthy()}


def test_a_task_that_ended_during_a_shortage_is_replaced_soon_after_it(tmp_path: Path) -> None:
    shortage: list[str] = []
    world = World(tmp_path, desired=2, placement=Placement(7, lambda: shortage[0] if shortage else None))
    world.deploy("good")
    world.settle(200)
    shortage.append("Capacity is unavailable at this time")
    for runner in list(world.runners.values()):
        runner.crash()
    world.pass_time(300)
    assert world.live() == []
    shortage.clear()
    world.pass_time(20)
    assert len(world.live()) == 2
