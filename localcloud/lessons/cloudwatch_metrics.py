"""CloudWatch's metrics, answered from our own store."""

import math
import time
from datetime import UTC, datetime
from typing import Any

from localcloud.cloudwatch.evaluation import CannotEvaluate
from localcloud.cloudwatch.metric_store import KEPT_MINUTES, Datum, Metric, MetricStore
from localcloud.cloudwatch.metric_values import STATISTICS, Values
from localcloud.cloudwatch.queries import Answers, Query, Windows, in_windows
from localcloud.cloudwatch.request_rules import unix_s
from localcloud.lessons.answers import error, result

PAGE = 500

_store = MetricStore(1.0)


def serve(store: MetricStore) -> None:
    """Answer from this store from now on. moto's classes are global, and so is what they answer from."""
    global _store
    _store = store


def teach() -> None:
    """moto's own metrics have no percentiles and no expressions, and are objects that it writes to disk."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    for operation in (get_metric_data, get_metric_statistics, list_metrics):
        setattr(CloudWatchResponse, operation.__name__, operation)
    backend: Any = CloudWatchBackend
    backend.put_metric_data = _put_metric_data


def _put_metric_data(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    for told in metric_data:
        dimensions = {each["Name"]: each["Value"] for each in told.get("Dimensions") or []}
        at_s = unix_s(told["Timestamp"]) if told.get("Timestamp") else time.time()
        datum = Datum(Metric.of(namespace, told["MetricName"], dimensions), _values(told), told.get("Unit") or "None")
        _store.add(_store.minute_at(at_s), [datum])


def _values(told: dict[str, Any]) -> Values:
    if told.get("Values"):
        counts: dict[float, float] = {}
        for value, count in zip(told["Values"], told.get("Counts") or [1.0] * len(told["Values"]), strict=True):
            counts[float(value)] = counts.get(float(value), 0.0) + float(count)
        return Values.of(counts)
    if held := told.get("StatisticValues"):
        return Values(
            count=float(held["SampleCount"]),
            total=float(held["Sum"]),
            minimum=float(held["Minimum"]),
            maximum=float(held["Maximum"]),
        )
    return Values.one(float(told.get("Value") or 0.0))


def get_metric_data(self: Any) -> Any:
    asked = self._get_params()
    start_s, end_s = unix_s(asked["StartTime"]), unix_s(asked["EndTime"])
    if start_s >= end_s:
        raise _error("The parameter StartTime must be less than the parameter EndTime.")
    wire = asked.get("MetricDataQueries") or []
    queries = {each["Id"]: _query(each) for each in wire}
    periods = [int(each["MetricStat"]["Period"]) for each in wire if each.get("MetricStat")]
    found = []
    for each in wire:
        if each.get("ReturnData") is False:
            continue
        period_s = int((each.get("MetricStat") or each).get("Period") or max(periods, default=60))
        times, windows = _windows(start_s, end_s, period_s)
        try:
            series = Answers(_store, queries, windows).series(each["Id"])
        except CannotEvaluate as error:
            raise _error(f"Error in expression '{each['Id']}': {error}") from error
        points = [(at, value) for at, value in zip(times, series, strict=True) if value is not None]
        if asked.get("ScanBy") != "TimestampAscending":
            points.reverse()
        metric = queries[each["Id"]].metric
        found.append(
            {
                "Id": each["Id"],
                "Label": each.get("Label") or (metric.name if metric else each["Id"]),
                "Timestamps": [at for at, _ in points],
                "Values": [value for _, value in points],
                "StatusCode": "Complete",
            }
        )
    return result({"MetricDataResults": found, "Messages": []})


def get_metric_statistics(self: Any) -> Any:
    asked = self._get_params()
    wanted = asked.get("Statistics") or []
    extended = asked.get("ExtendedStatistics") or []
    start_s, end_s = unix_s(asked["StartTime"]), unix_s(asked["EndTime"])
    dimensions = {each["Name"]: each["Value"] for each in asked.get("Dimensions") or []}
    metric = Metric.of(asked["Namespace"], asked["MetricName"], dimensions)
    times, windows = _windows(start_s, end_s, int(asked["Period"]))
    points = []
    for at, values in zip(times, in_windows(_store, metric, windows), strict=True):
        if values is None:
            continue
        point: dict[str, Any] = {"Timestamp": at, "Unit": _store.unit(metric)}
        point |= {name: values.statistic(name) for name in wanted if name in STATISTICS}
        if extended:
            found = {name: values.statistic(name) for name in extended}
            point["ExtendedStatistics"] = {name: value for name, value in found.items() if value is not None}
        points.append(point)
    return result({"Label": metric.name, "Datapoints": points})


def list_metrics(self: Any) -> Any:
    asked = self._get_params()
    wanted = [(each["Name"], each.get("Value")) for each in asked.get("Dimensions") or []]
    found = [
        metric
        for metric in _store.metrics()
        if asked.get("Namespace") in (None, metric.namespace)
        and asked.get("MetricName") in (None, metric.name)
        and all(
            name in dict(metric.dimensions) and value in (None, dict(metric.dimensions)[name]) for name, value in wanted
        )
    ]
    token = asked.get("NextToken") or "0"
    if not token.isascii() or not token.isdigit():
        raise error("InvalidParameterValue", f"The value {token} for parameter NextToken is invalid")
    start = int(token)
    page = [
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        }
        for metric in found[start : start + PAGE]
    ]
    more = {"NextToken": str(start + PAGE)} if len(found) > start + PAGE else {}
    return result({"Metrics": page} | more)


def _query(wire: dict[str, Any]) -> Query:
    stat = wire.get("MetricStat")
    if not stat:
        if not wire.get("Expression"):
            raise _error("The parameter MetricDataQueries.member.1.MetricStat is required.\n")
        return Query(id=wire["Id"], expression=wire["Expression"])
    named = stat["Metric"]
    dimensions = {each["Name"]: each["Value"] for each in named.get("Dimensions") or []}
    return Query(
        id=wire["Id"], metric=Metric.of(named["Namespace"], named["MetricName"], dimensions), statistic=stat["Stat"]
    )


def _windows(start_s: float, end_s: float, period_s: int) -> tuple[list[datetime], Windows]:
    """Of the real clock, as far back as anything is kept: when each begins, and its AWS minutes."""
    oldest_s = _store.wall_s(_store.minute_at(time.time()) - KEPT_MINUTES)
    first = math.floor(max(start_s, oldest_s) / period_s) * period_s
    begins = range(first, math.ceil(min(end_s, time.time() + period_s)), period_s)
    spans = [(_first_minute(at), _first_minute(at + period_s)) for at in begins]
    return [datetime.fromtimestamp(at, UTC) for at in begins], Windows(spans, period_s)


def _first_minute(wall_s: float) -> int:
    minute = _store.minute_at(wall_s)
    return minute if _store.wall_s(minute) >= wall_s else minute + 1


def _error(message: str) -> Exception:
    return error("ValidationError", message)
