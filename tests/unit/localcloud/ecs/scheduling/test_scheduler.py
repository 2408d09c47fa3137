"""The scheduler's arithmetic and decisions, by the cases of the fact sheet (1.1, 1.6, 1.7)."""

import pytest

from localcloud.ecs.model.circuit_breaker import CircuitBreaker
from localcloud.ecs.model.states import DesiredStatus, HealthStatus, RolloutState, ServiceStatus, TaskStatus
from localcloud.ecs.model.views import DeploymentView, ServiceView, TaskView
from localcloud.ecs.scheduling.actions import (
    Action,
    CompleteDeployment,
    Deactivate,
    FailDeployment,
    RemoveDeployment,
    ReportStuck,
    StartTasks,
    StopTask,
)
from localcloud.ecs.scheduling.scheduler import plan
from localcloud.ecs.scheduling.situation import is_healthy, is_unhealthy

NEW = DeploymentView(id="new", primary=True, rollout_state=RolloutState.IN_PROGRESS, desired_count=2)


def old(desired_count: int, *, was_completed: bool = True) -> DeploymentView:
    state = RolloutState.COMPLETED if was_completed else RolloutState.IN_PROGRESS
    return DeploymentView(
        id="old", primary=False, rollout_state=state, desired_count=desired_count, was_completed=was_completed
    )


def new(desired_count: int, **changes: object) -> DeploymentView:
    return DeploymentView(
        **{
            "id": "new",
            "primary": True,
            "rollout_state": RolloutState.IN_PROGRESS,
            "desired_count": desired_count,
            **changes,
        }  # type: ignore[arg-type]
    )


def healthy(number: int, deployment: str) -> TaskView:
    return TaskView(
        id=f"{deployment}-{number}",
        deployment_id=deployment,
        status=TaskStatus.RUNNING,
        running_since=0.0,
        ever_running=True,
        ever_healthy=True,
    )


def failing(number: int, deployment: str) -> TaskView:
    return healthy(number, deployment)._replace(
        ever_healthy=False,
        target_healthy=False,
        target_unhealthy=True,
        target_reason="Task failed ELB health checks in (target-group tg)",
    )


def pending(number: int, deployment: str) -> TaskView:
    return TaskView(id=f"{deployment}-{number}", deployment_id=deployment, status=TaskStatus.PENDING)


def service(desired_count: int, *deployments: DeploymentView, **changes: object) -> ServiceView:
    return ServiceView(
        **{"desired_count": desired_count, "deployments": deployments, "has_load_balancer": True, **changes}  # type: ignore[arg-type]
    )


def stopped(actions: list[Action]) -> list[str]:
    return [action.task_id for action in actions if isinstance(action, StopTask)]


def started(actions: list[Action]) -> dict[str, int]:
    return {action.deployment_id: action.count for action in actions if isinstance(action, StartTasks)}


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "floor", "ceiling"),
    [(4, 50, 200, 2, 8), (2, 75, 200, 2, 4), (4, 100, 200, 4, 8), (3, 100, 125, 3, 3), (2, 100, 150, 2, 3)],
)
def test_floor_rounds_up_and_ceiling_rounds_down(
    desired: int, minimum: int, maximum: int, floor: int, ceiling: int
) -> None:
    view = service(desired, new(desired), minimum_healthy_percent=minimum, maximum_percent=maximum)
    assert (view.floor, view.ceiling) == (floor, ceiling)


def test_first_deployment_starts_all_tasks_at_once() -> None:
    assert plan(service(2, new(2)), [], 0.0) == [StartTasks("new", 2)]


def test_minimum_50_stops_half_of_the_old_before_anything_new_starts() -> None:
    tasks = [healthy(n, "old") for n in range(4)]
    actions = plan(service(4, new(4), old(4), minimum_healthy_percent=50, maximum_percent=100), tasks, 100.0)
    assert len(stopped(actions)) == 2
    assert started(actions) == {}


