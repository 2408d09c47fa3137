"""docs/architecture.md shows every package, docs/modules.md names every module, and both name nothing that is gone."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.file_tree import BEGIN, architecture_page

PROJECT = Path(__file__).parents[2]
ARCHITECTURE = (PROJECT / "docs" / "architecture.md").read_text()
MODULE_LIST = (PROJECT / "docs" / "modules.md").read_text()
MOST_LINES = 140
"""The length of architecture.md that a newcomer reads at once, without its list of files."""
PROGRAMS = ("app", "ops", "localcloud", "terraform_provider")
TERRAFORM = PROJECT / "infrastructure" / "terraform"
MODULES = TERRAFORM / "modules"
OF_EVERY_MODULE = {"variables", "outputs", "versions"}
SHARE_A_ROW = {"migrations", "certificates"}
BY_TYPE = {"resources", "data_sources"}
"""Packages with a module for each of Terraform's types, which name themselves."""
programs = pytest.mark.parametrize("program", PROGRAMS)


def is_package(path: Path) -> bool:
    """Return whether a folder holds files of its own, and not only what Python left behind."""
    return path.is_dir() and path.name != "__pycache__" and any(each.is_file() for each in path.iterdir())


def packages(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if is_package(path)}


def modules(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def rows(title: str) -> list[tuple[list[str], str]]:
    """The rows of the table whose first column has this title: the names in the first cell, and the second cell."""
    table = MODULE_LIST.split(f"\n| `{title}` | what it holds |\n| --- | --- |\n", 1)[1].split("\n\n")[0]
    cells = [row.removesuffix(" |").split(" | ", 1) for row in table.splitlines()]
    return [(re.findall(r"`([^`]+)`", first), second) for first, second in cells]


def package_rows(program: str) -> Iterator[tuple[str, str]]:
    """Return each package's path below its program, and what its rows say: a large package has one for each subject."""
    found: dict[str, list[str]] = {}
    for named, said in rows(f"{program}/"):
        for name in named:
            if name.endswith("/"):
                found.setdefault(name.removesuffix("/"), []).append(said)
    for package, texts in found.items():
        yield package, "; ".join(texts)


def module_names(said: str) -> list[str]:
    return sorted(re.findall(r"`(\w+)`", said))


@programs
def test_the_table_names_every_package_and_every_module_beside_them(program: str) -> None:
    beside = [name for names, _ in rows(f"{program}/") for name in names if not name.endswith("/")]
    named = [*beside, *(f"{package}/" for package, _ in package_rows(program))]
    folder = PROJECT / program
    inner = [f"{path.relative_to(folder)}/" for path in folder.rglob("*") if is_package(path)]
    assert sorted(named) == sorted([*(name for name in inner if name != "migrations/versions/"), *modules(folder)])


@programs
def test_a_package_is_shown_with_each_of_its_modules_once_and_with_no_other(program: str) -> None:
    wrong = []
    for package, said in package_rows(program):
        named, there = module_names(said), modules(PROJECT / program / package)
        if package not in SHARE_A_ROW and package.split("/")[0] not in BY_TYPE and named != there:
            missing, unknown = set(there) - set(named), set(named) - set(there)
            wrong.append(f"row {package}/: missing {missing or 'nothing'}, unknown {unknown or 'nothing'}; {named}")
    assert wrong == [], "name each module once in its package's row of docs/modules.md"


@programs
def test_the_files_and_folders_that_a_row_names_lie_in_its_package(program: str) -> None:
    for package, said in package_rows(program):
        if package not in SHARE_A_ROW:
            for name in re.findall(r"`(\w+(?:(?:\.\w+)+|/))`", said):
                assert (PROJECT / program / package / name).exists(), f"{package}: {name}"


def test_every_module_of_the_infrastructure_is_shown_with_its_files() -> None:
    shown = {}
    for names, said in rows("infrastructure/terraform/modules/"):
        for name in names:
            shown[name.removesuffix("/")] = set(module_names(said))
    there = {str(path.parent.relative_to(MODULES)) for path in MODULES.rglob("*.tf")}
    assert set(shown) == there
    for module, files in shown.items():
        own = {path.stem for path in (MODULES / module).glob("*.tf")} - OF_EVERY_MODULE
        assert files == own, module


def test_every_file_of_the_infrastructures_root_is_shown() -> None:
    said = MODULE_LIST.split("\n| the root | ", 1)[1].split("\n")[0]
    assert module_names(said) == sorted(path.stem for path in TERRAFORM.glob("*.tf"))


@pytest.mark.parametrize("folder", ["acceptance", "conformance", "terraform", "fuzz", "suites"])
def test_every_helper_of_a_folder_of_tests_is_shown(folder: str) -> None:
    said = " ".join(said for names, said in rows("tests/") if f"{folder}/" in names)
    helpers = [name for name in modules(PROJECT / "tests" / folder) if not re.match(r"test_|conftest", name)]
    assert module_names(said) == sorted(helpers)


def test_every_folder_of_tests_is_shown() -> None:
    named = {name for names, _ in rows("tests/") for name in names}
    tests = [path for path in (PROJECT / "tests").iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert named == {f"{path.name}/" for path in tests if any(path.rglob("*.py"))}
    assert module_names(MODULE_LIST.split("\n| shared | ", 1)[1].split("\n")[0]) == [
        name for name in modules(PROJECT / "tests") if name != "conftest"
    ]


def test_every_script_is_shown() -> None:
    table = MODULE_LIST.split("\n| `scripts/` | what it holds |\n")[1]
    there = {path.name for path in (PROJECT / "scripts").iterdir() if path.is_file()}
    assert set(re.findall(r"`([\w.-]+)`", table)) == there


def test_the_picture_shows_every_package() -> None:
    picture = ARCHITECTURE.split("```")[1]
    shown = set(re.findall(r"(?<!\S)(\w+)/(?![\w/])", picture))
    assert shown == set(PROGRAMS).union(*(packages(PROJECT / program) for program in PROGRAMS))


def test_architecture_stays_one_page() -> None:
    assert len(ARCHITECTURE.partition(BEGIN)[0].splitlines()) <= MOST_LINES


def test_the_list_of_files_is_current() -> None:
    assert architecture_page() == ARCHITECTURE, "run `make docs`"


@pytest.mark.parametrize("page", ["architecture.md", "how-it-works.md", "modules.md"])
def test_every_file_that_a_page_names_exists(page: str) -> None:
    text = (PROJECT / "docs" / page).read_text()
    paths = re.findall(r"`((?:app|ops|localcloud|terraform_provider|infrastructure|tests|scripts)/[\w./-]*)`", text)
    assert len(paths) > 5
    assert [path for path in paths if not (PROJECT / path).exists()] == []
