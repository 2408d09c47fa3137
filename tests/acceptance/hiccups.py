"""A proxy before the AWS endpoint: each kind of request fails at first, or all fail for a while."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.in_thread import in_thread

FAILURES = 6
"""The number of failures of each kind of request before it is answered: more than botocore retries."""
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Hiccup(StrEnum):
    """The ways in which a request can fail."""

    CUT = "cut"  # the connection ends before the request gets anywhere
    LOST = "lost"  # the first is carried out, but its response is lost
    UNAVAILABLE = "unavailable"  # a response of 503


class Proxy(ThreadingHTTPServer):
    """Passes on requests that have failed often enough. `failed`: the number of failures of each kind of request.

    hiccup: None for none. `away`: while it is set, every connection ends without a response.
    """

    daemon_threads = True

    def __init__(self, endpoint: str, hiccup: Hiccup | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.there = str(urlsplit(endpoint).netloc)
        self.hiccup = hiccup
        self.failed: Counter[str] = Counter()
        self.away = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client may go away whenever it likes."""


class Handler(BaseHTTPRequestHandler):
    """Handles one connection."""

    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_request(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        kind = kind_of(self.command, self.path, dict(self.headers), body)
        number = self.server.failed[kind]
        is_away = self.server.away.is_set()
        if not is_away and (self.server.hiccup is None or number >= FAILURES):
            self.pass_on(body)
            return
        self.server.failed[kind] += 1
        if is_away:
            self.close_connection = True
            return
        if self.server.hiccup is Hiccup.UNAVAILABLE:
            self.send_response(503)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        if self.server.hiccup is Hiccup.LOST and number == 0:
            self.ask(body)
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_request  # noqa: N815 - as http.server names them

    def ask(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
        there = http.client.HTTPConnection(self.server.there, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
            there.request(self.command, self.path, body, headers | {"content-length": str(len(body))})
            answer = there.getresponse()
            return answer, answer.read()
        finally:
            there.close()

    def pass_on(self, body: bytes) -> None:
        answer, content = self.ask(body)
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        length = answer.headers.get("content-length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("content-length", length)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
        """Log nothing."""


def kind_of(method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """Return a request's operation; for S3, which has none on the wire, its method and bucket."""
    target = {name.lower(): value for name, value in headers.items()}.get("x-amz-target", "")
    action = parse_qs(body.decode(errors="replace")).get("Action", [""])[0] if method == "POST" else ""
    return target.rpartition(".")[2] or action or f"{method} {path.split('?')[0].strip('/').split('/')[0]}"


@contextmanager
def behind(home: Path, hiccup: Hiccup | None) -> Iterator[Proxy]:
    """Have the commands of a home reach their local cloud through a proxy meanwhile."""
    announced = home / "local" / "endpoint.json"
    before = announced.read_text()
    proxy = Proxy(json.loads(before)["endpoint"], hiccup)
    with in_thread(proxy):
        announced.write_text(json.dumps(json.loads(before) | {"endpoint": f"http://127.0.0.1:{proxy.server_port}"}))
        try:
            yield proxy
        finally:
            announced.write_text(before)
