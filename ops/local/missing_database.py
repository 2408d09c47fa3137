"""Refuses to let an empty database take the place of one that has disappeared with people's data."""

from pathlib import Path

from ops.errors import DataGone


def refusal(name: str, data_dir: Path) -> DataGone:
    """Return the error, with the place of the old one's files if they were set aside."""
    message = f"the database {name} is missing, and an empty one would replace it"
    kept = sorted(path for path in data_dir.glob("rds.set-aside*") if (path / name).is_dir())
    if not kept:
        return DataGone(message, next_step="restore it: `spendsense recover`")
    return DataGone(
        f"{message}; its record, {data_dir / 'moto' / 'rds.state'}, could not be read, but its files are intact in "
        f"{kept[-1] / name}",
        next_step="with a copy of that record: `spendsense down`, put the copy in its place, rename rds.set-aside, "
        f"rds-*.set-aside and regions.set-aside in {data_dir} back over the new ones, then `spendsense up`; "
        "without a copy no backup is known: start PostgreSQL 16 on the data/ directory of those files, and use pg_dump",
    )
