"""Filter patterns for words separated by spaces: `[ip, user, ..., status = 5* && status != 503, size > 1000]`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from localcloud.cloudwatch.logs.pattern_parts import (
    COMPARISONS,
    InvalidPattern,
    Matches,
    as_number,
    of_expression,
    of_text,
    unescaped,
)

WORD = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')
"""A word of a message; text in quotes or brackets is one word."""
PART = re.compile(r'"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%|[^,"%]+')
NAME = re.compile(r"[A-Za-z0-9_]+")
CONDITION = re.compile(
    r"""\s*(?P<name>[A-Za-z0-9_]+)\s*(?P<sign>>=|<=|!=|=|<|>)\s*"""
    r"""(?:"(?P<text>(?:[^"\\]|\\.)*)"|%(?P<expression>(?:[^%\\]|\\.)+)%|(?P<word>[^\s"%&|]+))\s*"""
)
REST = "..."


@dataclass(frozen=True)
class Part:
    """One field of the pattern: its name and its condition."""

    name: str
    matches: Matches


class SpacePattern:
    def __init__(self, pattern: str) -> None:
        if not pattern.endswith("]"):
            raise InvalidPattern("a pattern that begins with [ should end with ]")
        parts = _parts(pattern[1:-1])
        if parts.count(REST) > 1:
            raise InvalidPattern("a pattern may contain only one ...")
        place = parts.index(REST) if REST in parts else len(parts)
        self._takes_more = REST in parts
        self._matches_all = not parts
        self._first = [_part(text, number) for number, text in enumerate(parts[:place], 1)]
        self._last = [_part(text, place + number) for number, text in enumerate(parts[place + 1 :], 1)]

    def __call__(self, message: str) -> bool:
        named = self._named(_words(message))
        return named is not None and all(part.matches(word) for part, word in named)

    def value(self, message: str, selector: str) -> object:
        return self.extracted(message).get(selector)

    def extracted(self, message: str) -> Mapping[str, str]:
        return {f"${part.name}": word for part, word in self._named(_words(message)) or []}

    def _named(self, words: Sequence[str]) -> list[tuple[Part, str]] | None:
        """Pair each field with its word; None when the message has too few words, or more than the pattern allows."""
        count = len(self._first) + len(self._last)
        if self._matches_all:
            return []
        if len(words) < count or (len(words) > count and not self._takes_more):
            return None
        last = words[len(words) - len(self._last) :] if self._last else []
        return [
            *zip(self._first, words[: len(self._first)], strict=True),
            *zip(self._last, last, strict=True),
        ]


def _words(message: str) -> list[str]:
    return [next(part for part in found if part is not None) for found in map(_groups, WORD.finditer(message))]


def _groups(found: re.Match[str]) -> tuple[str | None, ...]:
    return found.groups()


def _parts(text: str) -> list[str]:
    if not text.strip():
        return []
    parts, current = [], ""
    position = 0
    while position < len(text):
        found = PART.match(text, position)
        if found is not None:
            current += found[0]
            position = found.end()
        elif text[position] == ",":
            parts.append(current.strip())
            current, position = "", position + 1
        else:
            raise InvalidPattern(f"not understood at {text[position : position + 20]!r}")
    return [*parts, current.strip()]


def _part(text: str, number: int) -> Part:
    """Parse a name, or conditions on one name joined by && and ||; an empty field is named by its number."""
    if not text:
        return Part(str(number), lambda word: True)
    if NAME.fullmatch(text):
        return Part(text, lambda word: True)
    either: list[Matches] = []
    names: set[str] = set()
    for alternative in _between(text, "||"):
        conditions = [_condition(each, names) for each in _between(alternative, "&&")]
        either.append(_all(conditions))
    if len(names) != 1:
        raise InvalidPattern(f"{text!r}: should test one name, and only one")
    return Part(names.pop(), lambda word: any(matches(word) for matches in either))


def _between(text: str, sign: str) -> list[str]:
    """Split at a sign, except within quotes and regular expressions."""
    quoted = re.compile(r'"(?:[^"\\]|\\.)*"|%(?:[^%\\]|\\.)*%|' + re.escape(sign))
    found, begin = [], 0
    for match in quoted.finditer(text):
        if match[0] == sign:
            found.append(text[begin : match.start()])
            begin = match.end()
    return [*found, text[begin:]]


def _all(conditions: Sequence[Matches]) -> Matches:
    return lambda word: all(matches(word) for matches in conditions)


def _condition(text: str, names: set[str]) -> Matches:
    found = CONDITION.fullmatch(text)
    if found is None:
        raise InvalidPattern(f"not understood: {text.strip()!r}")
    names.add(found["name"])
    sign = found["sign"]
    if found["expression"] is not None:
        return of_expression(sign, found["expression"])
    if found["text"] is not None:
        return of_text(sign, unescaped(found["text"]))
    number = as_number(found["word"])
    return of_text(sign, found["word"]) if number is None else _of_number(COMPARISONS[sign], number)


def _of_number(compare: Callable[[float, float], bool], expected: float) -> Matches:
    def matches(word: str) -> bool:
        number = as_number(word)
        return number is not None and compare(number, expected)

    return matches
