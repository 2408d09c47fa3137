"""Statistics of load balancers and target groups, counted by Envoy: the source of AWS/ApplicationELB metrics."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

JSON = dict[str, Any]

LINE = re.compile(r"(\w+)\{(.*)\} (\S+)")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
REQUESTS = "envoy_alb_requests"
RESPONSE_TIME = "envoy_alb_target_response_time"
BY_TARGET = "via_upstream"
"""Envoy's response code details for a target's response; any other response is the balancer's own."""
CONNECT_FAILED = "UF"
NO_TARGET = "UH"
MICROSECONDS = 1_000_000
TYPES = "type.googleapis.com/envoy.extensions.access_loggers."

BOUNDS_US = [round(250 * 1.25**n) for n in range(60)]
"""The histogram's bounds: 0.25 ms to 2 minutes, each a quarter above the previous one."""
BUCKETS: JSON = {"match": {"contains": "target_response_time"}, "buckets": BOUNDS_US}


@dataclass(frozen=True, slots=True)
class Histogram:
    """Response times: `counts[n]` took at most `bounds_s[n]` seconds, cumulative; `count` and `total_s` of all."""

    bounds_s: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    count: int = 0
    total_s: float = 0.0

    def since(self, earlier: "Histogram") -> "Histogram":
        """Return the increase since `earlier`; everything when Envoy has restarted its counters meanwhile."""
        if earlier.count > self.count or earlier.bounds_s != self.bounds_s:
            return self
        counts = tuple(now - then for now, then in zip(self.counts, earlier.counts, strict=True))
        return Histogram(self.bounds_s, counts, self.count - earlier.count, self.total_s - earlier.total_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStatistics:
    """Statistics of one target group behind one load balancer."""

    requests: int = 0
    without_target: int = 0
    """The requests that found no target (503)."""
    target_codes: Mapping[int, int] = field(default_factory=dict)
    """Status of the targets' own responses -> count."""
    connection_errors: int = 0
    response_time: Histogram = Histogram()
    """Time from sending the request to the target until its response begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BalancerStatistics:
    """Statistics of one load balancer. Counters grow; they start at 0 when Envoy starts or a listener is changed."""

    requests: int = 0
    target_codes: Mapping[int, int] = field(default_factory=dict)
    balancer_codes: Mapping[int, int] = field(default_factory=dict)
    """Status of the balancer's own responses (502, 503, 504, redirects, fixed responses) -> count."""
    client_closed: int = 0
    """Requests whose client left before the response (460 in access logs)."""
    active_connections: int = 0
    groups: Mapping[str, GroupStatistics] = field(default_factory=dict)
    """By `targetgroup/name/id`."""


def by_class(codes: Mapping[int, int]) -> dict[int, int]:
    """Status -> count, as class (2, 3, 4, 5) -> count."""
    classes: Counter[int] = Counter()
    for code, count in codes.items():
        classes[code // 100] += count
    return dict(classes)


def access_loggers(balancer_name: str) -> list[JSON]:
    """Return the loggers that make Envoy count a load balancer's requests and time its targets' responses."""
    tags = [_tag("balancer", balancer_name), _tag("group", "%UPSTREAM_CLUSTER%")]
    responses = [
        _tag("code", "%RESPONSE_CODE%"),
        _tag("details", "%RESPONSE_CODE_DETAILS%"),
        _tag("flags", "%RESPONSE_FLAGS%"),
    ]
    counter = {"stat": {"name": "requests", "tags": tags + responses}, "value_fixed": 1}
    histogram = {
        "stat": {"name": "target_response_time", "tags": tags},
        "unit": "Microseconds",
        "value_format": "%COMMON_DURATION(US_TX_BEG:US_RX_BEG:us)%",
    }
    answered_by_target = {
        "extension_filter": {
            "name": "details",
            "typed_config": {
                "@type": TYPES + "filters.cel.v3.ExpressionFilter",
                "expression": f"response.code_details == '{BY_TARGET}'",
            },
        }
    }
    return [_logger(counters=[counter]), {"filter": answered_by_target} | _logger(histograms=[histogram])]


def _logger(**stats: list[JSON]) -> JSON:
    return {
        "name": "envoy.access_loggers.stats",
        "typed_config": {"@type": TYPES + "stats.v3.Config", "stats_scope": {"prefix": "alb"}, **stats},
    }


def _tag(name: str, value: str) -> JSON:
    return {"name": name, "value_format": value}


def read_statistics(exposition: str, active: Mapping[str, int]) -> dict[str, BalancerStatistics]:
    """Return statistics by `app/name/id`. exposition: counters in Prometheus' text format; active: open connections."""
    requests: dict[str, list[dict[str, str]]] = {name: [] for name in active}
    times: dict[tuple[str, str], list[tuple[str, dict[str, str]]]] = {}
    for line in exposition.splitlines():
        if not (match := LINE.fullmatch(line)):
            continue
        labels = dict(LABEL.findall(match[2])) | {"value": match[3]}
        if match[1] == REQUESTS:
            requests.setdefault(labels["balancer"], []).append(labels)
        elif match[1].startswith(RESPONSE_TIME) and labels["group"]:
            times.setdefault((labels["balancer"], labels["group"]), []).append((match[1], labels))
    return {
        name: _balancer(counts, active.get(name, 0), {group: rows for (of, group), rows in times.items() if of == name})
        for name, counts in requests.items()
    }


def _balancer(
    rows: list[dict[str, str]], active: int, times: Mapping[str, list[tuple[str, dict[str, str]]]]
) -> BalancerStatistics:
    names = sorted({row["group"] for row in rows} - {""})
    own = [row for row in rows if row["details"] != BY_TARGET and "DC" not in row["flags"].split(",")]
    return BalancerStatistics(
        requests=_sum(rows),
        target_codes=_codes(row for row in rows if row["details"] == BY_TARGET),
        balancer_codes=_codes(own),
        client_closed=_sum(row for row in rows if "DC" in row["flags"].split(",")),
        active_connections=active,
        groups={name: _group([row for row in rows if row["group"] == name], times.get(name, [])) for name in names},
    )


def _group(rows: list[dict[str, str]], times: list[tuple[str, dict[str, str]]]) -> GroupStatistics:
    return GroupStatistics(
        requests=_sum(rows),
        target_codes=_codes(row for row in rows if row["details"] == BY_TARGET),
        without_target=_sum(row for row in rows if NO_TARGET in row["flags"].split(",")),
        connection_errors=_sum(row for row in rows if CONNECT_FAILED in row["flags"].split(",")),
        response_time=_histogram(times),
    )


def _histogram(rows: list[tuple[str, dict[str, str]]]) -> Histogram:
    values = {name.removeprefix(RESPONSE_TIME): float(labels["value"]) for name, labels in rows if "le" not in labels}
    buckets = [(float(labels["le"]), int(labels["value"])) for _, labels in rows if labels.get("le", "+Inf") != "+Inf"]
    return Histogram(
        tuple(bound / MICROSECONDS for bound, _ in buckets),
        tuple(count for _, count in buckets),
        int(values.get("_count", 0)),
        values.get("_sum", 0.0) / MICROSECONDS,
    )


def _sum(rows: Iterable[Mapping[str, str]]) -> int:
    return sum(int(row["value"]) for row in rows)


def _codes(rows: Iterable[Mapping[str, str]]) -> dict[int, int]:
    codes: Counter[int] = Counter()
    for row in rows:
        if int(row["value"]):
            codes[int(row["code"] or 0)] += int(row["value"])
    return dict(sorted(codes.items()))
