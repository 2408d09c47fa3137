"""The conformance cases: they know no local cloud, and cases, facts and differences go together."""

import ast
from pathlib import Path

from tests.conformance.differences import DIFFERENCES
from tests.conformance.facts import FACTS, SECTIONS
from tests.conformance.reference import cases
from tests.sources import nodes

SUITE = Path(__file__).parents[1] / "conformance"
KNOWS_THE_LOCAL_CLOUD = {"local.py", "reference.py"}
"""The modules that start the local cloud, and that write the page about the cases."""
ALLOWED = ("boto3", "botocore", "pytest", "tests.conformance")
STANDARD = {
    "ast",
    "collections",
    "concurrent",
    "contextlib",
    "dataclasses",
    "datetime",
    "functools",
    "http",
    "itertools",
}
STANDARD |= {"json", "os", "pathlib", "pty", "re", "shutil", "subprocess", "sys", "time", "typing", "uuid"}


def imported(path: Path) -> set[str]:
    names = {alias.name for node in nodes(path, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in nodes(path, ast.ImportFrom)}


def test_the_cases_import_nothing_of_the_local_cloud() -> None:
    for path in SUITE.glob("*.py"):
        if path.name in KNOWS_THE_LOCAL_CLOUD:
            continue
        others = {
            name for name in imported(path) if name.split(".")[0] not in STANDARD and not name.startswith(ALLOWED)
        }
        assert others == set(), path.name
        named = "tests.conformance.local" in imported(path)
        assert named == (path.name == "conftest.py"), f"{path.name}: only the fixture starts the local cloud"


def test_no_case_names_what_is_ours_alone() -> None:
    for path in SUITE.glob("test_*.py"):
        text = path.read_text()
        for word in ("127.0.0.1", "us-west-1", "endpoint_url", "_localcloud"):
            assert word not in text, f"{path.name}: {word}"


def test_every_case_names_its_facts_and_every_fact_has_a_case() -> None:
    covered: set[str] = set()
    for file, name, marks in cases():
        assert marks.get("fact"), f"{file}::{name} names no fact"
        covered |= set(marks["fact"])
    assert covered == set(FACTS)
    assert {fact.split("/")[0] for fact in FACTS} == set(SECTIONS)


def test_every_difference_from_a_fact_has_a_case_that_pins_it() -> None:
    pinned = {word: marks["fact"] for _, _, marks in cases() for word in marks.get("differs", [])}
    assert pinned.keys() == {key for key, each in DIFFERENCES.items() if each.fact}
    for key, facts in pinned.items():
        assert DIFFERENCES[key].fact in facts, key
