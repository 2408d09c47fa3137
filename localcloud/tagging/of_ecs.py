"""Tagged resources of ECS."""

from collections.abc import Iterator

from localcloud.ecs.model.states import TaskStatus
from localcloud.ecs.model.store import Store
from localcloud.tagging.resources import Tagged


def tagged(store: Store) -> Iterator[Tagged]:
    yield from (Tagged(each.arn, each.tags) for each in store.clusters.values())
    yield from (Tagged(each.arn, each.tags) for each in store.services.values())
    yield from (Tagged(each.arn, each.tags) for family in store.task_definitions.values() for each in family)
    running = (each for each in store.tasks.values() if each.last_status is not TaskStatus.STOPPED)
    yield from (Tagged(each.arn, each.tags) for each in running)
