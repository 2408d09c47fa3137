"""Unreadable files are set aside: kept on disk under another name, listed in the health report, and out of the way."""

import itertools
import logging
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

SUFFIX = ".set-aside"
_REPORTED: list[tuple[Path, str]] = []
"""Everything reported by this process; each path lies in the data directory of the local cloud that it concerns."""
_UNDESCRIBED: set[Path] = set()
"""Directories of which some records are missing."""


def set_aside(path: Path, why: str) -> str:
    """Move a file or directory out of the way, never over another; -> the message to report."""
    names = (path.with_name(f"{path.name}{SUFFIX}{number or ''}") for number in itertools.count())
    kept = next(name for name in names if not name.exists())
    path.rename(kept)
    return report(kept, why)


def copy_aside(path: Path, label: str) -> Path:
    """Copy a file beside itself, never over another, and once if its content stays -> the copy."""
    names = (path.with_name(f"{path.name}{SUFFIX}-{label}{f'-{n}' if n else ''}") for n in itertools.count())
    content = path.read_bytes()
    kept = next(name for name in names if not name.exists() or (name.is_file() and name.read_bytes() == content))
    if not kept.exists():
        shutil.copy2(path, kept)
    return kept


def keep_undescribed(directory: Path) -> None:
    """Mark a directory whose records are partly missing: its content must not be deleted."""
    _UNDESCRIBED.add(directory.absolute())


def is_undescribed(directory: Path) -> bool:
    """Return whether the records of a directory's content are incomplete."""
    return any(directory.absolute().is_relative_to(each) for each in _UNDESCRIBED)


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
    """Forget the reports about a data directory: a new run starts there."""
    _UNDESCRIBED.difference_update([each for each in _UNDESCRIBED if each.is_relative_to(directory.absolute())])
    _REPORTED[:] = [(path, message) for path, message in _REPORTED if not path.is_relative_to(directory.absolute())]
