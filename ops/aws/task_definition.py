"""Pure: builds the registration of a changed task definition, and finds its parts."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ops.errors import NotFound

# The input of ECS RegisterTaskDefinition; all other fields of a description belong to ECS.
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
    """The values that a deploy changes in a task definition."""

    container: str
    image: str
    revision: str


def registration(described: dict[str, Any], changes: Changes, tags: Sequence[dict[str, str]] = ()) -> dict[str, Any]:
    """Return the RegisterTaskDefinition input for a described task definition with `changes` applied.

    Sidecars that used the container's image get the new one too. tags: those of the described definition, which ECS
    returns beside it. Errors: NotFound when the container is not in it.
    """
    definition = registered(described)
    container = container_of(definition, changes.container)
    before = container["image"]
    for each in definition["containerDefinitions"]:
        if each["image"] == before:
            each["image"] = changes.image
    others = [each for each in container.get("environment", []) if each["name"] != REVISION_VARIABLE]
    container["environment"] = [*others, {"name": REVISION_VARIABLE, "value": changes.revision}]
    # ECS returns AWS's own tags but does not accept them.
    own = [tag for tag in tags if not tag["key"].startswith("aws:")]
    return definition | ({"tags": own} if own else {})


def registered(described: dict[str, Any]) -> dict[str, Any]:
    """Return the RegisterTaskDefinition input that registers the same definition again, without its tags."""
    return {
        field: copy.deepcopy(described[field]) for field in REGISTERED_FIELDS if described.get(field) not in (None, [])
    }


def container_of(definition: dict[str, Any], name: str) -> dict[str, Any]:
    """Find a container by name. Errors: NotFound, listing the existing names."""
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
    """Return log group and stream of each container of a task that writes to CloudWatch Logs."""
    streams = []
    for container in definition["containerDefinitions"]:
        configuration = container.get("logConfiguration", {})
        if configuration.get("logDriver") == "awslogs":
            options = configuration["options"]
            streams.append(
                (options["awslogs-group"], f"{options['awslogs-stream-prefix']}/{container['name']}/{task_id}")
            )
    return streams
