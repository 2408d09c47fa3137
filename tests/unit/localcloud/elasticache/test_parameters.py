"""The parameters of cache parameter groups, by family."""

import pytest

from localcloud.elasticache.default_groups import FAMILIES
from localcloud.elasticache.parameters import check_changes, check_names
from localcloud.errors import AwsError


@pytest.mark.parametrize(
    ("family", "name", "value", "words"),
    [
        ("redis7", "max-memory-policy", "noeviction", "Could not find parameter with name: max-memory-policy"),
        ("redis7", "hash-max-ziplist-entries", "512", "Could not find parameter"),
        ("redis6.x", "latency-tracking", "yes", "Could not find parameter"),
        ("redis4.0", "min-replicas-to-write", "1", "Could not find parameter"),
        ("redis7", "appendonly", "yes", "The parameter appendonly cannot be modified"),
        ("redis7", "activerehashing", "yes", "cannot be modified"),
        ("redis7", "maxmemory-policy", "lru", "Invalid parameter value: lru for: maxmemory-policy"),
        ("redis3.2", "maxmemory-policy", "allkeys-lfu", "allowed values are: volatile-lru"),
        ("redis7", "reserved-memory-percent", "101", "allowed values are: 0-100"),
        ("redis7", "timeout", "19", "for: timeout"),
        ("redis7", "timeout", "-1", "for: timeout"),
        ("redis7", "tcp-keepalive", "5s", "allowed values are: 0-$"),
        ("redis7", "notify-keyspace-events", "KQ", "for: notify-keyspace-events"),
        ("redis7", "repl-backlog-size", "1024", "allowed values are: 16384-$"),
        ("valkey8", "maxmemory-samples", "65", "allowed values are: 1-64"),
        ("valkey8", "lazyfree-lazy-expire", "yes", "Could not find parameter"),
    ],
)
def test_a_family_takes_only_its_own_parameters_and_values(family: str, name: str, value: str, words: str) -> None:
    with pytest.raises(AwsError, match=words) as refused:
        check_changes(family, {name: value})
    assert (refused.value.code, refused.value.status) == ("InvalidParameterValue", 400)


@pytest.mark.parametrize(
    ("family", "name", "value"),
    [
        ("redis7", "maxmemory-policy", "allkeys-lfu"),
        ("redis7", "timeout", "0"),
        ("redis7", "timeout", "900"),
        ("redis7", "slowlog-log-slower-than", "-1"),
        ("redis7", "notify-keyspace-events", ""),
        ("redis7", "notify-keyspace-events", "KEA"),
        ("redis7", "cluster-enabled", "yes"),
        ("redis6.x", "activerehashing", "no"),
        ("redis2.8", "min-slaves-to-write", "1"),
        ("valkey7", "latency-tracking", "yes"),
        ("valkey8", "search-default-timeout-ms", "60000"),
        ("memcached1.6", "whatever", "1"),
    ],
)
def test_a_family_takes_its_own(family: str, name: str, value: str) -> None:
    assert family in FAMILIES
    check_changes(family, {name: value})


def test_at_most_twenty_are_changed_at_once() -> None:
    with pytest.raises(AwsError, match="A maximum of 20 parameters"):
        check_changes("redis7", {f"p{number}": "1" for number in range(21)})
    check_names("redis7", ["timeout"])
