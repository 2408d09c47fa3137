"""Server directories: one below `rds/` or `elasticache/` for each server that the API knows."""

import logging
import secrets
import shutil
from collections.abc import Set as AbstractSet
from pathlib import Path

from localcloud.machine.set_aside import SUFFIX

log = logging.getLogger(__name__)

DELETED_PREFIX = ".deleted-"


def remove_directory(directory: Path) -> None:
    """Delete a server's data. It is renamed first: a crash cannot leave half of it under its own name."""
    if directory.exists():
        doomed = directory.with_name(f"{DELETED_PREFIX}{directory.name}-{secrets.token_hex(4)}")
        directory.rename(doomed)
        shutil.rmtree(doomed)


def clear_orphans(parent: Path, known: AbstractSet[str]) -> None:
    """Finish deletions that a crash interrupted: the API forgets a server before its directory is deleted."""
    for directory in sorted(parent.iterdir()):
        if directory.name in known or SUFFIX in directory.name:
            continue
        log.warning(
            "Removing the data of a deleted server", extra={"action": "orphan_removed", "directory": str(directory)}
        )
        shutil.rmtree(directory) if directory.is_dir() else directory.unlink()
