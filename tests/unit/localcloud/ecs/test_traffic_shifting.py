"""Blue/green, linear and canary deployments on the real control plane, with a virtual clock."""

from pathlib import Path

import pytest

from localcloud.ecs.model.states import HookStatus, RolloutState, ServiceDeploymentStatus, ServiceStatus
from localcloud.ecs.shifting import rollout
from tests.unit.localcloud.ecs.shifts import BLUE_GREEN, assert_served, groups, use, world
from tests.unit.localcloud.ecs.world import ALTERNATE, PRODUCTION, TARGET_GROUP, TEST, World


def test_green_starts_beside_blue_takes_the_traffic_bakes_and_blue_stops(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("stop_type", ["ROLLBACK", "ABORT", "another deployment"])
def test_a_deployment_that_ends_at_a_hook_leaves_none_that_waits(tmp_path: Path, stop_type: str) -> None:
    scene = world(tmp_path, BLUE_GREEN)
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
    function = {"hookTargetArn": "arn:aws:lambda:r:1:function:f", "lifecycleStages": ["POST_SCALE_UP"]}
    scene.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [pause, function]
    scene.call_s = 300.0
    scene.deploy("good")
    scene.pass_time(60)
    history = scene.service.service_deployments[0]
    assert [run.status for run in history.hooks] == [HookStatus.AWAITING_ACTION, HookStatus.IN_PROGRESS]
    if stop_type == "ROLLBACK":
        history.fault = "stopped by user"
    elif stop_type == "ABORT":
        rollout.abort(scene.service, history, scene.clock.wall())
    else:
        scene.service.wire["deploymentConfiguration"]["lifecycleHooks"] = []
        scene.deploy("good")
    scene.pass_time(600)
    assert not history.open
    assert [run.status for run in history.hooks] == [HookStatus.FAILED] * 2, "also once the function has returned"


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


def test_what_was_in_progress_when_the_local_cloud_stopped_continues_after_it(tmp_path: Path) -> None:
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
