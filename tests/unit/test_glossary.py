"""Retired words do not come back as names, nor retired phrases in messages (docs/glossary.md)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.sources import parsed

PROJECT = Path(__file__).parents[2]
GLOSSARY = PROJECT / "docs" / "glossary.md"
TERRAFORM = PROJECT / "infrastructure"
TERRAFORM_TEXT = re.compile(r'^\s*(?:error_message|description|meaning)\s*=\s*"(.*)"', re.MULTILINE)
ROW = re.compile(r"\| `(\w+)` \| `?[^|]+`? \|")
PROGRAMS = ("app", "ops", "localcloud", "terraform_provider")
WITH_DOCSTRING = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def table(heading: str) -> str:
    """The rows below a heading, without its column titles."""
    return GLOSSARY.read_text().split(f"## {heading}")[1].split("\n## ")[0].split("| --- | --- |\n")[1]


def retired_words() -> set[str]:
    return set(ROW.findall(table("Retired words")))


def retired_phrases() -> list[str]:
    return [phrase for row in table("Retired phrases").splitlines() for phrase in re.findall(r'"([^"]+)"', row)]


def sources() -> Iterator[tuple[str, ast.Module]]:
    for program in PROGRAMS:
        for path in sorted((PROJECT / program).rglob("*.py")):
            yield str(path.relative_to(PROJECT)), parsed(path)


def names() -> Iterator[tuple[str, str]]:
    """Place and name of every module, class and function; in `ops/` of every parameter, variable and attribute too."""
    for where, tree in sources():
        yield where, Path(where).stem
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{where}:{node.lineno}", node.name.lstrip("_")
            elif not where.startswith("ops/"):
                continue
            elif isinstance(node, ast.arg):
                yield f"{where}:{node.lineno}", node.arg.lstrip("_")
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield f"{where}:{node.lineno}", node.id.lstrip("_")
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield f"{where}:{node.lineno}", node.attr.lstrip("_")


def docstrings(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, WITH_DOCSTRING) and node.body and isinstance(node.body[0], ast.Expr):
            yield node.body[0].value


def messages() -> Iterator[tuple[str, str]]:
    """Place and text of every string except docstrings (but the help of commands), and of Terraform's messages."""
    for where, tree in sources():
        prose = set() if where.startswith("ops/cli/") else set(docstrings(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in prose:
                yield f"{where}:{node.lineno}", " ".join(node.value.split())
    for path in sorted(TERRAFORM.rglob("*.tf")):
        for text in TERRAFORM_TEXT.findall(path.read_text()):
            yield str(path.relative_to(PROJECT)), text


def test_retired_words_are_not_names() -> None:
    words = retired_words()
    assert len(words) >= 30
    assert [f"{where}: {name}" for where, name in names() if name in words] == []


def test_retired_phrases_are_not_in_messages() -> None:
    phrases = retired_phrases()
    assert len(phrases) >= 12
    found = [f"{where}: {text[:80]}" for where, text in messages() if any(each in text.lower() for each in phrases)]
    assert found == []
