"""Layers and configurations of images, served by the registry through links that are valid for an hour."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from localcloud.machine.clock import Clock
from localcloud.machine.files import write_atomically
from localcloud.protocol.internal import INTERNAL_PATH, InternalRequest, InternalResponse, problem
from localcloud.protocol.wire import AwsResponse

INTERNAL_NAME = "layers"
LINK_S = 3600.0
PIECE_BYTES = 2**20
PREFIX = "sha256:"


class Blobs:
    """Stores blobs. `directory`: `<hex>` for each digest, as in the image store's `blobs/sha256`."""

    def __init__(self, directory: Path, endpoint_url: str, clock: Clock) -> None:
        self._directory = directory
        self._endpoint_url = endpoint_url
        self._clock = clock
        self._links: dict[str, tuple[Path, float]] = {}
        """Secret part of the link -> (blob, expiry)."""

    def size(self, digest: str) -> int | None:
        """Return a blob's size in bytes; None when it does not exist."""
        path = self._directory / digest.removeprefix(PREFIX)
        return path.stat().st_size if path.is_file() else None

    def keep(self, content: bytes) -> None:
        """Store a blob under its digest. Errors: OSError."""
        self._directory.mkdir(parents=True, exist_ok=True)
        write_atomically(self._directory / digest_of(content).removeprefix(PREFIX), content, 0o444)

    def take(self, file: Path, digest: str) -> None:
        """Move a file, whose digest is verified, to the blobs. Errors: OSError."""
        self._directory.mkdir(parents=True, exist_ok=True)
        file.chmod(0o444)
        file.replace(self._directory / digest.removeprefix(PREFIX))

    def touch(self, digest: str) -> None:
        """Note that a client needs an existing blob. Errors: OSError."""
        os.utime(self._directory / digest.removeprefix(PREFIX))

    def read(self, digest: str) -> AsyncIterator[bytes]:
        """Yield an existing blob in pieces. Errors: OSError."""
        return _pieces(self._directory / digest.removeprefix(PREFIX))

    def link(self, digest: str) -> str:
        """Create a link to an existing blob."""
        now = self._clock.now()
        self._links = {token: link for token, link in self._links.items() if link[1] > now}
        token = secrets.token_urlsafe(32)
        self._links[token] = (self._directory / digest.removeprefix(PREFIX), now + LINK_S)
        return f"{self._endpoint_url}{INTERNAL_PATH}{INTERNAL_NAME}/{token}"

    async def answer(self, request: InternalRequest) -> InternalResponse | AwsResponse:
        """Serve the blob of a valid link."""
        path, until = self._links.get(request.rest, (None, 0.0))
        if path is None or until <= self._clock.now():
            return problem(403, "Request has expired", "request a new link: ECR GetDownloadUrlForLayer")
        if request.method not in ("GET", "HEAD"):
            return problem(405, "Method not allowed", f"{request.method}: layers are read with GET")
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return problem(404, "No such layer", f"{PREFIX}{path.name} was deleted from the image store")
        headers = {"content-type": "application/octet-stream", "content-length": str(size)}
        return AwsResponse(200, headers, b"", None if request.method == "HEAD" else _pieces(path))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece


def digest_of(content: bytes) -> str:
    """Return the digest of content, as a manifest names it."""
    return PREFIX + hashlib.sha256(content).hexdigest()
