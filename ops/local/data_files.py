"""The commands' own files in the data directory; anything else at their path is moved away."""

import itertools
from pathlib import Path


def read(path: Path) -> str:
    """Return a file's text; empty when it is missing or not a text file."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def free_path(path: Path) -> Path:
    """Move away a directory that is in a file's place; return the path."""
    if path.is_dir():
        names = (path.with_name(f"{path.name}.set-aside{number or ''}") for number in itertools.count())
        path.rename(next(name for name in names if not name.exists()))
    return path
