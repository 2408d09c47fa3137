"""Bodies of S3 objects on disk: each written once, named by its digest, read when asked for."""

import hashlib
import io
from pathlib import Path

from localcloud.files import write_atomically


class BodyStore:
    """One directory of bodies."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._referenced: set[str] = set()

    def keep(self, body: bytes) -> "StoredBody":
        """Store a body (once, however often it comes)."""
        digest = hashlib.sha256(body).hexdigest()
        path = self._directory / digest
        if not path.exists():
            self._directory.mkdir(mode=0o700, exist_ok=True)
            write_atomically(path, body)
        return StoredBody(path)

    def get(self, digest: str) -> "StoredBody":
        """A body kept before. Errors: FileNotFoundError."""
        path = self._directory / digest
        path.stat()
        self._referenced.add(digest)
        return StoredBody(path)

    def drop_unreferenced(self) -> None:
        """Delete what nobody has asked for with `get` since this store was made."""
        if self._directory.exists():
            for path in self._directory.iterdir():
                if path.name not in self._referenced:
                    path.unlink()


class StoredBody:
    """Reads like the temporary file in which moto keeps a body, from a position of its own; never written."""

    def __init__(self, path: Path) -> None:
        self.digest = path.name
        self._path = path
        self._position = 0
        self._closed = False

    def seek(self, position: int) -> int:
        self._position = position
        return position

    def read(self, size: int = -1) -> bytes:
        if self._closed:
            raise ValueError("read of a closed body")
        with self._path.open("rb") as file:
            file.seek(self._position)
            data = file.read(size)
        self._position += len(data)
        return data

    def write(self, data: bytes) -> int:
        raise io.UnsupportedOperation(f"S3 body {self.digest} is kept on disk and never changed")

    def close(self) -> None:
        self._closed = True
