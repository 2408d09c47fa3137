"""Compares plans of the stand-in with those of the real provider, but for the differences that the page lists."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from scripts.provider_schema.plugin import PlannedChange
from terraform_provider.planning import Planned
from terraform_provider.values.unknown import Value

PAGE = Path(__file__).parents[2] / "docs" / "terraform-provider.md"
PLANS, LEFT = "Plans that differ", "What an apply leaves that differs"
"""The sections with the differences that stay."""
REPLACES = "replaced by"
# The real provider names an attribute without a name, which Terraform ignores.
NAMELESS = ("",)


def differences(kind: str, real: PlannedChange, ours: Planned) -> list[str]:
    """Give each difference that the page does not list: `type.attribute: there, here`."""
    found = [(path, f"{there!r} there, {here!r} here") for path, there, here in unlike(real.value, ours.value, "")]
    for path in (real.replace - {NAMELESS}) ^ ours.replace_paths:
        where = "there" if path in real.replace else "here"
        found.append((f"{path[0]}", f"{REPLACES} {path} {where} alone"))
    return [f"{kind}.{path}: {said}" for path, said in found if not is_listed(f"{kind}.{path}")]


def unlike(there: Value, here: Value, path: str) -> Iterator[tuple[str, Value, Value]]:
    """Walk to what differs; elements of lists and sets are compared in one order."""
    if isinstance(there, dict) and isinstance(here, dict):
        for name in sorted(there.keys() | here.keys()):
            yield from unlike(there.get(name), here.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(there, list) and isinstance(here, list) and len(there) == len(here):
        for one, other in zip(ordered(there), ordered(here), strict=True):
            yield from unlike(one, other, path)
    elif there != here:
        yield path, there, here


def ordered(values: list[Value]) -> list[Value]:
    return sorted(values, key=lambda each: json.dumps(each, sort_keys=True, default=repr))


def is_listed(name: str, section: str = PLANS) -> bool:
    return any(matches(name, pattern) for pattern in listed(section))


def matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")


@cache
def listed(section: str = PLANS) -> frozenset[str]:
    """Read the attributes in the table of a section of the page."""
    table = PAGE.read_text().partition(f"## {section}")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE)
    return frozenset(name for row in rows for name in re.findall(r"`([^`]+)`", row))
