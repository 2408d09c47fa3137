"""Random histories of deploys, crashes, sickness and scaling: what must hold in every one of them."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.ecs.states import DeploymentStatus, RolloutState, ServiceDeploymentStatus, TaskStatus
from tests.unit.localcloud.ecs.world import World

STEPS = st.one_of(
    st.tuples(st.just("deploy"), st.sampled_from(["good", "good", "sick", "crash", "unpullable"])),
    st.tuples(st.just("wait"), st.integers(1, 60)),
    st.tuples(st.just("crash"), st.integers(0, 20)),
    st.tuples(st.just("sicken"), st.integers(0, 20)),
    st.tuples(st.just("scale"), st.integers(1, 8)),
)
PERCENTAGES = st.sampled_from([(100, 200), (100, 150), (50, 100), (50, 200), (0, 100), (75, 125)])


def play(world: World, step: tuple[str, str | int]) -> None:
    match step:
        case ("deploy", str(behaviour)):
            world.deploy(behaviour)
        case ("wait", int(seconds)):
            world.pass_time(seconds)
        case ("scale", int(count)):
            world.service.desired_count = count
            world.service.steady_reported = False
        case (kind, int(number)) if world.runners:
            runner = list(world.runners.values())[number % len(world.runners)]
            if kind == "crash":
                runner.crash()
            elif runner.task.last_status is TaskStatus.RUNNING:
                runner.turned_sick = True


@settings(max_examples=150, deadline=None)
@given(desired=st.integers(1, 5), percentages=PERCENTAGES, steps=st.lists(STEPS, max_size=12))
def test_every_history_ends_steady_on_a_revision_that_works(
    desired: int, percentages: tuple[int, int], steps: list[tuple[str, str | int]]
) -> None:
    """The ceiling and the floor are checked by the world at every start and stop on the way."""
    minimum, maximum = percentages
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory), desired=desired, minimum=minimum, maximum=maximum)
        good = [world.deploy("good")]
        world.pass_time(60)
        assert world.service.deployments[0].rollout_state is RolloutState.COMPLETED
        for step in steps:
            play(world, step)
            if step == ("deploy", "good"):
                good.append(world.service.deployments[0].task_definition)
            world.pass_time(1)
        world.settle(4000)  # time for the slowest breaker: three starts that are throttled

        service = world.service
        if any(d.status is ServiceDeploymentStatus.ROLLBACK_FAILED for d in service.service_deployments):
            # Tasks that turned sick failed the way back itself: nothing is left to go back to, and what is good stays.
            assert any(step[0] in ("sicken", "crash") for step in steps)
            assert world.healthy()
            assert all(task.task_definition in good for task in world.healthy())
            return
        if world.allows_nothing() and len(service.deployments) > 1:
            assert any("unable to stop or start tasks" in event.message for event in service.events)
            return
        assert len(service.deployments) == 1, [d.rollout_state for d in service.deployments]
        only = service.deployments[0]
        assert only.status is DeploymentStatus.PRIMARY
        assert only.rollout_state is RolloutState.COMPLETED
        assert only.task_definition in good
        assert len(world.live()) == len(world.healthy()) == service.desired_count
        assert {task.id for task in world.live()} == set(world.runners), "a task was lost or leaked"
        assert service.steady_reported
        assert service.events[0].message == "(service s) has reached a steady state."


@settings(max_examples=50, deadline=None)
@given(behaviour=st.sampled_from(["sick", "crash", "unpullable"]), percentages=PERCENTAGES, desired=st.integers(2, 5))
def test_a_bad_version_is_rolled_back_and_says_so(behaviour: str, percentages: tuple[int, int], desired: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        minimum, maximum = percentages
        world = World(Path(directory), desired=desired, minimum=minimum, maximum=maximum)
        first = world.deploy("good")
        world.pass_time(60)
        good_id = world.service.deployments[0].id
        world.deploy(behaviour)
        bad_id = world.service.deployments[0].id
        world.settle(1000)
        if world.allows_nothing():
            return  # these percentages allow no start at all: the history test covers the report
        messages = [event.message for event in world.service.events]
        assert f"(service s) (deployment {bad_id}) deployment failed: tasks failed to start." in messages
        assert f"(service s) rolling back to deployment {good_id}." in messages
        assert [d.task_definition for d in world.service.deployments] == [first]
        assert world.service.deployments[0].rollout_reason == f"ECS deployment {good_id} completed."
        assert len(world.healthy()) == desired


def test_without_rollback_a_failed_deployment_keeps_the_old_tasks_serving() -> None:
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory), desired=2, minimum=100, maximum=150)
        breaker = world.service.wire["deploymentConfiguration"]["deploymentCircuitBreaker"]
        breaker["rollback"] = False
        world.deploy("good")
        world.pass_time(60)
        world.deploy("sick")
        world.settle(500)
        states = [(d.status, d.rollout_state) for d in world.service.deployments]
        assert states == [
            (DeploymentStatus.PRIMARY, RolloutState.FAILED),
            (DeploymentStatus.ACTIVE, RolloutState.COMPLETED),
        ]
        assert len(world.healthy()) == 2
        assert len(world.live()) == 2


def test_a_second_bad_version_during_the_rollback_of_the_first_is_rolled_back_too(tmp_path: Path) -> None:
    world = World(tmp_path, desired=2, maximum=150)
    first = world.deploy("good")
    world.settle(100)
    world.deploy("crash")
    while world.service.deployments[0].task_definition != first:
        world.pass_time(0.5)
    assert world.service.deployments[0].rollout_state is RolloutState.IN_PROGRESS
    world.deploy("crash")
    world.settle(1000)
    assert [d.task_definition for d in world.service.deployments] == [first]
    assert world.service.deployments[0].rollout_state is RolloutState.COMPLETED
    assert len(world.healthy()) == 2
