"""Facts that are written twice agree: requirement rows, versions, requirement files, the Makefile and the README."""

import re
import tomllib
from pathlib import Path

import app

ROOT = Path(__file__).parents[2]
REQUIREMENT_COUNTS = {"C": 7, "E": 10, "D": 6, "T": 7, "M": 4, "S": 4, "R": 4}


def requirement_rows(letters: str = "A-Z") -> list[tuple[str, str, str, str]]:
    text = (ROOT / "docs" / "requirements.md").read_text()
    rows = re.findall(rf"^\| ([{letters}]\d+) \| [^|]+ \| ([^|]+) \| ([^|]*)\| ([^|]*)\|$", text, re.MULTILINE)
    return [(number, state.strip(), where, proof) for number, state, where, proof in rows]


def test_every_requirement_has_one_row() -> None:
    wanted = [f"{letter}{n}" for letter, count in REQUIREMENT_COUNTS.items() for n in range(1, count + 1)]
    assert [number for number, *_ in requirement_rows("CEDTMSR")] == wanted


def test_a_requirement_is_done_only_with_a_place_and_a_proof_that_exist() -> None:
    for number, state, where, proof in requirement_rows():
        assert state.startswith(("done", "partly", "not yet")), number
        if state.startswith("done"):
            assert where.strip(), number
            assert proof.strip(), number
        for path in re.findall(r"`([^`]+/[^`]*)`", where + proof):
            assert (ROOT / path).exists(), f"{number}: {path}"


def test_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    changelog = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert changelog is not None
    assert {project, changelog[1]} == {app.__version__}


def test_requirement_files_pin_with_hashes_and_name_no_address() -> None:
    files = [ROOT / "requirements.txt", *(ROOT / "requirements").glob("*.txt")]
    assert len(files) == 6
    for file in files:
        text = file.read_text()
        assert "://" not in text, file
        assert text.count("--hash=sha256:") >= len(pins(file)) > 0, file


def pins(file: Path) -> set[tuple[str, str]]:
    return set(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z,]+\])?==(\S+)", file.read_text(), re.MULTILINE))


def test_every_requirement_file_is_a_part_of_the_one_for_development() -> None:
    everything = pins(ROOT / "requirements" / "dev.txt")
    for file in [ROOT / "requirements.txt", *(ROOT / "requirements").glob("*.txt")]:
        assert pins(file) <= everything, file


def test_every_dependency_has_its_reason() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = {re.split(r"[\[<>=]", entry)[0] for entries in extras.values() for entry in entries}
    table = (ROOT / "docs" / "dependencies.md").read_text().split("| package | for |", 1)[1]
    named = {name.strip() for row in re.findall(r"^\| ([a-z][^|]*) \|", table, re.MULTILINE) for name in row.split(",")}
    assert named == wanted


def test_every_make_entry_that_the_documents_name_exists() -> None:
    entries = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", document.read_text()))
        assert named <= entries, f"{document.name}: {named - entries}"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
