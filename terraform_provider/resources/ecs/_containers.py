"""The text container_definitions: what ECS gets, and what the state has."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import botocore.session
from botocore.model import Shape

from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.json_text import written
from terraform_provider.values.unknown import UNKNOWN

SORTED_BY_NAME = ("environment", "secrets")


def validate(text: Any) -> None:
    """Refuse what is no list of containers."""
    if text is UNKNOWN or text is None:
        return
    try:
        found = json.loads(text)
    except ValueError as exc:
        raise _invalid(f"Error decoding JSON: {exc}") from exc
    if not isinstance(found, list):
        raise _invalid("it is not a list")
    for number, each in enumerate(found):
        if not isinstance(each, dict) or not each:
            raise _invalid(f"invalid container definition supplied at index ({number})")


def request(text: str) -> list[dict[str, Any]]:
    """Return the definitions as ECS takes them: names in any case, numbers also as text, and nulls left out."""
    shape = botocore.session.get_session().get_service_model("ecs").shape_for("ContainerDefinitions")
    made: list[dict[str, Any]] = _fitted(json.loads(text), shape)
    return made


def in_state(found: Iterable[Mapping[str, Any]]) -> str:
    """Write ECS's answer as the state has it: sorted by name, and without a cpu of zero."""
    made = []
    for each in found:
        kept = {name: value for name, value in each.items() if (name, value) != ("cpu", 0)}
        for name in SORTED_BY_NAME:
            if name in kept:
                kept[name] = sorted(kept[name], key=lambda pair: str(pair["name"]))
        made.append(kept)
    return written(sorted(made, key=lambda each: str(each["name"])), sort=True)


def _fitted(value: Any, shape: Shape) -> Any:
    """Fit JSON to a shape of ECS's model; fields that ECS does not know are left out, as the real provider does."""
    if shape.type_name == "structure" and isinstance(value, dict):
        members = {name.lower(): name for name in shape.members}
        named = {members[key.lower()]: each for key, each in value.items() if key.lower() in members}
        return {name: _fitted(each, shape.members[name]) for name, each in named.items() if each is not None}
    if shape.type_name == "list" and isinstance(value, list):
        return [_fitted(each, shape.member) for each in value if each is not None]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: _fitted(each, shape.value) for key, each in value.items()}
    return _primitive(value, shape.type_name)


def _primitive(value: Any, kind: str) -> Any:
    if kind in ("integer", "long") and isinstance(value, str):
        try:
            return int(value)
        except ValueError as exc:
            raise _invalid(f'"{value}" is no whole number') from exc
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    if kind == "string" and isinstance(value, bool | int | float):
        return written(value)
    return value


def _invalid(why: str) -> ProviderError:
    return ProviderError(
        f"ECS Task Definition container_definitions is invalid: {why}",
        "Write it as jsonencode([{ name = ..., image = ... }]).",
        ("container_definitions",),
    )
