"""A good revision always replaces a failing old one, however and wherever that fails."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from localcloud.ecs.model.states import RolloutState
from tests.unit.localcloud.ecs.world import World

FAILS = ("crash", "flash", "sick", "unpullable", "hung", "mute")
PERCENTAGES = st.tuples(st.sampled_from([0, 1, 33, 50, 75, 99, 100]), st.sampled_from([100, 101, 125, 150, 200, 400]))
SHIFTING: list[dict[str, Any]] = [
    {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1},
    {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": 1}},
    {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 50, "stepBakeTimeInMinutes": 1}},
]
PATIENCE_S = 1500.0


def served_by(world: World, arn: str) -> bool:
    """Return whether only this revision serves, with all its tasks."""
    return [(d.task_definition, d.rollout_state) for d in world.service.deployments] == [
        (arn, RolloutState.COMPLETED)
    ] and len(world.healthy()) == len(world.live()) == world.service.desired_count


def comes_through(world: World, arn: str) -> bool:
    """Return whether this revision becomes the serving one in time."""
    end_s = world.clock.time_s + PATIENCE_S
    while world.clock.time_s < end_s and not served_by(world, arn):
        world.pass_time(1)
    return served_by(world, arn)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    fails=st.sampled_from(FAILS),
    percentages=PERCENTAGES,
    desired=st.integers(1, 7),
    spared=st.integers(0, 6),
    before_s=st.integers(0, 60),
    after_s=st.integers(0, 30),
    breaker=st.booleans(),
    is_hopeful=st.booleans(),
)
@example(
    fails="crash", percentages=(100, 150), desired=2, spared=0, before_s=30, after_s=0, breaker=True, is_hopeful=False
)
def test_a_good_revision_replaces_an_old_one_that_fails(
    fails: str,
    percentages: tuple[int, int],
    desired: int,
    spared: int,
    before_s: int,
    after_s: int,
    *,
    breaker: bool,
    is_hopeful: bool,
) -> None:
    """`is_hopeful`: the old revision fails only once the new one is being deployed."""
    with tempfile.TemporaryDirectory() as directory:
        minimum, maximum = percentages
        world = World(Path(directory), desired=desired, minimum=minimum, maximum=maximum, breaker=breaker)
        old = world.deploy("good")
        assert comes_through(world, old)
        if not is_hopeful:
            world.turn(old, fails, spared=min(spared, desired))
            world.pass_time(before_s)
        new = world.deploy("good")
        if is_hopeful:
            world.pass_time(after_s)
            world.turn(old, fails, spared=min(spared, desired))
        if world.allows_nothing() and spared:
            return  # the healthy tasks may not stop and none may start beside them: ECS reports it in an event
        assert comes_through(world, new), [event.message for event in world.service.events][:6]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    fails=st.sampled_from(FAILS),
    chosen=st.sampled_from(SHIFTING),
    desired=st.integers(1, 5),
    spared=st.integers(0, 4),
    before_s=st.integers(0, 60),
    after_s=st.integers(0, 120),
    between=st.sampled_from(["", *FAILS]),
    is_hopeful=st.booleans(),
)
def test_a_good_revision_replaces_one_that_fails_also_where_traffic_shifts(
    fails: str,
    chosen: dict[str, Any],
    desired: int,
    spared: int,
    before_s: int,
    after_s: int,
    between: str,
    *,
    is_hopeful: bool,
) -> None:
    """`between`: a bad deployment that the good one supersedes."""
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory), desired=desired, configuration=chosen)
        old = world.deploy("good")
        assert comes_through(world, old)
        if not is_hopeful:
            world.turn(old, fails, spared=min(spared, desired))
            world.pass_time(before_s)
        if between:
            world.deploy(between)
            world.pass_time(before_s)
        new = world.deploy("good")
        if is_hopeful:
            world.pass_time(after_s)
            world.turn(old, fails, spared=min(spared, desired))
        assert comes_through(world, new), [event.message for event in world.service.events][:6]


@pytest.mark.parametrize("fails", ["crash", "sick", "unpullable", "hung", "mute"])
@pytest.mark.parametrize("percentages", [(100, 150), (50, 100), (75, 125)])
def test_a_bad_revision_does_not_keep_an_old_one_from_coming_back(fails: str, percentages: tuple[int, int]) -> None:
    """A replacement has the revision of the task that it replaces, as AWS promises since November 2025."""
    with tempfile.TemporaryDirectory() as directory:
        minimum, maximum = percentages
        world = World(Path(directory), desired=4, minimum=minimum, maximum=maximum, breaker=False)
        old = world.deploy("good")
        assert comes_through(world, old)
        world.deploy(fails)
        world.pass_time(60)
        for _ in range(4):
            world.runners[next(task.id for task in world.healthy() if task.task_definition == old)].crash()
            world.pass_time(60)
        healthy = [task for task in world.healthy() if task.task_definition == old]
        assert len(healthy) >= world.view().floor
