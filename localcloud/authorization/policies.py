"""Policies as values, read from AWS's JSON."""

import json
from dataclasses import dataclass
from functools import lru_cache

from localcloud.authorization.conditions import Condition, read_conditions
from localcloud.authorization.errors import PolicyError
from localcloud.authorization.principals import Named, read_principals

WITH_VARIABLES = "2012-10-17"
"""The Version that knows policy variables; a policy without one is of 2008-10-17."""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A statement. `label`: its Sid, otherwise its number from 1. Elements that are absent are None."""

    label: str
    is_allow: bool
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    principals: Named | None = None
    not_principals: Named | None = None
    conditions: tuple[Condition, ...] = ()
    has_variables: bool = True


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy. `name`: its ARN, or the name of an inline policy."""

    name: str
    statements: tuple[Statement, ...]


@lru_cache(maxsize=1024)
def read_policy(document: str, name: str) -> Policy:
    """Read a policy's JSON. Errors: PolicyError."""
    try:
        read = json.loads(document)
    except ValueError as error:
        raise PolicyError(name, "the document", document[:60], "JSON") from error
    if not isinstance(read, dict) or "Statement" not in read:
        raise PolicyError(name, "the document", document[:60], "an object with Statement")
    found = read["Statement"]
    statements = found if isinstance(found, list) else [found]
    has_variables = read.get("Version") == WITH_VARIABLES
    return Policy(
        name=name,
        statements=tuple(
            _statement(each, name, number, has_variables) for number, each in enumerate(statements, start=1)
        ),
    )


def _statement(element: object, name: str, number: int, has_variables: bool) -> Statement:
    where = f"{name}, statement {number}"
    if not isinstance(element, dict):
        raise PolicyError(where, "Statement", element, "an object")
    if element.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(where, "Effect", element.get("Effect"), "Allow or Deny")
    if ("Action" in element) == ("NotAction" in element):
        raise PolicyError(where, "Action", sorted(element), "given, or NotAction, but not both")
    return Statement(
        label=str(element.get("Sid") or number),
        is_allow=element["Effect"] == "Allow",
        actions=_texts(element, "Action", where),
        not_actions=_texts(element, "NotAction", where),
        resources=_texts(element, "Resource", where),
        not_resources=_texts(element, "NotResource", where),
        principals=read_principals(element["Principal"], where) if "Principal" in element else None,
        not_principals=read_principals(element["NotPrincipal"], where) if "NotPrincipal" in element else None,
        conditions=read_conditions(element.get("Condition", {}), where),
        has_variables=has_variables,
    )


def _texts(element: dict[str, object], key: str, where: str) -> tuple[str, ...] | None:
    if key not in element:
        return None
    found = element[key]
    several = found if isinstance(found, list) else [found]
    if not all(isinstance(each, str) for each in several):
        raise PolicyError(where, key, found, "a string or a list of strings")
    return tuple(several)