def test_minimum_75_of_two_may_stop_none() -> None:
    tasks = [healthy(n, "old") for n in range(2)]
    actions = plan(service(2, new(2), old(2), minimum_healthy_percent=75, maximum_percent=150), tasks, 100.0)
    assert stopped(actions) == []
    assert started(actions) == {"new": 1}


def test_maximum_150_of_two_replaces_one_at_a_time() -> None:
    tasks = [healthy(1, "old"), healthy(2, "old"), pending(1, "new")]
    view = service(2, new(2), old(2), maximum_percent=150)
    assert plan(view, tasks, 100.0) == []
    tasks[2] = healthy(1, "new")
    assert len(stopped(plan(view, tasks, 100.0))) == 1


def test_old_tasks_all_go_when_the_new_ones_are_all_healthy() -> None:
    tasks = [healthy(1, "old"), pending(2, "old"), healthy(1, "new"), healthy(2, "new")]
    assert stopped(plan(service(2, new(2), old(2)), tasks, 100.0)) == ["old-2", "old-1"]


def test_an_old_task_that_dies_during_a_bad_deployment_is_replaced_by_its_own_revision() -> None:
    tasks = [healthy(1, "old"), failing(1, "new")]
    actions = plan(service(2, new(2), old(2), maximum_percent=150, grace_period_s=0), tasks, 100.0)
    assert started(actions) == {"old": 1}


def test_a_failing_task_waits_for_its_replacement_where_the_ceiling_allows_one() -> None:
    tasks = [healthy(1, "new"), failing(2, "new")]
    view = service(2, new(2, rollout_state=RolloutState.COMPLETED), maximum_percent=150)
    assert plan(view, tasks, 100.0) == [StartTasks("new", 1)]
    tasks.append(healthy(3, "new"))
    assert stopped(plan(view, tasks, 100.0)) == ["new-2"]


def test_a_failing_task_goes_first_where_the_ceiling_allows_no_replacement() -> None:
    tasks = [healthy(1, "new"), failing(2, "new")]
    view = service(2, new(2, rollout_state=RolloutState.COMPLETED), maximum_percent=100)
    assert stopped(plan(view, tasks, 100.0)) == ["new-2"]


def test_when_all_tasks_fail_they_are_not_stopped_together() -> None:
    tasks = [failing(1, "new"), failing(2, "new"), pending(3, "new")]
    view = service(2, new(2, rollout_state=RolloutState.COMPLETED), maximum_percent=150)
    assert len(stopped(plan(view, tasks, 100.0))) == 1


def test_failing_checks_are_ignored_during_the_grace_period() -> None:
    view = service(1, new(1), grace_period_s=60, maximum_percent=100)
    assert plan(view, [failing(1, "new")], 59.0) == []
    assert stopped(plan(view, [failing(1, "new")], 60.0)) == ["new-1"]


def test_grace_holds_for_its_whole_time_also_after_the_first_health() -> None:
    was_healthy = healthy(1, "new")._replace(target_healthy=False, target_unhealthy=True)
    view = service(1, new(1), grace_period_s=60, maximum_percent=100)
    assert stopped(plan(view, [was_healthy], 59.0)) == []
    assert stopped(plan(view, [was_healthy], 60.0)) == ["new-1"]


@pytest.mark.parametrize(
    ("load_balancer", "check", "health", "target", "running_s", "counts"),
    [
        (False, False, HealthStatus.UNKNOWN, True, 39.0, False),
        (False, False, HealthStatus.UNKNOWN, True, 40.0, True),
        (False, True, HealthStatus.UNKNOWN, True, 400.0, False),
        (False, True, HealthStatus.HEALTHY, True, 1.0, True),
        (True, False, HealthStatus.UNKNOWN, False, 400.0, False),
        (True, False, HealthStatus.UNKNOWN, True, 1.0, True),
        (True, True, HealthStatus.UNKNOWN, True, 400.0, False),
        (True, True, HealthStatus.HEALTHY, False, 400.0, False),
        (True, True, HealthStatus.HEALTHY, True, 1.0, True),
    ],
)
def test_what_counts_as_healthy(
    load_balancer: bool, check: bool, health: HealthStatus, target: bool, running_s: float, counts: bool
) -> None:
    task = TaskView(
        id="t",
        deployment_id="new",
        status=TaskStatus.RUNNING,
        running_since=0.0,
        container_health=health,
        has_health_check=check,
        target_healthy=target,
    )
    assert is_healthy(service(1, new(1), has_load_balancer=load_balancer), task, running_s) is counts


