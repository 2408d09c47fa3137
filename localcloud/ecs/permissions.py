"""Facts about ECS for IAM's decisions: roles that are passed to tasks, and tags."""

from collections.abc import Iterator, Mapping

from localcloud.authorization.context import Context
from localcloud.authorization.needs import ASSOCIATED, Need
from localcloud.authorization.reference import arn_format
from localcloud.authorization.resources import ANY, Place, new_of
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import TaskDefinition

RECEIVER = "ecs-tasks.amazonaws.com"
ROLES = ("executionRoleArn", "taskRoleArn")


def passed_roles(store: Store, parameters: Mapping[str, object], place: Place) -> Iterator[Need]:
    """Return the permission to pass the roles of a task definition that RunTask or StartTask names.

    Roles in the overrides replace them, and are among the needs of the call itself.
    """
    definition = _definition(store, str(parameters.get("taskDefinition", "")))
    overrides = parameters.get("overrides")
    replaced = overrides if isinstance(overrides, Mapping) else {}
    if definition is None:
        return
    task = new_of("ecs", arn_format("ecs", "task") or ANY, parameters, place)
    for name in ROLES:
        role = definition.wire.get(name)
        if role and not replaced.get(name):
            keys = Context({"iam:PassedToService": RECEIVER, ASSOCIATED: task})
            yield Need(action="iam:PassRole", resource=role, keys=keys)


def tags_of(store: Store, arn: str) -> Mapping[str, str]:
    """Return the tags of a resource of ECS; none if no resource has this ARN."""
    kind = arn.split(":", 5)[-1].partition("/")[0]
    if kind == "task-definition":
        definition = _definition(store, arn)
        return definition.tags if definition else {}
    owners: Mapping[str, Mapping[str, object]] = {
        "cluster": {cluster.arn: cluster for cluster in store.clusters.values()},
        "service": store.services,
        "task": store.tasks,
    }
    found = getattr(owners.get(kind, {}).get(arn), "tags", {})
    return dict(found)


def _definition(store: Store, named: str) -> TaskDefinition | None:
    family, _, revision = named.rpartition("/")[2].partition(":")
    revisions = store.task_definitions.get(family, [])
    if revision:
        return next((each for each in revisions if str(each.revision) == revision), None)
    return next((each for each in reversed(revisions) if each.status == "ACTIVE"), None)
