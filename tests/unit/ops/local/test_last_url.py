"""The address of the last run."""

from collections.abc import Callable
from pathlib import Path

from ops.local import last_url
from tests.unit.ops.local.damage import damaged


@damaged
def test_a_damaged_last_address_is_ignored(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    damage(tmp_path / last_url.NAME)
    assert last_url.port_of(tmp_path) is None
    last_url.check_port(tmp_path)


def test_the_last_port_is_read_from_the_last_address(tmp_path: Path) -> None:
    (tmp_path / last_url.NAME).write_text("http://127.0.0.1:8000\n")
    assert last_url.port_of(tmp_path) == 8000
