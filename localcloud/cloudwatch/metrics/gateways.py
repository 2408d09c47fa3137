"""AWS/ApiGateway: responses of HTTP APIs since the last measurement -> data. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from localcloud.cloudwatch.metrics.store import Datum, Metric
from localcloud.cloudwatch.metrics.values import Values

NAMESPACE = "AWS/ApiGateway"
STAGE = "$default"
"""The only stage that is served here."""


@dataclass(kw_only=True)
class GatewayTraffic:
    """The responses of one API. `latencies_ms`, `integration_latencies_ms`: a time -> the number of responses."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies_ms: Counter[float] = field(default_factory=Counter)
    integration_latencies_ms: Counter[float] = field(default_factory=Counter)
    bytes_sent: int = 0

    def add(self, status: int, latency_ms: float, integration_latency_ms: float | None, bytes_sent: int) -> None:
        """Count one response. integration_latency_ms: None when the load balancer did not respond."""
        self.statuses[status] += 1
        self.latencies_ms[latency_ms] += 1
        self.bytes_sent += bytes_sent
        if integration_latency_ms is not None:
            self.integration_latencies_ms[integration_latency_ms] += 1


def gateway_data(apis: Mapping[str, GatewayTraffic], minutes: int) -> list[Datum]:
    """Return the data of one of the `minutes` in which the responses came, spread evenly over them.

    Each request is a sample, so that the average of 4xx and 5xx is their rate.
    """
    return [
        Datum(Metric.of(NAMESPACE, name, dimensions), values, unit)
        for api_id, traffic in apis.items()
        for name, values, unit in _measured(traffic, 1 / minutes)
        for dimensions in ({"ApiId": api_id}, {"ApiId": api_id, "Stage": STAGE})
    ]


def _measured(traffic: GatewayTraffic, share: float) -> Iterator[tuple[str, Values, str]]:
    requests = traffic.statuses.total()
    yield "Count", Values.of({1.0: requests * share}), "Count"
    for name, kind in (("4xx", 4), ("5xx", 5)):
        failed = sum(count for status, count in traffic.statuses.items() if status // 100 == kind)
        counts = {0.0: (requests - failed) * share, 1.0: failed * share}
        yield name, Values.of({value: count for value, count in counts.items() if count}), "Count"
    yield "DataProcessed", Values.of({traffic.bytes_sent / requests: requests * share}), "Bytes"
    for name, times in (("Latency", traffic.latencies_ms), ("IntegrationLatency", traffic.integration_latencies_ms)):
        if times:
            yield name, Values.of({time: count * share for time, count in times.items()}), "Milliseconds"
