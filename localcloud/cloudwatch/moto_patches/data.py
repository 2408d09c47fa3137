"""CloudWatch: GetMetricData with pages, labels, and a message when a metric has several units."""

import base64
import binascii
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate
from localcloud.cloudwatch.metrics.labels import Measured, default_labels, filled_in
from localcloud.cloudwatch.metrics.queries import Answers, Query
from localcloud.cloudwatch.metrics.request_rules import unix_s
from localcloud.cloudwatch.metrics.store import Metric, MetricStore
from localcloud.cloudwatch.metrics.windows import Asked, periods
from localcloud.moto.patching import error

MOST_DATAPOINTS = 100_800
DEFAULT_PERIOD_S = 60


@dataclass(kw_only=True)
class Result:
    """The result of one query; `points` oldest first."""

    id: str
    label: str
    points: list[tuple[datetime, float]]
    units: Sequence[str] = field(default_factory=list)


def metric_data(store: MetricStore, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a valid GetMetricData request. Errors: moto's."""
    results = _results(store, asked)
    newest_first = asked.get("ScanBy") != "TimestampAscending"
    moments = sorted({at for each in results for at, _ in each.points}, reverse=newest_first)
    page, later = _page(results, moments, asked, newest_first=newest_first)
    wire = [_wire(each, page, later, newest_first=newest_first) for each in results]
    return {"MetricDataResults": wire, "Messages": []} | ({"NextToken": _token(page[-1])} if later else {})


def _results(store: MetricStore, asked: Mapping[str, Any]) -> list[Result]:
    wire = asked.get("MetricDataQueries") or []
    queries = {each["Id"]: _query(each) for each in wire}
    measured = {each["Id"]: _measured(queries[each["Id"]], each) for each in wire if each.get("MetricStat")}
    labels = default_labels(
        {each["Id"]: measured[each["Id"]] for each in wire if _is_told(each) and each["Id"] in measured}
    )
    metrics = [each.metric for each in measured.values()]
    longest_s = max((each.period_s for each in measured.values()), default=DEFAULT_PERIOD_S)
    results = []
    for each in filter(_is_told, wire):
        name = each["Id"]
        period_s = measured[name].period_s if name in measured else int(each.get("Period") or longest_s)
        span = Asked(unix_s(asked["StartTime"]), unix_s(asked["EndTime"]), period_s)
        begins, windows = periods(store, metrics, span, time.time(), is_whole=len(measured) < len(wire))
        try:
            found = Answers(store, queries, windows).labelled(name)
        except CannotEvaluate as wrong:
            raise error("ValidationError", f"Error in expression '{name}': {wrong}") from wrong
        for group, series in found.items():
            points = [(at, value) for at, value in zip(begins, series, strict=True) if value is not None]
            default = group or labels.get(name, name)
            label = filled_in(each.get("Label") or default, default, points, measured.get(name))
            result = Result(id=name, label=label, points=points)
            if name in measured and not queries[name].unit and windows.spans:
                result.units = store.units(measured[name].metric, windows.spans[0][0], windows.spans[-1][1])
            results.append(result)
    return results


def _is_told(wire: Mapping[str, Any]) -> bool:
    return wire.get("ReturnData") is not False


def _query(wire: Mapping[str, Any]) -> Query:
    stat = wire.get("MetricStat")
    if not stat:
        return Query(id=wire["Id"], expression=wire["Expression"])
    named = stat["Metric"]
    dimensions = [(each["Name"], each["Value"]) for each in named.get("Dimensions") or []]
    metric = Metric.of(named.get("Namespace") or "", named.get("MetricName") or "", dimensions)
    return Query(id=wire["Id"], metric=metric, statistic=stat["Stat"], unit=stat.get("Unit") or "")


def _measured(query: Query, wire: Mapping[str, Any]) -> Measured:
    assert query.metric is not None  # noqa: S101 - the caller has looked
    return Measured(metric=query.metric, statistic=query.statistic, period_s=int(wire["MetricStat"]["Period"]))


def _page(
    results: Sequence[Result], moments: Sequence[datetime], asked: Mapping[str, Any], *, newest_first: bool
) -> tuple[list[datetime], list[datetime]]:
    """Return the moments on this page, at least one, and the remaining ones."""
    most = int(asked.get("MaxDatapoints") or MOST_DATAPOINTS)
    counts = Counter(at for each in results for at, _ in each.points)
    after = _moment(asked.get("NextToken"))
    left = [
        at for at in moments if after is None or (at.timestamp() < after if newest_first else at.timestamp() > after)
    ]
    told = 0
    for number, at in enumerate(left):
        told += counts[at]
        if number and told > most:
            return left[:number], left[number:]
    return left, []


def _token(last: datetime) -> str:
    return base64.urlsafe_b64encode(json.dumps({"after": last.timestamp()}).encode()).decode()


def _moment(token: str | None) -> float | None:
    if not token:
        return None
    try:
        return float(json.loads(base64.urlsafe_b64decode(token.encode()))["after"])
    except (ValueError, KeyError, TypeError, binascii.Error) as wrong:
        raise error("InvalidNextToken", "The next token specified is invalid.") from wrong


def _wire(result: Result, page: Sequence[datetime], later: Sequence[datetime], *, newest_first: bool) -> dict[str, Any]:
    moments, more = set(page), set(later)
    points = [(at, value) for at, value in result.points if at in moments]
    rest = any(at in more for at, _ in result.points)
    if newest_first:
        points.reverse()
    wire: dict[str, Any] = {
        "Id": result.id,
        "Label": result.label,
        "Timestamps": [at for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "PartialData" if rest else "Complete",
    }
    if len(result.units) > 1:
        told = f"Multiple units returned: '[{', '.join(result.units)}]'"
        wire["Messages"] = [{"Code": "MultipleUnits", "Value": told}]
    return wire
