"""The service scheduler as a pure function: (service, tasks, now) -> actions (aws-facts 1.1, 1.6, 1.7).

It decides and changes nothing. The control plane passes it the current state (`model/views.py`), carries out the
actions it returns (`actions.py`) and calls it again. Times are AWS seconds of the clock.
"""

from collections import Counter
from collections.abc import Sequence

from localcloud.ecs.model.states import RolloutState, ServiceStatus, TaskStatus
from localcloud.ecs.model.views import DeploymentView, ServiceView, TaskView
from localcloud.ecs.scheduling.actions import (
    Action,
    CompleteDeployment,
    CountFailure,
    CountHealthy,
    Deactivate,
    FailDeployment,
    ForgetFailures,
    RemoveDeployment,
    ReportSteady,
    ReportStuck,
    ReportUnsteady,
    StartTasks,
    StopTask,
)
from localcloud.ecs.scheduling.precedence import claim, yields
from localcloud.ecs.scheduling.situation import Situation, is_healthy
from localcloud.ecs.scheduling.stops import stops
from localcloud.ecs.scheduling.throttling import may_start


def plan(service: ServiceView, tasks: Sequence[TaskView], now: float) -> list[Action]:
    """Return the next actions. Called again after each change, it converges: a settled service gets no action."""
    if service.status is ServiceStatus.INACTIVE:
        return []
    if service.status is ServiceStatus.DRAINING:
        return _drain(tasks)
    first = _account(service, tasks, now) or _circuit_breaker(service)
    if first:
        return first
    situation = Situation(service, tasks, now)
    # Stops make room, so starts are decided in the next call.
    return stops(situation) or yields(situation) or _starts(situation) or _removals(situation) or _report(situation)


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
    return actions or _whole_again(service, tasks, now)


def _whole_again(service: ServiceView, tasks: Sequence[TaskView], now: float) -> list[Action]:
    """Return the deployments that had failures and whose tasks are now all healthy."""
    failed = [each for each in service.deployments if each.failures_in_a_row and each.desired_count]
    if not failed:
        return []
    healthy = Counter(task.deployment_id for task in tasks if is_healthy(service, task, now))
    return [ForgetFailures(each.id) for each in failed if each.desired_count <= healthy[each.id]]


def _circuit_breaker(service: ServiceView) -> list[Action]:
    breaker = service.circuit_breaker
    primary = service.primary
    if primary is None or not breaker.enable or primary.rollout_state is not RolloutState.IN_PROGRESS:
        return []
    if primary.failed_tasks < breaker.threshold(service.desired_count):
        return []
    return [FailDeployment(primary.id, breaker.rollback)]


def _starts(situation: Situation) -> list[Action]:
    """Start missing tasks: the primary's claim first, then old deployments' replacements, then the primary's others."""
    counts: dict[str, int] = {}
    room = situation.room
    for deployment, most in _in_turn(situation):
        if not may_start(deployment, situation.now):
            continue
        present = len(situation.useful(deployment)) + counts.get(deployment.id, 0)
        count = min(deployment.desired_count - present, room, most)
        if count > 0:
            room -= count
            counts[deployment.id] = counts.get(deployment.id, 0) + count
    return [StartTasks(deployment_id, count) for deployment_id, count in counts.items()]


def _in_turn(situation: Situation) -> list[tuple[DeploymentView, int]]:
    """Return (deployment, most tasks that it may start in this turn), in order of precedence."""
    others = [d for d in situation.others if d.was_completed or situation.service.shifts_traffic]
    turns = [(deployment, deployment.desired_count) for deployment in others]
    primary = situation.primary
    if primary is None:
        return turns
    return [(primary, claim(situation)), *turns, (primary, primary.desired_count)]


def _removals(situation: Situation) -> list[Action]:
    """Remove old deployments without tasks. A completed one that should have some stays, even if all ended at once."""
    present = {task.deployment_id for task in situation.present}
    return [
        RemoveDeployment(deployment.id)
        for deployment in situation.others
        if deployment.id not in present and (deployment.desired_count == 0 or not deployment.was_completed)
    ]


def _report(situation: Situation) -> list[Action]:
    """Nothing is left to do: report a complete deployment, a steady service, or a stuck one."""
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
    """Return whether tasks are missing, none may start, and nothing in progress will change that."""
    missing = primary.desired_count - len(situation.useful(primary))
    settled = all(task.id in situation.healthy for task in situation.live)
    failed = primary.rollout_state is RolloutState.FAILED
    return missing > 0 and situation.room <= 0 and settled and not situation.stopping and not failed
