"""The commands' own files in the data directory: damaged ones stop no command."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.console import Console
from ops.environment import read_endpoint
from ops.errors import NotReachable
from ops.local import daemon, data_files
from ops.local.lock import sole_operator
from tests.unit.ops.local.damage import damaged


@damaged
def test_damaged_locks_are_free(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    for name in ("lock", "operator.lock"):
        damage(tmp_path / name)
    assert not daemon.is_running(tmp_path)
    with sole_operator(tmp_path, Console()):
        assert (tmp_path / "operator.lock").is_file()


@damaged
def test_a_damaged_endpoint_file_is_named_with_the_next_step(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    damage(tmp_path / "endpoint.json")
    with pytest.raises(NotReachable, match=r"endpoint\.json: should be the file that the local cloud wrote") as caught:
        read_endpoint(tmp_path)
    assert "spendsense up" in (caught.value.next_step or "")


def test_a_directory_in_a_files_place_is_moved_and_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "file.set-aside").touch()
    (tmp_path / "file").mkdir()
    data_files.free_path(tmp_path / "file").write_text("x")
    assert (tmp_path / "file.set-aside1").is_dir()
