"""Reads the file of ECS state entry by entry: what cannot be read is kept beside it, and the rest is taken."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from localcloud.ecs.model import Cluster, Service, Task, TaskDefinition
from localcloud.files import write_atomically
from localcloud.set_aside import SUFFIX, set_aside, told

FORMAT = 1
T = TypeVar("T")


@dataclass(kw_only=True)
class Read:
    """What was in the file."""

    clusters: list[Cluster] = field(default_factory=list)
    task_definitions: list[TaskDefinition] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    account_settings: dict[str, str] = field(default_factory=dict)
    set_aside: list[str] = field(default_factory=list)


def read(path: Path) -> Read:
    """All that can be read. A file that is none of ours is moved away."""
    found = Read()
    try:
        content = json.loads(path.read_text())
        if not isinstance(content, dict) or not isinstance(content.get("format"), int):
            raise ValueError("it is not the state of ECS")
    except (ValueError, RecursionError) as exc:
        found.set_aside.append(set_aside(path, f"cannot be read: {exc}"))
        return found
    if content["format"] != FORMAT:
        found.set_aside.append(told(path, f"has format {content['format']}, wanted {FORMAT}: what fits is taken"))
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
                into.append(_restore(kind, raw))
            except (ValueError, KeyError, TypeError, AttributeError) as exc:
                found.set_aside.append(keep(path, f"{name}[{number}]", raw, f"{type(exc).__name__}: {exc}"))
    found.task_definitions.sort(key=lambda definition: definition.revision)
    settings = content.get("account_settings", {})
    if isinstance(settings, dict):
        found.account_settings = {str(name): str(value) for name, value in settings.items()}
    return found


def keep(path: Path, what: str, raw: Any, why: str) -> str:
    """Write an entry that cannot be read to a file of its own; -> what to tell of it."""
    number = 0
    while (kept := path.with_name(f"{path.name}{SUFFIX}{number or ''}")).exists():
        number += 1
    write_atomically(kept, as_json(raw).encode())
    return told(kept, f"{what}: {why}")


def as_json(value: Any) -> str:
    """As `read` reads it."""
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    return vars(value) if dataclasses.is_dataclass(value) else str(value)


def lost_revision(beside: TaskDefinition, number: int) -> TaskDefinition:
    """Stands for a revision that could not be read: revisions are found by their number."""
    return TaskDefinition(
        arn=f"{beside.arn.rpartition(':')[0]}:{number}",
        family=beside.family,
        revision=number,
        wire={"family": beside.family, "containerDefinitions": []},
        registered_at=beside.registered_at,
        status="INACTIVE",
    )


def _restore(kind: type[T], raw: Mapping[str, Any]) -> T:
    """A dataclass from what `save` and JSON made of it; fields that this version does not know are left out."""
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in raw.items() if name in hints})


def _value(hint: Any, value: Any) -> Any:
    """Errors: ValueError, TypeError: it is not what the model has there."""
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        hint = next(part for part in get_args(hint) if part is not type(None))
    if hint is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if get_origin(hint) is list and isinstance(value, list):
        return [_value(get_args(hint)[0], item) for item in value]
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _restore(hint, value)
    _check_type(get_origin(hint) or hint, value)
    return value


def _check_type(kind: Any, value: Any) -> None:
    wanted = (int, float) if kind is float else kind
    if isinstance(wanted, type | tuple) and (not isinstance(value, wanted) or (kind is not bool and value is True)):
        raise TypeError(f"{value!r:.60} should be of type {kind.__name__}")
