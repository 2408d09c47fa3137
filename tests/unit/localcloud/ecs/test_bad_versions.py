"""Bad versions are rolled back and reported, whatever the percentages. test_state_machine.py has random histories."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.ecs.model.states import DeploymentStatus, RolloutState
from tests.unit.localcloud.ecs.world import World

PERCENTAGES = st.sampled_from([(100, 200), (100, 150), (50, 100), (50, 200), (0, 100), (75, 125)])


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
