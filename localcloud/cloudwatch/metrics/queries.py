"""Evaluates MetricDataQueries on the store: metrics, and expressions that refer to other queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate
from localcloud.cloudwatch.metrics import insights
from localcloud.cloudwatch.metrics.math import Scope, evaluate
from localcloud.cloudwatch.metrics.store import MINUTE_S, Metric, MetricStore
from localcloud.cloudwatch.metrics.time_series import Series, Span, Value, as_series
from localcloud.cloudwatch.metrics.values import UnknownStatistic, Values


@dataclass(frozen=True, kw_only=True)
class Query:
    """A metric with its statistic, or an expression."""

    id: str
    metric: Metric | None = None
    statistic: str = ""
    unit: str = ""
    """Use data in this unit only; when empty, data in the first unit that exists."""
    expression: str = ""


@dataclass(frozen=True)
class Windows:
    """Spans of AWS minutes (or fractions), oldest first, as (begin, end) with an exclusive end."""

    spans: Sequence[tuple[float, float]]
    period_s: float


def sliding(end_s: int, period_s: int, count: int) -> Windows:
    """`count` windows of `period_s` AWS seconds each, the newest ending before second `end_s`."""
    ends_s = [end_s - back * period_s for back in reversed(range(count))]
    return Windows([((each - period_s) / MINUTE_S, each / MINUTE_S) for each in ends_s], period_s)


@dataclass
class QueryResults:
    """Evaluates queries by id, each of them once."""

    store: MetricStore
    queries: Mapping[str, Query]
    windows: Windows
    _found: dict[str, Value] = field(default_factory=dict)
    _running: set[str] = field(default_factory=set)

    def series(self, query_id: str) -> Series:
        """Return the series of one query. Errors: CannotEvaluate."""
        return as_series(self._value(query_id), len(self.windows.spans))

    def labelled(self, query_id: str) -> dict[str, Series]:
        """Return the series of one query by group label, which is empty without groups. Errors: CannotEvaluate."""
        query = self.queries[query_id]
        if insights.is_select(query.expression):
            return self._selected(query)
        return {"": self.series(query_id)}

    def _selected(self, query: Query) -> dict[str, Series]:
        select = insights.parse(query.expression)
        found = {}
        for label, metrics in select.groups(self.store.metrics()).items():
            columns = [in_windows(self.store, metric, self.windows) for metric in metrics]
            places = range(len(self.windows.spans))
            found[label] = [insights.merged(column[place] for column in columns) for place in places]
        return {
            label: tuple(None if values is None else values.statistic(select.statistic) for values in found[label])
            for label in select.ordered(found)
        }

    def _value(self, query_id: str) -> Value:
        query = self.queries.get(query_id)
        if query is None:
            raise CannotEvaluate(f"no query has the id {query_id!r}; there are {', '.join(sorted(self.queries))}")
        if query_id in self._running:
            raise CannotEvaluate(f"expression {query.expression!r} refers to itself")
        if query_id not in self._found:
            self._running.add(query_id)
            self._found[query_id] = self._measured(query) if query.metric else self._worked_out(query)
            self._running.discard(query_id)
        return self._found[query_id]

    def _worked_out(self, query: Query) -> Value:
        if insights.is_select(query.expression):
            return list(self._selected(query).values())
        scope = Scope(
            series=self._value,
            metrics=lambda text: [self.series(key) for key in self.queries if self.queries[key].metric and text in key],
            span=Span(len(self.windows.spans), self.windows.period_s),
        )
        return evaluate(query.expression, scope)

    def _measured(self, query: Query) -> Series:
        assert query.metric is not None  # noqa: S101 - the caller has looked
        try:
            return tuple(
                None if values is None else values.statistic(query.statistic)
                for values in in_windows(self.store, query.metric, self.windows, query.unit)
            )
        except UnknownStatistic as error:
            raise CannotEvaluate(f"query {query.id!r}: {error}") from error


def in_windows(store: MetricStore, metric: Metric, windows: Windows, unit: str = "") -> list[Values | None]:
    """Return the metric's values in each window; None without data."""
    spans = windows.spans
    if not spans:
        return []
    found: list[Values | None] = [None] * len(spans)
    place = len(spans) - 1
    for minute, values in store.within(metric, spans[0][0], spans[-1][1], unit):
        while minute < spans[place][0]:
            place -= 1
        if minute < spans[place][1]:
            before = found[place]
            found[place] = values if before is None else before.plus(values)
    return found
