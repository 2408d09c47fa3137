"""Directories of servers: one below `rds/` or `elasticache/` for each that the API knows."""

import logging
import secrets
import shutil
from collections.abc import Set as AbstractSet
from pathlib import Path

from localcloud.set_aside import SUFFIX, set_aside

log = logging.getLogger(__name__)

DELETED_PREFIX = ".deleted-"


def remove_directory(directory: Path) -> None:
    """Delete a server's data. It is renamed first: a crash cannot leave half of it under its own name."""
    if directory.exists():
        doomed = directory.with_name(f"{DELETED_PREFIX}{directory.name}-{secrets.token_hex(4)}")
        directory.rename(doomed)
        shutil.rmtree(doomed)


def clear_orphans(parent: Path, known: AbstractSet[str], *, is_incomplete: bool = False) -> None:
    """Finish the deletions that a crash interrupted: the API forgets a server before its directory goes.

    `is_incomplete`: what the API knows lacks the last change, which may have made one. Then it is set aside.
    """
    for directory in sorted(parent.iterdir()):
        if directory.name in known or SUFFIX in directory.name:
            continue
        if is_incomplete and not directory.name.startswith(DELETED_PREFIX):
            set_aside(directory, "nothing tells whose it is")
        else:
            log.warning(
                "Removing the data of a deleted server", extra={"action": "orphan_removed", "directory": str(directory)}
            )
            shutil.rmtree(directory) if directory.is_dir() else directory.unlink()
