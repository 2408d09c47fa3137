"""Files of an earlier run: none may keep the others from being read. Unreadable ones are set aside."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from localcloud.machine.set_aside import set_aside

T = TypeVar("T")

NOT_THERE = (FileNotFoundError, NotADirectoryError)
UNREADABLE = (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""Raised by reading a file whose content, or kind, is not what was written."""


def read(path: Path, parse: Callable[[bytes], T], consequence: str = "") -> T | None:
    """Return what a file contains; None when it does not exist, or was set aside because `parse` cannot read it.

    `consequence`: the end of the message, such as "recreated".
    """
    try:
        return parse(path.read_bytes())
    except NOT_THERE:
        return None
    except UNREADABLE as error:
        why = f"cannot be read ({type(error).__name__})"
        set_aside(path, f"{why}: {consequence}" if consequence else why)
        return None


def read_record(path: Path, kind: type[T], consequence: str = "") -> T | None:
    """Read a dataclass that was written as JSON; otherwise like `read`."""
    return read(path, lambda content: restore(kind, json.loads(content)), consequence)


def directory(path: Path) -> Path:
    """Make a directory. Idempotent; anything else with its name is set aside."""
    if path.exists() and not path.is_dir():
        set_aside(path, "should be a directory: recreated")
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def remove(path: Path) -> None:
    """Delete a file if it exists; a directory in its place is set aside."""
    if path.is_dir():
        set_aside(path, "should be a file")
    path.unlink(missing_ok=True)


def restore(kind: type[T], raw: Mapping[str, object]) -> T:
    """Return a dataclass from its JSON; fields unknown to this version are left out.

    Errors: those of UNREADABLE, when the values do not have the types of the dataclass.
    """
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value) for name, value in raw.items() if name in hints})


def _value(hint: Any, value: Any) -> Any:
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
        return restore(hint, value)
    _check_type(get_origin(hint) or hint, value)
    return value


def _check_type(kind: Any, value: Any) -> None:
    expected = (int, float) if kind is float else kind
    if isinstance(expected, type | tuple) and (not isinstance(value, expected) or (kind is not bool and value is True)):
        raise TypeError(f"{value!r:.60} should be of type {kind.__name__}")
