"""Reads a backend that another version of moto, of Python or of ours wrote: everything whose class still exists.

In the bytes an object is the name of its class and its attributes (ADR 34), so both may have changed since.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import TYPE_CHECKING, Any

from localcloud.moto import pickles
from localcloud.moto.missing import complete, unread
from localcloud.moto.pickles import StateUnpickler, _dict_base

if TYPE_CHECKING:
    from localcloud.moto.bodies import BodyStore

OURS = ("moto.", "localcloud.")
"""Modules whose classes change with versions."""
CODE = ("cloudpickle.",)
"""Modules that rebuild functions: the code of one Python does not run in another."""
SHOWN = 8


class Gone:
    """Takes the place of an object whose class no longer exists; accepts any attribute and call."""

    path = ""

    def __new__(cls, *_: object, **__: object) -> Gone:
        return object.__new__(cls)

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, *_: object, **__: object) -> Gone:
        return self

    def __setstate__(self, _: object) -> None:
        pass

    def __setitem__(self, _: object, __: object) -> None:
        pass

    def extend(self, _: object) -> None:
        pass

    append = add = extend


class Losses:
    """The data that could not be carried over."""

    def __init__(self) -> None:
        self._dropped: list[str] = []
        self._unread: set[str] = set()
        self._unknown: set[str] = set()

    @property
    def is_data(self) -> bool:
        """Return whether stored data was lost."""
        return bool(self._dropped or self._unread)

    def __str__(self) -> str:
        parts = (
            ("their class no longer exists", self._dropped),
            ("no longer used", sorted(self._unread)),
            ("new, without a value", sorted(self._unknown)),
        )
        return "; ".join(f"{what}: {_some(names)}" for what, names in parts if names)

    def drop(self, where: str, value: object) -> None:
        self._dropped.append(f"{where} ({_path(value)})")

    def note(self, kind: type, unknown: list[str], unread: list[str]) -> None:
        self._unknown.update(f"{kind.__name__}.{name}" for name in unknown)
        self._unread.update(f"{kind.__name__}.{name}" for name in unread)


def _some(names: list[str]) -> str:
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


class TolerantUnpickler(StateUnpickler):
    """Reads like StateUnpickler, with a Gone for each class, function or backend that no longer exists."""

    def __init__(self, data: bytes, backend: Callable[[str, str, str], Any], bodies: BodyStore) -> None:
        def found(service: str, account_id: str, region: str) -> Any:
            try:
                return backend(service, account_id, region)
            except (ImportError, StopIteration):
                return _gone(f"moto.{service}")()

        super().__init__(data, found, bodies)
        self._replaced[pickles._set_dict_state.__name__] = _set_dict_state

    def find_class(self, module: str, name: str) -> object:
        if module.startswith(CODE) and name != "_builtin_type":
            return _gone(f"{module}.{name}")
        try:
            found = super().find_class(module, name)
        except (ImportError, AttributeError):
            return _gone(f"{module}.{name}")
        return _of_enum(found) if isinstance(found, type) and issubclass(found, Enum) else found


def settle(kind: type, attributes: dict[str, object], fresh: dict[str, object], losses: Losses) -> dict[str, object]:
    """Return the attributes of a backend: those that were read, without removed ones and with new ones.

    `kind`: the backend's class; `fresh`: the attributes of an empty one.
    """
    moved = {name: value for name, value in attributes.items() if name not in fresh}
    losses.note(kind, unknown=[], unread=unread(kind, moved))
    for name, value in attributes.items():
        if isinstance(value, defaultdict) and _is_gone(value.default_factory):
            value.default_factory = getattr(fresh.get(name), "default_factory", None)
    for value in _reached(attributes):
        _drop(value, losses)
        if _is_of_a_version(value):
            losses.note(type(value), unknown=complete(value), unread=unread(type(value), value.__dict__))
    return fresh | {name: _reshaped(value, fresh.get(name)) for name, value in attributes.items()}


def _gone(path: str) -> type[Gone]:
    return type("Gone", (Gone,), {"path": path})


def _is_gone(value: object) -> bool:
    if isinstance(value, tuple):
        return any(map(_is_gone, value))
    return isinstance(value, Gone) or (isinstance(value, type) and issubclass(value, Gone))


def _path(value: object) -> str:
    if isinstance(value, tuple):
        return next(_path(each) for each in value if _is_gone(each))
    return str(getattr(value, "path", ""))


def _of_enum(kind: type[Enum]) -> Callable[[object], object]:
    def member(value: object) -> object:
        try:
            return kind(value)
        except ValueError:
            return _gone(f"{kind.__module__}.{kind.__name__}({value!r})")()

    return member


def _set_dict_state(value: object, state: pickles.DictState) -> None:
    if isinstance(value, dict):
        pickles._set_dict_state(value, state)


def _reached(attributes: dict[str, object]) -> Iterator[object]:
    """Return every container and object once, outer ones first; other backends end the walk."""
    from moto.core.base_backend import BaseBackend

    seen: dict[int, object] = {}  # keep the object, so that no other gets its id
    waiting: deque[object] = deque([attributes])
    while waiting:
        value = waiting.popleft()
        if id(value) in seen or isinstance(value, BaseBackend | Gone | type):
            continue
        seen[id(value)] = value
        inner = list(_inside(value))
        if inner or hasattr(value, "__dict__"):
            yield value
            waiting.extend(inner)


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from _dict_base(type(value)).values(value)
    elif isinstance(value, list | tuple | set | frozenset | deque):
        yield from value
    if isinstance(held := getattr(value, "__dict__", None), dict):
        yield from held.values()


def _is_of_a_version(value: object) -> bool:
    has_attributes = isinstance(getattr(value, "__dict__", None), dict) and not isinstance(value, Enum)
    return has_attributes and type(value).__module__.startswith(OURS)


def _drop(value: object, losses: Losses) -> None:
    """Remove every Gone from a container, or from an object's attributes."""
    if _is_of_a_version(value):
        _drop(value.__dict__, losses)
    if isinstance(value, defaultdict) and _is_gone(value.default_factory):
        value.default_factory = None
    if isinstance(value, dict):
        base = _dict_base(type(value))
        for key, item in list(base.items(value)):
            if _is_gone(key) or _is_gone(item):
                base.__delitem__(value, key)
                losses.drop(str(key), key if _is_gone(key) else item)
    elif isinstance(value, list | deque | set):
        for item in [item for item in value if _is_gone(item)]:
            value.remove(item)
            losses.drop("an entry", item)


def _reshaped(value: object, fresh: object) -> object:
    """Convert a backend's dict to the class that it has today."""
    if not isinstance(value, dict) or not isinstance(fresh, dict) or type(value) is type(fresh):
        return value
    base = OrderedDict if isinstance(fresh, OrderedDict) else dict
    for key, item in _dict_base(type(value)).items(value):
        base.__setitem__(fresh, key, item)
    return fresh
