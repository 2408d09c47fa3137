"""Reads the file of ECS state entry by entry. Entries that cannot be read are set aside; the others are restored."""

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.ecs.model.services import Service
from localcloud.ecs.model.tasks import Cluster, Task, TaskDefinition
from localcloud.machine.files import write_atomically
from localcloud.machine.set_aside import SUFFIX, report, set_aside
from localcloud.machine.stored_files import UNREADABLE, restore

FORMAT = 1


@dataclass(kw_only=True)
class Read:
    """The entries that could be read."""

    clusters: list[Cluster] = field(default_factory=list)
    task_definitions: list[TaskDefinition] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    account_settings: dict[str, str] = field(default_factory=dict)


def read(path: Path) -> Read:
    """Return every entry that can be read. A file that does not contain ECS state is set aside."""
    found = Read()
    try:
        content = json.loads(path.read_text())
        if not isinstance(content, dict) or not isinstance(content.get("format"), int):
            raise ValueError("it is not a state file of ECS")
    except UNREADABLE as exc:
        set_aside(path, f"cannot be read: {exc}")
        return found
    if content["format"] != FORMAT:
        report(path, f"has format {content['format']}, expected {FORMAT}: entries that cannot be read are set aside")
    parts: tuple[tuple[str, Any, list[Any]], ...] = (
        ("clusters", Cluster, found.clusters),
        ("task_definitions", TaskDefinition, found.task_definitions),
        ("services", Service, found.services),
        ("tasks", Task, found.tasks),
    )
    for name, kind, into in parts:
        entries = content.get(name, [])
        for number, raw in enumerate(entries if isinstance(entries, list) else [entries]):
            try:
                into.append(restore(kind, raw))
            except UNREADABLE as exc:
                keep(path, f"{name}[{number}]", raw, f"{type(exc).__name__}: {exc}")
    found.task_definitions.sort(key=lambda definition: definition.revision)
    settings = content.get("account_settings", {})
    if isinstance(settings, dict):
        found.account_settings = {str(name): str(value) for name, value in settings.items()}
    return found


def keep(path: Path, what: str, raw: object, why: str) -> None:
    """Write an entry that cannot be read to a file of its own, and report it."""
    number = 0
    while (kept := path.with_name(f"{path.name}{SUFFIX}{number or ''}")).exists():
        number += 1
    write_atomically(kept, as_json(raw).encode())
    report(kept, f"{what}: {why}")


def as_json(value: object) -> str:
    """Serialize a value in the form that `read` reads."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: object) -> object:
    """Convert a value that JSON cannot represent."""
    return vars(value) if dataclasses.is_dataclass(value) else str(value)


def lost_revision(beside: TaskDefinition, number: int) -> TaskDefinition:
    """Return a placeholder for a revision that could not be read: revisions are found by their number."""
    return TaskDefinition(
        arn=f"{beside.arn.rpartition(':')[0]}:{number}",
        family=beside.family,
        revision=number,
        wire={"family": beside.family, "containerDefinitions": []},
        registered_at=beside.registered_at,
        status="INACTIVE",
    )
