"""Parses the text of a Logs Insights query. Errors: MalformedQuery, in AWS's words where they are known."""

import re
from collections.abc import Callable
from typing import TypeVar

from localcloud.cloudwatch.logs.insights.expressions import Expressions
from localcloud.cloudwatch.logs.insights.syntax import (
    Aggregate,
    Call,
    Column,
    Command,
    Dedup,
    Display,
    Expression,
    Field,
    Fields,
    Filter,
    Limit,
    MalformedQuery,
    Parse,
    Query,
    Sort,
    Stats,
)
from localcloud.cloudwatch.logs.insights.tokens import Token, Tokens

T = TypeVar("T")

MOST_RESULTS = 100_000
MOST_STATS = 2
NOT_OFFERED = frozenset(
    {"addtotals", "anomaly", "diff", "expand", "filterindex", "join", "lookup", "pattern"}
    | {"relevantfields", "source", "unmask", "unnest"}
)
"""Commands of AWS that this local cloud does not support."""
MESSAGE = Field("@message", ("@message",))


def parsed(query: str) -> Query:
    """Parse a query. Errors: MalformedQuery."""
    try:
        return _Parser(query).query()
    except RecursionError as error:
        raise MalformedQuery("the query nests brackets or operators too deeply") from error


class _Parser:
    def __init__(self, query: str) -> None:
        self._tokens = Tokens(query)
        self._expressions = Expressions(self._tokens)
        self._query = query
        self._defined: set[str] = set()
        self._commands: dict[str, Callable[[], Command]] = {
            "fields": lambda: Fields(self._columns(defines=True)),
            "display": lambda: Display(self._columns(defines=False)),
            "filter": lambda: Filter(self._expressions.expression()),
            "parse": self._parse,
            "stats": self._stats,
            "sort": self._sort,
            "limit": self._limit,
            "dedup": lambda: Dedup(tuple(self._separated(self._expressions.field))),
        }

    def query(self) -> Query:
        commands: list[Command] = []
        while True:
            token = self._tokens.next
            commands.append(self._command())
            self._check_order(commands, token)
            if self._tokens.next.kind == "end":
                return Query(tuple(commands))
            self._tokens.expect("|")

    def _command(self) -> Command:
        token = self._tokens.next
        if token.word in NOT_OFFERED:
            raise MalformedQuery(
                f"{self._tokens.unexpected()}: this local cloud does not support the command {token.text}"
            )
        if token.word not in self._commands:
            raise self._tokens.unexpected()
        self._tokens.take()
        return self._commands[token.word]()

    def _check_order(self, commands: list[Command], token: Token) -> None:
        """Check the order of commands: AWS allows only `limit` after `dedup`, and at most two `stats`."""
        *before, last = commands
        if before and isinstance(before[-1], Dedup) and not isinstance(last, Limit):
            raise self._tokens.unexpected(token)
        if sum(isinstance(command, Stats) for command in commands) > MOST_STATS:
            raise MalformedQuery(f"{self._tokens.unexpected(token)}: a query may have {MOST_STATS} stats commands")

    def _columns(self, *, defines: bool) -> tuple[Column, ...]:
        return tuple(self._separated(lambda: self._column(defines=defines)))

    def _column(self, *, defines: bool) -> Column:
        """Parse `expression [as name]`. A name that a command has defined cannot be redefined."""
        token = self._tokens.next
        expression = self._expressions.expression()
        written = self._query[token.start : self._last_end(token.start)].strip()
        if self._tokens.take_if("as"):
            return Column(self._alias(), expression)
        if not isinstance(expression, Field):
            return Column(written, expression)
        if defines and expression.name in self._defined:
            raise self._redefined(expression.name, token)
        return Column(expression.name, expression)

    def _last_end(self, start: int) -> int:
        """Return the end of the expression that begins at `start`, before any blanks and comments."""
        text = re.sub(r"\s*(?:#[^\n]*\n\s*)*$", "", self._query[start : self._tokens.next.start])
        return start + len(text)

    def _alias(self) -> str:
        token = self._tokens.expect_kind("name", "text")
        name = token.content if token.kind == "text" else ".".join(token.path)
        if name in self._defined:
            raise self._redefined(name, token)
        self._defined.add(name)
        return name

    def _redefined(self, name: str, token: Token) -> MalformedQuery:
        return MalformedQuery(f"Ephemeral field is already defined: {name} ([{token.start},{token.end}])")

    def _parse(self) -> Command:
        """Parse `parse [field] "user=*, *" as name, rest` or `parse [field] /(?<name>...)/`."""
        source: Expression = MESSAGE
        if self._tokens.next.kind == "name":
            source = self._expressions.field()
        if self._tokens.next.text == "/":
            token = self._tokens.next
            expression = self._tokens.expression()
        else:
            token = self._tokens.expect_kind("text")
            expression = _of_wildcards(token.content)
        named = {number: name for name, number in expression.groupindex.items()}
        if named and self._tokens.next.word != "as":
            for name in named.values():
                if name in self._defined:
                    raise self._redefined(name, token)
            self._defined |= set(named.values())
            return Parse(source, expression, tuple(named.get(n, "") for n in range(1, expression.groups + 1)))
        self._tokens.expect("as")
        names = tuple(self._separated(self._alias))
        if len(names) != expression.groups:
            raise MalformedQuery(
                f"{self._tokens.unexpected(token)}: the pattern has {expression.groups} parts, but "
                f"{len(names)} names follow"
            )
        return Parse(source, expression, names)

    def _stats(self) -> Command:
        self._expressions.has_aggregates = True
        token = self._tokens.next
        columns = self._columns(defines=True)
        self._expressions.has_aggregates = False
        for column in columns:
            if not _holds_aggregate(column.expression):
                raise MalformedQuery(f"{self._tokens.unexpected(token)}: {column.name} is not an aggregate function")
        by = self._columns(defines=False) if self._tokens.take_if("by") else ()
        return Stats(columns, by)

    def _sort(self) -> Command:
        return Sort(tuple(self._separated(self._sort_key)))

    def _sort_key(self) -> tuple[Field, bool]:
        field = self._expressions.field()
        direction = self._tokens.take_if("asc", "desc")
        return field, direction is not None and direction.word == "desc"

    def _limit(self) -> Command:
        self._tokens.take_if("any")
        token = self._tokens.expect_kind("number")
        if not token.text.isdigit() or not 1 <= int(token.text) <= MOST_RESULTS:
            raise MalformedQuery(
                f"{self._tokens.unexpected(token)}: a limit is a whole number from 1 to {MOST_RESULTS}"
            )
        return Limit(int(token.text))

    def _separated(self, read: Callable[[], T]) -> list[T]:
        found = [read()]
        while self._tokens.take_if(","):
            found.append(read())
        return found


def _of_wildcards(text: str) -> re.Pattern[str]:
    """Compile `user=*, *` to a regular expression; stars match as little as possible, one at the end all the rest."""
    parts = [re.escape(part) for part in text.split("*")]
    pattern = "(.*?)".join(parts)
    if text.endswith("*"):
        pattern = pattern[: -len("(.*?)")] + "(.*)"
    return re.compile(pattern, re.DOTALL)


def _holds_aggregate(expression: Expression) -> bool:
    if isinstance(expression, Call):
        return any(_holds_aggregate(argument) for argument in expression.arguments)
    return isinstance(expression, Aggregate)
