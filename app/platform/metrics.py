"""Request metrics in CloudWatch's Embedded Metric Format: log lines from which CloudWatch reads numbers.

Collected in memory and written once per interval, one line for each route and method: per request it costs two
additions. Namespace METRICS_NAMESPACE; dimensions Environment with Route and Method, and Environment alone. Latency is
written as a histogram whose values are exact to 10 %.
"""

import asyncio
import logging
import math
import time
from collections import Counter
from dataclasses import dataclass, field

log = logging.getLogger(__name__)
# Metrics are written whatever the configured log level is.
log.setLevel(logging.INFO)

NAMESPACE = "SpendSense"
"""Namespace of a deployment that sets none; Terraform's alarms read it."""
# Neighbouring histogram values differ by this factor: 0.1 ms to 1000 s are 90 values, and EMF allows 100.
STEP = 1.2
SHORTEST_MS = 0.1
METRICS = [
    {"Name": "Requests", "Unit": "Count"},
    {"Name": "ServerErrors", "Unit": "Count"},
    {"Name": "ClientErrors", "Unit": "Count"},
    {"Name": "Latency", "Unit": "Milliseconds"},
]
# Requested by the platform and not by users: counted separately, not in the sum.
PLATFORM_ROUTES = frozenset({"/health", "/ready", "/version"})


@dataclass(slots=True)
class Series:
    """The responses of one route and method since the last line."""

    requests: int = 0
    server_errors: int = 0
    client_errors: int = 0
    steps: Counter[int] = field(default_factory=Counter)


class Metrics:
    """The process's numbers since they were last written. Belongs to the event loop."""

    def __init__(self, environment: str, namespace: str = NAMESPACE) -> None:
        self.environment = environment
        self.namespace = namespace
        self.series: dict[tuple[str, str], Series] = {}
        self.events: Counter[str] = Counter()

    def request_served(self, method: str, route: str, status: int, duration_ms: float) -> None:
        """Count one request; status 0 is a client that disconnected before the response."""
        series = self.series.get((route, method))
        if series is None:
            series = self.series[route, method] = Series()
        series.requests += 1
        if status >= 500:
            series.server_errors += 1
        elif status >= 400:
            series.client_errors += 1
        series.steps[round(math.log(max(duration_ms, SHORTEST_MS), STEP))] += 1

    def count(self, event: str) -> None:
        """Count an event that an alarm watches, by the name of its metric, such as RateLimitsUnavailable."""
        self.events[event] += 1

    async def write_every(self, interval_s: float) -> None:
        """Write until cancelled, and once more then."""
        try:
            while True:
                await asyncio.sleep(interval_s)
                self.write()
        finally:
            self.write()

    def write(self) -> None:
        """Write the counts and reset them."""
        series, self.series = self.series, {}
        events, self.events = self.events, Counter()
        for (route, method), counted in series.items():
            dimensions = [["Environment", "Route", "Method"]]
            if route not in PLATFORM_ROUTES:
                dimensions.append(["Environment"])
            self.write_line(
                dimensions,
                METRICS,
                Route=route,
                Method=method,
                Requests=counted.requests,
                ServerErrors=counted.server_errors,
                ClientErrors=counted.client_errors,
                Latency={
                    "Values": [round(STEP**step, 3) for step in counted.steps],
                    "Counts": list(counted.steps.values()),
                },
            )
        if events:
            self.write_line([["Environment"]], [{"Name": name, "Unit": "Count"} for name in events], **events)

    def write_line(self, dimensions: list[list[str]], metrics: list[dict[str, str]], **values: object) -> None:
        """Write one line of EMF: the directive under `_aws`, the values beside it."""
        directive = {"Namespace": self.namespace, "Dimensions": dimensions, "Metrics": metrics}
        log.info(
            "Metrics",
            extra={
                "action": "metrics",
                "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [directive]},
                "Environment": self.environment,
                **values,
            },
        )
