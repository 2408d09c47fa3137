"""Decides between replacements of old tasks and tasks of a new revision when there is not room for both.

AWS replaces a task with one of the same revision (since November 2025), within the percentages. AWS does not document
which comes first when they allow only one of the two. Here an old revision comes first while it works and the new one
has not yet shown that it does. Otherwise a revision that crashes forever would block the one that repairs it.
"""

from localcloud.ecs.model.views import TaskView
from localcloud.ecs.scheduling.actions import Action, StopTask
from localcloud.ecs.scheduling.situation import Situation
from localcloud.ecs.scheduling.throttling import may_start

FAILURES_IN_A_ROW = 3
"""After this many failures since it was last fully healthy, an old revision is not expected to recover."""
HANGS_AFTER_S = 300.0
"""A task that does not serve after this time is not just starting: it is a health check's longest start period."""


def claim(situation: Situation) -> int:
    """Return how many tasks the primary may start before older deployments get theirs."""
    primary = situation.primary
    if primary is None or not may_start(primary, situation.now):
        return 0
    missing = primary.desired_count - len(situation.useful(primary))
    if situation.service.shifts_traffic:
        return max(0, missing)  # half of the room belongs to it
    if situation.healthy_count(primary) > 0:
        return max(0, missing)  # it works, so every task given to it is progress
    tries_already = bool(situation.of(primary))
    return min(missing, 1) if not tries_already and _old_cannot_hold(situation) else 0


def yields(situation: Situation) -> list[Action]:
    """Stop old tasks that do not serve and take the place of the primary's first tasks; stopping them costs nothing."""
    primary = situation.primary
    if primary is None:
        return []
    count = claim(situation) - max(0, situation.room)
    idle = [task for task in _old_tasks(situation) if task.id not in situation.healthy and not task.protected]
    idle.sort(key=lambda task: task.id not in situation.unhealthy)
    reason = f"Scaling activity initiated by (deployment {primary.id})"
    return [StopTask(task.id, task.deployment_id, reason) for task in idle[: max(0, count)]]


def _old_tasks(situation: Situation) -> list[TaskView]:
    return [task for deployment in situation.others for task in situation.of(deployment)]


def _old_cannot_hold(situation: Situation) -> bool:
    """Return whether nothing is lost when the primary tries one task instead of replacing an old one."""
    idle = [task for task in _old_tasks(situation) if task.id not in situation.healthy]
    none_serves = len(idle) == len(_old_tasks(situation))
    hangs = any(task.begun is not None and situation.now - task.begun >= HANGS_AFTER_S for task in idle)
    fails_again = any(deployment.failures_in_a_row >= FAILURES_IN_A_ROW for deployment in situation.others)
    return none_serves or hangs or fails_again or situation.spare >= 0
