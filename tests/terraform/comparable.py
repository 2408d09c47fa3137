"""The contents of two local clouds, with names in place of the values that AWS chooses."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.terraform.agreement import LEFT, is_listed, listed, matches, unlike

ID = "[0-9a-f]{8,17}"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
CHOSEN = {
    rf"\b(acl|cidr-assoc|eipassoc|eni)-{ID}\b": r"\1-ID",
    rf"\br-rtb-{ID}": "r-rtb-ID",
    r"\b(127|10)([.-])\d+[.-]\d+[.-]\d+(?=$|\.us-west-1)": r"\1\2ADDRESS",
    r"\b2400:6500:[0-9a-f:]+": "IPV6",
    rf"\b(acl|aclassoc|eipalloc|eni|fl|igw|nat|pl|rtb|rtbassoc|sg|sgr|subnet|vpc|vpce)-{ID}\b": r"\1-ID",
    r"\bnacl-\d+\b": "nacl-ID",
    r"(\bvpce-ID|\.id>)-[0-9a-f]{8}\b": r"\1-ID",
    r"\becs-svc/\d+": "ecs-svc/ID",
    r"^[0-9A-F]{13}$": "ZONE",
    r"^10\.\d+\.\d+\.\d+$": "ADDRESS",
    rf"((?:loadbalancer|listener|listener-rule)/app/[\w-]+/){ID}(/{ID})*": r"\1ID",
    rf"(app/[\w-]+/){ID}": r"\1ID",
    rf"(targetgroup/[\w-]+/){ID}": r"\1ID",
    UUID: "UUID",
    r"\b[A-Za-z0-9]{48}\b": "RULE",
    r"\b20\d{16}[0-9a-f]{8}\b": "STAMP",
    r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?": "TIME",
    r"(:secret:[\w/+=.@-]+)-[A-Za-z0-9]{6}\b": r"\1-ID",
    r"scalable-target/\w+": "scalable-target/ID",
    r"\b127(\.\d{1,3}){3}\b": "ADDRESS",
    r"\bdb-[A-Z0-9]{26}\b": "db-ID",
    r"(secret:rds!db-[\w-]+?)-\w{6}\b": r"\1-ID",
    r"\b(AROA|AIDA|AKIA)[A-Z0-9]+": r"\1ID",
    r"^[a-z]{8}$": "ID",
    r"((?:/apis|/vpclinks|integrations)/)[a-z]{8}\b": r"\1ID",
    r"\b[a-z]{8}(\.execute-api)": r"ID\1",
    r"(:execute-api:[\w-]+:\d+:)[a-z]{8}\b": r"\1ID",
    r"^Z[A-Z0-9]{8,31}_": "ZONE_",
    r"(/hostedzone/)Z[A-Z0-9]{8,31}\b": r"\1ID",
    r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC": "TIME",
    r"http://127[\d.]+:8080": "http://ADDRESS",
}
"""What AWS chooses, and the provider's names by the time."""
BY_CHANCE = (
    "latest_restorable_time",
    "lock_token",
    "creationTime",
    "LatestRestorableTime",
    "LockToken",
    "Serial",
    "StateReason",
    "StateReasonData",
    "StateValue",
)
OUTPUTS = "outputs"
"""The address of a state's outputs."""
Named = Callable[[str], str]
"""Gives the names of what one cloud chose, in the place of the values."""


def comparable(value: Any, named: Named) -> Any:
    """Replace what differs by chance; order lists, and read JSON."""
    if isinstance(value, dict):
        return {
            re.sub(UUID, "UUID", name): comparable(each, named) for name, each in value.items() if name not in BY_CHANCE
        }
    if isinstance(value, list):
        return sorted((comparable(each, named) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
    if (parsed := _read(value)) is not None:
        return comparable(parsed, named)
    if isinstance(value, datetime):
        return _without_chosen(value.isoformat())
    if isinstance(value, int) and not isinstance(value, bool) and (name := named(str(value))) != str(value):
        return name
    return _without_chosen(named(value)) if isinstance(value, str) else value


def is_chosen(text: str) -> bool:
    return _without_chosen(text) != text


def _without_chosen(text: str) -> str:
    for pattern, instead in CHOSEN.items():
        text = re.sub(pattern, instead, text)
    return text


def _read(value: Any) -> Any:
    """Return the list or object that a text is in JSON; None for any other value."""
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


@dataclass(frozen=True)
class Difference:
    """address: of a resource in a state, or `region service operation name` of what the API says."""

    address: str
    path: str
    ours: Any
    theirs: Any

    @property
    def kind(self) -> str:
        """Return `type.attribute` of a state, and `service operation.member` of what the API says."""
        words = self.address.split(maxsplit=3)
        if len(words) > 1:
            return f"{words[1]} {words[2]}.{self.path}"
        *_, kind = OUTPUTS, *re.findall(r"aws_[a-z0-9_]+(?=[.])", self.address)
        return f"{kind}.{self.path}"

    def __str__(self) -> str:
        return f"{self.address}.{self.path}: ours {self.ours!r}, theirs {self.theirs!r}"


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[Difference]:
    """Compare two sides, attribute by attribute."""
    return [
        Difference(address, path, one, other)
        for address in sorted(ours.keys() | theirs.keys())
        for path, other, one in unlike(theirs.get(address), ours.get(address), "")
    ]


def not_listed(found: Iterable[Difference]) -> list[str]:
    """Return the differences that the page does not list."""
    return [str(each) for each in found if not is_listed(each.kind, LEFT)]


def not_found(found: Iterable[Difference]) -> list[str]:
    """Return what the page lists, and is no difference."""
    kinds = {each.kind for each in found}
    return [pattern for pattern in listed(LEFT) if not any(matches(kind, pattern) for kind in kinds)]
