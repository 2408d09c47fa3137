"""JSON inside attributes: its normal form, and comparison of two texts."""

import json
from typing import Any

from terraform_provider.values.go_json import written

SINGLE_OR_LIST = ("Action", "NotAction", "Resource", "NotResource")
PRINCIPALS = ("Principal", "NotPrincipal")


def normal_json(text: Any) -> Any:
    """Write JSON as the real provider does: names sorted, without spaces. Other texts stay as they are."""
    try:
        return written(json.loads(text), sort=True)
    except (TypeError, ValueError):
        return text


def same_json(one: Any, other: Any) -> bool:
    """Return whether two texts are the same JSON."""
    return bool(normal_json(one) == normal_json(other))


def same_policy(one: Any, other: Any) -> bool:
    """Return whether two IAM policies mean the same: one string or a list of one, in any order."""
    try:
        return bool(_policy(json.loads(one or "{}")) == _policy(json.loads(other or "{}")))
    except (TypeError, ValueError):
        return bool(one == other)


def _policy(policy: Any) -> Any:
    if not isinstance(policy, dict):
        return policy
    statements = policy.get("Statement", [])
    listed = statements if isinstance(statements, list) else [statements]
    return {**policy, "Statement": sorted((_statement(each) for each in listed), key=repr)}


def _statement(statement: Any) -> Any:
    if not isinstance(statement, dict):
        return statement
    made: dict[str, Any] = {}
    for name, value in statement.items():
        if name in SINGLE_OR_LIST:
            made[name] = _strings(value)
        elif name in PRINCIPALS:
            # "*" and {"AWS": "*"} are the same to AWS, but not to the real provider's comparison.
            made[name] = (
                {kind: sorted(map(_principal, _strings(each))) for kind, each in sorted(value.items())}
                if isinstance(value, dict)
                else value
            )
        elif name == "Condition" and isinstance(value, dict):
            made[name] = {
                test: {key: _strings(each) for key, each in sorted(keys.items())}
                for test, keys in sorted(value.items())
            }
        elif not (name == "Sid" and value == ""):
            made[name] = value
    return dict(sorted(made.items()))


def _strings(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return sorted({str(each).lower() if isinstance(each, bool) else str(each) for each in listed})


def _principal(text: str) -> str:
    """Return an account's id for its root ARN: IAM replaces one with the other."""
    parts = text.split(":")
    return parts[4] if len(parts) == 6 and parts[2] == "iam" and parts[5] == "root" else text
