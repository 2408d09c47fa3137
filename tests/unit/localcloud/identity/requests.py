"""Requests as botocore signs them, and as the endpoint gets them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud.protocol.wire import AwsRequest, parse_request

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
KEYS = Credentials("test", "test")


def signed(
    service: str,
    *,
    method: str = "POST",
    path: str = "/",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    keys: Credentials = KEYS,
    at: datetime = NOW,
    link_s: int | None = None,
) -> AwsRequest:
    """Return a request, signed by botocore. `path`: with the query; `link_s`: signs a link that lives so long."""
    request = AWSRequest(method, f"http://127.0.0.1:4566{path}", dict(headers or {}), data=body)
    request.context["payload_signing_enabled"] = True
    kind = S3SigV4Auth if service == "s3" else SigV4Auth
    signer = kind(keys, service, "us-west-1")
    if link_s is not None:
        signer = S3SigV4QueryAuth(keys, service, "us-west-1", expires=link_s)
    with patch("botocore.auth.get_current_datetime", return_value=at.replace(tzinfo=None)):
        signer.add_auth(request)
    return received(request.method, request.url, dict(request.headers.items()), body)


def received(method: str, url: str, headers: Mapping[str, str], body: bytes) -> AwsRequest:
    """Return a request as the endpoint gets it."""
    parts = urlsplit(url)
    lower = {name.lower(): value for name, value in headers.items()} | {"host": parts.netloc}
    parsed = parse_request(method, unquote(parts.path), parts.query, lower, body)
    return AwsRequest(**{**vars(parsed), "raw_path": parts.path})
