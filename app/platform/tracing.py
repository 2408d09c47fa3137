"""OpenTelemetry traces, if there is a collector to send them to. Without one, none of it is imported."""

# pylint: disable=import-outside-toplevel

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fastapi.telemetry import TelemetryConfig

from app.platform.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

SERVICE_NAME = "spendsense-backend"
# A collector that does not respond must not delay the end of the process.
EXPORT_TIMEOUT_S = 2
# Paths contain ids, and queries what people search for; the route's template, which stays, contains neither.
PERSONAL = ("url.path", "url.query", "client.address", "network.peer.address", "user_agent.original")
WITHHELD = "withheld"


def tracer_provider(settings: Settings) -> "TracerProvider | None":
    """Make the provider that sends spans to OTEL_EXPORTER_OTLP_ENDPOINT; None if that is unset. Sampling:
    OTEL_TRACES_SAMPLER.
    """
    if settings.otel_exporter_otlp_endpoint is None:
        return None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    class Withhold(SpanProcessor):
        """Removes personal data from a span when it begins, which is when the framework adds it."""

        def on_start(self, span: Any, parent_context: Any = None) -> None:
            for name in PERSONAL:
                if name in span.attributes:
                    span.set_attribute(name, WITHHELD)

    provider = TracerProvider(
        resource=Resource.create(
            {
                "service.name": SERVICE_NAME,
                "service.version": settings.app_revision,
                "deployment.environment.name": settings.environment.value,
            }
        ),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(
        endpoint=f"{settings.otel_exporter_otlp_endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_S
    )
    provider.add_span_processor(Withhold())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def trace_id_source(settings: Settings) -> Callable[[], str | None]:
    """Return a function that gives the current trace's id in W3C's form, for the log, or None without a trace."""
    if settings.otel_exporter_otlp_endpoint is None:
        return lambda: None
    from opentelemetry.trace import format_trace_id, get_current_span

    def trace_id() -> str | None:
        context = get_current_span().get_span_context()
        return format_trace_id(context.trace_id) if context.is_valid else None

    return trace_id


def telemetry(provider: "TracerProvider | None") -> TelemetryConfig:
    """Configure the framework's telemetry: spans if they are exported; metrics and logs are the service's own."""
    config: TelemetryConfig = {
        "tracing": provider is not None,
        "metrics": False,
        "logs": False,
        "auto_configure": False,
    }
    if provider is not None:
        config["tracer_provider"] = provider
        config["exclude"] = lambda scope: scope.get("path") == "/health"
    return config
