"""Bodies of S3 objects on disk: each stored once, named by its digest, read on demand."""

import hashlib
import io
import shutil
from io import BufferedReader
from pathlib import Path

from localcloud.errors import AwsError
from localcloud.machine import stored_files
from localcloud.machine.files import write_atomically
from localcloud.machine.set_aside import SUFFIX, report

LOST = "this object's content is lost; delete the object, or upload it again"
DAMAGED = "this object's content is not what was stored; delete the object, or upload it again"


class BodyStore:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._referenced: set[str] = set()

    def keep(self, body: bytes) -> "StoredBody":
        """Store a body; an identical one is stored only once."""
        digest = hashlib.sha256(body).hexdigest()
        path = self._directory / digest
        if not _is_whole(path, digest):
            stored_files.directory(self._directory)
            write_atomically(path, body)
        return StoredBody(path)

    def get(self, digest: str) -> "StoredBody":
        """Return a stored body. When it is lost, only its object becomes unreadable."""
        path = self._directory / digest
        if digest not in self._referenced and not path.is_file():
            report(path, LOST)
        self._referenced.add(digest)
        return StoredBody(path)

    def drop_unreferenced(self) -> None:
        """Delete all bodies that `get` has not returned since this store was created."""
        if self._directory.exists():
            for path in self._directory.iterdir():
                if path.name not in self._referenced and SUFFIX not in path.name:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_whole(path: Path, digest: str) -> bool:
    """Return whether the body exists undamaged; otherwise it is written again."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == digest


class StoredBody:
    """Reads like the temporary file in which moto keeps a body, with its own position; read-only."""

    def __init__(self, path: Path) -> None:
        self.digest = path.name
        self._path = path
        self._position = 0
        self._closed = False
        self._is_checked = False

    def seek(self, position: int) -> int:
        self._position = position
        return position

    def read(self, size: int = -1) -> bytes:
        if self._closed:
            raise ValueError("read of a closed body")
        try:
            with self._path.open("rb") as file:
                self._check(file)
                file.seek(self._position)
                data = file.read(size)
        except OSError as error:
            raise AwsError("InternalError", f"{self._path}: {LOST}", 500) from error
        self._position += len(data)
        return data

    def _check(self, file: BufferedReader) -> None:
        """Check the content at the first read. Errors: AwsError when it is not what was stored."""
        if not self._is_checked and hashlib.file_digest(file, "sha256").hexdigest() != self.digest:
            raise AwsError("InternalError", report(self._path, DAMAGED), 500)
        self._is_checked = True

    def write(self, data: bytes) -> int:
        raise io.UnsupportedOperation(f"S3 body {self.digest} is kept on disk and never changed")

    def close(self) -> None:
        self._closed = True
