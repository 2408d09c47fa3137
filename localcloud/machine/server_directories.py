"""Server directories: one below `rds/` or `elasticache/` for each server that the API knows."""

import logging
import secrets
import shutil
from collections.abc import Set as AbstractSet
from pathlib import Path

from localcloud.machine.set_aside import SUFFIX, is_undescribed, set_aside

log = logging.getLogger(__name__)

DELETED_PREFIX = ".deleted-"
NO_RECORD = "no record describes it: it may belong to a resource that was not carried over from an earlier version"


def remove_directory(directory: Path) -> None:
    """Delete a server's data. It is renamed first: a crash cannot leave half of it under its own name."""
    if directory.exists():
        renamed = directory.with_name(f"{DELETED_PREFIX}{directory.name}-{secrets.token_hex(4)}")
        directory.rename(renamed)
        shutil.rmtree(renamed)


def clear_orphans(parent: Path, known: AbstractSet[str]) -> None:
    """Finish deletions that a crash interrupted: the API forgets a server before its directory is deleted.

    While some records are missing, what none describes is set aside instead.
    """
    for directory in sorted(parent.iterdir()):
        if directory.name in known or SUFFIX in directory.name:
            continue
        if is_undescribed(parent) and not directory.name.startswith(DELETED_PREFIX):
            set_aside(directory, NO_RECORD)
            continue
        log.warning(
            "Deleting the data of a deleted server", extra={"action": "orphan_removed", "directory": str(directory)}
        )
        shutil.rmtree(directory) if directory.is_dir() else directory.unlink()
