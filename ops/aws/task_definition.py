"""Pure: a described task definition plus changes gives what is registered; two give their difference."""

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ops.errors import NotFound

# What ECS RegisterTaskDefinition takes; everything else in a description is ECS's own.
REGISTERED_FIELDS = (
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
)
REVISION_VARIABLE = "APP_REVISION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a deploy changes in a task definition."""

    container: str
    image: str
    revision: str


def registration(described: dict[str, Any], changes: Changes, tags: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Give the RegisterTaskDefinition input of a described task definition with `changes` made.

    The container's image is also that of its sidecars which had the same one. tags: of the described one, which
    ECS tells beside it. Errors: NotFound when the container is not in it.
    """
    definition = registered(described)
    container = container_of(definition, changes.container)
    before = container["image"]
    for each in definition["containerDefinitions"]:
        if each["image"] == before:
            each["image"] = changes.image
    others = [each for each in container.get("environment", []) if each["name"] != REVISION_VARIABLE]
    container["environment"] = [*others, {"name": REVISION_VARIABLE, "value": changes.revision}]
    # AWS's own tags are told and cannot be given.
    own = [tag for tag in tags if not tag["key"].startswith("aws:")]
    return definition | ({"tags": own} if own else {})


def registered(described: dict[str, Any]) -> dict[str, Any]:
    """Give the RegisterTaskDefinition input that makes the same again, its tags excepted."""
    return {
        field: copy.deepcopy(described[field]) for field in REGISTERED_FIELDS if described.get(field) not in (None, [])
    }


def container_of(definition: dict[str, Any], name: str) -> dict[str, Any]:
    """Find a container by name. Errors: NotFound, with the names there are."""
    containers: list[dict[str, Any]] = definition["containerDefinitions"]
    for container in containers:
        if container["name"] == name:
            return container
    names = ", ".join(each["name"] for each in containers)
    raise NotFound(
        f"task definition {definition['family']}: there is no container {name!r}, only: {names}",
        next_step="name the container as in the task definition",
    )


def log_streams(definition: dict[str, Any], task_id: str) -> list[tuple[str, str]]:
    """Give log group and stream of each of a task's containers that writes to CloudWatch Logs."""
    streams = []
    for container in definition["containerDefinitions"]:
        configuration = container.get("logConfiguration", {})
        if configuration.get("logDriver") == "awslogs":
            options = configuration["options"]
            streams.append(
                (options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}")
            )
    return streams


def difference(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Give what changes between two task definitions, a line each: `~ path: old -> new`, `+ path`, `- path`."""
    old, new = dict(leaves(before)), dict(leaves(after))
    lines = []
    for path in sorted(old.keys() | new.keys()):
        if path not in new:
            lines.append(f"- {path}: {old[path]}")
        elif path not in old:
            lines.append(f"+ {path}: {new[path]}")
        elif old[path] != new[path]:
            lines.append(f"~ {path}: {old[path]} -> {new[path]}")
    return lines


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk to each plain value; a list of named things is walked by name, so order does not matter."""
    if isinstance(value, dict):
        for key, each in value.items():
            if each not in (None, [], {}) and (path or key in REGISTERED_FIELDS):
                yield from leaves(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            name = each.get("name", position) if isinstance(each, dict) else position
            yield from leaves(each, f"{path}[{name}]")
    else:
        yield path, json.dumps(value)
