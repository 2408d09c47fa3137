"""A role's policies as IAM has them, and which of their actions and resources a request would match by name.

Only names are compared, not conditions: the local cloud's record says which statement decided.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ops.aws.clients import Aws, Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A statement that allows something. `label`: its Sid, otherwise its number from 1, as in records of decisions."""

    policy: str
    label: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    wire: Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role. `managed`: policies that AWS or another owner maintains; their content is not read."""

    name: str
    arn: str
    statements: tuple[Statement, ...]
    managed: tuple[str, ...]


def roles(aws: Aws) -> list[Role]:
    """Read the environment's roles with their own policies.

    IAM ListRoles, ListRolePolicies, GetRolePolicy, ListAttachedRolePolicies.
    """
    beginning = f"{aws.environment.prefix}-"
    pages = aws.iam.get_paginator("list_roles").paginate()
    found = [role for page in pages for role in page["Roles"] if role["RoleName"].startswith(beginning)]
    return [_role(aws, each["RoleName"], each["Arn"]) for each in sorted(found, key=lambda role: str(role["RoleName"]))]


def names(aws: Aws) -> list[str]:
    """Return the roles' names without the environment's: deploy, operate ... IAM ListRoles."""
    beginning = f"{aws.environment.prefix}-"
    pages = aws.iam.get_paginator("list_roles").paginate()
    found = [str(role["RoleName"]) for page in pages for role in page["Roles"]]
    return sorted(name.removeprefix(beginning) for name in found if name.startswith(beginning))


def _role(aws: Aws, name: str, arn: str) -> Role:
    names = [
        each
        for page in aws.iam.get_paginator("list_role_policies").paginate(RoleName=name)
        for each in page["PolicyNames"]
    ]
    attached = [
        str(each["PolicyArn"])
        for page in aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
        for each in page["AttachedPolicies"]
    ]
    documents = {each: aws.iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in names}
    statements = tuple(found for each in names for found in allowing(each, documents[each]))
    return Role(name=name, arn=arn, statements=statements, managed=tuple(attached))


def allowing(policy: str, document: Wire) -> Iterator[Statement]:
    """Return a policy's statements that allow something by name; NotAction and NotResource are ignored."""
    for number, each in enumerate(_listed(document["Statement"]), start=1):
        if each["Effect"] == "Allow" and "Action" in each and "Resource" in each:
            yield Statement(
                policy=policy,
                label=str(each.get("Sid") or number),
                actions=tuple(_listed(each["Action"])),
                resources=tuple(_listed(each["Resource"])),
                wire=each,
            )


def matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Compare with IAM's wildcards: `*` any characters, `?` one."""
    return (
        _expression(pattern.lower() if ignore_case else pattern).fullmatch(text.lower() if ignore_case else text)
        is not None
    )


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern), re.DOTALL)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
