"""Text in policies: variables, filled in from the request, and the wildcards * and ?."""

import re
from dataclasses import dataclass
from functools import lru_cache

from localcloud.authorization.context import Context

VARIABLE = re.compile(r"\$\{([^{}]*)\}")
DEFAULTED = re.compile(r"(?P<key>[^,]+?)\s*,\s*'(?P<default>.*)'", re.DOTALL)
SPECIAL = ("*", "?", "$")
ARN_FIELDS = 6


@dataclass(frozen=True)
class Piece:
    """A part of a text. In a literal part, such as a variable's value, * and ? stand for themselves."""

    text: str
    is_literal: bool


Pieces = tuple[Piece, ...]


def filled(text: str, context: Context, *, has_variables: bool) -> Pieces | None:
    """Fill in the variables; None if the request has no value, or several, for one without default.

    `has_variables`: whether the policy's Version knows variables (2012-10-17); to others they are plain text.
    """
    if not has_variables or "${" not in text:
        return (Piece(text, is_literal=False),)
    pieces: list[Piece] = []
    end = 0
    for found in VARIABLE.finditer(text):
        value = _value(found[1], context)
        if value is None:
            return None
        pieces += (Piece(text[end : found.start()], is_literal=False), Piece(value, is_literal=True))
        end = found.end()
    return (*pieces, Piece(text[end:], is_literal=False))


def _value(name: str, context: Context) -> str | None:
    if name in SPECIAL:
        return name
    defaulted = DEFAULTED.fullmatch(name)
    if defaulted is None:
        return context.single(name)
    value = context.single(defaulted["key"])
    return defaulted["default"] if value is None else value


def keys_in(text: str) -> list[str]:
    """Return the condition keys that a text's variables name, without their defaults."""
    names = VARIABLE.findall(text)
    return [defaulted["key"] if (defaulted := DEFAULTED.fullmatch(name)) else name for name in names]


def plain(pieces: Pieces) -> str:
    """Return the text of operators without wildcards."""
    return "".join(piece.text for piece in pieces)


def is_like(pieces: Pieces, value: str) -> bool:
    """Match a whole value against wildcards that stand for any characters."""
    return _expression(pieces).fullmatch(value) is not None


def is_any_action(patterns: tuple[str, ...], action: str) -> bool:
    """Match an action against several patterns, ignoring case."""
    return _actions_expression(patterns).fullmatch(action) is not None


def is_arn_like(pieces: Pieces, value: str, *, fills: bool) -> bool:
    """Match an ARN field by field: a wildcard ends at its field's colon; in the last field it matches everything.

    `fills`: whether an ARN that ends early matches all that begin with it, as in Resource. Source: IAM User Guide,
    "Resource" and "ARN condition operators".
    """
    return (expression := _arn_expression(pieces, fills)) is not None and expression.fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _expression(pieces: Pieces) -> re.Pattern[str]:
    return re.compile(_translated_all(pieces), re.DOTALL)


@lru_cache(maxsize=4096)
def _actions_expression(patterns: tuple[str, ...]) -> re.Pattern[str]:
    several = (_translated_all((Piece(each, is_literal=False),)) for each in patterns)
    return re.compile("|".join(several), re.IGNORECASE)


@lru_cache(maxsize=4096)
def _arn_expression(pieces: Pieces, fills: bool) -> re.Pattern[str] | None:
    signs: list[Sign] = []
    field = 1
    for piece in pieces:
        for sign in piece.text:
            is_last = field >= ARN_FIELDS
            signs.append(_sign(sign, piece.is_literal, "." if is_last else "[^:]"))
            field += sign == ":" and not is_last
    missing = ARN_FIELDS - field
    if missing and not (fills and plain(pieces).startswith("arn:")):
        return None
    fields = [*["[^:]*"] * (missing - 1), ".*"] if missing else []
    return re.compile(":".join([_joined(signs), *fields]), re.DOTALL)


def _translated_all(pieces: Pieces) -> str:
    return _joined([_sign(sign, piece.is_literal, ".") for piece in pieces for sign in piece.text])


Sign = tuple[str | None, str]
"""A sign's regular expression (None for a star), and the expression for any character at its place."""


def _sign(sign: str, is_literal: bool, anything: str) -> Sign:
    if is_literal or sign not in "*?":
        return re.escape(sign), anything
    return (None if sign == "*" else anything), anything


def _joined(signs: list[Sign]) -> str:
    """Return the expression of a whole text.

    All stars but the last match as little as they can and never backtrack: the next ones match the rest. With
    backtracking, a pattern with several stars can take hours to compare.
    """
    texts: list[str] = [""]
    stars: list[str] = []
    for expression, anything in signs:
        if expression is not None:
            texts[-1] += expression
        elif not stars or texts[-1]:
            stars.append(anything)
            texts.append("")
    if not stars:
        return texts[0]
    middle = (f"(?>{anything}*?{text})" for anything, text in zip(stars[:-1], texts[1:-1], strict=True))
    return "".join([texts[0], *middle, f"{stars[-1]}*{texts[-1]}"])
