"""Judges a request by IAM policies as AWS does: a denial wins, and what nothing allows is denied."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.terraform.plan import listed


@dataclass(frozen=True, slots=True)
class Request:
    """An action on a resource. `context`: condition key -> its values; a key that a request does not send is absent."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.action} on {self.resource} {dict(self.context)}"


def is_allowed(request: Request, policies: Iterable[Mapping[str, Any]]) -> bool:
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in listed(policy["Statement"])
        if applies(statement, request)
    }
    return "Deny" not in effects and "Allow" in effects


def applies(statement: Mapping[str, Any], request: Request) -> bool:
    """Say whether a statement's action, resource and conditions all match."""
    if "NotAction" in statement:
        raise NotImplementedError(f"no policy here has NotAction: {statement}")
    named = "Resource" if "Resource" in statement else "NotResource"
    on_one_named = any(like(pattern, request.resource) for pattern in listed(statement.get(named, "*")))
    return (
        any(like(pattern, request.action, ignore_case=True) for pattern in listed(statement["Action"]))
        and (on_one_named if named == "Resource" or named not in statement else not on_one_named)
        and all(
            holds(operator, request.context.get(key, ()), listed(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def holds(operator: str, sent: tuple[str, ...], wanted: list[str]) -> bool:
    """Judge one condition key. A key that is not sent fails, but under ForAllValues and IfExists."""
    quantifier, _, plain = operator.rpartition(":")
    if plain.endswith("IfExists"):
        plain = plain.removesuffix("IfExists")
        if not sent:
            return True
    negated = "Not" in plain
    compare = COMPARISONS[plain.replace("Not", "")]
    if quantifier == "ForAllValues":
        return all(any(compare(pattern, value) for pattern in wanted) != negated for value in sent)
    if not sent:
        return negated
    return any(any(compare(pattern, value) for pattern in wanted) for value in sent) != negated


def like(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Compare with IAM's wildcards: `*` any characters, `?` one."""
    expression = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(expression, text, re.DOTALL | (re.IGNORECASE if ignore_case else 0)) is not None


COMPARISONS = {
    "StringEquals": lambda pattern, value: pattern == value,
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda pattern, value: pattern.lower() == value.lower(),
}
