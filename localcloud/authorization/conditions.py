"""The Condition element: operators with ForAllValues, ForAnyValue and IfExists, keys that are missing, Null.

Source: IAM User Guide, "Condition operators" and "Multivalued context keys".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from localcloud.authorization.condition_operators import OPERATORS, Operator, UnreadableValueError
from localcloud.authorization.context import Context
from localcloud.authorization.errors import PolicyError
from localcloud.authorization.patterns import Pieces, filled

NAME = re.compile(r"(?:(?P<set>ForAllValues|ForAnyValue):)?(?P<base>\w+?)(?P<if_exists>IfExists)?", re.IGNORECASE)
BY_NAME = {name.lower(): operator for name, operator in OPERATORS.items()}


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One key under one operator. `operator`: None for Null. `for_all`, `for_any`: ForAllValues, ForAnyValue."""

    key: str
    values: tuple[str, ...]
    operator: Operator | None
    for_all: bool = False
    for_any: bool = False
    if_exists: bool = False

    def holds(self, context: Context, *, has_variables: bool = True) -> bool:
        """Return whether the request meets the condition."""
        given = context.get(self.key)
        if self.operator is None:
            return any((value.lower() == "true") == (given == ()) for value in self.values)
        is_null = (self.for_all or self.for_any) and given == ("",)
        if not given or is_null:
            return self.if_exists or self.for_all or (self.operator.is_negated and not self.for_any)
        knows = has_variables and self.operator.has_variables
        wanted = [filled(value, context, has_variables=knows) for value in self.values]
        # AWS calls a statement invalid where a variable has no value; it does not mention other values in the list.
        if self.operator.is_negated and None in wanted:
            return False
        matches = [_meets(self.operator, [each for each in wanted if each is not None], value) for value in given]
        if self.for_all or (self.operator.is_negated and not self.for_any):
            return all(matches)
        # Without a set operator AWS documents nothing for several values: one that matches is enough here.
        return any(matches)


def _meets(operator: Operator, wanted: list[Pieces], given: str) -> bool:
    """Return whether a value of the request is among the policy's values; for a negated operator, whether it is not."""
    readable = [matched for each in wanted if (matched := _matched(operator, each, given)) is not None]
    if operator.is_negated:
        return len(readable) == len(wanted) and not any(readable)
    return any(readable)


def _matched(operator: Operator, wanted: Pieces, given: str) -> bool | None:
    try:
        return operator.matches(wanted, given)
    except UnreadableValueError:
        return None


def read_conditions(element: object, where: str) -> tuple[Condition, ...]:
    """Read a Condition element. Errors: PolicyError."""
    if not isinstance(element, dict):
        raise PolicyError(where, "Condition", element, "an object of operators")
    return tuple(condition for name, keys in element.items() for condition in _under_operator(name, keys, where))


def _under_operator(name: str, keys: object, where: str) -> Iterable[Condition]:
    found = NAME.fullmatch(name)
    base = found["base"].lower() if found else ""
    is_null = base == "null" and found is not None and found["if_exists"] is None
    if found is None or not (is_null or base in BY_NAME):
        raise PolicyError(where, "Condition", name, "a condition operator")
    if not isinstance(keys, dict):
        raise PolicyError(where, f"Condition.{name}", keys, "an object of condition keys")
    qualifier = (found["set"] or "").lower()
    for key, values in keys.items():
        yield Condition(
            key=key,
            values=tuple(_text(value, where, key) for value in (values if isinstance(values, list) else [values])),
            operator=BY_NAME.get(base),
            for_all=qualifier == "forallvalues",
            for_any=qualifier == "foranyvalue",
            if_exists=found["if_exists"] is not None,
        )


def _text(value: object, where: str, key: str) -> str:
    """Policies may write numbers and booleans without quotation marks. Errors: PolicyError."""
    if not isinstance(value, str | int | float):
        raise PolicyError(where, f"Condition value of {key}", value, "a string, a number or a boolean")
    return str(value).lower() if isinstance(value, bool) else str(value)
