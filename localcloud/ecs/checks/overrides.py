"""Applies the `overrides` of RunTask to a task definition, and checks them."""

from typing import Any

from localcloud.ecs.checks.containers import LEAST_MEMORY_MIB, environment_error
from localcloud.ecs.checks.fargate import in_units, runs_on_fargate
from localcloud.ecs.model.tasks import Wire

OF_TASK = ("cpu", "memory", "executionRoleArn", "taskRoleArn", "ephemeralStorage")
OF_CONTAINER = ("cpu", "memory", "memoryReservation")
"""Command and environment are not part of the definition: containers merge them (`tasks/containers/container.py`)."""


def overridden(definition: Wire, overrides: Wire) -> Wire:
    """Return the definition of a task with these overrides."""
    if not overrides:
        return definition
    by_name = {override["name"]: override for override in overrides.get("containerOverrides", [])}
    containers = [
        container | _chosen(by_name.get(container["name"], {}), OF_CONTAINER)
        for container in definition["containerDefinitions"]
    ]
    return in_units(definition | _chosen(overrides, OF_TASK) | {"containerDefinitions": containers})


def overrides_error(definition: Wire, overrides: Wire) -> str:
    """Return the reason for a refusal; empty when there is none."""
    containers = {container["name"] for container in definition["containerDefinitions"]}
    for override in overrides.get("containerOverrides", []):
        name = override.get("name")
        if name not in containers:
            return f"Override for container named {name} is not a container in the TaskDefinition."
        if error_text := environment_error(override.get("environment", [])):
            return f"Invalid override for container '{name}'. {error_text}"
    result = overridden(definition, overrides)
    for key in ("cpu", "memory"):
        if not str(result.get(key, "0")).isdecimal():
            return f"Invalid '{key}' setting for task: {result[key][:100]}"
    if runs_on_fargate(definition) and not runs_on_fargate(result):
        return (
            f"No Fargate configuration exists for given values: {result['cpu']} CPU, {result['memory']} memory. "
            "See the Amazon ECS documentation for the valid values."
        )
    return _memory_error(result)


def _memory_error(definition: Wire) -> str:
    """Check memory as at registration: at least what a program needs, and at most the task's memory."""
    most_mib = int(definition["memory"]) if "memory" in definition else None
    for container in definition["containerDefinitions"]:
        for key in ("memory", "memoryReservation"):
            value = container.get(key)
            if value is not None and (value < LEAST_MEMORY_MIB or (most_mib is not None and value > most_mib)):
                return f"Invalid override for container '{container['name']}'. The task does not allow {key} {value}."
    return ""


def _chosen(wire: Wire, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: wire[name] for name in names if name in wire}
