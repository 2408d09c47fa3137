"""CloudWatch's metrics, answered from our own stores, one for each region."""

import time
from datetime import datetime
from typing import Any

from localcloud.cloudwatch.metrics.queries import in_windows
from localcloud.cloudwatch.metrics.request_rules import unix_s
from localcloud.cloudwatch.metrics.store import HIGH_RESOLUTION, Datum, Metric, MetricStore, RegionalStores
from localcloud.cloudwatch.metrics.units import NO_UNIT
from localcloud.cloudwatch.metrics.values import STATISTICS, Values
from localcloud.cloudwatch.metrics.windows import Asked, periods
from localcloud.cloudwatch.moto_patches.data import metric_data
from localcloud.host import REGION
from localcloud.moto.patching import error, result

PAGE = 500
RECENTLY_S = 3 * 3600.0

_stores = RegionalStores(1.0, REGION)


def serve(stores: RegionalStores) -> None:
    """Answer from these stores from now on. They are global, as moto's classes are."""
    global _stores
    _stores = stores


def patch() -> None:
    """moto's own metrics support neither percentiles nor expressions, and are objects that it writes to disk."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    for operation in (get_metric_data, get_metric_statistics, list_metrics):
        setattr(CloudWatchResponse, operation.__name__, operation)
    backend: Any = CloudWatchBackend
    backend.put_metric_data = _put_metric_data


def _put_metric_data(self: Any, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    store = _stores.of(self.region_name)
    for told in metric_data:
        dimensions = [(each["Name"], each["Value"]) for each in told.get("Dimensions") or []]
        at_s = unix_s(told["Timestamp"]) if told.get("Timestamp") else time.time()
        metric = Metric.of(namespace, told["MetricName"], dimensions)
        is_fine = told.get("StorageResolution") == HIGH_RESOLUTION
        store.add_at(at_s, [Datum(metric, _values(told), told.get("Unit") or NO_UNIT, is_fine)])


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
    return result(metric_data(_stores.of(self.region), self._get_params()))


def get_metric_statistics(self: Any) -> Any:
    asked, store = self._get_params(), _stores.of(self.region)
    dimensions = [(each["Name"], each["Value"]) for each in asked.get("Dimensions") or []]
    metric = Metric.of(asked["Namespace"], asked["MetricName"], dimensions)
    span = Asked(unix_s(asked["StartTime"]), unix_s(asked["EndTime"]), int(asked["Period"]))
    begins, windows = periods(store, [metric], span, time.time())
    minutes = (windows.spans[0][0], windows.spans[-1][1]) if windows.spans else (0, 0)
    units = [asked["Unit"]] if asked.get("Unit") else store.units(metric, *minutes)
    points = [
        _point(asked, at, values, unit)
        for unit in units
        for at, values in zip(begins, in_windows(store, metric, windows, unit), strict=True)
        if values is not None
    ]
    return result({"Label": metric.name, "Datapoints": points})


def _point(asked: dict[str, Any], at: datetime, values: Values, unit: str) -> dict[str, Any]:
    point: dict[str, Any] = {"Timestamp": at, "Unit": unit}
    point |= {name: values.statistic(name) for name in asked.get("Statistics") or [] if name in STATISTICS}
    if extended := asked.get("ExtendedStatistics"):
        found = {name: values.statistic(name) for name in extended}
        point["ExtendedStatistics"] = {name: value for name, value in found.items() if value is not None}
    return point


def list_metrics(self: Any) -> Any:
    asked, store = self._get_params(), _stores.of(self.region)
    wanted = [(each["Name"], each.get("Value")) for each in asked.get("Dimensions") or []]
    found = [
        metric
        for metric in store.metrics(_active_since(asked, store))
        if asked.get("Namespace") in (None, metric.namespace)
        and asked.get("MetricName") in (None, metric.name)
        and all(any(name == own and value in (None, its) for own, its in metric.dimensions) for name, value in wanted)
    ]
    token = asked.get("NextToken") or "0"
    if not token.isascii() or not token.isdigit():
        raise error("InvalidParameterValue", "Request parameter NextToken is invalid")
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
    return result({"Metrics": page, **more})


def _active_since(asked: dict[str, Any], store: MetricStore) -> int | None:
    """Return the first AWS minute that RecentlyActive covers; its only value is three hours."""
    return store.minute_at(time.time() - RECENTLY_S) if asked.get("RecentlyActive") else None
