"""The real command in real subprocesses, on a scratch directory."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import trusted_roots
from tests.acceptance.command import PROJECT, Spendsense
from tests.acceptance.images import give_layer, store_of_this_run
from tests.acceptance.prepared import PreparedHome
from tests.scheduling import GROUP_OF

trusted_roots.share()


@pytest.fixture(scope="session")
def image_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store_of_this_run(tmp_path_factory)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> PreparedHome:
    """The home of this module's group; a module without a group creates its own."""
    group = group_of(request.node)
    users = {item.path for item in request.session.items if group_of(item) == group and uses(item, "prepared")}
    copy = tmp_path_factory.getbasetemp() / f"prepared-{group}"
    return PreparedHome(copy, len(users) if group else 1)


def group_of(node: pytest.Item | pytest.Collector) -> str | None:
    return GROUP_OF.get(node.nodeid.partition("::")[0])


def uses(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, image_store: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home in which nothing was done but to install the dependencies, which takes most of a first build.

    In a group, each module's is at the same place, for a prepared one works nowhere else; it stays below another name.
    """
    if group_of(request.node) is None:
        created = tmp_path_factory.mktemp("home")
    else:
        created = tmp_path_factory.getbasetemp() / "home"
        created.mkdir()
    give_layer(image_store, created)
    yield created
    if group_of(request.node) is not None:
        created.rename(created.with_name(f"home-{request.path.stem}"))


@pytest.fixture(scope="module")
def spendsense(home: Path) -> Iterator[Spendsense]:
    command = Spendsense(home)
    yield command
    command.end()


@pytest.fixture(scope="module")
def up(spendsense: Spendsense, prepared: PreparedHome) -> Any:
    """Start the environment, which nobody has used yet; return what `up --json` printed."""
    return prepared.up(spendsense)


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
