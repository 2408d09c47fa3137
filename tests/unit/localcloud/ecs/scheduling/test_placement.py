"""Placement when more tasks are desired than this machine, or AWS, allows."""

from pathlib import Path

import pytest

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
    assert world.control.has_room_to_run(10)
    assert not world.control.has_room_to_run(11)
