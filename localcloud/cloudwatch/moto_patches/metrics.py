"""CloudWatch's metrics, served from our own stores, one for each region."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from localcloud.cloudwatch.metrics.queries import in_windows
from localcloud.cloudwatch.metrics.store import HIGH_RESOLUTION, Datum, Metric, MetricStore, RegionalStores
from localcloud.cloudwatch.metrics.units import NO_UNIT
from localcloud.cloudwatch.metrics.values import STATISTICS, Values
from localcloud.cloudwatch.metrics.windows import Span, periods, unix_s
from localcloud.cloudwatch.moto_patches.data import metric_data
from localcloud.errors import AwsError
from localcloud.host import REGION
from localcloud.moto.patching import replace, result, wrap

if TYPE_CHECKING:
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse
    from moto.core.responses import ActionResult
    from types_boto3_cloudwatch.type_defs import (
        GetMetricDataInputTypeDef,
        GetMetricStatisticsInputTypeDef,
        ListMetricsInputTypeDef,
        MetricDatumTypeDef,
        PutMetricDataInputTypeDef,
    )


PAGE = 500
RECENTLY_S = 3 * 3600.0

_stores = RegionalStores(1.0, REGION)


def serve(stores: RegionalStores) -> None:
    """Use these stores from now on. They are global, as moto's classes are."""
    global _stores
    _stores = stores


def patch() -> None:
    """moto's own metrics support neither percentiles nor expressions, and it writes them to disk as objects."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    replace(CloudWatchResponse, get_metric_data, get_metric_statistics, list_metrics)
    replace(CloudWatchBackend, put_metric_data)
    wrap(CloudWatchResponse, "put_metric_data", _with_data_of_entities)


def _with_data_of_entities(put: Callable[..., ActionResult]) -> Callable[..., ActionResult]:
    """Keep metrics that come with an entity, which moto drops; entities themselves are shown nowhere."""

    def put_metric_data(self: CloudWatchResponse) -> ActionResult:
        request = cast("PutMetricDataInputTypeDef", self._get_params())
        for each in request.get("EntityMetricData") or []:
            data = cast("list[dict[str, Any]]", each.get("MetricData") or [])
            self.cloudwatch_backend.put_metric_data(request["Namespace"], data)
        return put(self)

    return put_metric_data


def put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: Sequence[MetricDatumTypeDef]) -> None:
    store = _stores.of(self.region_name)
    for datum in metric_data:
        dimensions = [(each["Name"], each["Value"]) for each in datum.get("Dimensions") or []]
        at_s = unix_s(datum["Timestamp"]) if datum.get("Timestamp") else time.time()
        metric = Metric.of(namespace, datum["MetricName"], dimensions)
        is_fine = datum.get("StorageResolution") == HIGH_RESOLUTION
        store.add_at(at_s, [Datum(metric, _values(datum), datum.get("Unit") or NO_UNIT, is_fine)])


def _values(datum: MetricDatumTypeDef) -> Values:
    if datum.get("Values"):
        counts: dict[float, float] = {}
        for value, count in zip(datum["Values"], datum.get("Counts") or [1.0] * len(datum["Values"]), strict=True):
            counts[float(value)] = counts.get(float(value), 0.0) + float(count)
        return Values.of(counts)
    if statistics := datum.get("StatisticValues"):
        return Values(
            count=float(statistics["SampleCount"]),
            total=float(statistics["Sum"]),
            minimum=float(statistics["Minimum"]),
            maximum=float(statistics["Maximum"]),
        )
    return Values.one(float(datum.get("Value") or 0.0))


def get_metric_data(self: CloudWatchResponse) -> ActionResult:
    return result(metric_data(_stores.of(self.region), cast("GetMetricDataInputTypeDef", self._get_params())))


def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
    request = cast("GetMetricStatisticsInputTypeDef", self._get_params())
    store = _stores.of(self.region)
    dimensions = [(each["Name"], each["Value"]) for each in request.get("Dimensions") or []]
    metric = Metric.of(request["Namespace"], request["MetricName"], dimensions)
    span = Span(unix_s(request["StartTime"]), unix_s(request["EndTime"]), int(request["Period"]))
    begins, windows = periods(store, [metric], span, time.time())
    minutes = (windows.spans[0][0], windows.spans[-1][1]) if windows.spans else (0, 0)
    units = [request["Unit"]] if request.get("Unit") else store.units(metric, *minutes)
    points = [
        _point(request, at, values, unit)
        for unit in units
        for at, values in zip(begins, in_windows(store, metric, windows, unit), strict=True)
        if values is not None
    ]
    return result({"Label": metric.name, "Datapoints": points})


def _point(request: GetMetricStatisticsInputTypeDef, at: datetime, values: Values, unit: str) -> dict[str, object]:
    point: dict[str, object] = {"Timestamp": at, "Unit": unit}
    point |= {name: values.statistic(name) for name in request.get("Statistics") or [] if name in STATISTICS}
    if extended := request.get("ExtendedStatistics"):
        found = {name: values.statistic(name) for name in extended}
        point["ExtendedStatistics"] = {name: value for name, value in found.items() if value is not None}
    return point


def list_metrics(self: CloudWatchResponse) -> ActionResult:
    request = cast("ListMetricsInputTypeDef", self._get_params())
    store = _stores.of(self.region)
    requested = [(each["Name"], each.get("Value")) for each in request.get("Dimensions") or []]
    found = [
        metric
        for metric in store.metrics(_active_since(request, store))
        if request.get("Namespace") in (None, metric.namespace)
        and request.get("MetricName") in (None, metric.name)
        and all(
            any(name == own and value in (None, its) for own, its in metric.dimensions) for name, value in requested
        )
    ]
    token = request.get("NextToken") or "0"
    if not token.isascii() or not token.isdigit():
        raise AwsError("InvalidParameterValue", "Request parameter NextToken is invalid")
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


def _active_since(request: ListMetricsInputTypeDef, store: MetricStore) -> int | None:
    """Return the first AWS minute that RecentlyActive covers; its only value is three hours."""
    return store.minute_at(time.time() - RECENTLY_S) if request.get("RecentlyActive") else None
