"""Blue/green, linear and canary deployments on the real control plane, with a virtual clock."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.ecs.model.states import HookStatus, RolloutState, ServiceDeploymentStatus, ServiceStatus
from localcloud.ecs.shifting import rollout
from tests.unit.localcloud.ecs.world import ALTERNATE, PRODUCTION, TARGET_GROUP, TEST, World

BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}


def world(directory: Path, configuration: dict[str, Any] | None = None, *, breaker: bool = True) -> World:
    scene = World(directory, desired=2, breaker=breaker, configuration=configuration or BLUE_GREEN)
    scene.deploy("good")
    scene.settle(600)
    assert scene.service.service_deployments[0].status is ServiceDeploymentStatus.SUCCESSFUL
    return scene


def groups(scene: World) -> set[str]:
    return {scene.group_of(task) for task in scene.live()}


def test_green_comes_up_beside_blue_takes_the_traffic_bakes_and_blue_goes(tmp_path: Path) -> None:
    scene = world(tmp_path)
    assert scene.weights[PRODUCTION] == {TARGET_GROUP: 100, ALTERNATE: 0}
    second = scene.deploy("good")
    scene.pass_time(4)
    assert groups(scene) == {TARGET_GROUP, ALTERNATE}
    assert scene.weights[PRODUCTION] == {TARGET_GROUP: 100, ALTERNATE: 0}
    scene.pass_time(10)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}
    assert scene.weights[TEST] == {ALTERNATE: 100, TARGET_GROUP: 0}
    assert len(scene.live()) == 4, "blue stays while it bakes"
    scene.settle(600)
    assert groups(scene) == {ALTERNATE}
    assert [d.task_definition for d in scene.service.deployments] == [second]
    history = scene.service.service_deployments[0]
    assert (history.status, history.production_percent) == (ServiceDeploymentStatus.SUCCESSFUL, 100.0)
    scene.deploy("good")
    scene.settle(600)
    assert groups(scene) == {TARGET_GROUP}, "the third is on the first side again"


@pytest.mark.parametrize("behaviour", ["sick", "crash", "unpullable"])
def test_a_bad_green_never_gets_traffic_and_goes(tmp_path: Path, behaviour: str) -> None:
    scene = world(tmp_path)
    blue = {task.id for task in scene.live()}
    scene.deploy(behaviour)
    scene.settle(2000)
    assert {task.id for task in scene.live()} == blue
    assert scene.weights[PRODUCTION] == {TARGET_GROUP: 100, ALTERNATE: 0}
    history = scene.service.service_deployments[0]
    assert history.status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL
    assert "tasks failed to start" in history.rollback_reason
    assert scene.service.deployments[0].rollout_state is RolloutState.COMPLETED


def test_an_alarm_during_bake_gives_the_traffic_back_before_green_goes(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    scene = world(tmp_path, BLUE_GREEN | alarms)
    blue = {task.id for task in scene.live()}
    scene.deploy("good")
    scene.pass_time(20)
    assert scene.weights[PRODUCTION][ALTERNATE] == 100
    scene.alarm_states["errors"] = "ALARM"
    scene.pass_time(0.5)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 0, TARGET_GROUP: 100}
    scene.settle(600)
    assert {task.id for task in scene.live()} == blue
    history = scene.service.service_deployments[0]
    assert history.status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL
    assert history.triggered_alarms == ["errors"]
    assert any("alarm detected" in event.message for event in scene.service.events)


def test_an_alarm_that_rings_already_at_the_start_is_ignored(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    scene = world(tmp_path, BLUE_GREEN | alarms)
    scene.alarm_states["errors"] = "ALARM"
    second = scene.deploy("good")
    scene.settle(600)
    assert scene.service.deployments[0].task_definition == second


def test_a_rolling_deployment_with_alarms_bakes_and_rolls_back(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    scene = World(tmp_path, desired=2, configuration=alarms)
    first = scene.deploy("good")
    scene.settle(600)
    scene.deploy("good")
    scene.pass_time(100)
    assert scene.service.deployments[0].rollout_state is RolloutState.IN_PROGRESS, "it bakes for the alarm's window"
    scene.alarm_states["errors"] = "ALARM"
    scene.settle(600)
    assert [d.task_definition for d in scene.service.deployments] == [first]
    assert any("deployment failed: alarm detected." in event.message for event in scene.service.events)


def test_canary_gives_green_a_little_first(tmp_path: Path) -> None:
    canary = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 2}}
    scene = world(tmp_path, canary)
    scene.deploy("good")
    scene.pass_time(30)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 10, TARGET_GROUP: 90}
    scene.pass_time(120)
    assert scene.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}


def test_a_pause_hook_waits_for_approval_and_rejection_rolls_back(tmp_path: Path) -> None:
    hook = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    scene = world(tmp_path, BLUE_GREEN)
    scene.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [hook]
    scene.deploy("good")
    scene.pass_time(100)
    history = scene.service.service_deployments[0]
    [run] = history.hooks
    assert run.status is HookStatus.AWAITING_ACTION
    assert scene.weights[TEST][ALTERNATE] == 100
    assert scene.weights[PRODUCTION][ALTERNATE] == 0
    run.status = HookStatus.FAILED
    scene.settle(600)
    assert history.status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL
    assert scene.weights[TEST] == {ALTERNATE: 0, TARGET_GROUP: 100}


def test_a_lambda_hook_is_called_again_while_it_is_in_progress(tmp_path: Path) -> None:
    scene = world(tmp_path)
    scene.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [
        {"hookTargetArn": "arn:aws:lambda:r:1:function:f", "lifecycleStages": ["PRE_SCALE_UP"], "hookDetails": {"a": 1}}
    ]
    scene.hook_answers = [HookStatus.IN_PROGRESS, HookStatus.SUCCEEDED]
    scene.deploy("good")
    scene.settle(600)
    assert [call["lifecycleStage"] for call in scene.hook_calls] == ["PRE_SCALE_UP", "PRE_SCALE_UP"]
    assert scene.hook_calls[0]["hookDetails"] == {"a": 1}
    assert scene.service.service_deployments[0].status is ServiceDeploymentStatus.SUCCESSFUL


def use(scene: World, strategy: str, **more: Any) -> None:
    """Change the strategy of the next deployment, as UpdateService without a new deployment does."""
    scene.service.wire["deploymentConfiguration"] |= {"strategy": strategy, "bakeTimeInMinutes": 1, **more}


def assert_served(scene: World, seconds: float) -> None:
    """Check throughout that production traffic goes only to healthy tasks."""
    for _ in range(round(seconds * 2)):
        scene.pass_time(0.5)
        reached = {group for group, weight in scene.weights[PRODUCTION].items() if weight}
        assert reached <= {scene.group_of(task) for task in scene.healthy()}


def test_strategies_change_from_deploy_to_deploy_and_tasks_stay_where_the_traffic_is(tmp_path: Path) -> None:
    scene = world(tmp_path)
    sides = []
    for strategy in ("BLUE_GREEN", "ROLLING", "ROLLING", "CANARY", "ROLLING", "BLUE_GREEN"):
        use(scene, strategy, canaryConfiguration={"canaryPercent": 10, "canaryBakeTimeInMinutes": 1})
        wanted = scene.deploy("good")
        assert_served(scene, 400)
        assert [d.task_definition for d in scene.service.deployments] == [wanted]
        sides += groups(scene)
    assert sides == [ALTERNATE, ALTERNATE, ALTERNATE, TARGET_GROUP, TARGET_GROUP, ALTERNATE]


@pytest.mark.parametrize("behaviour", ["sick", "crash"])
def test_a_bad_rolling_deploy_after_a_shift_goes_back_on_the_same_side(tmp_path: Path, behaviour: str) -> None:
    scene = world(tmp_path)
    good = scene.deploy("good")
    scene.settle(600)
    use(scene, "ROLLING")
    scene.deploy(behaviour)
    assert_served(scene, 1000)
    assert [d.task_definition for d in scene.service.deployments] == [good]
    assert groups(scene) == {ALTERNATE}


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


def test_a_bad_shift_after_a_rollback_that_failed_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    scene = world(tmp_path)
    scene.deploy("crash")
    while scene.service.service_deployments[0].status is not ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS:
        scene.pass_time(0.5)
    scene.control.fail_deployment(scene.service, scene.service.deployments[0].id, rollout.CIRCUIT_BREAKER)
    scene.deploy("crash")
    scene.pass_time(600)
    assert scene.service.service_deployments[0].status is ServiceDeploymentStatus.ROLLBACK_FAILED
    assert scene.service.current is None, "it does not go on for ever"


def test_another_strategy_concerns_the_next_deployment_only(tmp_path: Path) -> None:
    scene = world(tmp_path)
    scene.deploy("good")
    scene.pass_time(4)
    use(scene, "ROLLING")
    assert_served(scene, 400)
    assert groups(scene) == {ALTERNATE}


def test_a_lambda_hook_may_take_longer_than_one_call_may(tmp_path: Path) -> None:
    scene = world(tmp_path)
    scene.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [
        {"hookTargetArn": "arn:aws:lambda:r:1:function:f", "lifecycleStages": ["PRE_SCALE_UP"]}
    ]
    scene.call_s = 30.0
    scene.hook_answers = [HookStatus.IN_PROGRESS] * 40
    scene.deploy("good")
    scene.pass_time(1100)
    [run] = scene.service.service_deployments[0].hooks
    assert run.status is HookStatus.IN_PROGRESS
    assert 30 < len(scene.hook_calls) < 40, "18 minutes in calls of half a minute"
    scene.settle(900)
    assert len(scene.hook_calls) == 41
    assert scene.service.service_deployments[0].status is ServiceDeploymentStatus.SUCCESSFUL


def test_what_was_under_way_when_the_local_cloud_stopped_goes_on_after_it(tmp_path: Path) -> None:
    scene = world(tmp_path)
    limit = {"timeoutInMinutes": 10, "action": "ROLLBACK"}
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"], "timeoutConfiguration": limit}
    parameters = {"hookTargetArn": "arn:aws:lambda:r:1:function:f", "lifecycleStages": ["POST_SCALE_UP"]}
    scene.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [pause, parameters]
    scene.call_s = 1e9
    scene.deploy("good")
    scene.pass_time(60)
    history = scene.service.service_deployments[0]
    assert [run.status for run in history.hooks] == [HookStatus.AWAITING_ACTION, HookStatus.IN_PROGRESS]
    # The state that the next run finds, with another clock: a shift that nothing will report, a lost call.
    history.shifting, history.stage_since, history.hooks[0].expires_clock = True, 1e6, 1e6
    scene.control._shifting.restore(scene.service)
    scene.call_s = 0.0
    scene.pass_time(60)
    assert (history.hooks[1].status, len(scene.hook_calls)) == (HookStatus.SUCCEEDED, 2)
    assert history.hooks[0].status is HookStatus.AWAITING_ACTION
    scene.settle(600)
    assert history.hooks[0].status is HookStatus.TIMED_OUT, "ten minutes after it began, not after 10^6 s"


@pytest.mark.parametrize("after_s", [4, 9], ids=["scaling up", "baking"])
def test_a_service_that_is_deleted_in_a_shift_ends_its_deployment_and_shifts_no_more(
    tmp_path: Path, after_s: float
) -> None:
    scene = world(tmp_path)
    scene.deploy("good")
    scene.pass_time(after_s)
    before = {rule: dict(weights) for rule, weights in scene.weights.items()}
    rollout.delete(scene.service, scene.clock.wall())
    scene.pass_time(90)
    assert scene.service.status is ServiceStatus.INACTIVE
    assert scene.weights == before
    history = scene.service.service_deployments[0]
    assert (history.status, history.stopped_at is None) == (ServiceDeploymentStatus.STOPPED, False)
    assert sum("deployment completed" in event.message for event in scene.service.events) == 1, "the first one"


def test_one_that_was_superseded_before_it_scaled_up_never_has_tasks(tmp_path: Path) -> None:
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


CANARY = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 2}}


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
def test_a_shift_under_way_when_another_deployment_begins_is_taken_back(tmp_path: Path, strategy: str) -> None:
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
