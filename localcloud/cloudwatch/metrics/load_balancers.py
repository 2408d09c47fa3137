"""AWS/ApplicationELB: Envoy's counts since the last measurement -> data, reported when AWS reports them. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from localcloud.cloudwatch.metrics.store import Datum, Metric
from localcloud.cloudwatch.metrics.values import Values
from localcloud.elb.envoy.statistics import BalancerStatistics, GroupStatistics, Histogram, by_class

NAMESPACE = "AWS/ApplicationELB"
OWN_CODES = (500, 502, 503, 504)


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """Host counts of a target group: `targetgroup/name/id` behind `app/name/id`."""

    balancer: str
    group: str
    healthy: int
    unhealthy: int


class BalancerMetrics:
    """Converts counters to data; remembers the counters of the last measurement."""

    def __init__(self) -> None:
        self._before: dict[str, BalancerStatistics] = {}

    def data(self, now: Mapping[str, BalancerStatistics], hosts: Iterable[Hosts], minutes: int) -> list[Datum]:
        """Return the data of one of the `minutes` since the last measurement; counts are spread evenly over them.

        A counter that decreased was restarted; without any counters, Envoy may not have answered.
        """
        more = {name: _since(counted, self._before.get(name, BalancerStatistics())) for name, counted in now.items()}
        self._before = {
            name: counted if counted.requests else self._before.get(name, BalancerStatistics())
            for name, counted in now.items()
        }
        found = [datum for name, counted in more.items() for datum in _of_balancer(name, counted, 1 / minutes)]
        for each in hosts:
            groups = more[each.balancer].groups if each.balancer in more else {}
            requests = _routed(groups.get(each.group, GroupStatistics())) / minutes
            found += _of_hosts(each, requests)
        return found


def _since(now: BalancerStatistics, before: BalancerStatistics) -> BalancerStatistics:
    if now.requests < before.requests:
        before = BalancerStatistics()
    return BalancerStatistics(
        requests=now.requests - before.requests,
        target_codes=_more(now.target_codes, before.target_codes),
        balancer_codes=_more(now.balancer_codes, before.balancer_codes),
        client_closed=max(0, now.client_closed - before.client_closed),
        active_connections=now.active_connections,
        groups={
            name: _group_since(group, before.groups.get(name, GroupStatistics())) for name, group in now.groups.items()
        },
    )


def _group_since(now: GroupStatistics, before: GroupStatistics) -> GroupStatistics:
    if now.requests < before.requests:
        before = GroupStatistics()
    return GroupStatistics(
        requests=now.requests - before.requests,
        without_target=max(0, now.without_target - before.without_target),
        target_codes=_more(now.target_codes, before.target_codes),
        connection_errors=max(0, now.connection_errors - before.connection_errors),
        response_time=now.response_time.since(before.response_time),
    )


def _more(now: Mapping[int, int], before: Mapping[int, int]) -> dict[int, int]:
    return {code: more for code, count in now.items() if (more := count - before.get(code, 0)) > 0}


def _of_balancer(name: str, counted: BalancerStatistics, share: float) -> Iterator[Datum]:
    own = {"LoadBalancer": name}
    groups = counted.groups
    yield from _count("RequestCount", own, sum(_routed(group) for group in groups.values()) * share)
    yield from _codes("HTTPCode_Target", own, counted.target_codes, share, (2, 3, 4, 5))
    codes = dict(counted.balancer_codes)
    codes[460] = codes.get(460, 0) + counted.client_closed
    yield from _codes("HTTPCode_ELB", own, codes, share, (3, 4, 5))
    for code in OWN_CODES:
        yield from _count(f"HTTPCode_ELB_{code}_Count", own, counted.balancer_codes.get(code, 0) * share)
    yield from _count("ActiveConnectionCount", own, counted.active_connections)
    errors = sum(group.connection_errors for group in groups.values())
    yield from _count("TargetConnectionErrorCount", own, errors * share)
    for group_name, group in groups.items():
        dimensions = own | {"TargetGroup": group_name}
        yield from _count("RequestCount", dimensions, _routed(group) * share)
        yield from _codes("HTTPCode_Target", dimensions, group.target_codes, share, (2, 3, 4, 5))
        yield from _count("TargetConnectionErrorCount", dimensions, group.connection_errors * share)
        if times := _times(group.response_time, share):
            for each in (own, dimensions):
                yield Datum(Metric.of(NAMESPACE, "TargetResponseTime", each), times, "Seconds")


def _of_hosts(hosts: Hosts, requests: float) -> Iterator[Datum]:
    """Report for as long as targets are registered, even without requests."""
    if not hosts.healthy + hosts.unhealthy:
        return
    dimensions = {"LoadBalancer": hosts.balancer, "TargetGroup": hosts.group}
    for name, count in (("HealthyHostCount", hosts.healthy), ("UnHealthyHostCount", hosts.unhealthy)):
        yield Datum(Metric.of(NAMESPACE, name, dimensions), Values.one(float(count)), "Count")
    each = requests / (hosts.healthy or hosts.unhealthy)  # Without healthy targets, requests go to the unhealthy ones.
    for named in ({"TargetGroup": hosts.group}, dimensions):
        yield Datum(Metric.of(NAMESPACE, "RequestCountPerTarget", named), Values.one(each), "Count")


def _routed(group: GroupStatistics) -> int:
    """Return the requests for which a target was chosen: only these count."""
    return group.requests - group.without_target


def _codes(
    prefix: str, dimensions: Mapping[str, str], codes: Mapping[int, int], share: float, classes: tuple[int, ...]
) -> Iterator[Datum]:
    counts = by_class(codes)
    for kind in classes:
        yield from _count(f"{prefix}_{kind}XX_Count", dimensions, counts.get(kind, 0) * share)


def _count(name: str, dimensions: Mapping[str, str], count: float) -> Iterator[Datum]:
    if count:
        yield Datum(Metric.of(NAMESPACE, name, dimensions), Values.one(float(count)), "Count")


def _times(histogram: Histogram, share: float) -> Values | None:
    """Represent each bucket by its middle; the sum stays exact."""
    counts: dict[float, float] = {}
    low_s, below = 0.0, 0
    for bound_s, count in zip(histogram.bounds_s, histogram.counts, strict=True):
        if count > below:
            counts[(low_s + bound_s) / 2] = (count - below) * share
        low_s, below = bound_s, count
    if histogram.count > below:
        counts[low_s] = (histogram.count - below) * share
    return replace(Values.of(counts), total=histogram.total_s * share) if counts else None
