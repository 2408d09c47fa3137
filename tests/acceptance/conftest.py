"""The real command in real subprocesses, on a scratch directory."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import PROJECT, Spendsense


@pytest.fixture(scope="module")
def spendsense(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spendsense]:
    command = Spendsense(tmp_path_factory.mktemp("home"))
    yield command
    command("down", expect=None)
    left = command.processes()
    for process in left:
        process.kill()
    assert not left, f"left running: {left}"


@pytest.fixture(scope="module")
def up(spendsense: Spendsense) -> Any:
    """The environment, brought up from nothing: what `up --json` printed."""
    return spendsense.first_up()


@pytest.fixture
def source_with(tmp_path: Path) -> Callable[[dict[str, tuple[str, str]]], Path]:
    """Make a copy of the source tree in which each named file has one text replaced by another."""

    def make(changes: dict[str, tuple[str, str]]) -> Path:
        tree = tmp_path / "source"
        shutil.copytree(PROJECT / "app", tree / "app", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(PROJECT / "requirements.txt", tree)
        for name, (old, new) in changes.items():
            path = tree / name
            text = path.read_text()
            assert text.count(old) == 1, f"{name} holds {old!r} {text.count(old)} times"
            path.write_text(text.replace(old, new))
        return tree

    return make
