"""Ends task protections that have expired; deletes old stopped tasks, and task definitions that are no longer used."""

from datetime import datetime

from localcloud.ecs.model.states import ServiceStatus, TaskStatus
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import DELETED

STOPPED_TASKS_KEPT_S = 3600.0
"""Stopped tasks can still be described for an hour (aws-facts 1.5)."""


def end_protections(store: Store, now: datetime) -> None:
    """Remove scale-in protection from tasks whose `protected_until` has passed."""
    for task in store.tasks.values():
        if task.protected_until is not None and task.protected_until <= now:
            task.protected_until = None
            store.touch()


def remove_stopped_tasks(store: Store, now: datetime) -> None:
    """Remove tasks that stopped more than an hour ago."""
    for task in list(store.tasks.values()):
        if task.stopped_at and (now - task.stopped_at).total_seconds() > STOPPED_TASKS_KEPT_S:
            store.remove(task)


def end_deletions(store: Store) -> None:
    """Delete task definitions in DELETE_IN_PROGRESS that nothing uses any longer (aws-facts 1.10)."""
    families = store.task_definitions.values()
    going = [revision for family in families for revision in family if revision.status == "DELETE_IN_PROGRESS"]
    if not going:
        return
    used = _used_definitions(store)
    for revision in going:
        if revision.arn not in used:
            revision.status = DELETED
            store.touch()


def _used_definitions(store: Store) -> set[str]:
    """Return the task definitions of running tasks, of deployments, and of rollback targets."""
    used = {task.task_definition for task in store.tasks.values() if task.last_status is not TaskStatus.STOPPED}
    for service in store.services.values():
        if service.status is not ServiceStatus.INACTIVE:
            used |= {deployment.task_definition for deployment in service.deployments}
            used |= {service.last_completed.task_definition} if service.last_completed else set()
    return used