@pytest.mark.parametrize("rolls_back", [True, False])
def test_tripped_breaker_fails_the_deployment_and_says_whether_to_go_back(rolls_back: bool) -> None:
    breaker = CircuitBreaker(enable=True, rollback=rolls_back)
    view = service(2, new(2, failed_tasks=3), old(2), circuit_breaker=breaker)
    assert plan(view, [healthy(1, "old"), healthy(2, "old")], 0.0) == [FailDeployment("new", rolls_back)]


def test_a_failed_deployment_with_nothing_to_go_back_to_stalls() -> None:
    breaker = CircuitBreaker(enable=True, rollback=True)
    failed = new(2, failed_tasks=3, rollout_state=RolloutState.FAILED)
    assert plan(service(2, failed, circuit_breaker=breaker), [], 0.0) == []


def test_tasks_that_never_ran_slow_further_starts_down() -> None:
    throttled = new(1, start_failures=1, last_start_failure_at=0.0)
    assert plan(service(1, throttled), [], 14.9) == []
    assert plan(service(1, throttled), [], 15.0) == [StartTasks("new", 1)]


def test_percentages_that_allow_nothing_are_reported() -> None:
    view = service(1, new(1), old(1), maximum_percent=100)
    assert plan(view, [healthy(1, "old")], 100.0) == [ReportStuck()]


def test_scale_in_takes_pending_tasks_first_then_the_fuller_zone() -> None:
    def in_zone(task: TaskView, zone: str) -> TaskView:
        return task._replace(availability_zone=zone)

    done = new(2, rollout_state=RolloutState.COMPLETED)
    tasks = [healthy(1, "new"), healthy(2, "new"), pending(3, "new")]
    assert stopped(plan(service(2, done), tasks, 100.0)) == ["new-3"]
    zones = [in_zone(healthy(1, "new"), "a"), in_zone(healthy(2, "new"), "b"), in_zone(healthy(3, "new"), "a")]
    assert stopped(plan(service(2, done), zones, 100.0)) == ["new-3"]


def test_deployment_completes_only_when_the_old_tasks_have_stopped() -> None:
    leaving = TaskView(
        id="old-1", deployment_id="old", status=TaskStatus.DEACTIVATING, desired=DesiredStatus.STOPPED, accounted=True
    )
    new_tasks = [healthy(1, "new"), healthy(2, "new")]
    assert plan(service(2, new(2), old(0)), [*new_tasks, leaving], 100.0) == []
    assert plan(service(2, new(2), old(0)), new_tasks, 100.0) == [RemoveDeployment("old")]
    assert plan(service(2, new(2)), new_tasks, 100.0) == [CompleteDeployment("new")]


def test_deleted_service_stops_its_tasks_then_is_inactive() -> None:
    draining = service(0, new(0), status=ServiceStatus.DRAINING)
    assert stopped(plan(draining, [healthy(1, "new")], 0.0)) == ["new-1"]
    assert plan(draining, [], 0.0) == [Deactivate()]


def test_scale_in_spares_protected_tasks() -> None:
    completed = new(1, rollout_state=RolloutState.COMPLETED, was_completed=True)
    service = ServiceView(desired_count=1, deployments=[completed], steady_reported=True)
    tasks = [healthy(1, "new"), healthy(2, "new")._replace(protected=True), healthy(3, "new")._replace(protected=True)]
    stopped = [action.task_id for action in plan(service, tasks, 100.0) if isinstance(action, StopTask)]
    assert stopped == ["new-1"]


