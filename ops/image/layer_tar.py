"""A layer as a registry serves it: a tar of its files, whose digest is the layer's."""

import hashlib
import os
import stat
import tarfile
import tempfile
from pathlib import Path
from typing import IO

from ops.image.layers import READ_ONLY_EXECUTABLE, READ_ONLY_FILE, SEAL, walk

BYTECODE = "__pycache__"


def archive(store: Path, root: Path, names: list[str] | None = None) -> str:
    """Write `blobs/sha256/<hex>` with these files of `root` (links followed), or all of them; return the hex digest.

    The same files give the same bytes wherever and whenever they were written. Bytecode is left out: it can be compiled
    again, and the compiler's output is not reproducible.
    """
    blobs = store / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=blobs, prefix=".writing-")
    try:
        with os.fdopen(handle, "w+b") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                for name in sorted(_names(root) if names is None else names):
                    _add(tar, root / name if names is None else (root / name).resolve(), name)
            file.seek(0)
            hex_digest = _digest(file)
        Path(temporary).chmod(READ_ONLY_FILE)
        Path(temporary).replace(blobs / hex_digest)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return hex_digest


def _names(root: Path) -> list[str]:
    paths = (path for path in walk(root) if not stat.S_ISDIR(os.lstat(path).st_mode))
    names = (path[len(str(root)) + 1 :] for path in paths)
    return [name for name in names if name != SEAL and BYTECODE not in name.split("/")]


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a file or link without its owner and times."""
    entry = tarfile.TarInfo(name)
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, str(path.readlink()), 0o777
        tar.addfile(entry)
        return
    entry.size = status.st_size
    entry.mode = READ_ONLY_EXECUTABLE if status.st_mode & 0o100 else READ_ONLY_FILE
    with path.open("rb") as content:
        tar.addfile(entry, content)


def _digest(file: IO[bytes]) -> str:
    return hashlib.file_digest(file, hashlib.sha256).hexdigest()  # type: ignore[arg-type]
