"""Condition operators: whether one value of the request matches one value of the policy.

Source: IAM User Guide, "Condition operators". A negated operator (StringNotEquals) has its positive one here. A value
that cannot be read (text where a number is expected) never satisfies an operator, negated or not.
"""

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Literal

from localcloud.authorization.patterns import Pieces, is_arn_like, is_like, plain

EPOCH = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
Order = Literal[-1, 0, 1]


class UnreadableValueError(ValueError):
    """A value that is not of the operator's type."""


@dataclass(frozen=True)
class Operator:
    """`matches(policy's value, request's value)`. Errors: UnreadableValueError."""

    matches: Callable[[Pieces, str], bool]
    is_negated: bool = False
    has_variables: bool = False


def _compared(read: Callable[[str], Decimal], *orders: Order) -> Callable[[Pieces, str], bool]:
    def matches(wanted: Pieces, given: str) -> bool:
        left, right = read(given), read(plain(wanted))
        return (left > right) - (left < right) in orders

    return matches


def _number(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise UnreadableValueError(text)
    return Decimal(text)


def _moment(text: str) -> Decimal:
    """Seconds since 1970, from ISO 8601, which may end with the month, or from seconds."""
    if EPOCH.fullmatch(text):
        return Decimal(text)
    try:
        read = datetime.fromisoformat(f"{text}-01" if MONTH.fullmatch(text) else text)
    except ValueError as error:
        raise UnreadableValueError(text) from error
    return Decimal(str((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()))


def _in_network(wanted: Pieces, given: str) -> bool:
    try:
        return ip_address(given) in ip_network(plain(wanted), strict=False)
    except ValueError as error:
        raise UnreadableValueError(given) from error


def _is_same_binary(wanted: Pieces, given: str) -> bool:
    try:
        return b64decode(given, validate=True) == b64decode(plain(wanted), validate=True)
    except ValueError as error:  # also of text that is not ASCII
        raise UnreadableValueError(given) from error


def _is_equal(wanted: Pieces, given: str) -> bool:
    return plain(wanted) == given


def _is_equal_ignoring_case(wanted: Pieces, given: str) -> bool:
    return plain(wanted).casefold() == given.casefold()


def _is_arn(wanted: Pieces, given: str) -> bool:
    return is_arn_like(wanted, given, fills=False)


def _with_negated(name: str, negated: str, operator: Operator) -> dict[str, Operator]:
    refusing = Operator(operator.matches, is_negated=True, has_variables=operator.has_variables)
    return {name: operator, negated: refusing}


def _ordered(kind: str, read: Callable[[str], Decimal]) -> dict[str, Operator]:
    return {
        **_with_negated(f"{kind}Equals", f"{kind}NotEquals", Operator(_compared(read, 0))),
        f"{kind}LessThan": Operator(_compared(read, -1)),
        f"{kind}LessThanEquals": Operator(_compared(read, -1, 0)),
        f"{kind}GreaterThan": Operator(_compared(read, 1)),
        f"{kind}GreaterThanEquals": Operator(_compared(read, 0, 1)),
    }


OPERATORS = {
    **_with_negated("StringEquals", "StringNotEquals", Operator(_is_equal, has_variables=True)),
    **_with_negated(
        "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", Operator(_is_equal_ignoring_case, has_variables=True)
    ),
    **_with_negated("StringLike", "StringNotLike", Operator(is_like, has_variables=True)),
    **_ordered("Numeric", _number),
    **_ordered("Date", _moment),
    "Bool": Operator(_is_equal_ignoring_case, has_variables=True),
    "BinaryEquals": Operator(_is_same_binary),
    **_with_negated("IpAddress", "NotIpAddress", Operator(_in_network)),
    **_with_negated("ArnEquals", "ArnNotEquals", Operator(_is_arn, has_variables=True)),
    **_with_negated("ArnLike", "ArnNotLike", Operator(_is_arn, has_variables=True)),
}
"""All but Null, which looks at no value."""
