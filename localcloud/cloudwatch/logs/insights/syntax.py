"""The syntax tree of a Logs Insights query, and what is said of one that is none."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


class MalformedQuery(Exception):
    """The query cannot be read; the message is in AWS's words where they are known."""


def unexpected(text: str, query: str, position: int) -> MalformedQuery:
    """The token at a position of the query, or its end, which fits no rule."""
    before = query[:position]
    line = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1)
    return MalformedQuery(f"unexpected symbol found {text or '<EOF>'} at line {line} and position {column}")


# --- expressions ---


@dataclass(frozen=True)
class Literal:
    """A number, a text, true or false."""

    value: int | float | str | bool


@dataclass(frozen=True)
class Period:
    """`5m`; `unit` in its short form."""

    count: int
    unit: str


@dataclass(frozen=True)
class Field:
    """`path`: the name split at its dots; what stood between backquotes is one part."""

    name: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """A regular expression, compiled; as a literal of its own."""

    expression: re.Pattern[str]


@dataclass(frozen=True)
class Call:
    """`name` in lower case; operators have their signs as names."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Aggregate:
    """A function over many rows; `argument` None: the rows themselves."""

    name: str
    argument: "Expression | None"
    parameter: float | None = None


Expression = Literal | Period | Field | Pattern | Call | Aggregate


@dataclass(frozen=True)
class Column:
    """An expression with the name that its value gets."""

    name: str
    expression: Expression


# --- commands ---


@dataclass(frozen=True)
class Fields:
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Display:
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Filter:
    condition: Expression


@dataclass(frozen=True)
class Parse:
    """`names`: of the expression's groups, in their order."""

    source: Expression
    expression: re.Pattern[str]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Stats:
    columns: tuple[Column, ...]
    by: tuple[Column, ...]


@dataclass(frozen=True)
class Sort:
    """(field, whether descending), the first decides first."""

    keys: tuple[tuple[Field, bool], ...]


@dataclass(frozen=True)
class Limit:
    count: int


@dataclass(frozen=True)
class Dedup:
    fields: tuple[Field, ...]


Command = Fields | Display | Filter | Parse | Stats | Sort | Limit | Dedup


@dataclass(frozen=True)
class Query:
    commands: Sequence[Command]
