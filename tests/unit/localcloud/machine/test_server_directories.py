"""Directories that no record describes."""

from pathlib import Path

from localcloud.machine.server_directories import DELETED_PREFIX, clear_orphans
from localcloud.machine.set_aside import begin, keep_undescribed, reported_below


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_what_no_record_describes_is_deleted(tmp_path: Path) -> None:
    for name in ("known", "orphan"):
        (tmp_path / name).mkdir()
    clear_orphans(tmp_path, {"known"})
    assert names(tmp_path) == {"known"}


def test_while_records_are_missing_it_is_set_aside(tmp_path: Path) -> None:
    for name in ("known", "orphan", f"{DELETED_PREFIX}gone-1"):
        (tmp_path / name).mkdir()
    keep_undescribed(tmp_path)
    clear_orphans(tmp_path, {"known"})
    assert names(tmp_path) == {"known", "orphan.set-aside"}
    assert len(reported_below(tmp_path)) == 1
    begin(tmp_path)
