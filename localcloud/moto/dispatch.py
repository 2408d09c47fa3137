"""Chooses the moto service for a request: the one that it is signed for, or S3 without a signature."""

from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server import werkzeug_app

ANONYMOUS = "s3.us-east-1.amazonaws.com"
S3 = ("s3", "s3express")
"""moto takes any name that begins with s3 for a bucket's host, and would create buckets for S3 Files and Outposts."""


class Request(werkzeug_app.BackendRequest):
    """Parses only POST bodies as forms: a PUT to S3 is stored unchanged, even when curl labels it a form."""

    @property
    def want_form_data_parsed(self) -> bool:
        return self.method == "POST" and bool(super().want_form_data_parsed)


class Dispatcher(werkzeug_app.DomainDispatcherApplication):
    """moto's dispatcher without its back doors: its own API, which resets everything, and service names in the path."""

    def get_application(self, environ: dict[str, Any]) -> Any:
        """Errors: NotImplementedError for a service that moto does not have."""
        with self.lock:
            host = self.infer_service_region_host(environ, environ["PATH_INFO"]) or ANONYMOUS
            backend = self.get_backend_for_host(host)
            service = host.partition(".")[0]
            if backend is None or (backend == "s3" and service not in S3):
                raise NotImplementedError(f"the service {service}")
            if backend not in self.app_instances:
                self.app_instances[backend] = self.create_app(backend)
                self.app_instances[backend].request_class = Request
            return self.app_instances[backend]

    def get_service_from_path(self, path_info: str) -> tuple[str | None, str | None]:
        return None, None


def application() -> Callable[..., Iterable[bytes]]:
    """Create the WSGI application. It does not allow web pages to read its responses; see origin_check.py."""
    settings: Any = werkzeug_app
    settings.DISABLE_GLOBAL_CORS = True
    made: Callable[..., Iterable[bytes]] = Dispatcher(werkzeug_app.create_backend_app)
    return made
