"""Traces go to a collector if one is configured, and contain nothing personal."""

import http.server
import json
from collections.abc import Iterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.main import create_app
from tests.in_thread import in_thread
from tests.integration.app.conftest import logged_in
from tests.integration.app.process import DEADLINE_S, request, serving
from tests.integration.app.running import client_of, settings_with


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """An OTLP collector: its address, and what it was sent."""
    received: list[ExportTraceServiceRequest] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") is None and self.path == "/v1/traces":
                received.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with in_thread(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}", received


async def test_each_request_is_a_span_by_its_route_without_path_query_or_address(settings, collector):
    endpoint, received = collector
    application = create_app(settings_with(settings, otel_exporter_otlp_endpoint=endpoint))
    async with client_of(application) as client:
        headers = await logged_in(client, "planted@example.com")
        await client.get("/api/v1/transactions/planted-id?merchant=planted-merchant", headers=headers)
        await client.get("/health")
    spans = [span for sent in received for part in sent.resource_spans for s in part.scope_spans for span in s.spans]
    names = {span.name for span in spans}
    assert {"POST /api/v1/auth/login", "GET /api/v1/transactions/{transaction_id}"} <= names
    assert "GET /health" not in names
    assert "planted" not in str(received)
    [service] = {
        attribute.value.string_value
        for sent in received
        for part in sent.resource_spans
        for attribute in part.resource.attributes
        if attribute.key == "service.name"
    }
    assert service == "spendsense-backend"


async def test_a_collector_that_does_not_respond_fails_no_request(settings):
    application = create_app(settings_with(settings, otel_exporter_otlp_endpoint="http://127.0.0.1:1"))
    async with client_of(application) as client:
        assert (await client.get("/version")).status_code == 200


def test_a_log_line_names_the_trace_of_its_request(settings, collector, tmp_path):
    endpoint, received = collector
    traced = settings_with(settings, otel_exporter_otlp_endpoint=endpoint)
    with serving(traced, tmp_path) as (process, port, output):
        assert request(port, "GET", "/version")[0] == 200
        process.terminate()
        process.wait(DEADLINE_S)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    [line] = [line for line in lines if line.get("route") == "/version" and line["stream"] == "access"]
    traces = {
        span.trace_id.hex()
        for sent in received
        for part in sent.resource_spans
        for scope in part.scope_spans
        for span in scope.spans
        if span.name == "GET /version"
    }
    assert {line["trace_id"]} == traces
    [begun] = [line for line in lines if line.get("action") == "started"]
    assert "trace_id" not in begun
