"""The syntax tree of a Logs Insights query, and the error for text that cannot be parsed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


class MalformedQuery(Exception):
    """The query cannot be parsed; the message is in AWS's words where they are known."""


def unexpected(text: str, query: str, position: int) -> MalformedQuery:
    """Return the error for a token at a position of the query, or for its end, where the grammar does not allow it."""
    before = query[:position]
    line = before.count("\n") + 1
    column = position - (before.rfind("\n") + 1)
    return MalformedQuery(f"unexpected symbol found {text or '<EOF>'} at line {line} and position {column}")


# --- expressions ---


@dataclass(frozen=True)
class Literal:
    """A number, a string, true or false."""

    value: int | float | str | bool


@dataclass(frozen=True)
class Period:
    """A period such as `5m`; `unit` in its short form."""

    count: int
    unit: str


@dataclass(frozen=True)
class Field:
    """A field. `path`: the name split at its dots; text between backquotes is a single part."""

    name: str
    path: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """A compiled regular expression; used as a literal."""

    expression: re.Pattern[str]


@dataclass(frozen=True)
class Call:
    """A call. `name` in lower case; operators are named by their signs."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Aggregate:
    """A function over many rows; `argument` is None when it counts the rows themselves."""

    name: str
    argument: "Expression | None"
    parameter: float | None = None


Expression = Literal | Period | Field | Pattern | Call | Aggregate


@dataclass(frozen=True)
class Column:
    """An expression and the name of its value."""

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
    """The parse command. `names`: of the expression's groups, in order."""

    source: Expression
    expression: re.Pattern[str]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Stats:
    columns: tuple[Column, ...]
    by: tuple[Column, ...]


@dataclass(frozen=True)
class Sort:
    """The sort command. `keys`: (field, is descending), the most significant first."""

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
