"""The service scheduler as a pure function: (service, tasks, now) -> actions (facts 1.1, 1.6, 1.7).

It decides and changes nothing. The control plane shows it what is (`views.py`), carries out what it answers
(`actions.py`) and asks again. Times are AWS seconds of the clock.
"""

from collections.abc import Sequence

from localcloud.ecs.actions import (
    Action,
    CompleteDeployment,
    CountFailure,
    CountHealthy,
    Deactivate,
    FailDeployment,
    RemoveDeployment,
    ReportSteady,
    ReportStuck,
    ReportUnsteady,
    StartTasks,
    StopTask,
)
from localcloud.ecs.situation import Situation, is_healthy
from localcloud.ecs.states import RolloutState, ServiceStatus, TaskStatus
from localcloud.ecs.stops import stops
from localcloud.ecs.views import DeploymentView, ServiceView, TaskView

THROTTLE_FIRST_S = 15.0
THROTTLE_MAX_S = 900.0
"""Tasks that never reach RUNNING are started ever more slowly, up to 15 minutes (facts 1.1)."""


def plan(service: ServiceView, tasks: Sequence[TaskView], now: float) -> list[Action]:
    """Decide the next actions. Asked again after each change, it settles: a settled service gets no action."""
    if service.status is ServiceStatus.INACTIVE:
        return []
    if service.status is ServiceStatus.DRAINING:
        return _drain(tasks)
    first = _account(service, tasks, now) or _circuit_breaker(service)
    if first:
        return first
    situation = Situation(service, tasks, now)
    # What stops makes room: starts are decided on the next question.
    return stops(situation) or _starts(situation) or _removals(situation) or _report(situation)


def throttle_s(start_failures: int) -> float:
    """Wait before the next start after so many consecutive tasks that never ran."""
    if start_failures == 0:
        return 0.0
    return float(min(THROTTLE_MAX_S, THROTTLE_FIRST_S * 2 ** min(start_failures - 1, 10)))


def _drain(tasks: Sequence[TaskView]) -> list[Action]:
    live = [task for task in tasks if task.live]
    if live:
        return [StopTask(task.id, task.deployment_id, "Service deleted") for task in live]
    return [] if any(task.status is not TaskStatus.STOPPED for task in tasks) else [Deactivate()]


def _account(service: ServiceView, tasks: Sequence[TaskView], now: float) -> list[Action]:
    known = {deployment.id for deployment in service.deployments}
    actions: list[Action] = []
    for task in tasks:
        if task.deployment_id not in known:
            continue
        if task.failed and not task.accounted:
            actions.append(CountFailure(task.id, task.deployment_id, never_ran=not task.ever_running))
        elif not task.ever_healthy and is_healthy(service, task, now):
            actions.append(CountHealthy(task.id, task.deployment_id))
    return actions


def _circuit_breaker(service: ServiceView) -> list[Action]:
    breaker = service.circuit_breaker
    primary = service.primary
    if primary is None or not breaker.enable or primary.rollout_state is not RolloutState.IN_PROGRESS:
        return []
    if primary.failed_tasks < breaker.threshold(service.desired_count):
        return []
    return [FailDeployment(primary.id, breaker.rollback)]


def _starts(situation: Situation) -> list[Action]:
    """Missing tasks, old deployments' first: they are known to work."""
    actions: list[Action] = []
    room = situation.room
    ordered = [d for d in situation.others if d.was_completed or situation.service.shifts_traffic]
    if situation.primary is not None:
        ordered.append(situation.primary)
    for deployment in ordered:
        if deployment.rollout_state is RolloutState.FAILED or _is_throttled(deployment, situation.now):
            continue
        count = min(deployment.desired_count - len(situation.useful(deployment)), room)
        if count > 0:
            room -= count
            actions.append(StartTasks(deployment.id, count))
    return actions


def _is_throttled(deployment: DeploymentView, now: float) -> bool:
    if deployment.last_start_failure_at is None:
        return False
    return now < deployment.last_start_failure_at + throttle_s(deployment.start_failures)


def _removals(situation: Situation) -> list[Action]:
    """Old deployments without tasks; a completed one that still wants some stays, even when all died at once."""
    present = {task.deployment_id for task in situation.present}
    return [
        RemoveDeployment(deployment.id)
        for deployment in situation.others
        if deployment.id not in present and (deployment.desired_count == 0 or not deployment.was_completed)
    ]


def _report(situation: Situation) -> list[Action]:
    """Nothing is to be done: is the deployment complete, the service steady, or stuck?"""
    service, primary = situation.service, situation.primary
    if primary is None:
        return []
    leaves_steady: list[Action] = [ReportUnsteady()] if service.steady_reported else []
    if service.in_lifecycle:
        return leaves_steady
    all_healthy = len(situation.of(primary)) == situation.healthy_count(primary) == service.desired_count
    alone = all_healthy and not situation.others
    if alone and primary.rollout_state is RolloutState.IN_PROGRESS:
        return [CompleteDeployment(primary.id)]
    steady = alone and not situation.stopping
    if steady and primary.rollout_state is RolloutState.COMPLETED and not service.steady_reported:
        return [ReportSteady()]
    if not steady and leaves_steady:
        return leaves_steady
    return [ReportStuck()] if _is_stuck(situation, primary) else []


def _is_stuck(situation: Situation, primary: DeploymentView) -> bool:
    """Something is missing, nothing may start, and nothing under way will change that."""
    missing = primary.desired_count - len(situation.useful(primary))
    settled = all(task.id in situation.healthy for task in situation.live)
    failed = primary.rollout_state is RolloutState.FAILED
    return missing > 0 and situation.room <= 0 and settled and not situation.stopping and not failed
