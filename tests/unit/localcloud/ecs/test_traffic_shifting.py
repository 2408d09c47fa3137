"""Blue/green, linear and canary deployments on the real control plane, with a virtual clock."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.ecs.model.states import HookStatus, RolloutState, ServiceDeploymentStatus, ServiceStatus
from localcloud.ecs.shifting import rollout
from tests.unit.localcloud.ecs.world import ALTERNATE, PRODUCTION, TARGET_GROUP, TEST, World

BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}


def world(directory: Path, configuration: dict[str, Any] | None = None, *, breaker: bool = True) -> World:
    made = World(directory, desired=2, breaker=breaker, configuration=configuration or BLUE_GREEN)
    made.deploy("good")
    made.settle(600)
    assert made.service.service_deployments[0].status is ServiceDeploymentStatus.SUCCESSFUL
    return made


def groups(made: World) -> set[str]:
    return {made.group_of(task) for task in made.live()}


def test_green_comes_up_beside_blue_takes_the_traffic_bakes_and_blue_goes(tmp_path: Path) -> None:
    made = world(tmp_path)
    assert made.weights[PRODUCTION] == {TARGET_GROUP: 100, ALTERNATE: 0}
    second = made.deploy("good")
    made.pass_time(4)
    assert groups(made) == {TARGET_GROUP, ALTERNATE}
    assert made.weights[PRODUCTION] == {TARGET_GROUP: 100, ALTERNATE: 0}
    made.pass_time(10)
    assert made.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}
    assert made.weights[TEST] == {ALTERNATE: 100, TARGET_GROUP: 0}
    assert len(made.live()) == 4, "blue stays while it bakes"
    made.settle(600)
    assert groups(made) == {ALTERNATE}
    assert [d.task_definition for d in made.service.deployments] == [second]
    history = made.service.service_deployments[0]
    assert (history.status, history.production_percent) == (ServiceDeploymentStatus.SUCCESSFUL, 100.0)
    made.deploy("good")
    made.settle(600)
    assert groups(made) == {TARGET_GROUP}, "the third is on the first side again"


@pytest.mark.parametrize("behaviour", ["sick", "crash", "unpullable"])
def test_a_bad_green_never_gets_traffic_and_goes(tmp_path: Path, behaviour: str) -> None:
    made = world(tmp_path)
    blue = {task.id for task in made.live()}
    made.deploy(behaviour)
    made.settle(2000)
    assert {task.id for task in made.live()} == blue
    assert made.weights[PRODUCTION] == {TARGET_GROUP: 100, ALTERNATE: 0}
    history = made.service.service_deployments[0]
    assert history.status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL
    assert "tasks failed to start" in history.rollback_reason
    assert made.service.deployments[0].rollout_state is RolloutState.COMPLETED


def test_an_alarm_during_bake_gives_the_traffic_back_before_green_goes(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    made = world(tmp_path, BLUE_GREEN | alarms)
    blue = {task.id for task in made.live()}
    made.deploy("good")
    made.pass_time(20)
    assert made.weights[PRODUCTION][ALTERNATE] == 100
    made.alarm_states["errors"] = "ALARM"
    made.pass_time(0.5)
    assert made.weights[PRODUCTION] == {ALTERNATE: 0, TARGET_GROUP: 100}
    made.settle(600)
    assert {task.id for task in made.live()} == blue
    history = made.service.service_deployments[0]
    assert history.status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL
    assert history.triggered_alarms == ["errors"]
    assert any("alarm detected" in event.message for event in made.service.events)


def test_an_alarm_that_rings_already_at_the_start_is_ignored(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    made = world(tmp_path, BLUE_GREEN | alarms)
    made.alarm_states["errors"] = "ALARM"
    second = made.deploy("good")
    made.settle(600)
    assert made.service.deployments[0].task_definition == second


def test_a_rolling_deployment_with_alarms_bakes_and_rolls_back(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    made = World(tmp_path, desired=2, configuration=alarms)
    first = made.deploy("good")
    made.settle(600)
    made.deploy("good")
    made.pass_time(100)
    assert made.service.deployments[0].rollout_state is RolloutState.IN_PROGRESS, "it bakes for the alarm's window"
    made.alarm_states["errors"] = "ALARM"
    made.settle(600)
    assert [d.task_definition for d in made.service.deployments] == [first]
    assert any("deployment failed: alarm detected." in event.message for event in made.service.events)


def test_canary_gives_green_a_little_first(tmp_path: Path) -> None:
    canary = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 2}}
    made = world(tmp_path, canary)
    made.deploy("good")
    made.pass_time(30)
    assert made.weights[PRODUCTION] == {ALTERNATE: 10, TARGET_GROUP: 90}
    made.pass_time(120)
    assert made.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}


def test_a_pause_hook_waits_for_approval_and_rejection_rolls_back(tmp_path: Path) -> None:
    hook = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    made = world(tmp_path, BLUE_GREEN)
    made.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [hook]
    made.deploy("good")
    made.pass_time(100)
    history = made.service.service_deployments[0]
    [run] = history.hooks
    assert run.status is HookStatus.AWAITING_ACTION
    assert made.weights[TEST][ALTERNATE] == 100
    assert made.weights[PRODUCTION][ALTERNATE] == 0
    run.status = HookStatus.FAILED
    made.settle(600)
    assert history.status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL
    assert made.weights[TEST] == {ALTERNATE: 0, TARGET_GROUP: 100}


def test_a_lambda_hook_is_called_again_while_it_is_in_progress(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [
        {"hookTargetArn": "arn:aws:lambda:r:1:function:f", "lifecycleStages": ["PRE_SCALE_UP"], "hookDetails": {"a": 1}}
    ]
    made.hook_answers = [HookStatus.IN_PROGRESS, HookStatus.SUCCEEDED]
    made.deploy("good")
    made.settle(600)
    assert [call["lifecycleStage"] for call in made.hook_calls] == ["PRE_SCALE_UP", "PRE_SCALE_UP"]
    assert made.hook_calls[0]["hookDetails"] == {"a": 1}
    assert made.service.service_deployments[0].status is ServiceDeploymentStatus.SUCCESSFUL


def use(made: World, strategy: str, **more: Any) -> None:
    """Change the strategy of the next deployment, as UpdateService without a new deployment does."""
    made.service.wire["deploymentConfiguration"] |= {"strategy": strategy, "bakeTimeInMinutes": 1, **more}


def assert_served(made: World, seconds: float) -> None:
    """Check throughout that production traffic goes only to healthy tasks."""
    for _ in range(round(seconds * 2)):
        made.pass_time(0.5)
        reached = {group for group, weight in made.weights[PRODUCTION].items() if weight}
        assert reached <= {made.group_of(task) for task in made.healthy()}


def test_strategies_change_from_deploy_to_deploy_and_tasks_stay_where_the_traffic_is(tmp_path: Path) -> None:
    made = world(tmp_path)
    sides = []
    for strategy in ("BLUE_GREEN", "ROLLING", "ROLLING", "CANARY", "ROLLING", "BLUE_GREEN"):
        use(made, strategy, canaryConfiguration={"canaryPercent": 10, "canaryBakeTimeInMinutes": 1})
        wanted = made.deploy("good")
        assert_served(made, 400)
        assert [d.task_definition for d in made.service.deployments] == [wanted]
        sides += groups(made)
    assert sides == [ALTERNATE, ALTERNATE, ALTERNATE, TARGET_GROUP, TARGET_GROUP, ALTERNATE]


@pytest.mark.parametrize("behaviour", ["sick", "crash"])
def test_a_bad_rolling_deploy_after_a_shift_goes_back_on_the_same_side(tmp_path: Path, behaviour: str) -> None:
    made = world(tmp_path)
    good = made.deploy("good")
    made.settle(600)
    use(made, "ROLLING")
    made.deploy(behaviour)
    assert_served(made, 1000)
    assert [d.task_definition for d in made.service.deployments] == [good]
    assert groups(made) == {ALTERNATE}


def test_a_rolling_deployment_gives_back_what_a_shift_that_it_supersedes_had(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.deploy("good")
    made.pass_time(20)
    assert made.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}, "it bakes"
    use(made, "ROLLING")
    last = made.deploy("good")
    assert_served(made, 400)
    assert made.weights[PRODUCTION] == {ALTERNATE: 0, TARGET_GROUP: 100}
    assert [d.task_definition for d in made.service.deployments] == [last]


def assert_a_shift_starts_from(made: World, completed: str) -> None:
    """Check that a shift starts from a completed revision that a baking rolling deployment has replaced."""
    made.deploy("good")
    made.pass_time(60)
    assert completed not in {task.task_definition for task in made.live()}, "it bakes, alone"
    use(made, "BLUE_GREEN")
    last = made.deploy("good")
    assert_served(made, 60)
    assert {task.task_definition for task in made.live()} == {completed, last}
    assert_served(made, 400)
    assert [(d.task_definition, d.rollout_state) for d in made.service.deployments] == [(last, RolloutState.COMPLETED)]


def test_a_shift_that_supersedes_a_baking_rolling_deployment_starts_from_what_was_completed(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    made = world(tmp_path, BLUE_GREEN | alarms)
    use(made, "ROLLING")
    completed = made.service.deployments[0].task_definition
    assert_a_shift_starts_from(made, completed)


def test_a_shift_also_starts_from_what_was_completed_when_the_way_back_to_that_was_superseded(tmp_path: Path) -> None:
    alarms = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
    made = world(tmp_path, BLUE_GREEN | alarms)
    use(made, "ROLLING")
    completed = made.service.deployments[0].task_definition
    made.deploy("crash")
    while made.service.service_deployments[0].status is not ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS:
        made.pass_time(0.5)
    assert_a_shift_starts_from(made, completed)


def test_a_bad_shift_after_a_rollback_that_failed_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.deploy("crash")
    while made.service.service_deployments[0].status is not ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS:
        made.pass_time(0.5)
    made.control.fail_deployment(made.service, made.service.deployments[0].id, rollout.CIRCUIT_BREAKER)
    made.deploy("crash")
    made.pass_time(600)
    assert made.service.service_deployments[0].status is ServiceDeploymentStatus.ROLLBACK_FAILED
    assert made.service.current is None, "it does not go on for ever"


def test_another_strategy_concerns_the_next_deployment_only(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.deploy("good")
    made.pass_time(4)
    use(made, "ROLLING")
    assert_served(made, 400)
    assert groups(made) == {ALTERNATE}


def test_a_lambda_hook_may_take_longer_than_one_call_may(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [
        {"hookTargetArn": "arn:aws:lambda:r:1:function:f", "lifecycleStages": ["PRE_SCALE_UP"]}
    ]
    made.call_s = 30.0
    made.hook_answers = [HookStatus.IN_PROGRESS] * 40
    made.deploy("good")
    made.pass_time(1100)
    [run] = made.service.service_deployments[0].hooks
    assert run.status is HookStatus.IN_PROGRESS
    assert 30 < len(made.hook_calls) < 40, "18 minutes in calls of half a minute"
    made.settle(900)
    assert len(made.hook_calls) == 41
    assert made.service.service_deployments[0].status is ServiceDeploymentStatus.SUCCESSFUL


def test_what_was_under_way_when_the_local_cloud_stopped_goes_on_after_it(tmp_path: Path) -> None:
    made = world(tmp_path)
    limit = {"timeoutInMinutes": 10, "action": "ROLLBACK"}
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"], "timeoutConfiguration": limit}
    asked = {"hookTargetArn": "arn:aws:lambda:r:1:function:f", "lifecycleStages": ["POST_SCALE_UP"]}
    made.service.wire["deploymentConfiguration"]["lifecycleHooks"] = [pause, asked]
    made.call_s = 1e9
    made.deploy("good")
    made.pass_time(60)
    history = made.service.service_deployments[0]
    assert [run.status for run in history.hooks] == [HookStatus.AWAITING_ACTION, HookStatus.IN_PROGRESS]
    # The state that the next run finds, with another clock: a shift that nothing will report, a lost call.
    history.shifting, history.stage_since, history.hooks[0].expires_clock = True, 1e6, 1e6
    made.control._shifting.restore(made.service)
    made.call_s = 0.0
    made.pass_time(60)
    assert (history.hooks[1].status, len(made.hook_calls)) == (HookStatus.SUCCEEDED, 2)
    assert history.hooks[0].status is HookStatus.AWAITING_ACTION
    made.settle(600)
    assert history.hooks[0].status is HookStatus.TIMED_OUT, "ten minutes after it began, not after 10^6 s"


@pytest.mark.parametrize("after_s", [4, 9], ids=["scaling up", "baking"])
def test_a_service_that_is_deleted_in_a_shift_ends_its_deployment_and_shifts_no_more(
    tmp_path: Path, after_s: float
) -> None:
    made = world(tmp_path)
    made.deploy("good")
    made.pass_time(after_s)
    before = {rule: dict(weights) for rule, weights in made.weights.items()}
    rollout.delete(made.service, made.clock.wall())
    made.pass_time(90)
    assert made.service.status is ServiceStatus.INACTIVE
    assert made.weights == before
    history = made.service.service_deployments[0]
    assert (history.status, history.stopped_at is None) == (ServiceDeploymentStatus.STOPPED, False)
    assert sum("deployment completed" in event.message for event in made.service.events) == 1, "the first one"


def test_one_that_was_superseded_before_it_scaled_up_never_has_tasks(tmp_path: Path) -> None:
    made = world(tmp_path)
    serving = made.deploy("good")
    made.pass_time(20)
    assert made.weights[PRODUCTION][ALTERNATE] == 100, "green has the traffic and bakes"
    sick = made.deploy("sick")
    made.deploy("sick")
    current = made.service.current
    assert current is not None
    rollout.abort(made.service, current, made.clock.wall())
    next(made.runners[task.id] for task in made.live() if task.task_definition == serving).crash()
    made.pass_time(100)
    assert sick not in {task.task_definition for task in made.control.store.tasks.values()}
    assert sum(task.task_definition == serving for task in made.healthy()) == 2, "what has the traffic was replaced"


CANARY = {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 10, "canaryBakeTimeInMinutes": 2}}


@pytest.mark.parametrize("strategy", [BLUE_GREEN, CANARY])
@pytest.mark.parametrize("following", ["BLUE_GREEN", "ROLLING"])
@pytest.mark.parametrize("behaviour", ["good", "crash"])
def test_what_an_aborted_shift_had_of_the_traffic_goes_back_before_its_tasks_go(
    tmp_path: Path, strategy: dict[str, Any], following: str, behaviour: str
) -> None:
    made = world(tmp_path, strategy)
    made.deploy("good")
    made.pass_time(30)
    assert made.weights[PRODUCTION][ALTERNATE] > 0
    current = made.service.current
    assert current is not None
    rollout.abort(made.service, current, made.clock.wall())
    assert_served(made, 30)
    use(made, following)
    made.deploy(behaviour)
    assert_served(made, 1000)
    [deployment] = made.service.deployments
    assert deployment.rollout_state is RolloutState.COMPLETED


def test_traffic_that_the_balancer_does_not_take_back_keeps_its_tasks_until_it_does(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.deploy("good")
    made.pass_time(20)
    assert made.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}, "it bakes"
    made.refuses_shifts = True
    current = made.service.current
    assert current is not None
    current.fault = "stopped by user"
    assert_served(made, 60)
    assert made.weights[PRODUCTION][ALTERNATE] == 100
    assert made.refused_shifts < 30, "it is not asked all the time"
    made.refuses_shifts = False
    assert_served(made, 200)
    assert groups(made) == {TARGET_GROUP}
    assert made.service.service_deployments[0].status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL


def test_a_shift_of_which_nobody_knows_whether_it_came_about_is_made_again(tmp_path: Path) -> None:
    made = world(tmp_path)
    made.deploy("good")
    made.holds_shifts = True
    made.pass_time(20)
    assert made.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}
    # The local cloud was killed before it learned of the shift, and a user had stopped the deployment.
    current = made.service.current
    assert current is not None
    assert current.shifting
    current.fault = "stopped by user"
    made.holds_shifts = False
    made.control._shifting.restore(made.service)
    assert_served(made, 200)
    assert groups(made) == {TARGET_GROUP}
    assert made.weights[PRODUCTION] == {ALTERNATE: 0, TARGET_GROUP: 100}


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "ROLLING"])
def test_a_shift_under_way_when_another_deployment_begins_is_taken_back(tmp_path: Path, strategy: str) -> None:
    made = world(tmp_path)
    made.deploy("good")
    made.holds_shifts = True
    made.pass_time(20)
    assert made.weights[PRODUCTION] == {ALTERNATE: 100, TARGET_GROUP: 0}
    made.holds_shifts = False
    use(made, strategy)
    last = made.deploy("good")
    assert_served(made, 400)
    assert [d.task_definition for d in made.service.deployments] == [last]


def test_of_superseded_deployments_one_that_never_starts_is_not_tried_for_ever(tmp_path: Path) -> None:
    made = world(tmp_path, CANARY)
    serving = made.deploy("good")
    made.pass_time(30)
    assert made.weights[PRODUCTION][ALTERNATE] == 10
    made.deploy("crash")
    made.deploy("good")
    current = made.service.current
    assert current is not None
    rollout.abort(made.service, current, made.clock.wall())
    made.runners[made.live()[0].id].crash()
    made.pass_time(100)
    tried = len(made.control.store.tasks)
    made.pass_time(200)
    assert len(made.control.store.tasks) == tried
    assert serving in {task.task_definition for task in made.healthy()}, "this one has traffic"
    assert len(made.healthy()) == 4
