"""The results of an apply, in Terraform's state and in the account, in a form that can be compared with another's."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.terraform.account import HOME, REPLICA, Account
from tests.terraform.comparable import OUTPUTS, Difference, Named, comparable, differences, is_chosen
from tests.terraform.world import Found, titled, world

FIRST = ("id", "arn")
"""The attributes that give a value its name before others do."""
BY_CHANCE = {
    "aws_iam_policy_document": "id",  # a checksum of its text, in which are ids; the text is compared
    "aws_resourcegroupstaggingapi_resources": "resource_tag_mapping_list",  # the snapshots that RDS has taken so far
}
Shown = Mapping[str, Any]
"""`terraform show -json`."""


@dataclass(frozen=True)
class Left:
    """applied: the state after the apply; refreshed: after a refresh of it. found: what the API says."""

    applied: Shown
    refreshed: Shown
    found: list[Found]

    def world(self) -> dict[str, Any]:
        """Return what the API says, by kind and name."""
        return titled(self.found, names_in(self.applied))


def look(account: Account, arguments: list[str]) -> Left:
    """Look at the state, refresh it, look again, and at the account."""
    applied = _shown(account)
    account.terraform("apply", ["-refresh-only", "-auto-approve", *arguments])
    return Left(applied, _shown(account), world(account.client, HOME, (HOME, REPLICA)))


def _shown(account: Account) -> Shown:
    shown: Shown = json.loads(account.terraform("show", ["-json"], plain=True))
    return shown


def all_differences(ours: Left, theirs: Left) -> list[Difference]:
    return [
        *differences(state(ours.applied), state(theirs.applied)),
        *differences(state(ours.refreshed), state(theirs.refreshed)),
        *differences(ours.world(), theirs.world()),
    ]


def state(shown: Shown) -> dict[str, Any]:
    """Return every attribute, by the resource's address, and the outputs."""
    named, values = names_in(shown), shown["values"]
    outputs = {name: each.get("value") for name, each in values["outputs"].items()}
    every = [*resources(values["root_module"]), (OUTPUTS, outputs)]
    return {address: comparable(each, named) for address, each in every}


def names_in(shown: Shown) -> Named:
    """Name each id and ARN by the resource and attribute that has it."""
    names: dict[str, str] = {}
    for address, values in sorted(resources(shown["values"]["root_module"]), key=lambda each: each[0]):
        for attribute in sorted(values, key=lambda each: (each not in FIRST, each)):
            value = values[attribute]
            if attribute.endswith(FIRST) and isinstance(value, str) and is_chosen(value):
                names.setdefault(value, f"<{address}.{attribute}>")
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)")
    return lambda text: pattern.sub(lambda match: names[match[0]], text)


def resources(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for each in module.get("resources", []):
        left_out = BY_CHANCE.get(each["type"])
        yield each["address"], {name: value for name, value in each["values"].items() if name != left_out}
    for child in module.get("child_modules", []):
        yield from resources(child)
