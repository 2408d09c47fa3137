"""Decides which tasks stop now: those of older deployments, failing ones, and surplus ones (aws-facts 1.1, 1.6).

Pure: a part of the scheduler's decision.
"""

from collections import Counter
from collections.abc import Sequence

from localcloud.ecs.model.states import RolloutState
from localcloud.ecs.model.views import DeploymentView, TaskView
from localcloud.ecs.scheduling.actions import Action, ReduceDesired, StopTask
from localcloud.ecs.scheduling.situation import Situation


def stops(situation: Situation) -> list[Action]:
    """Return the stops that are due, each task once."""
    leaving = _unwanted(situation) if situation.service.shifts_traffic else _old(situation)
    return _once_each(leaving + _failing(situation) + _surplus(situation))


def _once_each(actions: Sequence[Action]) -> list[Action]:
    """Stop each task only once: a task that is both surplus and failing does not count as a failure."""
    stopping: set[str] = set()
    chosen: list[Action] = []
    for action in actions:
        if isinstance(action, StopTask):
            if action.task_id in stopping:
                continue
            stopping.add(action.task_id)
        chosen.append(action)
    return chosen


def _old(situation: Situation) -> list[Action]:
    """Rolling: stop old tasks as far as the floor of healthy tasks allows, and all once the new ones are healthy."""
    primary = situation.primary
    if primary is None or primary.rollout_state is RolloutState.FAILED:
        return []
    new_is_there = situation.healthy_count(primary) >= situation.service.desired_count
    spare = situation.spare
    actions: list[Action] = []
    # Deployments that never completed go first: the completed one is the rollback target.
    for deployment in sorted(situation.others, key=lambda d: d.was_completed):
        idle, serving = _idle_and_serving(situation, [deployment])
        if not new_is_there:
            serving = serving[: max(0, spare)]
            spare -= len(serving)
        leaving = serving if deployment.was_completed and not new_is_there else idle + serving
        left = _left(situation, deployment, len(leaving), new_is_there=new_is_there)
        if left < deployment.desired_count:
            actions.append(ReduceDesired(deployment.id, left))
        actions += [_scaled(situation, task) for task in leaving]
    return actions


def _left(situation: Situation, deployment: DeploymentView, leaving: int, *, new_is_there: bool) -> int:
    """Return how many tasks an older deployment keeps. One that never completed gets no replacements."""
    if not deployment.was_completed:
        left = len(situation.of(deployment)) - leaving
    elif new_is_there:
        left = 0
    else:
        left = deployment.desired_count - leaving
    return max(0, min(left, situation.service.desired_count))


def _unwanted(situation: Situation) -> list[Action]:
    """While traffic shifts, stop tasks of old deployments that should have none left, as far as the floor allows.

    It is a floor of tasks that serve. Those that get no traffic go at once: a blue that failed starts no tasks which
    could take their place, so the deployment that is to replace it would wait forever.
    """
    leaving = [deployment for deployment in situation.others if deployment.desired_count == 0]
    idle, unused = _idle_and_serving(situation, [deployment for deployment in leaving if deployment.gets_no_traffic])
    waiting, serving = _idle_and_serving(situation, [each for each in leaving if not each.gets_no_traffic])
    spare = max(0, situation.spare - len(unused))
    return [_scaled(situation, task) for task in idle + unused + waiting + serving[:spare]]


def _idle_and_serving(
    situation: Situation, deployments: Sequence[DeploymentView]
) -> tuple[list[TaskView], list[TaskView]]:
    """Split their tasks that may be scaled in into those that are not healthy and those that are."""
    tasks = [task for deployment in deployments for task in situation.of(deployment) if not task.protected]
    idle = [task for task in tasks if task.id not in situation.healthy]
    return idle, [task for task in tasks if task.id in situation.healthy]


def _failing(situation: Situation) -> list[Action]:
    """Stop failing tasks: after their replacement starts where the ceiling allows it, otherwise before."""
    actions: list[Action] = []
    spare = len(situation.live) - situation.service.floor
    for deployment in situation.service.deployments if situation.unhealthy else []:
        failing = [task for task in situation.of(deployment) if task.id in situation.unhealthy]
        chosen = failing[: _failing_that_may_stop(situation, deployment, spare)]
        spare -= len(chosen)
        actions += [_failed(task) for task in chosen]
    return actions


def _failing_that_may_stop(situation: Situation, deployment: DeploymentView, spare: int) -> int:
    useful = situation.useful(deployment)
    enough = len(useful) >= deployment.desired_count
    undecided = any(task.id not in situation.healthy for task in useful)
    if (enough and not undecided) or deployment.rollout_state is RolloutState.FAILED:
        return len(situation.live)
    if situation.room > 0 or enough:  # the replacements can start or are starting
        return 0
    return spare if spare > 0 else int(not undecided)  # already below the floor: one at a time


def _surplus(situation: Situation) -> list[Action]:
    """Scale in: pending and failing tasks first, then from the zone with the most tasks, newest first."""
    scaled = [d for d in situation.service.deployments if d.primary or situation.service.shifts_traffic]
    return [_scaled(situation, task) for deployment in scaled for task in _surplus_of(situation, deployment)]


def _surplus_of(situation: Situation, deployment: DeploymentView) -> list[TaskView]:
    # A failing task is not surplus beside its replacement: `_failing` stops it once the replacement is healthy.
    useful = situation.useful(deployment)
    surplus = len(useful) - deployment.desired_count if deployment.desired_count or deployment.primary else 0
    if surplus <= 0:
        return []
    per_zone = Counter(task.availability_zone for task in useful)
    remaining = [task for task in useful if not task.protected]
    chosen: list[TaskView] = []
    while remaining and len(chosen) < surplus:
        task = min(reversed(remaining), key=lambda t: (t.id in situation.healthy, -per_zone[t.availability_zone]))
        remaining.remove(task)
        per_zone[task.availability_zone] -= 1
        chosen.append(task)
    return chosen


def _scaled(situation: Situation, task: TaskView) -> StopTask:
    owner = situation.primary.id if situation.primary else task.deployment_id
    return StopTask(task.id, task.deployment_id, f"Scaling activity initiated by (deployment {owner})")


def _failed(task: TaskView) -> StopTask:
    reason = task.target_reason if task.target_unhealthy else "Task failed container health checks"
    return StopTask(task.id, task.deployment_id, reason, unhealthy=True)
