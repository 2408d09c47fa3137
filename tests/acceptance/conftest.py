"""The real command in real subprocesses, on a scratch directory."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.command import PROJECT, Spendsense
from tests.acceptance.images import give_layer, store_of_this_run


@pytest.fixture(scope="session")
def image_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store_of_this_run(tmp_path_factory)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, image_store: Path) -> Path:
    """A home in which nothing was done but to install the dependencies, which takes most of a first build."""
    created = tmp_path_factory.mktemp("home")
    give_layer(image_store, created)
    return created


@pytest.fixture(scope="module")
def spendsense(home: Path) -> Iterator[Spendsense]:
    command = Spendsense(home)
    yield command
    command("down", expect=None)
    left = command.processes()
    for process in left:
        process.kill()
    assert not left, f"left running: {left}"


@pytest.fixture(scope="module")
def up(spendsense: Spendsense) -> Any:
    """Start the environment from nothing; return what `up --json` printed."""
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
