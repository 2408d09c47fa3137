"""Unreadable files are set aside: kept on disk under another name, reported in the health, and out of the way."""

import itertools
import logging
from pathlib import Path

log = logging.getLogger(__name__)

SUFFIX = ".set-aside"
_REPORTED: list[tuple[Path, str]] = []
"""Everything reported by this process; each path lies in the data directory of the local cloud that it concerns."""


def set_aside(path: Path, why: str) -> str:
    """Move a file or directory out of the way, never over another; -> the message to report."""
    names = (path.with_name(f"{path.name}{SUFFIX}{number or ''}") for number in itertools.count())
    kept = next(name for name in names if not name.exists())
    path.rename(kept)
    return report(kept, why)


def report(kept: Path, why: str) -> str:
    """Log what was set aside, and record it for the health; -> the message."""
    message = f"{kept}: {why}"
    log.error("Set aside: %s", message, extra={"action": "set_aside"})
    _REPORTED.append((kept.absolute(), message))
    return message


def reported_below(directory: Path) -> list[str]:
    """Return everything reported for the files below a data directory, for its health."""
    return [message for path, message in list(_REPORTED) if path.is_relative_to(directory.absolute())]


def begin(directory: Path) -> None:
    """Forget the reports on a data directory: a new run begins on it."""
    _REPORTED[:] = [(path, message) for path, message in _REPORTED if not path.is_relative_to(directory.absolute())]
