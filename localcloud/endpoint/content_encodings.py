"""Compressed bodies: botocore compresses PutMetricData from 10 KB on, log agents compress what they send."""

import zlib
from collections.abc import Mapping

from localcloud.endpoint.request_bodies import TooLarge

GZIP = ("gzip", "x-gzip")
PLAIN = ("identity", "")
FRAMED = 16 + zlib.MAX_WBITS


class CannotDecode(Exception):
    """The body does not match its Content-Encoding, or the encoding is unknown."""


def decoded(body: bytes, headers: Mapping[str, str], largest: int) -> bytes:
    """Decode the body, last encoding first. Errors: CannotDecode, TooLarge."""
    for name in reversed(headers.get("content-encoding", "").split(",")):
        encoding = name.strip().lower()
        if encoding in GZIP:
            body = _unzipped(body, largest)
        elif encoding not in PLAIN:
            raise CannotDecode(f"Content-Encoding '{encoding[:40]}' is not supported")
    return body


def without_encoding(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return the headers of a decoded body."""
    return {name: value for name, value in headers.items() if name != "content-encoding"}


def _unzipped(body: bytes, largest: int) -> bytes:
    """Decompress all gzip members; never produce more than `largest` bytes, whatever the compression ratio."""
    found = bytearray()
    while body:
        member = zlib.decompressobj(FRAMED)
        try:
            found += member.decompress(body, largest + 1 - len(found))
        except zlib.error as error:
            raise CannotDecode(f"the body is not gzip: {error}") from error
        if len(found) > largest:
            raise TooLarge
        if not member.eof:
            raise CannotDecode("the body is not gzip: it is incomplete")
        body = member.unused_data
    return bytes(found)
