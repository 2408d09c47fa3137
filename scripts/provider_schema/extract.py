"""Cuts the provider's schema to the types that the Terraform code uses."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
CODE = PROJECT / "infrastructure"


def used_types(kind: str, code: Path = CODE) -> set[str]:
    """Find the types of all `resource` or `data` blocks, whichever `kind` names."""
    files = sorted(code.rglob("*.tf"))
    return {name for file in files for name in re.findall(rf'^{kind} "(aws_\w+)"', file.read_text(), re.MULTILINE)}


def cut(schemas: dict[str, Any]) -> dict[str, Any]:
    """Errors: KeyError with the name of a type that the provider does not have."""
    return {
        "provider": schemas["provider"],
        "resource_schemas": {name: schemas["resource_schemas"][name] for name in sorted(used_types("resource"))},
        "data_source_schemas": {name: schemas["data_source_schemas"][name] for name in sorted(used_types("data"))},
    }


def leaves(block: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Walk to every attribute, nested ones too."""
    for name, attribute in block.get("attributes", {}).items():
        yield (*path, name), attribute
    for name, nested in block.get("block_types", {}).items():
        yield from leaves(nested["block"], (*path, name))
