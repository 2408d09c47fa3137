"""The error when an empty database would replace a missing one."""

from pathlib import Path

from ops.local import missing_database


def test_a_missing_database_is_looked_for_among_files_set_aside(tmp_path: Path) -> None:
    bare = missing_database.refusal("spendsense-local", tmp_path)
    (tmp_path / "rds.set-aside" / "spendsense-local").mkdir(parents=True)
    kept = missing_database.refusal("spendsense-local", tmp_path)

    assert bare.next_step == "restore it: `spendsense recover`"
    assert f"its files are intact in {tmp_path}/rds.set-aside/spendsense-local" in kept.message
    assert "put it in its place" in (kept.next_step or "")
    assert "delete" not in f"{bare.next_step}{kept.next_step}"
