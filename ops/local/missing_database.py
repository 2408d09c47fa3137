"""Refuses to replace a missing database, which had data, with an empty one."""

from pathlib import Path

from ops.environment import command_at
from ops.errors import DataGone


def refusal(name: str, data_dir: Path) -> DataGone:
    """Return the error, with the place of the old one's files if they were set aside."""
    message = f"the database {name} is missing, and an empty one would replace it"
    kept = sorted(path for path in data_dir.glob("rds.set-aside*") if (path / name).is_dir())
    if not kept:
        return DataGone(message, next_step=f"restore it: {command_at(data_dir, 'recover')}")
    return DataGone(
        f"{message}; its record, {data_dir / 'moto' / 'rds.state'}, could not be read, but its files are intact in "
        f"{kept[-1] / name}",
        next_step=f"if you have a copy of that record: (1) {command_at(data_dir, 'down')}; (2) put it in its place; "
        f"(3) rename rds.set-aside, rds-*.set-aside and regions.set-aside in {data_dir} back, replacing the new ones; "
        f"(4) {command_at(data_dir, 'up')}. If not, the local cloud has no backup to restore: start PostgreSQL 16 on "
        "the data/ directory of those files, and run pg_dump",
    )
