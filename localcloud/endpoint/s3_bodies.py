"""Bodies of S3 as clients send them: `aws-chunked` with trailers, and their checksums."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, BinaryIO

from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest

CHUNKED = "aws-chunked"
CHUNK_HEADER = 4096
"""Maximum bytes of a chunk's header line, including its signature, or of a trailer."""
PIECE = 2**20
CHECKSUM = "x-amz-checksum-"
OF_FRAMING = ("x-amz-decoded-content-length", "x-amz-trailer", "content-encoding", "x-amz-content-sha256")


class Crc32:
    """CRC32 with the interface of hashlib's objects."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def unframed(request: AwsRequest, new_file: Callable[[], BinaryIO]) -> AwsRequest:
    """Return the request with a plain body and its trailers as headers. Errors: AwsError IncompleteBody, BadDigest."""
    if _is_framed(request.headers):
        request = _without_frames(request, new_file)
    _check(request)
    return request


def _is_framed(headers: Mapping[str, str]) -> bool:
    encodings = [name.strip().lower() for name in headers.get("content-encoding", "").split(",")]
    return CHUNKED in encodings or headers.get("x-amz-content-sha256", "").startswith("STREAMING-")


def _without_frames(request: AwsRequest, new_file: Callable[[], BinaryIO]) -> AwsRequest:
    source = request.body_file or BytesIO(request.body)
    target = BytesIO() if request.body_file is None else new_file()
    try:
        length, trailers = _copy(source, target)
        requested = request.headers.get("x-amz-decoded-content-length", str(length))
        if requested != str(length):
            raise AwsError("IncompleteBody", "The request body terminated unexpectedly")
    except BaseException:
        target.close()
        raise
    finally:
        source.close()
    headers = {name: value for name, value in request.headers.items() if name not in OF_FRAMING} | trailers
    encodings = [name.strip() for name in request.headers.get("content-encoding", "").split(",")]
    if kept := ", ".join(name for name in encodings if name and name.lower() != CHUNKED):
        headers["content-encoding"] = kept
    headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    target.seek(0)
    if isinstance(target, BytesIO):
        return replace(request, headers=headers, body=target.getvalue())
    return replace(request, headers=headers, body_file=target)


def _copy(source: BinaryIO, target: BinaryIO) -> tuple[int, dict[str, str]]:
    """Copy -> bytes copied, trailers."""
    total = 0
    while size := _size(_line(source)):
        total += size
        while size:
            piece = source.read(min(size, PIECE))
            if not piece:
                raise AwsError("IncompleteBody", "The request body terminated unexpectedly")
            target.write(piece)
            size -= len(piece)
        if source.read(2) != b"\r\n":
            raise AwsError("IncompleteBody", "The request body terminated unexpectedly")
    trailers = {}
    while line := source.readline(CHUNK_HEADER).strip():
        name, _, value = line.decode("latin-1").partition(":")
        trailers[name.strip().lower()] = value.strip()
    return total, {name: value for name, value in trailers.items() if name.startswith(CHECKSUM)}


def _line(source: BinaryIO) -> bytes:
    line = source.readline(CHUNK_HEADER)
    if not line.endswith(b"\r\n"):
        raise AwsError("IncompleteBody", "The request body terminated unexpectedly")
    return line


def _size(line: bytes) -> int:
    text = line.partition(b";")[0].strip()
    try:
        size = int(text, 16)
    except ValueError:
        size = -1
    if size < 0:
        raise AwsError("InvalidChunkSizeError", "Chunk size must be a hexadecimal number")
    return size


def _check(request: AwsRequest) -> None:
    """Verify the digests that we can compute; others are stored unverified."""
    headers = request.headers
    given: dict[str, tuple[Callable[[], Any], str | None]] = {
        "CRC32": (Crc32, headers.get(f"{CHECKSUM}crc32")),
        "SHA1": (hashlib.sha1, headers.get(f"{CHECKSUM}sha1")),
        "SHA256": (hashlib.sha256, headers.get(f"{CHECKSUM}sha256")),
        "Content-MD5": (hashlib.md5, headers.get("content-md5")),
    }
    for name, (kind, requested) in given.items():
        if requested is not None and request.method in ("PUT", "POST") and _digest(request, kind()) != requested:
            raise AwsError("BadDigest", f"The {name} you specified did not match the calculated checksum.")


def _digest(request: AwsRequest, sum_: Any) -> str:
    if request.body_file is None:
        sum_.update(request.body)
    else:
        request.body_file.seek(0)
        while piece := request.body_file.read(PIECE):
            sum_.update(piece)
        request.body_file.seek(0)
    return base64.b64encode(sum_.digest()).decode()