def test_a_deployment_leaves_protected_old_tasks_until_their_protection_ends() -> None:
    service = ServiceView(desired_count=2, deployments=[NEW, old(2)])
    there = [healthy(1, "new"), healthy(2, "new")]
    protected = healthy(1, "old")._replace(protected=True)
    actions = plan(service, [*there, protected, healthy(2, "old")], 100.0)
    stopped = [action.task_id for action in actions if isinstance(action, StopTask)]
    assert stopped == ["old-2"]
    drained = ServiceView(desired_count=2, deployments=[NEW, old(0)])
    assert plan(drained, [*there, protected], 100.0) == []
    assert [type(a) for a in plan(drained, [*there, protected._replace(protected=False)], 100.0)] == [StopTask]


def test_a_superfluous_task_that_fails_its_checks_is_stopped_once_and_is_not_a_failure() -> None:
    tasks = [healthy(n, "new") for n in range(2)] + [failing(1, "old")]
    view = service(2, new(2), old(0, was_completed=False), shifts_traffic=True)
    [stop] = [action for action in plan(view, tasks, 100.0) if isinstance(action, StopTask)]
    assert (stop.task_id, stop.unhealthy) == ("old-1", False)


def test_a_task_that_does_not_respond_has_the_grace_period_of_a_start_on_a_busy_machine() -> None:
    view = service(1, new(1), grace_period_s=30, start_grace_s=100)
    silent, wrong = failing(1, "new"), failing(1, "new")._replace(target_answers=True)
    assert not is_unhealthy(view, silent, 99.0)
    assert is_unhealthy(view, silent, 100.0)
    assert not is_unhealthy(view, wrong, 29.0)
    assert is_unhealthy(view, wrong, 30.0)


def starting(number: int, deployment: str) -> TaskView:
    return healthy(number, deployment)._replace(status=TaskStatus.PENDING, running_since=None, ever_healthy=False)


def rolling(deployments: list[DeploymentView], *, minimum: int = 100, maximum: int = 150) -> ServiceView:
    return ServiceView(
        desired_count=2,
        deployments=deployments,
        minimum_healthy_percent=minimum,
        maximum_percent=maximum,
        has_load_balancer=True,
    )


def test_an_old_task_that_ended_is_replaced_by_its_own_revision_while_the_new_one_has_shown_nothing() -> None:
    service = rolling([new(2), old(2)])
    tasks = [healthy(1, "old"), failing(1, "new")]
    assert plan(service, tasks, now=0.0) == [StartTasks("old", 1)]


def test_a_new_revision_that_works_gets_the_room_of_old_tasks_that_ended() -> None:
    service = rolling([new(2), old(2)])
    tasks = [healthy(1, "new"), healthy(1, "old")]
    assert plan(service, tasks, now=0.0) == [StartTasks("new", 1)]


def test_an_old_task_that_does_not_serve_stands_aside_for_a_new_revision_that_works() -> None:
    service = rolling([new(2), old(2)])
    tasks = [healthy(1, "new"), starting(1, "old"), starting(2, "old")]
    [action] = plan(service, tasks, now=0.0)
    assert isinstance(action, StopTask)
    assert (action.task_id, action.unhealthy) == ("old-1", False)


def test_a_new_revision_tries_one_task_where_no_old_one_serves() -> None:
    service = rolling([new(2), old(2)], minimum=50, maximum=100)
    [action] = plan(service, [starting(1, "old"), starting(2, "old")], now=0.0)
    assert isinstance(action, StopTask)
    assert plan(service, [starting(2, "old")], now=0.0) == [StartTasks("new", 1)]


def test_a_protected_old_task_does_not_stand_aside() -> None:
    service = rolling([new(2), old(2)], maximum=100)
    tasks = [starting(number, "old")._replace(protected=True) for number in (1, 2)]
    assert not any(isinstance(action, StopTask) for action in plan(service, tasks, now=0.0))
