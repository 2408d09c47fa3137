"""Compiles expressions to functions of a row."""

from collections.abc import Callable
from functools import partial

from localcloud.cloudwatch.logs.insights.functions import ARITHMETIC, FUNCTIONS, Function
from localcloud.cloudwatch.logs.insights.rows import Row
from localcloud.cloudwatch.logs.insights.syntax import Aggregate, Call, Expression, Field, Literal, Pattern
from localcloud.cloudwatch.logs.insights.values import Value, compare, text, truth

Evaluate = Callable[[Row], Value]

HOLDS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    ">": lambda order: order > 0,
    "<=": lambda order: order <= 0,
    ">=": lambda order: order >= 0,
}


def evaluator(expression: Expression) -> Evaluate:
    """Compile an expression. An aggregate's value is looked up in the row, where the group stored it."""
    if isinstance(expression, Literal):
        value = expression.value
        return lambda row: value
    if isinstance(expression, Field):
        name, path = expression.name, expression.path
        return lambda row: row.get(name, path)
    if isinstance(expression, Aggregate):
        key = key_of(expression)
        return lambda row: row.values.get(key)
    if isinstance(expression, Call):
        return _called(expression)
    return lambda row: expression  # A period or a regular expression is passed on to the function that takes it.


def key_of(aggregate: Aggregate) -> str:
    """Return the key under which a group's row stores the aggregate; it cannot clash with a field name."""
    return f"\0{id(aggregate)}"


def _called(call: Call) -> Evaluate:
    arguments = [evaluator(argument) for argument in call.arguments]
    if call.name in ("and", "or", "not"):
        return _logical(call.name, arguments)
    if call.name == "like":
        return _like(arguments[0], call.arguments[1], arguments[1])
    if call.name == "in":
        requested = arguments[1:]
        return lambda row: any(compare(arguments[0](row), each(row)) == 0 for each in requested)
    if call.name in ("=", "!="):
        is_requested = call.name == "="
        return lambda row: (compare(arguments[0](row), arguments[1](row)) == 0) is is_requested
    if call.name in HOLDS:
        return partial(_ordered, arguments[0], arguments[1], HOLDS[call.name])
    if call.name == "bin":
        of_time, period = FUNCTIONS["bin"].call, call.arguments[0]
        return lambda row: None if row.time is None else of_time(row.time, period)
    function = Function(ARITHMETIC[call.name], (2, 2)) if call.name in ARITHMETIC else FUNCTIONS[call.name]
    return partial(_of_values, function, arguments)


def _logical(name: str, conditions: list[Evaluate]) -> Evaluate:
    if name == "not":
        return lambda row: not truth(conditions[0](row))
    if name == "and":
        return lambda row: all(truth(condition(row)) for condition in conditions)
    return lambda row: any(truth(condition(row)) for condition in conditions)


def _ordered(left: Evaluate, right: Evaluate, holds: Callable[[int], bool], row: Row) -> Value:
    order = compare(left(row), right(row))
    return order is not None and holds(order)


def _like(left: Evaluate, pattern: Expression, right: Evaluate) -> Evaluate:
    if isinstance(pattern, Pattern):
        search = pattern.expression.search
        return lambda row: (value := left(row)) is not None and search(text(value)) is not None

    def holds(row: Row) -> Value:
        value, part = left(row), right(row)
        return value is not None and part is not None and text(part) in text(value)

    return holds


def _of_values(function: Function, arguments: list[Evaluate], row: Row) -> Value:
    values = [_plain(argument(row)) for argument in arguments]
    if not function.of_missing and any(value is None for value in values):
        return None
    return function.call(*values)


def _plain(value: Value) -> Value:
    return value.expression if isinstance(value, Pattern) else value
