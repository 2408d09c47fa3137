"""Creates tasks before they start: name, containers, subnet and zone, and the settings of their service."""

import uuid
from collections import Counter
from collections.abc import Iterable

from localcloud.ecs.checks.capacity import provider_of
from localcloud.ecs.checks.tags import task_tags
from localcloud.ecs.model.services import Deployment, Service, ServiceRevision
from localcloud.ecs.model.states import DesiredStatus
from localcloud.ecs.model.tasks import Container, Task, TaskDefinition, Wire
from localcloud.machine.clock import Clock


class NewTasks:
    """Creates tasks, alternating between subnets and zones."""

    def __init__(self, clock: Clock, *, region: str, account_id: str) -> None:
        self._clock = clock
        self._arn_prefix = f"arn:aws:ecs:{region}:{account_id}:task"
        self._zones = [f"{region}a", f"{region}c"]
        self._made = 0

    def standalone(
        self,
        definition: TaskDefinition,
        cluster_arn: str,
        *,
        group: str,
        started_by: str,
        tags: dict[str, str],
        capacity_provider: str,
        wire: Wire,
    ) -> Task:
        """Create a task of RunTask; `wire` contains launch settings and `overrides` of the request."""
        task = self._task(definition, cluster_arn, launch=wire, group=group, started_by=started_by)
        task.overrides = wire.get("overrides", {})
        task.exec_enabled = wire.get("enableExecuteCommand", False)
        task.tags = dict(tags)
        task.capacity_provider = capacity_provider
        return task

    def of_service(
        self, definition: TaskDefinition, service: Service, deployment: Deployment, beside: Iterable[Task]
    ) -> Task:
        """Create a task of a deployment, in the subnet with the fewest of its tasks among those `beside` it."""
        task = self._task(
            definition,
            service.cluster_arn,
            launch=deployment.task_launch(),
            group=f"service:{service.name}",
            started_by=deployment.id,
        )
        task.subnet = _emptiest_subnet(deployment, beside)
        task.service_name = service.name
        task.exec_enabled = service.wire.get("enableExecuteCommand", False)
        task.deployment_id = deployment.id
        task.capacity_provider = provider_of(service.wire.get("capacityProviderStrategy", []))
        task.tags = task_tags(
            {},
            service.wire.get("propagateTags", "NONE"),
            of_service=service.tags,
            of_definition=definition.tags,
            cluster=_name(service.cluster_arn),
            service=service.name,
            managed=service.wire.get("enableECSManagedTags", False),
        )
        revision = service.revision(deployment.revision_arn)
        for container in task.containers:
            container.image_digest = revision.image_digests.get(container.name, "") if revision else ""
        return task

    def _task(self, definition: TaskDefinition, cluster_arn: str, *, launch: Wire, group: str, started_by: str) -> Task:
        self._made += 1
        subnets = _subnets(launch)
        return Task(
            arn=f"{self._arn_prefix}/{_name(cluster_arn)}/{uuid.uuid4().hex}",
            cluster_arn=cluster_arn,
            task_definition=definition.arn,
            launch=launch,
            group=group,
            started_by=started_by,
            created_at=self._clock.wall(),
            begun=self._clock.now(),
            subnet=subnets[self._made % len(subnets)] if subnets else "",
            availability_zone=self._zones[self._made % len(self._zones)],
            containers=[_container(wire) for wire in definition.wire["containerDefinitions"]],
        )


def note_images(revision: ServiceRevision | None, task: Task, definition: TaskDefinition) -> None:
    """Record the images of a revision from the first task that has pulled them."""
    if revision is None or revision.image_digests or task.pull_stopped_at is None:
        return
    revision.image_digests = {
        container.name: container.image_digest
        for container, wire in zip(task.containers, definition.wire["containerDefinitions"], strict=True)
        if wire.get("versionConsistency", "enabled") == "enabled"
    }


def _emptiest_subnet(deployment: Deployment, tasks: Iterable[Task]) -> str:
    """Return the subnet with the fewest tasks of the deployment, to spread them over the zones (aws-facts 1.1)."""
    ours = (task for task in tasks if task.deployment_id == deployment.id)
    counts = Counter(task.subnet for task in ours if task.desired_status is DesiredStatus.RUNNING)
    return min(_subnets(deployment.launch), key=lambda subnet: counts[subnet], default="")


def _subnets(launch: Wire) -> list[str]:
    return list(launch.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("subnets", []))


def _container(wire: Wire) -> Container:
    return Container(
        name=wire["name"],
        image=wire["image"],
        runtime_id=f"{uuid.uuid4().hex}-{uuid.uuid4().int % 10**10:010d}",
        essential=wire.get("essential", True),
        has_health_check="healthCheck" in wire,
    )


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[1]
