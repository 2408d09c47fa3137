"""Uploads of layers in progress: a file each, which becomes a blob once its digest is verified."""

import asyncio
import hashlib
import re
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from localcloud.ecr.blobs import PREFIX, Blobs
from localcloud.ecr.refusals import RegistryError

IDLE_S = 3600.0
"""Real seconds after its last part until an upload is given up."""
PIECE_BYTES = 2**20
RANGE = re.compile(r"(?P<first>\d+)-(?P<last>\d+)")


@dataclass(kw_only=True)
class Upload:
    """An upload to one repository. `used`: when its last part arrived."""

    id: str
    repository: str
    path: Path
    used: float
    size: int = 0
    hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Uploads:
    """Keeps the uploads to all repositories. They end with the local cloud, and clients begin them again."""

    def __init__(self, directory: Path, blobs: Blobs, now: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._blobs = blobs
        self._now = now
        self._open: dict[str, Upload] = {}
        if directory.is_dir():  # left by an earlier run
            shutil.rmtree(directory)

    def begin(self, repository: str) -> Upload:
        """Begin an upload, and remove abandoned ones. Errors: OSError."""
        self.give_up_idle()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(uuid.uuid4())
        upload = Upload(id=name, repository=repository, path=self._directory / name, used=self._now())
        upload.path.touch(mode=0o600)
        self._open[name] = upload
        return upload

    def give_up_idle(self) -> None:
        """Remove the uploads that nobody continues. Errors: OSError."""
        for upload in list(self._open.values()):
            if self._now() - upload.used > IDLE_S and not upload.lock.locked():
                self.cancel(upload)

    def find(self, repository: str, name: str) -> Upload:
        """Errors: RegistryError."""
        upload = self._open.get(name)
        if upload is None or upload.repository != repository:
            message = f"The upload with id '{name}' does not exist, or was given up: begin it again"
            raise RegistryError("BLOB_UPLOAD_UNKNOWN", message, 404)
        return upload

    async def append(self, upload: Upload, content: BinaryIO, content_range: str = "") -> None:
        """Add a part. `content_range`: the header, which may be missing. Errors: RegistryError, OSError."""
        async with upload.lock:
            if content_range:
                found = RANGE.fullmatch(content_range.removeprefix("bytes "))
                if found is None or int(found["first"]) != upload.size:
                    message = f"The part's range is {content_range}, and {upload.size} bytes are there"
                    raise RegistryError("BLOB_UPLOAD_INVALID", message, 416)
            await asyncio.to_thread(_append, upload, content)
            upload.used = self._now()

    async def finish(self, upload: Upload, digest: str) -> int:
        """Store what was uploaded as a blob; return its size. Errors: RegistryError; then the upload is gone."""
        async with upload.lock:
            found = PREFIX + upload.hash.hexdigest()
            if found != digest:
                self.cancel(upload)
                message = f"The digest of the uploaded content is {found} and not '{digest}'"
                raise RegistryError("DIGEST_INVALID", message, 400)
            await asyncio.to_thread(self._blobs.take, upload.path, digest)
            self._open.pop(upload.id, None)
            return upload.size

    def cancel(self, upload: Upload) -> None:
        self._open.pop(upload.id, None)
        upload.path.unlink(missing_ok=True)


def _append(upload: Upload, content: BinaryIO) -> None:
    with upload.path.open("r+b") as file:
        file.truncate(upload.size)  # what a failed part may have left
        file.seek(upload.size)
        hashed, size = upload.hash.copy(), upload.size
        while piece := content.read(PIECE_BYTES):
            file.write(piece)
            hashed.update(piece)
            size += len(piece)
    upload.hash, upload.size = hashed, size
