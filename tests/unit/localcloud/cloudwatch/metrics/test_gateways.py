"""AWS/ApiGateway's metrics, computed from what an HTTP API answers."""

from localcloud.cloudwatch.metrics.gateways import GatewayTraffic, gateway_data


def test_each_request_is_a_sample_so_that_averages_are_rates() -> None:
    traffic = GatewayTraffic()
    for status, integration_ms in ((200, 8.0), (404, None), (503, None), (502, 9.0)):
        traffic.add(status, 10.0, integration_ms, 100)
    data = {
        datum.metric.name: datum.values
        for datum in gateway_data({"a1": traffic}, 1)
        if dict(datum.metric.dimensions) == {"ApiId": "a1"}
    }
    assert {name: (values.count, values.total) for name, values in data.items()} == {
        "Count": (4, 4),
        "4xx": (4, 1),
        "5xx": (4, 2),
        "DataProcessed": (4, 400),
        "Latency": (4, 40),
        "IntegrationLatency": (2, 17),
    }
    assert gateway_data({}, 1) == []
