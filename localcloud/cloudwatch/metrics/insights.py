"""Metrics Insights: a single SELECT queries many metrics, by namespace, dimensions and groups.

SELECT FUNCTION(metric) FROM namespace | SCHEMA(namespace [, label ...])
[WHERE label = | != 'value' [AND ...]] [GROUP BY label, ...] [ORDER BY FUNCTION() [ASC | DESC]] [LIMIT number]
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate
from localcloud.cloudwatch.metrics.store import Metric
from localcloud.cloudwatch.metrics.values import Values

STATISTICS = {"AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}
MOST_SERIES = 500
BEGINNING = re.compile(r"\s*SELECT\b", re.I)
TOKEN = re.compile(r"""\s*(?:"(?P<quoted>[^"]+)"|'(?P<text>(?:[^'\\]|\\.)*)'|(?P<word>\w+)|(?P<sign>!=|[=(),]))""")


@dataclass(frozen=True, kw_only=True)
class Select:
    """A parsed query. `labels`: exactly those that a metric must have; None: any."""

    statistic: str
    metric: str
    namespace: str
    labels: frozenset[str] | None = None
    conditions: tuple[tuple[str, bool, str], ...] = ()
    """(label, must be equal, value)."""
    group_by: tuple[str, ...] = ()
    order_by: str = ""
    """Statistic over the whole time range."""
    is_descending: bool = False
    limit: int = MOST_SERIES

    def groups(self, metrics: Iterable[Metric]) -> dict[str, list[Metric]]:
        """Return label of a series -> its metrics. Without GROUP BY there is one series with an empty label."""
        found: dict[str, list[Metric]] = {} if self.group_by else {"": []}
        for metric in metrics:
            dimensions = dict(metric.dimensions)
            if self._takes(metric, dimensions) and all(label in dimensions for label in self.group_by):
                found.setdefault(" ".join(dimensions[label] for label in self.group_by), []).append(metric)
        return found

    def ordered(self, series: Mapping[str, Sequence[Values | None]]) -> list[str]:
        """Return the labels in the requested order, up to the limit."""
        if not self.order_by:
            return sorted(series)[: self.limit]
        of_span = {label: merged(values) for label, values in series.items()}
        known = {label: values.statistic(self.order_by) or 0.0 for label, values in of_span.items() if values}
        order = sorted(known, key=lambda label: known[label], reverse=self.is_descending)
        return [*order, *(label for label in series if label not in known)][: self.limit]

    def _takes(self, metric: Metric, dimensions: Mapping[str, str]) -> bool:
        return (
            (metric.namespace, metric.name) == (self.namespace, self.metric)
            and (self.labels is None or self.labels == dimensions.keys())
            and all(
                label in dimensions and (dimensions[label] == value) is is_equal
                for label, is_equal, value in self.conditions
            )
        )


def merged(values: Iterable[Values | None]) -> Values | None:
    """Merge values of several metrics or periods; None when there are none."""
    known = [each for each in values if each is not None]
    return reduce(Values.plus, known) if known else None


def is_select(expression: str) -> bool:
    """Return whether the expression is such a query; all others are metric math."""
    return BEGINNING.match(expression) is not None


def parse(expression: str) -> Select:
    """Parse a query. Errors: CannotEvaluate with the position."""
    return _Reader(expression).select()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            token = TOKEN.match(text, position)
            if token is None:
                raise self._error(f"not understood at {text[position : position + 20]!r}")
            kind = str(token.lastgroup)
            self._tokens.append((kind, token[kind]))
            position = token.end()

    def select(self) -> Select:
        self._expect("SELECT")
        statistic = self._function()
        metric = self._name()
        self._expect(")")
        self._expect("FROM")
        namespace, labels = self._source()
        conditions = self._conditions() if self._take("WHERE") else ()
        group_by = self._names() if self._take_pair("GROUP", "BY") else ()
        order_by, is_descending = self._order() if self._take_pair("ORDER", "BY") else ("", False)
        limit = self._limit() if self._take("LIMIT") else MOST_SERIES
        if self._tokens:
            raise self._error(f"not understood at {self._tokens[0][1]!r}")
        return Select(
            statistic=statistic,
            metric=metric,
            namespace=namespace,
            labels=labels,
            conditions=conditions,
            group_by=group_by,
            order_by=order_by,
            is_descending=is_descending,
            limit=limit,
        )

    def _function(self) -> str:
        kind, name = self._next("a function")
        if kind != "word" or name.upper() not in STATISTICS:
            raise self._error(f"{name!r} should be one of {', '.join(STATISTICS)}")
        self._expect("(")
        return STATISTICS[name.upper()]

    def _source(self) -> tuple[str, frozenset[str] | None]:
        if not self._take("SCHEMA"):
            return self._name(), None
        self._expect("(")
        namespace = self._name()
        labels = self._names() if self._take(",") else ()
        self._expect(")")
        return namespace, frozenset(labels)

    def _conditions(self) -> tuple[tuple[str, bool, str], ...]:
        found = []
        while True:
            label = self._name()
            is_equal = not self._take("!=")
            if is_equal:
                self._expect("=")
            kind, value = self._next("a value")
            if kind != "text":
                raise self._error(f"the value {value!r} should be in single quotes")
            found.append((label, is_equal, re.sub(r"\\(.)", r"\1", value)))
            if not self._take("AND"):
                return tuple(found)

    def _order(self) -> tuple[str, bool]:
        statistic = self._function()
        self._expect(")")
        is_descending = self._take("DESC")
        if not is_descending:
            self._take("ASC")
        return statistic, is_descending

    def _limit(self) -> int:
        _, number = self._next("a number")
        if not number.isdecimal() or not 1 <= int(number) <= MOST_SERIES:
            raise self._error(f"LIMIT should be a number from 1 to {MOST_SERIES}, got {number!r}")
        return int(number)

    def _names(self) -> tuple[str, ...]:
        names = [self._name()]
        while self._take(","):
            names.append(self._name())
        return tuple(names)

    def _name(self) -> str:
        kind, name = self._next("a name")
        if kind not in ("word", "quoted"):
            raise self._error(f"expected a name at {name!r}")
        return name

    def _next(self, expected: str) -> tuple[str, str]:
        if not self._tokens:
            raise self._error(f"it ends where {expected} is expected")
        return self._tokens.pop(0)

    def _take(self, word: str) -> bool:
        if not self._tokens or self._tokens[0][0] not in ("word", "sign") or self._tokens[0][1].upper() != word:
            return False
        self._tokens.pop(0)
        return True

    def _take_pair(self, first: str, second: str) -> bool:
        if not self._take(first):
            return False
        self._expect(second)
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._error(f"expected {word} at {self._tokens[0][1] if self._tokens else 'its end'!r}")

    def _error(self, why: str) -> CannotEvaluate:
        return CannotEvaluate(f"query {self._text[:1000]!r}: {why}")
