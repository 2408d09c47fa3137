"""Bytes that are not text, or odd text, in every part of a request: refused or accepted, never a 5xx response."""

import itertools
import re
import socket
from pathlib import Path

import pytest

from app.main import create_app
from app.platform.settings import Settings
from tests.integration.app.process import lines_of, logged_in, serving

DEADLINE_S = 30
HALF = b"\xed\xa0\xbd"
ODD = [
    b"\xff\xfe",
    HALF,
    b"%ED%A0%BD",
    b"%00",
    b"%FF%FE",
    b"%",
    b"%zz",
    b"\xc0\x80",
    b"\xe2\x80\xae",
    b"a" * 5000,
    b"{{7*7}}",
    b"../" * 9,
]
HEADERS = [
    b"Authorization",
    b"Accept",
    b"Content-Type",
    b"Cookie",
    b"Forwarded",
    b"Host",
    b"If-None-Match",
    b"Origin",
    b"Prefer",
    b"Range",
    b"Referer",
    b"User-Agent",
    b"X-Amzn-Trace-Id",
    b"X-Forwarded-For",
    b"X-Forwarded-Proto",
    b"X-Request-Id",
    b"traceparent",
    b"tracestate",
]


def answered(port: int, request: bytes) -> int:
    """The status of the answer to these bytes; 0 when the connection was closed without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as connection:
        connection.sendall(request)
        received = b""
        while len(received) < 12 and (part := connection.recv(4096)):
            received += part
    return int(received[9:12]) if received else 0


def request_of(method: bytes, target: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", *headers, b"Content-Length: %d" % len(body), b"Connection: close"]
    if not any(header.lower().startswith(b"host:") for header in headers):
        lines.append(b"Host: a")
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def every_request(paths: list[tuple[bytes, bytes]], token: bytes) -> list[bytes]:
    """Yield each route with each odd text in its path's parameters, query and headers; uploads with odd names too."""
    bearer = b"Authorization: Bearer " + token
    requests = []
    for (method, path), odd in itertools.product(paths, ODD):
        filled = re.sub(rb"\{[^}]+\}", lambda _, odd=odd: odd, path)
        requests.append(request_of(method, filled, bearer))
        plain = re.sub(rb"\{[^}]+\}", b"1", path)
        requests.append(request_of(method, plain + b"?from=" + odd + b"&" + odd + b"=1", bearer))
    for header, odd in itertools.product(HEADERS, ODD):
        own = [] if header == b"Authorization" else [bearer]
        requests.append(request_of(b"GET", b"/api/v1/transactions", *own, header + b": " + odd))
        requests.append(
            request_of(b"POST", b"/api/v1/auth/login", header + b": " + odd, body=b'{"email": "a@example.com"}')
        )
    for odd in ODD:
        for part in (
            b'Content-Disposition: form-data; name="file"; filename="' + odd + b'"',
            b"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''" + odd,
            b'Content-Disposition: form-data; name="' + odd + b'"; filename="x.csv"',
            b'Content-Disposition: form-data; name="file"; filename="x.csv"\r\nContent-Type: ' + odd,
            b'Content-Disposition: form-data; name="file"; filename="x.csv"\r\n' + odd + b": x",
        ):
            body = b"--b\r\n" + part + b"\r\n\r\na,b\r\n1,2\r\n--b--\r\n"
            kind = b"Content-Type: multipart/form-data; boundary=b"
            requests.append(request_of(b"POST", b"/api/v1/uploads", bearer, kind, body=body))
        kind = b"Content-Type: multipart/form-data; boundary=" + odd
        requests.append(request_of(b"POST", b"/api/v1/uploads", bearer, kind, body=b"--b\r\n\r\n--b--\r\n"))
        for media in (b"application/json; charset=" + odd, b"application/x-www-form-urlencoded", odd):
            body = b'{"email": "a@example.com", "password": "' + odd + b'"}'
            requests.append(request_of(b"POST", b"/api/v1/auth/login", b"Content-Type: " + media, body=body))
    return requests


def routes(settings: Settings) -> list[tuple[bytes, bytes]]:
    """Method and path of each route, but those that end the account or the session."""
    paths = create_app(settings).openapi()["paths"]
    return [
        (method.upper().encode(), path.encode())
        for path, operations in paths.items()
        for method in operations
        if (method, path) != ("delete", "/api/v1/account") and "logout" not in path
    ]


@pytest.mark.long
def test_no_bytes_in_any_place_of_a_request_are_a_fault_of_ours(settings, tmp_path: Path) -> None:
    with serving(settings, tmp_path) as (_, port, output):
        requests = every_request(routes(settings), logged_in(port).encode())
        statuses = [answered(port, request) for request in requests]
    lines = lines_of(output)
    faults = [request[:300] for request, status in zip(requests, statuses, strict=True) if status == 0 or status >= 500]
    assert not faults, faults[:10]
    assert len(requests) > 500
    assert not [line for line in lines if line["level"] in ("ERROR", "CRITICAL")]
