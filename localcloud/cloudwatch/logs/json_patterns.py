"""Filter patterns for messages that are JSON objects: `{ $.level = "ERR*" && ($.ms > 50 || $.user NOT EXISTS) }`."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.cloudwatch.logs.pattern_parts import (
    COMPARISONS,
    MISSING,
    InvalidPattern,
    Matches,
    as_number,
    of_expression,
    of_text,
    unescaped,
)

JsonTest = Callable[[Any], bool]

TOKEN = re.compile(
    r"""\s*(?:(?P<sign>&&|\|\||\(|\)|>=|<=|!=|=|<|>)"""
    r"""|(?P<selector>\$(?:\.[A-Za-z0-9_@-]+|\[\d+\]|\["[^"\]]+"\])+)"""
    r"""|"(?P<text>(?:[^"\\]|\\.)*)\""""
    r"""|%(?P<expression>(?:[^%\\]|\\.)+)%"""
    r"""|(?P<word>[A-Za-z0-9_.*+-]+))"""
)
STATES: Mapping[str, JsonTest] = {
    "IS TRUE": lambda value: value is True,
    "IS FALSE": lambda value: value is False,
    "IS NULL": lambda value: value is None,
    "EXISTS": lambda value: value is not MISSING,
    "NOT EXISTS": lambda value: value is MISSING,
}


class JsonPattern:
    """Recursive descent parser: any_of := all_of ("||" all_of)*, all_of := condition ("&&" condition)*."""

    def __init__(self, pattern: str) -> None:
        if not pattern.endswith("}"):
            raise InvalidPattern("a pattern that begins with { should end with }")
        text = pattern[1:-1]
        self._tokens: list[tuple[str, str]] = []
        self._selectors: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise InvalidPattern(f"not understood at {text[position : position + 20]!r}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()
        self._next = 0
        try:
            self._test = self._any_of()
        except RecursionError as error:
            raise InvalidPattern("brackets are nested too deeply") from error
        if self._next < len(self._tokens):
            raise InvalidPattern(f"not understood at {self._tokens[self._next][1]!r}")

    def __call__(self, message: str) -> bool:
        document = _document(message)
        return document is not MISSING and self._test(document)

    def value(self, message: str, selector: str) -> object:
        return value_at(message, selector)

    def extracted(self, message: str) -> Mapping[str, str]:
        document = _document(message)
        found = {selector: _selected(document, _path(selector)) for selector in self._selectors}
        return {selector: _text(value) for selector, value in found.items() if value is not MISSING}

    def _any_of(self) -> JsonTest:
        tests = [self._all_of()]
        while self._is_term("||"):
            tests.append(self._all_of())
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def _all_of(self) -> JsonTest:
        tests = [self._condition()]
        while self._is_term("&&"):
            tests.append(self._condition())
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def _condition(self) -> JsonTest:
        if self._is_term("("):
            test = self._any_of()
            if not self._is_term(")"):
                raise InvalidPattern("a ( is not closed")
            return test
        selector = self._taken("selector")
        self._selectors.append(selector)
        path, matches = _path(selector), self._state() or self._compared()
        return lambda document: matches(_selected(document, path))

    def _state(self) -> Matches | None:
        """Parse `IS TRUE`, `NOT EXISTS` and the like."""
        words: list[str] = []
        while self._token()[0] == "word" and len(words) < 2:
            words.append(self._taken("word"))
        if not words:
            return None
        matches = STATES.get(" ".join(words).upper())
        if matches is None:
            raise InvalidPattern(f"should be a comparison or one of {', '.join(STATES)}, got {' '.join(words)!r}")
        return matches

    def _compared(self) -> Matches:
        sign = self._taken("sign")
        if sign not in COMPARISONS:
            raise InvalidPattern(f"should be a comparison, got {sign!r}")
        kind, value = self._token()
        if kind not in ("text", "word", "expression"):
            raise InvalidPattern(f"should be a value, got {value!r}")
        self._next += 1
        if kind == "expression":
            of_value = of_expression(sign, value)
            return lambda found: found is not MISSING and of_value(_text(found))
        return _comparison(sign, unescaped(value) if kind == "text" else value, quoted=kind == "text")

    def _token(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "the end")

    def _taken(self, kind: str) -> str:
        found, text = self._token()
        if found != kind:
            raise InvalidPattern(f"should be a {kind}, got {text!r}")
        self._next += 1
        return text

    def _is_term(self, sign: str) -> bool:
        if self._token() == ("sign", sign):
            self._next += 1
            return True
        return False


def value_at(message: str, selector: str) -> object:
    """Return `$.a.b[0]` of a message in JSON; None when there is no such value."""
    document = _document(message)
    found = MISSING if document is MISSING else _selected(document, _path(selector))
    return None if found is MISSING else found


def _comparison(sign: str, expected: str, *, quoted: bool) -> Matches:
    number = None if quoted else as_number(expected)
    if number is not None:
        compare = COMPARISONS[sign]
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and compare(value, number)
    matches = of_text(sign, expected)
    return lambda value: value is not MISSING and matches(_text(value))


def _document(message: str) -> object:
    if not message.lstrip().startswith("{"):
        return MISSING
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        return MISSING


def _path(selector: str) -> list[str | int]:
    steps = re.findall(r'\.([A-Za-z0-9_@-]+)|\[(\d+)\]|\["([^"\]]+)"\]', selector)
    return [name or quoted or int(index) for name, index, quoted in steps]


def _selected(document: object, path: list[str | int]) -> object:
    for step in path:
        if isinstance(step, str):
            document = document.get(step, MISSING) if isinstance(document, dict) else MISSING
        else:
            document = document[step] if isinstance(document, list) and step < len(document) else MISSING
    return document


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
