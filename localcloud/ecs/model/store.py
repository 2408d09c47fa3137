"""The whole state of ECS, in memory and in one file on disk."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from localcloud.ecs.model import file
from localcloud.ecs.model.file import FORMAT
from localcloud.ecs.model.services import Deployment, Service
from localcloud.ecs.model.states import LIVE_STATUSES, DesiredStatus, StopCode, TaskStatus
from localcloud.ecs.model.tasks import Cluster, Task, TaskDefinition
from localcloud.machine.files import write_atomically

MOST_LOST_REVISIONS = 1000


class Store:
    """Clusters by name, task definitions by family (index = revision - 1), services and tasks by ARN.

    `touch()` marks a change and `save()` writes it. Code that changes the model calls `touch()`; the control plane
    saves.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clusters: dict[str, Cluster] = {}
        self.task_definitions: dict[str, list[TaskDefinition]] = {}
        self.services: dict[str, Service] = {}
        self.tasks: dict[str, Task] = {}
        self.account_settings: dict[str, str] = {}
        self._open: dict[tuple[str, str], dict[str, Task]] = {}
        """(cluster, service) -> tasks that the scheduler may still have to handle; most of thousands ended long ago."""
        self._changed = False
        self._ended: dict[str, tuple[tuple[int, dict[str, str]], str]] = {}
        """Task ARN -> (version, tags) and JSON of a task in which nothing but these can still change."""

    @property
    def is_changed(self) -> bool:
        """Return whether there is something to save."""
        return self._changed

    def all_tasks(self) -> Iterable[Task]:
        return self.tasks.values()

    def images_in_use(self) -> set[str]:
        """Return the digests of the images of all tasks that have not ended."""
        live = (task for task in self.tasks.values() if task.last_status is not TaskStatus.STOPPED)
        return {container.image_digest for task in live for container in task.containers if container.image_digest}

    def touch(self) -> None:
        self._changed = True

    def save(self) -> None:
        """Write the file if something has changed. Errors: OSError; the change then remains to be saved."""
        if not self._changed:
            return
        self._ended = {arn: ended for arn, ended in self._ended.items() if arn in self.tasks}
        content = {
            "format": FORMAT,
            "clusters": list(self.clusters.values()),
            "task_definitions": [definition for family in self.task_definitions.values() for definition in family],
            "services": list(self.services.values()),
            "account_settings": self.account_settings,
        }
        tasks = ",".join(self._text(task) for task in self.tasks.values())
        write_atomically(self.path, f'{file.as_json(content)[:-1]},"tasks":[{tasks}]}}\n'.encode())
        self._changed = False

    def _text(self, task: Task) -> str:
        """Serialize a task. Most tasks have ended, and their JSON is cached."""
        if task.last_status is not TaskStatus.STOPPED or not task.accounted:
            return file.as_json(task)
        state = (task.version, dict(task.tags))
        known = self._ended.get(task.arn)
        if known is None or known[0] != state:
            known = self._ended[task.arn] = (state, file.as_json(task))
        return known[1]

    def load(self, now: datetime) -> None:
        """Read the file of an earlier run. Its tasks are gone with their processes and become STOPPED.

        Entries that cannot be read are set aside one by one and listed in the health report; they do not keep others
        from running.
        """
        if not self.path.exists():
            return
        read = file.read(self.path)
        self.clusters = {cluster.name: cluster for cluster in read.clusters}
        for definition in read.task_definitions:
            self._restore(definition)
        self.services = {service.arn: service for service in read.services}
        self.account_settings = read.account_settings
        for task in read.tasks:
            self.add(task)
            if task.last_status is not TaskStatus.STOPPED:
                _stop_lost(task, now)
            task.begun = task.running_since = None
        self.touch()

    def _restore(self, definition: TaskDefinition) -> None:
        """Store a task definition under its revision number, with placeholders for revisions that were lost."""
        family = self.task_definitions.setdefault(definition.family, [])
        if not len(family) < definition.revision <= len(family) + MOST_LOST_REVISIONS:
            what = f"task definition {definition.arn}"
            file.keep(self.path, what, vars(definition), "its revision number is out of range")
            return
        lost = range(len(family) + 1, definition.revision)
        family += [*(file.lost_revision(definition, number) for number in lost), definition]

    def set_service_aside(self, service: Service, why: str) -> None:
        """Set aside a service that was read but cannot be used."""
        del self.services[service.arn]
        file.keep(self.path, f"service {service.arn}", vars(service), why)
        self.touch()

    def add(self, task: Task) -> None:
        self.tasks[task.arn] = task
        self._open.setdefault((task.cluster_arn, task.service_name), {})[task.arn] = task

    def task_definition(self, arn: str) -> TaskDefinition:
        """Return a task definition. Errors: KeyError, IndexError when it does not exist."""
        family, _, revision = arn.rsplit("/", 1)[-1].partition(":")
        return self.task_definitions[family][int(revision) - 1]

    def remove(self, task: Task) -> None:
        del self.tasks[task.arn]
        self._open.get((task.cluster_arn, task.service_name), {}).pop(task.arn, None)
        self.touch()

    def open_tasks(self, service: Service) -> list[Task]:
        """Return a service's tasks that the scheduler still handles, oldest first: all but STOPPED and counted ones."""
        tasks = self._open.get((service.cluster_arn, service.name), {})
        for arn in [arn for arn, task in tasks.items() if task.last_status is TaskStatus.STOPPED and task.accounted]:
            del tasks[arn]
        return list(tasks.values())

    def counts(self, service: Service, deployment: Deployment | None = None) -> tuple[int, int]:
        """Return (running, pending) of a service or of one of its deployments."""
        live = [
            task.last_status
            for task in self.open_tasks(service)
            if task.desired_status is DesiredStatus.RUNNING
            and task.last_status in LIVE_STATUSES
            and (deployment is None or task.deployment_id == deployment.id)
        ]
        running = live.count(TaskStatus.RUNNING)
        return running, len(live) - running


def _stop_lost(task: Task, now: datetime) -> None:
    """Mark a task as STOPPED whose process ended with the local cloud that ran it; this is not a failure."""
    task.move(TaskStatus.STOPPED)
    task.desired_status = DesiredStatus.STOPPED
    task.stop_code = StopCode.TERMINATION_NOTICE
    task.stopped_reason = "The local cloud was stopped"
    task.stopped_at = now
    task.accounted = True
    task.address = ""
    for container in task.containers:
        container.last_status = TaskStatus.STOPPED
