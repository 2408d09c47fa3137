"""The schema revisions this code knows, read from the migrations without Alembic, which is slow to import."""

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
ASSIGNMENT = re.compile(r'^(revision|down_revision) = (?:"([^"]+)"|None)$', re.MULTILINE)


class SchemaState(StrEnum):
    """The database's schema, compared with the one this code expects."""

    CURRENT = "current"
    BEHIND = "behind"  # migrations are missing
    AHEAD = "ahead"  # it has migrations of newer code: normal during a deploy and after a rollback
    EMPTY = "empty"


@lru_cache(maxsize=1)
def revisions() -> frozenset[str]:
    """Return every revision this code knows."""
    return frozenset(assigned("revision"))


@lru_cache(maxsize=1)
def head() -> str:
    """Return the newest revision: the one that no other follows."""
    [newest] = revisions() - set(assigned("down_revision"))
    return newest


def state_of(found: str | None) -> SchemaState:
    """Compare a database's revision; None is a database without one."""
    if found is None:
        return SchemaState.EMPTY
    if found not in revisions():
        return SchemaState.AHEAD
    return SchemaState.CURRENT if found == head() else SchemaState.BEHIND


def assigned(name: str) -> list[str]:
    """Return the values that the migration modules assign to a name."""
    texts = [path.read_text() for path in sorted(VERSIONS.glob("v*.py"))]
    return [value for text in texts for found, value in ASSIGNMENT.findall(text) if found == name and value]
