"""Everything ECS knows, in memory and in one file on disk."""

import dataclasses
import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from localcloud.ecs.model import Cluster, Service, Task, TaskDefinition
from localcloud.ecs.states import DesiredStatus, StopCode, TaskStatus
from localcloud.errors import CannotStart
from localcloud.files import write_atomically

FORMAT = 1
STOPPED_TASKS_KEPT_S = 3600.0
"""Stopped tasks stay describable for an hour (facts 1.5)."""

T = TypeVar("T")


class Store:
    """Clusters by name, task definitions by family (index = revision - 1), services and tasks by ARN.

    `touch()` marks a change; `save()` writes it. Whoever changes the model touches; the control plane saves.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clusters: dict[str, Cluster] = {}
        self.task_definitions: dict[str, list[TaskDefinition]] = {}
        self.services: dict[str, Service] = {}
        self.tasks: dict[str, Task] = {}
        self.account_settings: dict[str, str] = {}
        self._changed = False
        self._ended: dict[str, tuple[tuple[int, dict[str, str]], str]] = {}
        """Task ARN -> (version, tags) and JSON of a task that will not change any more but for these."""

    @property
    def is_changed(self) -> bool:
        """Whether there is something to save."""
        return self._changed

    def touch(self) -> None:
        """Something has changed."""
        self._changed = True

    def save(self) -> None:
        """Write the file when something has changed. Errors: OSError; then it is still to be saved."""
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
        write_atomically(self.path, f'{_json(content)[:-1]},"tasks":[{tasks}]}}\n'.encode())
        self._changed = False

    def _text(self, task: Task) -> str:
        """A task as JSON; most have ended, and what is written of those is kept."""
        if task.last_status is not TaskStatus.STOPPED or not task.accounted:
            return _json(task)
        state = (task.version, dict(task.tags))
        known = self._ended.get(task.arn)
        if known is None or known[0] != state:
            known = self._ended[task.arn] = (state, _json(task))
        return known[1]

    def load(self, now: datetime) -> None:
        """Read the file of an earlier run; its tasks are gone with their processes and become STOPPED.

        Errors: CannotStart when the file is not one of ours.
        """
        if not self.path.exists():
            return
        try:
            content = json.loads(self.path.read_text())
            found = content["format"]
            if found != FORMAT:
                raise ValueError(f"format {found}, wanted {FORMAT}")
            self.clusters = {c["name"]: _restore(Cluster, c) for c in content["clusters"]}
            for definition in content["task_definitions"]:
                self.task_definitions.setdefault(definition["family"], []).append(_restore(TaskDefinition, definition))
            self.services = {s["arn"]: _restore(Service, s) for s in content["services"]}
            self.tasks = {t["arn"]: _restore(Task, t) for t in content["tasks"]}
            self.account_settings = dict(content.get("account_settings", {}))
        except (ValueError, KeyError, TypeError) as exc:
            raise CannotStart(
                f"{self.path}: cannot be read as ECS state: {exc}; begin anew with `spendsense down --delete-data`"
            ) from exc
        for task in self.tasks.values():
            if task.last_status is not TaskStatus.STOPPED:
                _stop_lost(task, now)
            task.begun = task.running_since = None
        self.touch()

    def task_definition(self, arn: str) -> TaskDefinition:
        """Errors: KeyError, IndexError."""
        family, _, revision = arn.rsplit("/", 1)[-1].partition(":")
        return self.task_definitions[family][int(revision) - 1]

    def forget_old_tasks(self, now: datetime) -> None:
        """Drop tasks that stopped more than an hour ago."""
        old = [
            arn
            for arn, task in self.tasks.items()
            if task.stopped_at and (now - task.stopped_at).total_seconds() > STOPPED_TASKS_KEPT_S
        ]
        for arn in old:
            del self.tasks[arn]
            self.touch()

    def open_tasks(self, service: Service) -> list[Task]:
        """Tasks of one service that the scheduler still deals with, oldest first: all but STOPPED and counted ones."""
        return [
            task
            for task in self.tasks.values()
            if not (task.last_status is TaskStatus.STOPPED and task.accounted)
            and task.service_name == service.name
            and task.cluster_arn == service.cluster_arn
        ]


def _json(value: Any) -> str:
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    return vars(value) if dataclasses.is_dataclass(value) else str(value)


def _stop_lost(task: Task, now: datetime) -> None:
    """The process went with the local cloud that ran it: nobody's failure."""
    task.move(TaskStatus.STOPPED)
    task.desired_status = DesiredStatus.STOPPED
    task.stop_code = StopCode.TERMINATION_NOTICE
    task.stopped_reason = "The local cloud was stopped"
    task.stopped_at = now
    task.accounted = True
    task.address = ""
    for container in task.containers:
        container.last_status = TaskStatus.STOPPED


def _restore(kind: type[T], raw: dict[str, Any]) -> T:
    """A dataclass from what `dataclasses.asdict` and JSON made of it."""
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in raw.items()})


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if hint is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if get_origin(hint) is list:
        return [_value(get_args(hint)[0], item) for item in value]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _restore(hint, value)
    return value
