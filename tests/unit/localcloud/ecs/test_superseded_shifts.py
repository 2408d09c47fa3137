"""Shifts of traffic that are superseded, aborted or uncertain, on the real control plane with a virtual clock."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.ecs.model.states import RolloutState, ServiceDeploymentStatus
from localcloud.ecs.shifting import rollout
from tests.unit.localcloud.ecs.shifts import BLUE_GREEN, CANARY, assert_served, groups, use, world
from tests.unit.localcloud.ecs.world import ALTERNATE, PRODUCTION, TARGET_GROUP, World


def test_a_rolling_deployment_gives_back_what_a_shift_that_it_supersedes_had(tmp_path: Path) -> None:
    scene = world(tmp_path)
    scene.deploy("good")
    scene.pass_time(20)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}, "it bakes"
    use(scene, "ROLLING")
    last = scene.deploy("good")
    assert_served(scene, 400)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 0, TARGET_GROUP: 100}
    assert [d.task_definition for d in scene.service.deployments] == [last]


def assert_a_shift_starts_from(scene: World, completed: str) -> None:
    """Check that a shift starts from a completed revision that a baking rolling deployment has replaced."""
    scene.deploy("good")
    scene.pass_time(60)
    assert completed not in {task.task_definition for task in scene.live()}, "it bakes, alone"
    use(scene, "BLUE_GREEN")
    last = scene.deploy("good")
    assert_served(scene, 60)
    assert {task.task_definition for task in scene.live()} == {completed, last}
    assert_served(scene, 400)
    assert [(d.task_definition, d.rollout_state) for d in scene.service.deployments] == [(last, RolloutState.COMPLETED)]


def test_a_shift_that_supersedes_a_baking_rolling_deployment_starts_from_what_was_completed(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    scene = world(tmp_path, BLUE_GREEN | alarms)
    use(scene, "ROLLING")
    completed = scene.service.deployments[0].task_definition
    assert_a_shift_starts_from(scene, completed)


def test_a_shift_also_starts_from_what_was_completed_when_the_way_back_to_that_was_superseded(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    scene = world(tmp_path, BLUE_GREEN | alarms)
    use(scene, "ROLLING")
    completed = scene.service.deployments[0].task_definition
    scene.deploy("crash")
    while scene.service.service_deployments[0].status is not ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS:
        scene.pass_time(0.5)
    assert_a_shift_starts_from(scene, completed)


def test_a_shift_superseded_before_it_scaled_up_never_has_tasks(tmp_path: Path) -> None:
    scene = world(tmp_path)
    serving = scene.deploy("good")
    scene.pass_time(20)
    assert scene.weights[PRODUCTION][ALTERNATE] == 100, "green has the traffic and bakes"
    sick = scene.deploy("sick")
    scene.deploy("sick")
    current = scene.service.current
    assert current is not None
    rollout.abort(scene.service, current, scene.clock.wall())
    next(scene.runners[task.id] for task in scene.live() if task.task_definition == serving).crash()
    scene.pass_time(100)
    assert sick not in {task.task_definition for task in scene.control.store.tasks.values()}
    assert sum(task.task_definition == serving for task in scene.healthy()) == 2, "what has the traffic was replaced"


@pytest.mark.parametrize("strategy", [BLUE_GREEN, CANARY])
@pytest.mark.parametrize("following", ["BLUE_GREEN", "ROLLING"])
@pytest.mark.parametrize("behaviour", ["good", "crash"])
def test_what_an_aborted_shift_had_of_the_traffic_goes_back_before_its_tasks_go(
    tmp_path: Path, strategy: dict[str, Any], following: str, behaviour: str
) -> None:
    scene = world(tmp_path, strategy)
    scene.deploy("good")
    scene.pass_time(30)
    assert scene.weights[PRODUCTION][ALTERNATE] > 0
    current = scene.service.current
    assert current is not None
    rollout.abort(scene.service, current, scene.clock.wall())
    assert_served(scene, 30)
    use(scene, following)
    scene.deploy(behaviour)
    assert_served(scene, 1000)
    [deployment] = scene.service.deployments
    assert deployment.rollout_state is RolloutState.COMPLETED


def test_traffic_that_the_balancer_does_not_take_back_keeps_its_tasks_until_it_does(tmp_path: Path) -> None:
    scene = world(tmp_path)
    scene.deploy("good")
    scene.pass_time(20)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}, "it bakes"
    scene.refuses_shifts = True
    current = scene.service.current
    assert current is not None
    current.fault = "stopped by user"
    assert_served(scene, 60)
    assert scene.weights[PRODUCTION][ALTERNATE] == 100
    assert scene.refused_shifts < 30, "it is not asked all the time"
    scene.refuses_shifts = False
    assert_served(scene, 200)
    assert groups(scene) == {TARGET_GROUP}
    assert scene.service.service_deployments[0].status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL


def test_a_shift_of_which_nobody_knows_whether_it_came_about_is_made_again(tmp_path: Path) -> None:
    scene = world(tmp_path)
    scene.deploy("good")
    scene.holds_shifts = True
    scene.pass_time(20)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}
    # The local cloud was killed before it learned of the shift, and a user had stopped the deployment.
    current = scene.service.current
    assert current is not None
    assert current.shifting
    current.fault = "stopped by user"
    scene.holds_shifts = False
    scene.control._shifting.restore(scene.service)
    assert_served(scene, 200)
    assert groups(scene) == {TARGET_GROUP}
    assert scene.weights[PRODUCTION] == {ALTERNATE: 0, TARGET_GROUP: 100}


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "ROLLING"])
def test_a_shift_in_progress_when_another_deployment_begins_is_reversed(tmp_path: Path, strategy: str) -> None:
    scene = world(tmp_path)
    scene.deploy("good")
    scene.holds_shifts = True
    scene.pass_time(20)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}
    scene.holds_shifts = False
    use(scene, strategy)
    last = scene.deploy("good")
    assert_served(scene, 400)
    assert [d.task_definition for d in scene.service.deployments] == [last]


def test_of_superseded_deployments_one_that_never_starts_is_not_tried_for_ever(tmp_path: Path) -> None:
    scene = world(tmp_path, CANARY)
    serving = scene.deploy("good")
    scene.pass_time(30)
    assert scene.weights[PRODUCTION][ALTERNATE] == 10
    scene.deploy("crash")
    scene.deploy("good")
    current = scene.service.current
    assert current is not None
    rollout.abort(scene.service, current, scene.clock.wall())
    scene.runners[scene.live()[0].id].crash()
    scene.pass_time(100)
    tried = len(scene.control.store.tasks)
    scene.pass_time(200)
    assert len(scene.control.store.tasks) == tried
    assert serving in {task.task_definition for task in scene.healthy()}, "this one has traffic"
    assert len(scene.healthy()) == 4
