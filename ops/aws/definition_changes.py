"""Pure: the differences between two task definitions, without those that mean nothing to ECS."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ops.aws.task_definition import REGISTERED_FIELDS

# List -> the field by which its items are told apart, so that their order does not matter.
NAMED_BY = {
    "containerDefinitions": "name",
    "dependsOn": "containerName",
    "environment": "name",
    "environmentFiles": "value",
    "extraHosts": "hostname",
    "mountPoints": "containerPath",
    "portMappings": "containerPort",
    "resourceRequirements": "type",
    "secretOptions": "name",
    "secrets": "name",
    "systemControls": "namespace",
    "ulimits": "name",
    "volumes": "name",
    "volumesFrom": "sourceContainer",
}
UNORDERED = frozenset({"add", "drop", "dnsSearchDomains", "dnsServers", "requiresCompatibilities"})
# Values that ECS fills in, or that a missing field stands for. ECS API reference, ContainerDefinition.
DEFAULTS: dict[str, object] = {
    "cpuArchitecture": "X86_64",
    "disableNetworking": False,
    "enableFaultInjection": False,
    "essential": True,
    "interactive": False,
    "operatingSystemFamily": "LINUX",
    "privileged": False,
    "protocol": "tcp",
    "pseudoTerminal": False,
    "readOnly": False,
    "readonlyRootFilesystem": False,
    "versionConsistency": "enabled",
}
OF_HEALTH_CHECKS: dict[str, object] = {"interval": 30, "retries": 3, "startPeriod": 0, "timeout": 5}
IN_TEXT = frozenset({"cpu", "memory"})
"""Fields of the whole task that ECS returns as text, whatever they were given as."""


@dataclass(frozen=True, slots=True)
class Change:
    """A plain value that differs, as JSON; None where one of the two does not have it."""

    path: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Return `~ path: old -> new`, `+ path: new` or `- path: old`."""
        if self.after is None:
            return f"- {self.path}: {self.before}"
        if self.before is None:
            return f"+ {self.path}: {self.after}"
        return f"~ {self.path}: {self.before} -> {self.after}"

    def as_json(self) -> dict[str, object]:
        values = [None if each is None else json.loads(each) for each in (self.before, self.after)]
        return {"path": self.path, "before": values[0], "after": values[1]}


def difference(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the changes between two task definitions, a line each."""
    return [str(each) for each in changes(before, after)]


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return the changes between two task definitions, by their paths."""
    sides = [{key: each.get(key) for key in REGISTERED_FIELDS} for each in (before, after)]
    return differing(*sides)


def differing(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return the differences between any two objects of ECS's."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return [
        Change(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]


def leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and JSON of each plain value that is no default."""
    if isinstance(value, dict):
        for key, each in value.items():
            if each in (None, [], {}) or is_default(value, key, path):
                continue
            inner = f"{path}.{key}" if path else key
            if isinstance(each, list):
                yield from items(each, key, inner)
            else:
                yield from leaves(str(each) if not path and key in IN_TEXT else each, inner)
    elif isinstance(value, list):
        yield from items(value, "", path)
    else:
        yield path, json.dumps(value)


def items(values: Sequence[object], key: str, path: str) -> Iterator[tuple[str, str]]:
    """Yield the leaves of a list's items: by name, in order, or sorted where the order means nothing."""
    named = NAMED_BY.get(key, "")
    ordered = sorted(values, key=str) if key in UNORDERED else values
    for position, each in enumerate(ordered):
        name = each.get(named, position) if isinstance(each, dict) else position
        yield from leaves(each, f"{path}[{name}]")


def is_default(owner: dict[str, Any], key: str, path: str) -> bool:
    """Return whether leaving a value out means the same: a default, or the host port of a task with its own network."""
    value = owner[key]
    if key == "cpu" and path:  # of a container
        return bool(value == 0)
    if key == "hostPort":
        return value in (0, owner.get("containerPort"))
    defaults = OF_HEALTH_CHECKS if path.endswith(".healthCheck") else DEFAULTS
    return key in defaults and value == defaults[key] and type(value) is type(defaults[key])
