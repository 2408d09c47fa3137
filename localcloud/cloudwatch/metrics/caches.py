"""AWS/ElastiCache: memory, keys, connections and CPU of caches, from the INFO of each Redis server. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from localcloud.cloudwatch.metrics.services import UNITS_OF_A_CORE, CpuClock
from localcloud.cloudwatch.metrics.store import Datum, Metric
from localcloud.cloudwatch.metrics.values import Values

COUNTERS = {
    "Evictions": "evicted_keys",
    "CacheHits": "keyspace_hits",
    "CacheMisses": "keyspace_misses",
    "NewConnections": "total_connections_received",
}
"""Metric -> the field of INFO that counts it since the server's start."""
ENGINE_CPU = ("used_cpu_user_main_thread", "used_cpu_sys_main_thread")


Servers = Mapping[str, tuple[Sequence[str], Mapping[str, str]]]
"""Name of the cache -> the ids of its nodes, and the fields of its server's INFO."""


class CacheMetrics:
    """Converts INFO to data; remembers the counters of the last measurement."""

    def __init__(self) -> None:
        self._before: dict[str, dict[str, int]] = {}
        self._cpu = CpuClock()

    def data(self, servers: Servers, now_s: float, minutes: int) -> list[Datum]:
        """Return the data of one of the `minutes` since the last measurement; counts are spread evenly over them.

        now_s: monotonic. All nodes of a group show the one server behind them. CPU and counts begin with the second
        measurement.
        """
        counted = {name: {each: int(info[each]) for each in COUNTERS.values()} for name, (_, info) in servers.items()}
        cpu = self._cpu.used(
            {
                name: sum(float(info[each]) for each in ENGINE_CPU)
                for name, (_, info) in servers.items()
                if ENGINE_CPU[0] in info  # not on macOS
            },
            now_s,
        )
        before, self._before = self._before, counted
        found: list[Datum] = []
        for name, (nodes, info) in servers.items():
            values = [*_present(info)]
            if name in before:
                values += _since(counted[name], before[name], minutes)
            if name in cpu:
                values.append(("EngineCPUUtilization", min(100 * cpu[name] / UNITS_OF_A_CORE, 100.0), "Percent"))
            found += _of_nodes(nodes, values)
        return found


def _present(info: Mapping[str, str]) -> Iterator[tuple[str, float, str]]:
    used, limit = int(info["used_memory"]), int(info["maxmemory"])
    yield "BytesUsedForCache", used, "Bytes"
    if limit:
        yield "DatabaseMemoryUsagePercentage", 100 * used / limit, "Percent"
    yield "CurrConnections", int(info["connected_clients"]), "Count"
    databases = [value for key, value in info.items() if key.startswith("db") and value.startswith("keys=")]
    yield "CurrItems", sum(int(each.removeprefix("keys=").split(",")[0]) for each in databases), "Count"


def _since(now: Mapping[str, int], before: Mapping[str, int], minutes: int) -> Iterator[tuple[str, float, str]]:
    """Yield what was counted since the last measurement. A counter that decreased belongs to a restarted server."""
    has_restarted = any(now[each] < before[each] for each in now)
    more = {each: now[each] - (0 if has_restarted else before[each]) for each in now}
    for metric, field in COUNTERS.items():
        yield metric, more[field] / minutes, "Count"
    if reads := more["keyspace_hits"] + more["keyspace_misses"]:
        yield "CacheHitRate", 100 * more["keyspace_hits"] / reads, "Percent"


def _of_nodes(nodes: Iterable[str], values: Iterable[tuple[str, float, str]]) -> Iterator[Datum]:
    each_value = list(values)
    for node in nodes:
        for name, value, unit in each_value:
            metric = Metric.of("AWS/ElastiCache", name, {"CacheClusterId": node})
            yield Datum(metric, Values.one(float(value)), unit)
