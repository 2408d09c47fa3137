"""The commands' own files in the data directory: damaged ones keep no command from working."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ops.console import Console
from ops.environment import read_endpoint
from ops.errors import NotReachable
from ops.local import daemon, data_files, last_url
from ops.local.operator import sole_operator

DAMAGES: list[Callable[[Path], object]] = [
    lambda path: path.write_bytes(b""),
    lambda path: path.write_bytes(b"http://127.0."),
    lambda path: path.write_bytes(b"http://[::1"),
    lambda path: path.write_bytes(b"http://127.0.0.1:99999999/"),
    lambda path: path.write_bytes(bytes(range(256))),
    lambda path: path.write_bytes(b"[]"),
    lambda path: path.mkdir(),
]
damaged = pytest.mark.parametrize("damage", DAMAGES)


@damaged
def test_a_damaged_last_address_is_ignored(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    damage(tmp_path / last_url.NAME)
    assert last_url.port_of(tmp_path) is None
    last_url.check_port(tmp_path)


def test_the_last_port_is_read_from_the_last_address(tmp_path: Path) -> None:
    (tmp_path / last_url.NAME).write_text("http://127.0.0.1:8000\n")
    assert last_url.port_of(tmp_path) == 8000


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
