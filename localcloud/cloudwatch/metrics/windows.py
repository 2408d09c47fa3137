"""The periods of a metric query: when each begins, and the AWS minutes (or fractions) it covers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from localcloud.cloudwatch.metrics.queries import Windows
from localcloud.cloudwatch.metrics.store import MINUTE_S, Metric, MetricStore
from localcloud.machine.clock import aware

HOUR_S, DAY_S = 3600, 86_400
RETENTION = ((3 * HOUR_S, 1), (15 * DAY_S, 60), (63 * DAY_S, 300), (455 * DAY_S, HOUR_S))
"""(age of the data, its granularity), in seconds; a query with a period that is not a multiple of it gets no data."""


@dataclass(frozen=True)
class Span:
    """Time range of a query as Unix times; the end is exclusive. `period_s`: seconds of each period."""

    start_s: float
    end_s: float
    period_s: int


def periods(
    store: MetricStore, metrics: Sequence[Metric], span: Span, now_s: float, *, is_whole: bool = False
) -> tuple[list[datetime], Windows]:
    """Return the periods in which one of these metrics may have data, aligned to the period length.

    `is_whole`: begin at the requested start even without data there, for expressions that fill gaps.
    """
    period_s, extent = span.period_s, store.extent(metrics)
    oldest_s, newest_s = (store.wall_s(extent[0]), store.wall_s(extent[1] + 1)) if extent else (now_s, now_s)
    begin_s = max(span.start_s, _kept_since(period_s, now_s), 0.0 if is_whole else oldest_s)
    first = math.floor(begin_s / period_s) * period_s
    begins = range(first, math.ceil(min(span.end_s, max(now_s + period_s, newest_s))), period_s)
    border = _first_minute if period_s % MINUTE_S == 0 else _first_second
    spans = [(border(store, at), border(store, at + period_s)) for at in begins]
    return [datetime.fromtimestamp(at, UTC) for at in begins], Windows(spans, period_s)


def _kept_since(period_s: int, now_s: float) -> float:
    """Return the Unix time from which data with this period is retained."""
    ages_s = [age_s for age_s, granularity_s in RETENTION if period_s % granularity_s == 0]
    return now_s - max(ages_s)


def _first_minute(store: MetricStore, wall_s: float) -> float:
    minute = store.minute_at(wall_s)
    return minute if store.wall_s(minute) >= wall_s else minute + 1


def _first_second(store: MetricStore, wall_s: float) -> float:
    second = store.second_at(wall_s)
    minute = second / MINUTE_S
    return minute if store.wall_s(minute) >= wall_s else (second + 1) / MINUTE_S


def unix_s(at: datetime | str) -> float:
    """Return the time in Unix seconds."""
    return aware(at if isinstance(at, datetime) else datetime.fromisoformat(at)).timestamp()
