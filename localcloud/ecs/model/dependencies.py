"""The order in which the containers of a task start and stop: `dependsOn` (aws-facts 1.5)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

Definition = Mapping[str, Any]


class Condition(StrEnum):
    """The condition of another container that a container waits for."""

    START = "START"
    COMPLETE = "COMPLETE"
    SUCCESS = "SUCCESS"
    HEALTHY = "HEALTHY"


ENDS = frozenset({Condition.COMPLETE, Condition.SUCCESS})


class Dependency(NamedTuple):
    """`container` is the one that must reach `condition`."""

    container: str
    condition: Condition


def dependencies(definition: Definition) -> list[Dependency]:
    return [Dependency(d["containerName"], Condition(d["condition"])) for d in definition.get("dependsOn", [])]


def dependents(definitions: Sequence[Definition], name: str) -> list[str]:
    """Return the containers that depend on `name`: they stop before it does."""
    return [d["name"] for d in definitions if any(name == needed.container for needed in dependencies(d))]


def dependency_error(definitions: Sequence[Definition]) -> str | None:
    """Return why AWS refuses these containers' dependencies; None when they are valid."""
    by_name = {definition["name"]: definition for definition in definitions}
    for definition in definitions:
        for entry in definition.get("dependsOn", []):
            needed, condition = entry["containerName"], entry["condition"]
            if needed not in by_name:
                return f"Container '{definition['name']}' depends on container '{needed}', which is not defined."
            if condition in ENDS and by_name[needed].get("essential", True):
                return (
                    f"A dependency with condition {condition} cannot be made on essential container '{needed}': "
                    "set essential to false for it."
                )
            if condition == Condition.HEALTHY and "healthCheck" not in by_name[needed]:
                return f"A dependency with condition HEALTHY requires a health check of container '{needed}'."
    graph = {d["name"]: {needed.container for needed in dependencies(d)} for d in definitions}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as exc:
        return f"Container definitions should not have cyclic dependencies: {' -> '.join(exc.args[1])}."
    return None
