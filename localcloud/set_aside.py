"""What cannot be read is set aside: kept on disk under another name, named in the health, and in nobody's way."""

import itertools
import logging
from pathlib import Path

log = logging.getLogger(__name__)

SUFFIX = ".set-aside"


def set_aside(path: Path, why: str) -> str:
    """Move a file out of the way, never over another; -> what to tell of it."""
    names = (path.with_name(f"{path.name}{SUFFIX}{number or ''}") for number in itertools.count())
    kept = next(name for name in names if not name.exists())
    path.rename(kept)
    return told(kept, why)


def told(kept: Path, why: str) -> str:
    """Log what was set aside; -> the same for the health."""
    message = f"{kept}: {why}"
    log.error("Set aside: %s", message, extra={"action": "set_aside"})
    return message
