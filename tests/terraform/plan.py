"""A plan as tests read it: resources by type and name, policies as statements."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True, slots=True)
class Resource:
    """A planned resource with the values it will have."""

    address: str
    type: str
    name: str
    index: str | int | None
    values: Mapping[str, Any]

    def __getitem__(self, attribute: str) -> Any:
        return self.values[attribute]

    @property
    def module(self) -> str:
        return self.address.partition(".")[2].partition(".")[0] if self.address.startswith("module.") else ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of an IAM policy; its lists are sorted."""

    where: str  # the resource that carries the policy
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    conditions: Mapping[str, Any]


class Plan:
    def __init__(self, variant: str, plan: Mapping[str, Any]) -> None:
        self.variant = variant
        self.json = plan

    @cached_property
    def resources(self) -> list[Resource]:
        return list(walk(self.json["planned_values"]["root_module"]))

    def of(self, kind: str, name: str | None = None, module: str | None = None) -> list[Resource]:
        """Give all of a type, in a module, of a name in the code."""
        return [
            each
            for each in self.resources
            if each.type == kind and name in {None, each.name} and module in {None, each.module}
        ]

    def one(self, kind: str, name: str | None = None, module: str | None = None) -> Resource:
        """Give the only one; fails when there is none or there are several."""
        found = self.of(kind, name, module)
        assert len(found) == 1, f"{self.variant}: {kind} {name or ''}: {[each.address for each in found]}"
        return found[0]

    @property
    def variables(self) -> dict[str, Any]:
        # What the command line gives is text in a plan, whatever its type.
        words = {"true": True, "false": False}
        values = {name: each.get("value") for name, each in self.json["variables"].items()}
        return {name: words.get(value, value) if isinstance(value, str) else value for name, value in values.items()}

    @property
    def environment(self) -> str:
        return str(self.variables["environment"])

    @property
    def name(self) -> str:
        """`spendsense-<environment>[-<owner_id>]`."""
        return "-".join(filter(None, ["spendsense", self.environment, self.variables["owner_id"]]))

    @property
    def container(self) -> Mapping[str, Any]:
        """The application's container in the task definition."""
        return next(each for each in self.containers if each["name"] == "backend")

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = json.loads(self.one("aws_ecs_task_definition")["container_definitions"])
        return found

    def policies(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Give every policy document of every resource: its address and attribute, and the document."""
        for resource in self.resources:
            for attribute in ("policy", "assume_role_policy", "access_policy", "policy_document"):
                text = resource.values.get(attribute)
                if isinstance(text, str) and text.startswith("{") and '"Statement"' in text:
                    yield f"{resource.address}.{attribute}", json.loads(text)

    def statements(self) -> Iterator[Statement]:
        for where, document in self.policies():
            for each in listed(document["Statement"]):
                yield Statement(
                    where,
                    each["Effect"],
                    texts(each.get("Action", each.get("NotAction"))),
                    texts(each.get("Resource", [])),
                    texts(principals(each.get("Principal", []))),
                    each.get("Condition", {}),
                )


def walk(module: Mapping[str, Any]) -> Iterator[Resource]:
    for each in module.get("resources", []):
        if each["mode"] == "managed":
            yield Resource(each["address"], each["type"], each["name"], each.get("index"), each.get("values", {}))
    for child in module.get("child_modules", []):
        yield from walk(child)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> tuple[str, ...]:
    return tuple(sorted(str(each) for each in listed(value)))


def principals(value: Any) -> list[str]:
    """`{"Service": ["a"]}` to `["Service a"]`."""
    if isinstance(value, Mapping):
        return [f"{kind} {each}" for kind, names in value.items() for each in listed(names)]
    return listed(value)
