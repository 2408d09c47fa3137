"""docs/architecture.md shows every package and module of the programs, and nothing that does not exist."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "architecture.md").read_text()
PROGRAMS = ("app", "ops", "localcloud", "terraform_provider")
programs = pytest.mark.parametrize("program", PROGRAMS)


def is_package(path: Path) -> bool:
    """Say whether a folder holds files of its own, and not only what Python left behind."""
    return path.is_dir() and path.name != "__pycache__" and any(each.is_file() for each in path.iterdir())


def packages(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if is_package(path)}


def modules(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("__")}


def rows(program: str) -> list[tuple[str, str]]:
    """The rows of a program's table: the names in the first cell, and all of the row."""
    table = PAGE.split(f"| `{program}/` | what it holds |\n| --- | --- |\n")[1].split("\n\n")[0]
    return [(row.split(" | ")[0], row) for row in table.splitlines()]


@programs
def test_the_table_names_every_package_and_module_once(program: str) -> None:
    named = [name for cell, _ in rows(program) for name in re.findall(r"`([^`]+)`", cell)]
    folder = PROJECT / program
    assert sorted(named) == sorted([f"{name}/" for name in packages(folder)] + list(modules(folder)))


@programs
def test_a_package_is_named_with_the_packages_in_it(program: str) -> None:
    for cell, row in rows(program):
        for name in re.findall(r"`(\w+)/`", cell):
            for folder in (PROJECT / program / name).rglob("*"):
                if is_package(folder) and folder.name != "moto_patches":
                    assert f"`{folder.name}/`" in row, f"{folder.relative_to(PROJECT)} is missing in {row}"


@programs
def test_a_row_names_only_what_its_packages_hold(program: str) -> None:
    for cell, row in rows(program):
        own = re.findall(r"`(\w+)/`", cell)
        there = {
            each.stem for name in own for each in (PROJECT / program / name).rglob("*") if each.suffix in ("", ".py")
        }
        if own:
            assert set(re.findall(r"`(\w+)/?`", row.removeprefix(cell))) <= there | set(own), row


def test_the_picture_shows_every_package() -> None:
    picture = PAGE.split("```")[1]
    shown = set(re.findall(r"(?<!\S)(\w+)/(?![\w/])", picture))
    assert shown == set(PROGRAMS).union(*(packages(PROJECT / program) for program in PROGRAMS))


def test_every_file_that_the_page_names_exists() -> None:
    paths = re.findall(r"`((?:app|ops|localcloud|terraform_provider|infrastructure|tests|scripts)/[\w./-]*)`", PAGE)
    assert len(paths) > 30
    assert [path for path in paths if not (PROJECT / path).exists()] == []
