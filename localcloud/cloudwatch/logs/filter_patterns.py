"""CloudWatch Logs filter patterns: test messages and extract values from them. Pure.

`ERROR timeout` requires both, `?ERROR ?WARN` either one; `-debug` excludes, `"two words"` is a phrase, `%re%` a regular
expression. Matching is case-sensitive and finds parts of words. `{ $.level = "ERR*" && $.tags[0] != "a" }` applies to
messages that are JSON objects (`json_patterns`), `[ip, user, status = 5*]` to words separated by spaces
(`space_patterns`).
"""

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from localcloud.cloudwatch.logs.json_patterns import JsonPattern, value_at
from localcloud.cloudwatch.logs.pattern_parts import InvalidPattern, regular_expression, unescaped
from localcloud.cloudwatch.logs.space_patterns import SpacePattern

__all__ = ["FilterPattern", "InvalidPattern", "Test", "compiled"]

Test = Callable[[str], bool]

TERM = re.compile(r'\s*([?-]?)(?:%((?:[^%\\]|\\.)+)%|"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_]+))(?=\s|$)')


class FilterPattern(Protocol):
    def __call__(self, message: str) -> bool: ...

    def value(self, message: str, selector: str) -> object:
        """Return the value of `$.a.b[0]` or `$name`; None when the message has no such value."""

    def extracted(self, message: str) -> Mapping[str, str]:
        """Return the pattern's selectors with their text, for a message that matches."""


def compiled(pattern: str) -> FilterPattern:
    """Parse a pattern; the empty one matches everything. Errors: InvalidPattern."""
    pattern = pattern.strip()
    if pattern.startswith("{"):
        return JsonPattern(pattern)
    if pattern.startswith("["):
        return SpacePattern(pattern)
    return TermPattern(pattern)


class TermPattern:
    """Words, phrases and regular expressions, in any order."""

    def __init__(self, pattern: str) -> None:
        by_sign: dict[str, list[Test]] = {"": [], "?": [], "-": []}
        position = 0
        while position < len(pattern):
            found = TERM.match(pattern, position)
            if found is None:
                raise InvalidPattern(
                    f"not understood at {pattern[position : position + 20]!r}; "
                    "put terms with special characters in double quotes"
                )
            sign, expression, phrase, word = found.groups()
            term = word if word is not None else unescaped(phrase or "")
            by_sign[sign].append(_expression(expression) if expression else _text(term))
            position = found.end()
        self._wanted, self._either, self._unwanted = by_sign[""], by_sign["?"], by_sign["-"]
        if self._wanted or self._unwanted:
            self._either = []  # AWS: "the question mark is ignored" beside other terms

    def __call__(self, message: str) -> bool:
        return (
            all(term(message) for term in self._wanted)
            and not any(term(message) for term in self._unwanted)
            and (not self._either or any(term(message) for term in self._either))
        )

    def value(self, message: str, selector: str) -> object:
        return value_at(message, selector)

    def extracted(self, message: str) -> Mapping[str, str]:
        return {}


def _text(term: str) -> Test:
    return lambda message: term in message


def _expression(pattern: str) -> Test:
    search = regular_expression(pattern).search
    return lambda message: search(message) is not None
