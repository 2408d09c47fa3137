"""moto inside this process: every AWS service that is not ours, answered by one worker thread."""

import asyncio
import io
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from localcloud.wire import AwsRequest, AwsResponse

T = TypeVar("T")


class MotoServer:
    """moto's WSGI application, called one request at a time: moto's state has no locks of its own."""

    def __init__(self, data_directory: Path) -> None:
        self._directory = data_directory / "moto"
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="moto")
        self._application: Callable[..., Iterable[bytes]] | None = None

    async def start(self) -> None:
        """Import moto (about a second) and make its application."""
        await self.run(self._load)

    async def stop(self) -> None:
        """Finish the request under way."""
        await asyncio.to_thread(self._executor.shutdown)

    async def run(self, function: Callable[[], T]) -> T:
        """Call `function` in moto's thread, where its backends may be touched."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)

    async def request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request."""
        return await self.run(lambda: self._call(request))

    def _load(self) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._application = DomainDispatcherApplication(create_backend_app)

    def _call(self, request: AwsRequest) -> AwsResponse:
        assert self._application is not None, "start() comes first"  # noqa: S101
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
            answer["status"] = int(status.split(" ", 1)[0])
            answer["headers"] = dict(headers)

        chunks = self._application(wsgi_environ(request), start_response)
        try:
            body = b"".join(chunks)
        finally:
            if close := getattr(chunks, "close", None):
                close()
        return AwsResponse(answer["status"], answer["headers"], body)


def wsgi_environ(request: AwsRequest) -> dict[str, Any]:
    """The request as a WSGI environment (PEP 3333)."""
    host, _, port = request.headers.get("host", "127.0.0.1:80").partition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode().decode("latin-1"),
        "RAW_URI": request.path + ("?" + request.query_string if request.query_string else ""),
        "QUERY_STRING": request.query_string,
        "SERVER_NAME": host,
        "SERVER_PORT": port or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(request.body)),
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        if key not in ("CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):
            environ[key] = value
    return environ
