"""The mode outlives its process."""

from pathlib import Path

from localcloud.enforcement.mode import DEFAULT, Mode, chosen


def test_the_mode_of_the_run_before_is_taken_again(tmp_path: Path) -> None:
    assert chosen(tmp_path, None) is DEFAULT is Mode.ENFORCE
    assert chosen(tmp_path, Mode.AUDIT) is Mode.AUDIT
    assert chosen(tmp_path, None) is Mode.AUDIT
    assert chosen(tmp_path, Mode.OFF) is Mode.OFF
    assert chosen(tmp_path, None) is Mode.OFF
