"""Metrics of caches, from what INFO says."""

import pytest

from localcloud.cloudwatch.metrics.caches import CacheMetrics
from localcloud.cloudwatch.metrics.store import Datum

NODES = ("cache-001", "cache-002")


def info(**fields: float | str) -> dict[str, str]:
    """Return INFO's fields as text, as Redis does."""
    given = {
        "used_memory": 64,
        "maxmemory": 256,
        "connected_clients": 3,
        "evicted_keys": 0,
        "keyspace_hits": 0,
        "keyspace_misses": 0,
        "total_connections_received": 0,
        "used_cpu_user_main_thread": 0.0,
        "used_cpu_sys_main_thread": 0.0,
    }
    return {name: str(value) for name, value in (given | fields).items()}


def values(data: list[Datum], node: str = NODES[0]) -> dict[str, float]:
    return {
        each.metric.name: each.values.total for each in data if each.metric.dimensions == (("CacheClusterId", node),)
    }


def test_memory_connections_and_keys_are_there_at_once_for_every_node() -> None:
    said = info(db0="keys=5,expires=1,avg_ttl=0", db1="keys=2,expires=0,avg_ttl=0", db0_distrib_lists_items="1=5")
    data = CacheMetrics().data({"cache": (NODES, said)}, 0.0, 1)
    wanted = {"BytesUsedForCache": 64, "DatabaseMemoryUsagePercentage": 25, "CurrConnections": 3, "CurrItems": 7}
    assert [values(data, node) for node in NODES] == [wanted, wanted]


def test_what_a_server_counts_is_reported_from_the_second_measurement_on() -> None:
    metrics = CacheMetrics()
    metrics.data({"cache": (NODES, info(evicted_keys=100, keyspace_hits=10, keyspace_misses=10))}, 0.0, 1)
    said = info(evicted_keys=300, keyspace_hits=40, keyspace_misses=20, total_connections_received=8)
    found = values(metrics.data({"cache": (NODES, said)}, 60.0, 2))
    assert found["Evictions"] == 100, "spread over two minutes"
    assert (found["CacheHits"], found["CacheMisses"], found["NewConnections"]) == (15, 5, 4)
    assert found["CacheHitRate"] == 75


def test_a_restarted_server_counts_from_zero() -> None:
    metrics = CacheMetrics()
    metrics.data({"cache": (NODES, info(evicted_keys=100, keyspace_hits=50))}, 0.0, 1)
    found = values(metrics.data({"cache": (NODES, info(evicted_keys=7, keyspace_hits=60))}, 60.0, 1))
    assert (found["Evictions"], found["CacheHits"]) == (7, 60)


def test_the_engines_cpu_is_a_share_of_one_core() -> None:
    metrics = CacheMetrics()
    metrics.data({"cache": (NODES, info(used_cpu_user_main_thread=1.0))}, 0.0, 1)
    said = info(used_cpu_user_main_thread=10.0, used_cpu_sys_main_thread=6.0)
    assert values(metrics.data({"cache": (NODES, said)}, 60.0, 1))["EngineCPUUtilization"] == pytest.approx(25)


def test_without_a_limit_there_is_no_percentage_and_without_reads_no_hit_rate() -> None:
    metrics = CacheMetrics()
    assert "DatabaseMemoryUsagePercentage" not in values(metrics.data({"c": (NODES, info(maxmemory=0))}, 0.0, 1))
    assert "CacheHitRate" not in values(metrics.data({"c": (NODES, info(maxmemory=0))}, 60.0, 1))
