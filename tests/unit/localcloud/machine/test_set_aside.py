"""Copies beside a file, and directories whose records are incomplete."""

from pathlib import Path

from localcloud.machine.set_aside import begin, copy_aside, is_undescribed, keep_undescribed


def test_a_copy_never_replaces_another_and_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "a.state"
    path.write_bytes(b"one")
    first = copy_aside(path, "x")
    assert copy_aside(path, "x") == first
    path.write_bytes(b"two")
    second = copy_aside(path, "x")
    assert [each.read_bytes() for each in (first, second, path)] == [b"one", b"two", b"two"]


def test_a_directory_is_undescribed_until_the_next_start(tmp_path: Path) -> None:
    keep_undescribed(tmp_path / "rds")
    assert is_undescribed(tmp_path / "rds" / "here")
    assert not is_undescribed(tmp_path / "rds-snapshots")
    begin(tmp_path)
    assert not is_undescribed(tmp_path / "rds")
