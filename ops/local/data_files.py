"""The commands' own files in the data directory: whatever lies in their place keeps no command from working."""

import itertools
from pathlib import Path


def read(path: Path) -> str:
    """A file's text; empty when it is not there, or is none."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def make_way(path: Path) -> Path:
    """Move a directory that lies where a file should be; -> the path."""
    if path.is_dir():
        names = (path.with_name(f"{path.name}.set-aside{number or ''}") for number in itertools.count())
        path.rename(next(name for name in names if not name.exists()))
    return path
