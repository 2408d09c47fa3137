"""Retired words do not come back as names, nor retired phrases in text and names of tests (docs/glossary.md)."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sources import files, nodes

PROJECT = Path(__file__).parents[2]
GLOSSARY = PROJECT / "docs" / "glossary.md"
TERRAFORM = PROJECT / "infrastructure"
TESTS = PROJECT / "tests"
TERRAFORM_TEXT = re.compile(r'^\s*(?:error_message|description|meaning)\s*=\s*"(.*)"', re.MULTILINE)
ROW = re.compile(r"\| `(\w+)` \| `?[^|]+`? \|")
PROGRAMS = ("app", "ops", "localcloud", "terraform_provider")
FOLDERS_OF_TEXT = (".github", *PROGRAMS, "benchmarks", "scripts", "docs", "infrastructure")
"""Their files are read whole: comments, docstrings, the pages, and the labels that GitHub shows."""
GENERATED_NAMES = {".terraform", "__pycache__"}
WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def table(heading: str) -> str:
    """The rows below a heading, without its column titles."""
    return GLOSSARY.read_text().split(f"## {heading}")[1].split("\n## ")[0].split("| --- | --- |\n")[1]


def retired_words() -> set[str]:
    return set(ROW.findall(table("Retired words")))


def retired_phrases() -> list[str]:
    return [phrase for row in table("Retired phrases").splitlines() for phrase in re.findall(r'"([^"]+)"', row)]


def sources() -> Iterator[tuple[str, Path]]:
    for program in PROGRAMS:
        for path in files(PROJECT / program):
            yield str(path.relative_to(PROJECT)), path


def names() -> Iterator[tuple[str, str]]:
    """Place and name of every module, class and function; in `ops/` of every parameter, variable and attribute too."""
    for where, path in sources():
        yield where, path.stem
        for node in nodes(path, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef):
            yield f"{where}:{node.lineno}", node.name.lstrip("_")
        if not where.startswith("ops/"):
            continue
        for node in nodes(path, ast.arg):
            yield f"{where}:{node.lineno}", node.arg.lstrip("_")
        for node in nodes(path, ast.Name, ast.Attribute):
            if isinstance(node.ctx, ast.Store):
                name = node.id if isinstance(node, ast.Name) else node.attr
                yield f"{where}:{node.lineno}", name.lstrip("_")


def docstrings(path: Path) -> Iterator[ast.expr]:
    for node in nodes(path, *WITH_DOCSTRING):
        if node.body and isinstance(node.body[0], ast.Expr):
            yield node.body[0].value


def messages() -> Iterator[tuple[str, str]]:
    """Place and text of every string except docstrings (but the help of commands), and of Terraform's messages."""
    for where, path in sources():
        prose = set() if where.startswith("ops/cli/") else set(docstrings(path))
        for node in nodes(path, ast.Constant):
            if isinstance(node.value, str) and node not in prose:
                yield f"{where}:{node.lineno}", " ".join(node.value.split())
    for path in sorted(TERRAFORM.rglob("*.tf")):
        for text in TERRAFORM_TEXT.findall(path.read_text()):
            yield str(path.relative_to(PROJECT)), text


def lines() -> Iterator[tuple[str, str]]:
    """Place and text of every line that somebody reads, outside the tests and the glossary itself."""
    inside = [path for folder in FOLDERS_OF_TEXT for path in sorted((PROJECT / folder).rglob("*")) if path.is_file()]
    for path in [*inside, *sorted(PROJECT.glob("*.md")), PROJECT / "Makefile", PROJECT / "Dockerfile"]:
        if path == GLOSSARY or GENERATED_NAMES & set(path.parts):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:  # not text: the tzdata or a certificate of a test
            continue
        for number, line in enumerate(text.splitlines(), 1):
            yield f"{path.relative_to(PROJECT)}:{number}", line


def names_of_tests() -> Iterator[tuple[str, str]]:
    """Place of every test, and its name as a sentence."""
    for path in files(TESTS):
        for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef):
            if node.name.startswith("test_"):
                yield f"{path.relative_to(PROJECT)}:{node.lineno}", node.name.replace("_", " ")


def test_retired_words_are_not_names() -> None:
    words = retired_words()
    assert len(words) >= 30
    assert [f"{where}: {name}" for where, name in names() if name in words] == []


@pytest.mark.parametrize("source", [messages, lines, names_of_tests])
def test_retired_phrases_are_not_in_text(source: Callable[[], Iterator[tuple[str, str]]]) -> None:
    phrases = retired_phrases()
    assert len(phrases) >= 12
    retired = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})")
    found = [f"{where}: {text.strip()[:80]}" for where, text in source() if retired.search(text.lower())]
    assert found == []


def test_what_github_shows_is_read() -> None:
    assert any(where.startswith(".github/workflows/rollback.yml:") for where, _ in lines())
