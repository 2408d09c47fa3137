"""The schema revisions this code knows, read from the migrations without Alembic, which is slow to import.

Only a migration that assigns them in another form than Alembic's template makes Alembic read them all.
"""

import re
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
ASSIGNMENT = re.compile(r"""^(revision|down_revision) = (?:(["'])(\w+)\2|None)$""", re.MULTILINE)


class SchemaState(StrEnum):
    """The database's schema, compared with the one this code expects."""

    CURRENT = "current"
    BEHIND = "behind"  # migrations are missing
    AHEAD = "ahead"  # it has migrations of newer code: normal during a deploy and after a rollback
    EMPTY = "empty"


async def stored(read: Callable[[str], Awaitable[Any]]) -> str | None:
    """Return a database's revision; None if it was never migrated. `read`: returns a query's only value, or None."""
    if not await read("SELECT to_regclass('alembic_version') IS NOT NULL"):
        return None
    revision: str | None = await read("SELECT version_num FROM alembic_version")
    return revision


def revisions(versions: Path = VERSIONS) -> frozenset[str]:
    """Return every revision this code knows."""
    return frozenset(parents(versions))


def head(versions: Path = VERSIONS) -> str:
    """Return the newest revision: the one that no other follows."""
    known = parents(versions)
    [newest] = known.keys() - frozenset().union(*known.values())
    return newest


def state_of(found: str | None) -> SchemaState:
    """Compare a database's revision; None is a database without one."""
    if found is None:
        return SchemaState.EMPTY
    if found not in revisions():
        return SchemaState.AHEAD
    return SchemaState.CURRENT if found == head() else SchemaState.BEHIND


@lru_cache(maxsize=1)
def parents(versions: Path) -> dict[str, frozenset[str]]:
    """Return each revision -> those that it directly follows."""
    found = {}
    for path in sorted(versions.glob("*.py")):
        if path.name == "__init__.py":
            continue
        assigned = {name: value for name, _, value in ASSIGNMENT.findall(path.read_text())}
        if not assigned.get("revision") or "down_revision" not in assigned:
            return parents_by_alembic(versions)
        found[assigned["revision"]] = frozenset({assigned["down_revision"]} - {""})
    return found


def parents_by_alembic(versions: Path) -> dict[str, frozenset[str]]:
    from alembic.script import ScriptDirectory  # pylint: disable=import-outside-toplevel

    found = {}
    for script in ScriptDirectory(str(versions.parent)).walk_revisions():
        before = script.down_revision or ()
        found[script.revision] = frozenset([before] if isinstance(before, str) else before)
    return found
