"""Runs a query over log events, newest first -> rows of text, and the number of matched rows."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from localcloud.cloudwatch.logs.insights.aggregates import accumulator
from localcloud.cloudwatch.logs.insights.evaluation import evaluator, key_of
from localcloud.cloudwatch.logs.insights.rows import Row
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
    Parse,
    Query,
    Sort,
    Stats,
)
from localcloud.cloudwatch.logs.insights.values import Value, order_key, text, truth

DEFAULT_RESULTS = 10_000
POINTER = "@ptr"
Rows = Iterable[Row]


@dataclass
class Outcome:
    """`rows`: (field, text) pairs, without missing fields. `matched`: number of rows that passed all filters."""

    rows: list[list[tuple[str, str]]] = field(default_factory=list)
    matched: int = 0


def run(query: Query, events: Rows, limit: int | None = None) -> Outcome:
    """Run a query. `limit` applies when the query has no limit of its own."""
    outcome = Outcome()
    steps = [command for command in query.commands if not isinstance(command, Display)]
    first = next((place for place, step in enumerate(steps) if isinstance(step, Stats | Sort | Limit | Dedup)), None)
    per_row, rest = (steps, []) if first is None else (steps[:first], steps[first:])
    rows: Iterator[Row] = _counted(_through(per_row, iter(events)), outcome)
    for step in rest:
        rows = _applied(step, rows)
    if not any(isinstance(step, Limit) for step in steps):
        rows = itertools.islice(rows, limit or DEFAULT_RESULTS)
    columns = [(name, evaluator(expression)) for name, expression in shown(query)]
    has_pointers = not any(isinstance(step, Stats) for step in steps)
    for row in rows:
        values = ((name, value(row)) for name, value in columns)
        reported = [(name, text(value)) for name, value in values if value is not None]
        outcome.rows.append([*reported, (POINTER, row.pointer)] if has_pointers else reported)
    return outcome


def _counted(rows: Iterator[Row], outcome: Outcome) -> Iterator[Row]:
    """Count all rows, even when the query needs only the first ones: AWS counts every match."""
    try:
        for row in rows:
            outcome.matched += 1
            yield row
    except GeneratorExit:
        outcome.matched += sum(1 for _ in rows)
        raise


def shown(query: Query) -> list[tuple[str, Expression]]:
    """Return the result's columns: of the last display; else of the last stats; else of all commands naming fields."""
    columns: dict[str, Expression] = {}
    chosen = False
    for command in query.commands:
        if isinstance(command, Stats):
            columns = {column.name: _made(column) for column in (*command.by, *command.columns)}
            chosen = False
        elif isinstance(command, Fields):
            if not chosen and any(isinstance(before, Stats) for before in query.commands):
                columns = {}
            chosen = True
            columns |= {column.name: _made(column) for column in command.columns}
        elif isinstance(command, Parse):
            columns |= {name: Field(name, (name,)) for name in command.names if name}
    displays = [command for command in query.commands if isinstance(command, Display)]
    if displays:
        return [(column.name, column.expression) for column in displays[-1].columns]
    if not chosen and not any(isinstance(command, Stats) for command in query.commands):
        columns = {name: Field(name, (name,)) for name in ("@timestamp", "@message")} | columns
    return list(columns.items())


def _made(column: Column) -> Expression:
    """Return the expression by which a later step finds a column in the row."""
    return (
        column.expression
        if isinstance(column.expression, Field) and column.name == column.expression.name
        else (Field(column.name, (column.name,)))
    )


def _through(commands: Sequence[Command], rows: Iterator[Row]) -> Iterator[Row]:
    for command in commands:
        rows = _applied(command, rows)
    return rows


def _applied(command: Command, rows: Iterator[Row]) -> Iterator[Row]:
    if isinstance(command, Filter):
        condition = evaluator(command.condition)
        return (row for row in rows if truth(condition(row)))
    if isinstance(command, Fields):
        return _with_fields(command, rows)
    if isinstance(command, Parse):
        return _parsed(command, rows)
    if isinstance(command, Stats):
        return _grouped(command, rows)
    if isinstance(command, Sort):
        return _sorted(command, rows)
    if isinstance(command, Dedup):
        return _distinct(command, rows)
    if isinstance(command, Limit):
        return itertools.islice(rows, command.count)
    raise TypeError(f"{command!r} changes no rows")


def _with_fields(command: Fields, rows: Iterator[Row]) -> Iterator[Row]:
    made = [
        (column.name, evaluator(column.expression))
        for column in command.columns
        if not isinstance(column.expression, Field) or column.name != column.expression.name
    ]
    for row in rows:
        row.values |= {name: value(row) for name, value in made}
        yield row


def _parsed(command: Parse, rows: Iterator[Row]) -> Iterator[Row]:
    """Keep rows that do not match, without the new fields."""
    source = evaluator(command.source)
    for row in rows:
        value = source(row)
        found = None if value is None else command.expression.search(text(value))
        if found is not None:
            row.values |= {name: part for name, part in zip(command.names, found.groups(), strict=True) if name}
        yield row


def _grouped(command: Stats, rows: Iterator[Row]) -> Iterator[Row]:
    by = [(column.name, evaluator(column.expression)) for column in command.by]
    aggregates = [each for column in command.columns for each in _aggregates(column.expression)]
    sources: list[Callable[[Row], Value]] = [
        (lambda row: None) if each.argument is None else evaluator(each.argument) for each in aggregates
    ]
    groups: dict[tuple[str | None, ...], tuple[Row, list[object]]] = {}
    for row in rows:
        values = [value(row) for _, value in by]
        key = tuple(None if value is None else text(value) for value in values)
        if key not in groups:
            group = Row()
            group.values = {name: value for (name, _), value in zip(by, values, strict=True)}
            groups[key] = group, [accumulator(each) for each in aggregates]
        for each, source in zip(groups[key][1], sources, strict=True):
            each.add(source(row), row.time)  # type: ignore[attr-defined]
    columns = [(column.name, evaluator(column.expression)) for column in command.columns]
    for group, accumulators in groups.values():
        results = {key_of(each): found.result() for each, found in zip(aggregates, accumulators, strict=True)}  # type: ignore[attr-defined]
        of_group = Row()
        of_group.values = results
        group.values |= {name: value(of_group) for name, value in columns}
        yield group


def _aggregates(expression: Expression) -> Iterator[Aggregate]:
    if isinstance(expression, Aggregate):
        yield expression
    elif isinstance(expression, Call):
        for argument in expression.arguments:
            yield from _aggregates(argument)


def _sorted(command: Sort, rows: Iterator[Row]) -> Iterator[Row]:
    found = list(rows)
    for requested, is_descending in reversed(command.keys):
        value = evaluator(requested)
        found.sort(key=lambda row, value=value: order_key(value(row)), reverse=is_descending)  # type: ignore[misc]
    return iter(found)


def _distinct(command: Dedup, rows: Iterator[Row]) -> Iterator[Row]:
    """Keep the first row of each combination, and every row that lacks any of the fields."""
    keys = [evaluator(each) for each in command.fields]
    seen: set[tuple[str, ...]] = set()
    for row in rows:
        values = [value(row) for value in keys]
        key = tuple(text(value) for value in values if value is not None)
        if len(key) < len(values) or key not in seen:
            if len(key) == len(values):
                seen.add(key)
            yield row
