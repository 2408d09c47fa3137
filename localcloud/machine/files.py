"""Files that are whole or absent: writes that a crash cannot truncate."""

import json
from pathlib import Path

from localcloud.machine.set_aside import set_aside


def write_atomically(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write beside `path`, then rename over it, so that a reader sees the old or the new content.

    Only one writer at a time may write a path. The temporary file has a fixed name, so the next write cleans up after a
    killed writer.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.touch(mode=0o600)
        temporary.write_bytes(content)
        temporary.chmod(mode)
        try:
            temporary.replace(path)
        except IsADirectoryError:
            set_aside(path, "is a directory where a file should be: recreated")
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object, *, indent: int | None = 2) -> None:
    """Write `value` as JSON, atomically. `indent`: spaces; None for large files: only then does C code encode them."""
    write_atomically(path, json.dumps(value, indent=indent, default=str).encode() + b"\n")
