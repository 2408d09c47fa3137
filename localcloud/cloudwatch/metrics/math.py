"""CloudWatch's metric math: an expression over time series -> a series or a number. Pure.

Knows numbers, identifiers, `[a, b]`, METRICS(), `+ - * / ^`, comparisons, AND, OR (`&&`, `||`) and the functions of
`time_series.py`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate, NotOffered
from localcloud.cloudwatch.metrics.time_series import (
    FUNCTIONS,
    OPERATORS,
    Series,
    Span,
    Value,
    as_series,
    both,
    filled,
    negative,
    repeated,
)

MAX_DEPTH = 40
TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z_]\w*)"
    r"""|(?P<text>"[^"]*"|'[^']*')|(?P<sign>&&|\|\||>=|<=|==|!=|[-+*/^()<>,\[\]]))"""
)
LEVELS: Sequence[Mapping[str, str]] = (
    {"OR": "OR", "||": "OR"},
    {"AND": "AND", "&&": "AND"},
    {sign: sign for sign in ("==", "!=", "<=", ">=", "<", ">")},
    {"+": "+", "-": "-"},
    {"*": "*", "/": "/"},
)
"""Binary operators, loosest binding first; `^` binds tightest."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The names available to an expression. `series`: identifier -> value (Errors: CannotEvaluate)."""

    series: Callable[[str], Value]
    metrics: Callable[[str], list[Series]]
    """Text -> the series of all metrics whose id contains it."""
    span: Span


def evaluate(expression: str, scope: Scope) -> Value:
    """Evaluate an expression. Errors: CannotEvaluate with the position."""
    return _Expression(expression, scope).value()


class _Expression:
    """Recursive descent parser that evaluates as it parses."""

    def __init__(self, text: str, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self._tokens: list[tuple[str, str]] = []
        self._next = 0
        self._depth = 0
        position = 0
        while position < len(text.rstrip()):
            found = TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise self._error(f"not understood at {text[position : position + 20]!r}")
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            position = found.end()

    def value(self) -> Value:
        value = self._binary(0)
        if self._next < len(self._tokens):
            raise self._error(f"not understood at {self._token()[1]!r}")
        return value

    def _binary(self, level: int) -> Value:
        if level == len(LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while sign := LEVELS[level].get(self._operator()):
            self._next += 1
            left = both(left, self._binary(level + 1), OPERATORS[sign])
        return left

    def _unary(self) -> Value:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nests more than {MAX_DEPTH} levels of signs and brackets")
        value = self._signed()
        self._depth -= 1
        return value

    def _signed(self) -> Value:
        if self._takes("-"):
            return negative(self._unary())
        base = self._primary()
        return both(base, self._unary(), OPERATORS["^"]) if self._takes("^") else base

    def _primary(self) -> Value:
        kind, text = self._token()
        self._next += 1
        if kind == "number":
            return float(text)
        if kind == "name":
            return self._call(text.upper()) if self._takes("(") else self._scope.series(text)
        if text == "(":
            value = self._binary(0)
            self._needs(")")
            return value
        if text == "[":
            return [series for item in self._arguments("]") for series in self._several(item)]
        raise self._error(f"should be a value, got {text!r}")

    def _call(self, name: str) -> Value:
        if name == "METRICS":
            kind, text = self._token()
            if kind == "text":
                self._next += 1
            self._needs(")")
            return self._scope.metrics(text[1:-1] if kind == "text" else "")
        if name == "PERIOD":
            self._arguments(")")
            return self._scope.span.period_s
        if name == "FILL":
            return self._fill()
        if name not in FUNCTIONS:
            known = ", ".join(sorted([*FUNCTIONS, "FILL", "METRICS", "PERIOD"]))
            raise NotOffered(self._in_words(f"{name} is not supported here; supported are {known}"))
        arguments = self._arguments(")")
        try:
            return FUNCTIONS[name](self._scope.span, *arguments)
        except TypeError as error:
            raise self._error(f"{name}: wrong arguments, got {len(arguments)}") from error

    def _fill(self) -> Value:
        """Parse FILL, whose second argument may be a keyword."""
        with_gaps = self._binary(0)
        self._needs(",")
        if self._token() == ("name", "REPEAT"):
            self._next += 1
            found = [repeated(each) for each in self._several(with_gaps)]
        elif self._token() == ("name", "LINEAR"):
            raise NotOffered(self._in_words("FILL with LINEAR is not supported here"))
        else:
            instead = as_series(self._binary(0), self._scope.span.length)
            found = [filled(each, instead) for each in self._several(with_gaps)]
        self._needs(")")
        return found if isinstance(with_gaps, list) else found[0]

    def _several(self, value: Value) -> list[Series]:
        return value if isinstance(value, list) else [as_series(value, self._scope.span.length)]

    def _arguments(self, end: str) -> list[Value]:
        if self._takes(end):
            return []
        values = [self._binary(0)]
        while self._takes(","):
            values.append(self._binary(0))
        self._needs(end)
        return values

    def _token(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "the end")

    def _operator(self) -> str:
        kind, text = self._token()
        return text.upper() if kind in ("name", "sign") else ""

    def _takes(self, sign: str) -> bool:
        if self._token() != ("sign", sign):
            return False
        self._next += 1
        return True

    def _needs(self, sign: str) -> None:
        if not self._takes(sign):
            raise self._error(f"should be {sign!r}, got {self._token()[1]!r}")

    def _error(self, what: str) -> CannotEvaluate:
        return CannotEvaluate(self._in_words(what))

    def _in_words(self, what: str) -> str:
        return f"expression {self._text!r}: {what}"
