"""Reads the resources in the local state file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ops.terraform.saved_state import STATE
from ops.terraform.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Resource:
    address: str
    type: str
    attributes: dict[str, Any]
    is_tainted: bool = False
    is_deposed: bool = False  # it is being replaced, and its deletion was not recorded


def resources(workspace: Workspace) -> Iterator[Resource]:
    """Yield the managed resources; none without a state that can be read. Reads Terraform's format 4."""
    try:
        found = json.loads((workspace.code / STATE).read_text())["resources"]
    except (OSError, ValueError, KeyError, TypeError):  # Terraform itself reports the problem
        return
    for each in found:
        if each.get("mode") != "managed":
            continue
        module = f"{each['module']}." if each.get("module") else ""
        for instance in each.get("instances", []):
            key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
            address = f"{module}{each['type']}.{each['name']}{key}"
            attributes, is_tainted = instance.get("attributes") or {}, instance.get("status") == "tainted"
            yield Resource(address, each["type"], attributes, is_tainted, "deposed" in instance)


def arns(workspace: Workspace) -> frozenset[str]:
    found = (each.attributes.get("arn") for each in resources(workspace))
    return frozenset(arn for arn in found if isinstance(arn, str) and arn)
