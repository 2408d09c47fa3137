"""CloudWatch Logs filter patterns: terms and JSON selectors -> a test of one message. Pure.

`ERROR timeout` both, `?ERROR ?WARN` either, `-debug` not, `"two words"` a phrase; case counts, parts of words match.
`{ $.level = "ERR*" && ($.latency_ms > 50 || $.tags[0] != "a") }` on messages that are JSON objects. Regular expressions
(`%...%`) and space-delimited patterns (`[...]`) are refused.
"""

import fnmatch
import json
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Test = Callable[[str], bool]
JsonTest = Callable[[Any], bool]

TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9_]+))(?=\s|$)')
TOKEN = re.compile(
    r"""\s*(?:(?P<sign>&&|\|\||\(|\)|>=|<=|!=|=|<|>)"""
    r"""|(?P<selector>\$(?:\.[A-Za-z0-9_@-]+|\[\d+\])+)"""
    r"""|"(?P<text>(?:[^"\\]|\\.)*)\""""
    r"""|(?P<word>[A-Za-z0-9_.*+-]+))"""
)
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
MISSING = object()


class InvalidPattern(Exception):
    """What of the pattern is not understood."""


def compiled(pattern: str) -> Test:
    """Pattern -> test of a message; the empty pattern matches all. Errors: InvalidPattern."""
    pattern = pattern.strip()
    if pattern.startswith("{"):
        if not pattern.endswith("}"):
            raise InvalidPattern("a pattern that begins with { should end with }")
        return _on_json(_JsonPattern(pattern[1:-1]).parsed())
    return _terms(pattern)


def value_at(message: str, selector: str) -> Any:
    """What `$.a.b[0]` finds in a message that is a JSON object; None when there is no such thing."""
    try:
        found = _selected(json.loads(message), _path(selector))
    except json.JSONDecodeError:
        return None
    return None if found is MISSING else found


def _terms(pattern: str) -> Test:
    by_sign: dict[str, list[str]] = {"": [], "?": [], "-": []}
    position = 0
    while position < len(pattern):
        found = TERM.match(pattern, position)
        if found is None:
            raise InvalidPattern(
                f"not understood at {pattern[position : position + 20]!r}; put terms with signs into double quotes"
            )
        sign, phrase, word = found.groups()
        by_sign[sign].append(word if word is not None else _unescaped(phrase))
        position = found.end()
    wanted, either, unwanted = by_sign[""], by_sign["?"], by_sign["-"]
    if wanted or unwanted:
        either = []  # AWS: "the question mark is ignored" beside other terms

    def test(message: str) -> bool:
        return (
            all(term in message for term in wanted)
            and not any(term in message for term in unwanted)
            and (not either or any(term in message for term in either))
        )

    return test


class _JsonPattern:
    """Recursive descent: any_of := all_of ("||" all_of)*, all_of := condition ("&&" condition)*."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise InvalidPattern(f"not understood at {text[position : position + 20]!r}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()
        self._next = 0

    def parsed(self) -> JsonTest:
        test = self._any_of()
        if self._next < len(self._tokens):
            raise InvalidPattern(f"not understood at {self._tokens[self._next][1]!r}")
        return test

    def _any_of(self) -> JsonTest:
        tests = [self._all_of()]
        while self._takes("||"):
            tests.append(self._all_of())
        return tests[0] if len(tests) == 1 else lambda document: any(test(document) for test in tests)

    def _all_of(self) -> JsonTest:
        tests = [self._condition()]
        while self._takes("&&"):
            tests.append(self._condition())
        return tests[0] if len(tests) == 1 else lambda document: all(test(document) for test in tests)

    def _condition(self) -> JsonTest:
        if self._takes("("):
            test = self._any_of()
            if not self._takes(")"):
                raise InvalidPattern("a ( is not closed")
            return test
        selector = _path(self._taken("selector"))
        sign = self._taken("sign")
        if sign not in COMPARISONS:
            raise InvalidPattern(f"should be a comparison, got {sign!r}")
        kind, value = self._token()
        if kind not in ("text", "word"):
            raise InvalidPattern(f"should be a value, got {value!r}")
        self._next += 1
        matches = _comparison(sign, _unescaped(value) if kind == "text" else value, quoted=kind == "text")
        return lambda document: matches(_selected(document, selector))

    def _token(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "the end")

    def _taken(self, kind: str) -> str:
        found, text = self._token()
        if found != kind:
            raise InvalidPattern(f"should be a {kind}, got {text!r}")
        self._next += 1
        return text

    def _takes(self, sign: str) -> bool:
        if self._token() == ("sign", sign):
            self._next += 1
            return True
        return False


def _comparison(sign: str, wanted: str, *, quoted: bool) -> JsonTest:
    compare = COMPARISONS[sign]
    number = None if quoted else _number(wanted)
    if number is not None:
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and compare(value, number)
    if sign not in ("=", "!="):
        raise InvalidPattern(f"{sign} wants a number, got {wanted!r}")
    pattern = re.compile(fnmatch.translate(re.sub(r"([\[?])", r"[\1]", wanted)))  # `*` alone is a wildcard
    wants_match = sign == "="
    return lambda value: value is not MISSING and bool(pattern.match(_text(value))) is wants_match


def _on_json(test: JsonTest) -> Test:
    def on_message(message: str) -> bool:
        if not message.lstrip().startswith("{"):
            return False
        try:
            return test(json.loads(message))
        except json.JSONDecodeError:
            return False

    return on_message


def _path(selector: str) -> list[str | int]:
    steps = re.findall(r"\.([A-Za-z0-9_@-]+)|\[(\d+)\]", selector)
    return [name or int(index) for name, index in steps]


def _selected(document: Any, path: list[str | int]) -> Any:
    for step in path:
        if isinstance(step, str):
            document = document.get(step, MISSING) if isinstance(document, dict) else MISSING
        else:
            document = document[step] if isinstance(document, list) and step < len(document) else MISSING
    return document


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
