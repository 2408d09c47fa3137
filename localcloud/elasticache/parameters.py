"""The parameters of Redis's and Valkey's families, and the values that ElastiCache takes for them. Pure.

Source: ElastiCache User Guide, "Valkey and Redis OSS parameters", which tells for each release what is new, changed and
gone. It has no values for some; those take any text here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from localcloud.elasticache.default_groups import FAMILIES
from localcloud.errors import AwsError

VALUE = "InvalidParameterValue"
MOST_IN_A_REQUEST = 20
YES_NO, ANY, FIXED = r"yes|no", r"(?s).*", ""
"""Expressions of values; FIXED: nobody modifies it."""
WHOLE = range(2**63)
"""Any number from 0."""
OLD_POLICIES = "volatile-lru|allkeys-lru|volatile-random|allkeys-random|volatile-ttl|noeviction"
EVENTS = r"[KEg$lshzxeAtmdn]*"
Values = Mapping[str, str | range]


def _each(names: str, values: str | range, prefix: str = "") -> dict[str, str | range]:
    return {prefix + name: values for name in names.split()}


BUFFERS = "hard-limit soft-limit soft-seconds"
ZIPLISTS = (
    "hash-max-ziplist-entries hash-max-ziplist-value zset-max-ziplist-entries zset-max-ziplist-value "
    "list-max-ziplist-size"
)
LAZY = "lazyfree-lazy-eviction lazyfree-lazy-expire lazyfree-lazy-server-del"
CHANGES: Mapping[str, tuple[dict[str, str | range], str]] = {
    "redis2.6": (
        _each("activerehashing appendonly", YES_NO)
        | {"appendfsync": r"no|everysec|always", "maxmemory-policy": OLD_POLICIES}
        | _each(BUFFERS, WHOLE, "client-output-buffer-limit-normal-")
        | _each(BUFFERS, WHOLE, "client-output-buffer-limit-pubsub-")
        | _each(BUFFERS, FIXED, "client-output-buffer-limit-slave-")
        | _each("lua-time-limit maxclients maxmemory slave-allow-chaining", FIXED)
        | {"databases": range(1, 1_200_001), "maxmemory-samples": range(1, 2**31), "slowlog-log-slower-than": r"-1|\d+"}
        | _each(f"{ZIPLISTS.rpartition(' ')[0]} list-max-ziplist-entries list-max-ziplist-value", WHOLE)
        | _each("reserved-memory set-max-intset-entries slowlog-max-len tcp-keepalive", WHOLE)
        | {"timeout": r"0|[2-9]\d|[1-9]\d{2,}"},
        "",
    ),
    "redis2.8": (
        _each("min-slaves-max-lag min-slaves-to-write repl-backlog-ttl", WHOLE)
        | {"notify-keyspace-events": EVENTS, "repl-backlog-size": range(16_384, 2**63), "close-on-slave-write": YES_NO}
        | _each("repl-timeout", FIXED),
        "",
    ),
    "redis3.2": (
        _each("appendonly appendfsync list-max-ziplist-size", FIXED)
        | _each("list-compress-depth hll-sparse-max-bytes", WHOLE)
        | _each("cluster-enabled cluster-require-full-coverage", YES_NO)
        | {"reserved-memory-percent": range(101)},
        "list-max-ziplist-entries list-max-ziplist-value",
    ),
    "redis4.0": (
        {"maxmemory-policy": f"{OLD_POLICIES}|allkeys-lfu|volatile-lfu", "slave-lazy-flush": FIXED}
        | _each(f"{LAZY} activedefrag", YES_NO)
        | {"lfu-log-factor": range(1, 2**31), "lfu-decay-time": WHOLE}
        | {"active-defrag-ignore-bytes": range(10_485_760, 104_857_601)}
        | _each("active-defrag-threshold-lower active-defrag-threshold-upper", range(1, 101))
        | _each("active-defrag-cycle-min active-defrag-cycle-max", range(1, 76))
        | {"client-query-buffer-limit": range(1_048_576, 1_073_741_825)}
        | {"proto-max-bulk-len": range(1_048_576, 536_870_913)},
        "",
    ),
    "redis5.0": (
        _each("stream-node-max-bytes stream-node-max-entries min-replicas-max-lag min-replicas-to-write", WHOLE)
        | {"active-defrag-max-scan-fields": range(1, 1_000_001), "rename-commands": ANY}
        | _each("lua-replicate-commands close-on-replica-write", YES_NO)
        | _each("replica-ignore-maxmemory replica-lazy-flush replica-allow-chaining", FIXED)
        | _each(BUFFERS, FIXED, "client-output-buffer-limit-replica-"),
        "slave-lazy-flush slave-allow-chaining min-slaves-max-lag min-slaves-to-write close-on-slave-write "
        "client-output-buffer-limit-slave-hard-limit client-output-buffer-limit-slave-soft-limit "
        "client-output-buffer-limit-slave-soft-seconds repl-timeout",
    ),
    "redis6.x": (
        _each("cluster-allow-reads-when-down lazyfree-lazy-user-del", YES_NO)
        | {"acl-pubsub-default": r"resetchannels|allchannels", "active-expire-effort": range(1, 11)}
        | _each("tracking-table-max-keys acllog-max-len", WHOLE),
        "lua-replicate-commands",
    ),
    "redis7": (
        {"activerehashing": FIXED, "cluster-preferred-endpoint-type": r"ip|tls-dynamic"}
        | _each("cluster-allow-pubsubshard-when-down latency-tracking", YES_NO)
        | _each("hash-max-listpack-entries hash-max-listpack-value", WHOLE)
        | _each("zset-max-listpack-entries zset-max-listpack-value", WHOLE),
        ZIPLISTS,
    ),
    "valkey7": ({}, ""),
    "valkey8": (
        _each("maxmemory-samples", range(1, 65))
        | {"search-fanout-target-mode": r"client|throughput"}
        | _each("extended-redis-compatibility search-enable-partial-results", YES_NO)
        | {"search-default-timeout-ms": range(1, 60_001)}
        | _each("commandlog-request-larger-than commandlog-reply-larger-than", r"-1|\d+")
        | _each("commandlog-large-request-max-len commandlog-large-reply-max-len", range(1025)),
        f"{LAZY} lazyfree-lazy-user-del replica-lazy-flush",
    ),
}
"""Family -> what it has that the family before had not or otherwise, and what is gone."""


def check_changes(family: str, changed: Mapping[str, str]) -> None:
    """Check the parameters of ModifyCacheParameterGroup; those of Memcached are not known. Errors: AwsError."""
    if len(changed) > MOST_IN_A_REQUEST:
        raise AwsError(VALUE, f"A maximum of {MOST_IN_A_REQUEST} parameters can be modified in a single request.")
    check_names(family, changed)
    known = _values(family)
    for name, value in changed.items():
        allowed = known.get(name, ANY)
        if allowed == FIXED:
            raise AwsError(VALUE, f"The parameter {name} cannot be modified.")
        if not _takes(allowed, value):
            shown = allowed if isinstance(allowed, str) else _range(allowed)
            raise AwsError(VALUE, f"Invalid parameter value: {value} for: {name} allowed values are: {shown}")


def check_names(family: str, names: Iterable[str]) -> None:
    """Check that a family has these parameters. Errors: AwsError."""
    known = _values(family)
    for name in names:
        if known and name not in known:
            raise AwsError(VALUE, f"Could not find parameter with name: {name}")


def _values(family: str) -> Values:
    found: dict[str, str | range] = {}
    for each in _up_to(family):
        values, gone = CHANGES[each]
        found = {name: taken for name, taken in (found | values).items() if name not in gone.split()}
    return found


def _up_to(family: str) -> Iterator[str]:
    """Yield a family and those before it; none for Memcached's."""
    if family in CHANGES:
        yield from (each for each in CHANGES if FAMILIES.index(each) <= FAMILIES.index(family))


def _takes(allowed: str | range, value: str) -> bool:
    if isinstance(allowed, str):
        return re.fullmatch(allowed, value) is not None
    return re.fullmatch(r"\d{1,19}", value, re.ASCII) is not None and int(value) in allowed


def _range(numbers: range) -> str:
    return f"{numbers[0]}-" if numbers.stop >= 2**31 else f"{numbers[0]}-{numbers[-1]}"
