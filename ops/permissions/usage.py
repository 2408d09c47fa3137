"""The permissions that a role used, never used and lacked, and the smallest policy for it. Pure."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ops.aws.clients import Wire
from ops.permissions.decision_record import Decided
from ops.permissions.policies import Role, Statement, matches

KEPT = Path(__file__).with_name("kept.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """An action of a statement that no request needed. `reason`: why it is kept; empty without one."""

    statement: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The calls of one role. `used`: action -> how often; `lacked`: (action, resource) -> how often."""

    role: Role
    used: Mapping[str, int]
    unused: Sequence[Unused]
    lacked: Mapping[tuple[str, str], int]


def usage_of(role: Role, decided: Iterable[Decided], kept: Mapping[str, str]) -> Usage:
    """Compare a role's policies with the decisions on it. `kept`: of `kept_for`."""
    own = [each for each in decided if each.principal == role.arn]
    used: Counter[str] = Counter()
    lacked: Counter[tuple[str, str]] = Counter()
    for each in own:
        if each.is_allowed:
            used[each.action] += each.count
        else:
            lacked[each.action, each.resource] += each.count
    allowed = [each for each in own if each.is_allowed]
    unused = [
        Unused(statement=statement.label, action=action, reason=kept.get(action, ""))
        for statement in role.statements
        for action in statement.actions
        if not any(is_by(statement, action, each) for each in allowed)
    ]
    return Usage(role=role, used=dict(sorted(used.items())), unused=unused, lacked=dict(sorted(lacked.items())))


def is_by(statement: Statement, action: str, decided: Decided) -> bool:
    """Return whether a statement's action covers the decision."""
    return matches(action, decided.action, ignore_case=True) and any(
        matches(each, decided.resource) for each in statement.resources
    )


def smallest_policy(role: Role, decided: Iterable[Decided]) -> Wire:
    """Return the role's own statements, with only the used actions and resources; conditions stay."""
    own = [each for each in decided if each.principal == role.arn and each.is_allowed]
    statements = []
    for statement in role.statements:
        by_action = {action: [each for each in own if is_by(statement, action, each)] for action in statement.actions}
        actions = [action for action, found in by_action.items() if found]
        covered = [each for found in by_action.values() for each in found]
        resources = [each for each in statement.resources if any(matches(each, used.resource) for used in covered)]
        if actions:
            statements.append(statement.wire | {"Action": actions, "Resource": resources})
    return {"Version": "2012-10-17", "Statement": statements}


@cache
def kept_for(role: str, path: Path = KEPT) -> Mapping[str, str]:
    """Return the unused actions of a role (`deploy`) that are kept, each with its reason."""
    found = tomllib.loads(path.read_text()).get(role, {})
    return {str(action): str(reason) for action, reason in found.items()}
