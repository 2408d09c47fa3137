"""Pure: what a plan (`terraform show -json`) changes, resource by resource, in plain words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import Any

SHOWN = 60
HIDDEN = "(sensitive)"
UNKNOWN = "known after the apply"
Values = Mapping[str, Any]


class Action(StrEnum):
    """The kind of a resource's change."""

    CREATE = "create"
    UPDATE = "change"
    REPLACE = "replace"
    DELETE = "destroy"


ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("create",): Action.CREATE,
    ("update",): Action.UPDATE,
    ("delete",): Action.DELETE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute that changes. forces: it forces the resource's replacement."""

    name: str  # its place in the resource: health_check.interval
    before: str
    after: str
    forces: bool = False

    @property
    def argument(self) -> str:
        """The resource's own argument or attribute: health_check."""
        return self.name.partition(".")[0].partition("[")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    address: str
    type: str
    action: Action
    attributes: tuple[Attribute, ...] = ()

    def as_json(self) -> dict[str, object]:
        return {
            "resource": self.address,
            "action": self.action.value,
            "attributes": [
                {"name": each.name, "before": each.before, "after": each.after, "forces_replacement": each.forces}
                for each in self.attributes
            ],
        }

    def text(self) -> str:
        if self.action not in {Action.UPDATE, Action.REPLACE}:
            return f"{self.action.value:<8}{self.address}"
        differences = ", ".join(
            f"{each.name} {each.before} -> {each.after}{' (forces it)' if each.forces else ''}"
            for each in self.attributes
        )
        return f"{self.action.value:<8}{self.address}: {differences}"


def planned(plan: Mapping[str, object]) -> list[Change]:
    """Return what applying the plan changes."""
    return list(_changes(plan, "resource_changes"))


def drifted(plan: Mapping[str, object]) -> list[Change]:
    """Return what has changed since the last apply, outside Terraform."""
    return list(_changes(plan, "resource_drift"))


def resource_changes(
    plan: Mapping[str, Any], key: str = "resource_changes"
) -> Iterator[tuple[Mapping[str, Any], Action]]:
    """Yield each change of a managed resource as the plan writes it, with its kind."""
    for each in plan.get(key, ()):
        action = ACTIONS.get(tuple(each["change"]["actions"]))
        if each.get("mode") == "managed" and action is not None and not _is_of_marks_only(each["change"]):
            yield each, action


def _changes(plan: Mapping[str, object], key: str) -> Iterator[Change]:
    for each, action in resource_changes(plan, key):
        attributes = tuple(_attributes(each["change"], action))
        yield Change(address=each["address"], type=each["type"], action=action, attributes=attributes)


def _is_of_marks_only(change: Mapping[str, Any]) -> bool:
    """Return whether an update changes no value.

    Terraform 1.6 plans such an update to remove the sensitivity marks of a newer version: the newer one marks what the
    schema calls sensitive, the older one what the code does.
    """
    is_same = change.get("before") is not None and change.get("before") == change.get("after")
    return is_same and tuple(change["actions"]) == ("update",) and not _is_marked(change.get("after_unknown"))


def _attributes(change: Mapping[str, Any], action: Action) -> Iterator[Attribute]:
    if action in {Action.CREATE, Action.DELETE}:
        return
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    hidden = [change.get(name) or {} for name in ("before_sensitive", "after_sensitive")]
    forcing = {path[0] for path in change.get("replace_paths", ()) if path}
    for name in sorted(before.keys() | after.keys() | forcing):
        is_unknown = bool(unknown.get(name)) if isinstance(unknown, dict) else False
        is_same = (before.get(name) or None) == (after.get(name) or None)  # null, empty and zero mean the same
        if is_same and not (is_unknown and name in forcing):
            continue
        if is_unknown and name not in forcing and action is Action.REPLACE:
            continue  # ids and the like, which differ in a new resource
        secret = any(_is_marked(each.get(name)) for each in hidden if isinstance(each, dict))
        forces = name in forcing
        if secret or is_unknown:
            pair = HIDDEN if secret else shown(before.get(name)), HIDDEN if secret else UNKNOWN
            yield Attribute(name=name, before=pair[0], after=pair[1], forces=forces)
            continue
        for place, old, new in _leaves(name, before.get(name), after.get(name)):
            yield Attribute(name=place, before=shown(old, new), after=shown(new, old), forces=forces)


def _leaves(name: str, before: object, after: object) -> Iterator[tuple[str, object, object]]:
    """Yield what differs inside two values, by its place: `health_check.interval`."""
    before, after = _parsed(before), _parsed(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                yield from _leaves(f"{name}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                yield from _leaves(name if len(before) == 1 else f"{name}[{number}]", old, new)
    elif before != after:
        yield name, before, after


def _parsed(value: object) -> object:
    """Parse text in JSON, such as a policy; return any other value unchanged."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _is_marked(mark: object) -> bool:
    """Return whether anything in a value is sensitive, as Terraform marks its parts."""
    if isinstance(mark, dict):
        return any(map(_is_marked, mark.values()))
    return any(map(_is_marked, mark)) if isinstance(mark, list) else bool(mark)


def shown(value: object, other: object = None) -> str:
    """Show a value briefly; of a long text that begins like the other value, the end."""
    text = _text(value)
    if len(text) <= SHOWN:
        return text
    common = _common(text, _text(other))
    if common > SHOWN // 2:
        text = f"...{text[common - SHOWN // 4 :]}"
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def _common(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _text(value: object) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, sort_keys=True)
    return " ".join(text.split())
