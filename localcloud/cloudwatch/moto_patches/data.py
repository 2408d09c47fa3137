"""CloudWatch: GetMetricData with pages, labels, and a message when a metric has several units."""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from localcloud.cloudwatch.alarms.evaluation import CannotEvaluate
from localcloud.cloudwatch.metrics.labels import Measured, default_labels, filled_in
from localcloud.cloudwatch.metrics.queries import Query, QueryResults
from localcloud.cloudwatch.metrics.store import Metric, MetricStore
from localcloud.cloudwatch.metrics.windows import Span, periods, unix_s
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import GetMetricDataInputTypeDef, MetricDataQueryUnionTypeDef


MOST_DATAPOINTS = 100_800
DEFAULT_PERIOD_S = 60


@dataclass(kw_only=True)
class Result:
    """The result of one query; `points` oldest first."""

    id: str
    label: str
    points: list[tuple[datetime, float]]
    units: Sequence[str] = field(default_factory=list)


def metric_data(store: MetricStore, request: GetMetricDataInputTypeDef) -> dict[str, object]:
    """Return the response to a valid GetMetricData request. Errors: moto's."""
    results = _results(store, request)
    newest_first = request.get("ScanBy") != "TimestampAscending"
    moments = sorted({at for each in results for at, _ in each.points}, reverse=newest_first)
    page, later = _page(results, moments, request, newest_first=newest_first)
    wire = [_wire(each, page, later, newest_first=newest_first) for each in results]
    return {"MetricDataResults": wire, "Messages": []} | ({"NextToken": _token(page[-1])} if later else {})


def _results(store: MetricStore, request: GetMetricDataInputTypeDef) -> list[Result]:
    wire = request.get("MetricDataQueries") or []
    queries = {each["Id"]: _query(each) for each in wire}
    measured = {each["Id"]: _measured(queries[each["Id"]], each) for each in wire if each.get("MetricStat")}
    labels = default_labels(
        {each["Id"]: measured[each["Id"]] for each in wire if _returns_data(each) and each["Id"] in measured}
    )
    metrics = [each.metric for each in measured.values()]
    longest_s = max((each.period_s for each in measured.values()), default=DEFAULT_PERIOD_S)
    results = []
    for each in filter(_returns_data, wire):
        name = each["Id"]
        period_s = measured[name].period_s if name in measured else int(each.get("Period") or longest_s)
        span = Span(unix_s(request["StartTime"]), unix_s(request["EndTime"]), period_s)
        begins, windows = periods(store, metrics, span, time.time(), is_whole=len(measured) < len(wire))
        try:
            found = QueryResults(store, queries, windows).labelled(name)
        except CannotEvaluate as wrong:
            raise AwsError("ValidationError", f"Error in expression '{name}': {wrong}") from wrong
        for group, series in found.items():
            points = [(at, value) for at, value in zip(begins, series, strict=True) if value is not None]
            default = group or labels.get(name, name)
            label = filled_in(each.get("Label") or default, default, points, measured.get(name))
            result = Result(id=name, label=label, points=points)
            if name in measured and not queries[name].unit and windows.spans:
                result.units = store.units(measured[name].metric, windows.spans[0][0], windows.spans[-1][1])
            results.append(result)
    return results


def _returns_data(query: MetricDataQueryUnionTypeDef) -> bool:
    return query.get("ReturnData") is not False


def _query(query: MetricDataQueryUnionTypeDef) -> Query:
    stat = query.get("MetricStat")
    if not stat:
        return Query(id=query["Id"], expression=query["Expression"])
    named = stat["Metric"]
    dimensions = [(each["Name"], each["Value"]) for each in named.get("Dimensions") or []]
    metric = Metric.of(named.get("Namespace") or "", named.get("MetricName") or "", dimensions)
    return Query(id=query["Id"], metric=metric, statistic=stat["Stat"], unit=stat.get("Unit") or "")


def _measured(query: Query, wire: MetricDataQueryUnionTypeDef) -> Measured:
    assert query.metric is not None  # noqa: S101 - the caller has looked
    return Measured(metric=query.metric, statistic=query.statistic, period_s=int(wire["MetricStat"]["Period"]))


def _page(
    results: Sequence[Result], moments: Sequence[datetime], request: GetMetricDataInputTypeDef, *, newest_first: bool
) -> tuple[list[datetime], list[datetime]]:
    """Return the moments on this page, at least one, and the remaining ones."""
    most = int(request.get("MaxDatapoints") or MOST_DATAPOINTS)
    counts = Counter(at for each in results for at, _ in each.points)
    after = _moment(request.get("NextToken"))
    left = [
        at for at in moments if after is None or (at.timestamp() < after if newest_first else at.timestamp() > after)
    ]
    shown = 0
    for number, at in enumerate(left):
        shown += counts[at]
        if number and shown > most:
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
        raise AwsError("InvalidNextToken", "The next token specified is invalid.") from wrong


def _wire(
    result: Result, page: Sequence[datetime], later: Sequence[datetime], *, newest_first: bool
) -> dict[str, object]:
    moments, more = set(page), set(later)
    points = [(at, value) for at, value in result.points if at in moments]
    rest = any(at in more for at, _ in result.points)
    if newest_first:
        points.reverse()
    wire: dict[str, object] = {
        "Id": result.id,
        "Label": result.label,
        "Timestamps": [at for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "PartialData" if rest else "Complete",
    }
    if len(result.units) > 1:
        text = f"Multiple units returned: '[{', '.join(result.units)}]'"
        wire["Messages"] = [{"Code": "MultipleUnits", "Value": text}]
    return wire
