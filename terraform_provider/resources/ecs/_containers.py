"""The text container_definitions, in the forms of ECS and of the state."""

import json
from typing import Any

from botocore.model import Shape

from terraform_provider.framework.aws import model
from terraform_provider.framework.errors import ProviderError
from terraform_provider.planning import container_definitions
from terraform_provider.values.go_json import written
from terraform_provider.values.unknown import UNKNOWN

TYPES: dict[str, type] = {"structure": dict, "map": dict, "list": list, "string": str, "integer": int, "boolean": bool}
NAMES = {
    "structure": "an object",
    "map": "an object",
    "list": "a list",
    "string": "a string",
    "integer": "a whole number",
    "boolean": "true or false",
}
"""By the types in ECS's model: those of Python, and what to call them."""


def validate(text: Any) -> None:
    """Refuse anything but a list of containers."""
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
    request(text)


def request(text: str) -> list[dict[str, Any]]:
    """Return the definitions as ECS takes them: names in any case, and without nulls.

    Errors: ProviderError for a value of another type than ECS's.
    """
    shape = model("ecs").shape_for("ContainerDefinitions")
    made: list[dict[str, Any]] = _fitted(json.loads(text), shape, "container_definitions")
    return made


def in_state(found: list[dict[str, Any]]) -> str:
    """Convert ECS's response to the state's form."""
    return written(container_definitions.stored(json.dumps(found)), sort=True)


def _fitted(value: Any, shape: Shape, where: str) -> Any:
    """Fit JSON to a shape of ECS's model; fields that ECS does not know are left out, as the real provider does."""
    is_fit = isinstance(value, TYPES[shape.type_name]) and isinstance(value, bool) == (shape.type_name == "boolean")
    if not is_fit:
        raise _invalid(f"{where} should be {NAMES[shape.type_name]}, got {json.dumps(value)}")
    if shape.type_name == "structure":
        members = {name.lower(): name for name in shape.members}
        named = {members[key.lower()]: each for key, each in value.items() if key.lower() in members}
        return {
            name: _fitted(each, shape.members[name], f"{where}.{name}")
            for name, each in named.items()
            if each is not None
        }
    if shape.type_name == "list":
        return [_fitted(each, shape.member, f"{where}[{number}]") for number, each in enumerate(value)]
    if shape.type_name == "map":
        return {key: _fitted(each, shape.value, f"{where}.{key}") for key, each in value.items()}
    return value


def _invalid(why: str) -> ProviderError:
    return ProviderError(
        f"ECS Task Definition container_definitions is invalid: {why}",
        "Write it as jsonencode([{ name = ..., image = ... }]).",
        ("container_definitions",),
    )
