"""Signature Version 4: reads the signature of a request, and computes the expected one.

Not botocore's own, which takes half a millisecond; the tests compare them.
Source: AWS Signature Version 4, "Create a signed AWS API request"; S3 API Reference, "Authenticating requests".
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, quote, quote_from_bytes, unquote_to_bytes

from botocore.utils import normalize_url_path

from localcloud.protocol.wire import AwsRequest

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
HEADER = re.compile(
    ALGORITHM + r"\s+Credential=(?P<scope>[^\s,]+)[\s,]+SignedHeaders=(?P<headers>[^\s,]+)[\s,]+"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)
SCOPE = re.compile(r"(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request")
ENCODED = re.compile(r"(?:[A-Za-z0-9_.~/-]|%[0-9A-F]{2})*")
"""A path as S3 signs it."""
ENCODED_VALUE = re.compile(r"(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})*")
DIGEST = re.compile("[0-9a-f]{64}")
SIGNATURE_FIELD = "X-Amz-Signature"


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A request's signature, with its scope and signed headers. `moment`: `20260101T000000Z` or a Date header.

    `lifetime_s`: of a link; None for a header's. `token`: of a session; empty for long-term credentials.
    """

    access_key_id: str
    date: str
    region: str
    service: str
    moment: str
    headers: tuple[str, ...]
    signature: str
    token: str = ""
    lifetime_s: int | None = None

    @property
    def scope(self) -> str:
        """Return the scope without the access key."""
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


def signed(request: AwsRequest) -> Signed | None:
    """Read the signature in the header, else in the link; None when it has neither, or a malformed one."""
    headers = request.headers
    if authorization := headers.get("authorization"):
        found = HEADER.match(authorization)
        scope = SCOPE.fullmatch(found["scope"]) if found else None
        if found is None or scope is None:
            return None
        moment = headers.get("x-amz-date") or headers.get("date", "")
        names, token = found["headers"], headers.get("x-amz-security-token", "")
        return _signed(scope, moment=moment, names=names, signature=found["signature"], token=token)
    fields = dict(parse_qsl(request.query_string, keep_blank_values=True))
    scope = SCOPE.fullmatch(fields.get("X-Amz-Credential", ""))
    lifetime = fields.get("X-Amz-Expires", "")
    if scope is None or fields.get("X-Amz-Algorithm") != ALGORITHM:
        return None
    return _signed(
        scope,
        moment=fields.get("X-Amz-Date", ""),
        names=fields.get("X-Amz-SignedHeaders", ""),
        signature=fields.get(SIGNATURE_FIELD, ""),
        token=fields.get("X-Amz-Security-Token", ""),
        lifetime_s=int(lifetime) if lifetime.isascii() and lifetime.isdigit() else 0,
    )


def _signed(
    scope: re.Match[str], *, moment: str, names: str, signature: str, token: str, lifetime_s: int | None = None
) -> Signed:
    return Signed(
        access_key_id=scope["key"],
        date=scope["date"],
        region=scope["region"],
        service=scope["service"],
        moment=moment,
        headers=tuple(names.split(";")),
        signature=signature,
        token=token,
        lifetime_s=lifetime_s,
    )


def is_right(request: AwsRequest, found: Signed, secret: str, payload: str) -> bool:
    """Return whether the signature was made with the secret. `payload`: see `payload_of`."""
    return hmac.compare_digest(signature_of(string_to_sign(request, found, payload), found, secret), found.signature)


def signature_of(text: str, found: Signed, secret: str) -> str:
    """Sign a text with the key of the scope."""
    key = signing_key(secret, found.date, found.region, found.service)
    return hmac.digest(key, text.encode(), "sha256").hex()


def string_to_sign(request: AwsRequest, found: Signed, payload: str) -> str:
    """Return the text that is signed."""
    digest = hashlib.sha256(canonical_request(request, found, payload).encode("latin-1", "replace")).hexdigest()
    return f"{ALGORITHM}\n{found.moment}\n{found.scope}\n{digest}"


def canonical_request(request: AwsRequest, found: Signed, payload: str) -> str:
    """Return the request in the form that is signed.

    `payload`: the digest of the body, or the constant that replaces it.
    """
    headers = "\n".join(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in found.headers)
    path = _path(request.raw_path or quote(request.path), found.service)
    query = _query(request.query_string)
    return f"{request.method}\n{path}\n{query}\n{headers}\n\n{';'.join(found.headers)}\n{payload}"


def payload_of(headers: Mapping[str, str], found: Signed, body_digest: str) -> str:
    """Return the body's part in a signature: its digest, or the constant that S3's clients send instead."""
    said = headers.get("x-amz-content-sha256", "")
    if found.service == "s3":
        return said or (body_digest if found.lifetime_s is None else UNSIGNED)
    return UNSIGNED if said == UNSIGNED else body_digest


def needs_digest(headers: Mapping[str, str], found: Signed) -> bool:
    """Return whether the body's digest matters: S3's clients may leave the body out, or sign it in chunks."""
    said = headers.get("x-amz-content-sha256", "")
    if found.service != "s3":
        return said != UNSIGNED
    return DIGEST.fullmatch(said) is not None or (not said and found.lifetime_s is None)


@lru_cache(maxsize=1024)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """Derive the key of a scope."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _path(raw: str, service: str) -> str:
    """Return the path as it is signed: encoded twice and without dot segments; unchanged for S3."""
    if raw in ("", "/"):
        return "/"
    if service == "s3":
        return raw if ENCODED.fullmatch(raw) else quote_from_bytes(unquote_to_bytes(raw), safe="/~")
    return quote(normalize_url_path(raw), safe="/~")


def _query(text: str) -> str:
    if not text:
        return ""
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return "&".join(
        f"{name}={value}"
        for name, value in sorted((_encoded(name), _encoded(value)) for name, _, value in pairs)
        if name != SIGNATURE_FIELD
    )


def _encoded(text: str) -> str:
    return text if ENCODED_VALUE.fullmatch(text) else quote_from_bytes(unquote_to_bytes(text), safe="~")
