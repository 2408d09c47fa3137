"""Words that were retired do not come back as names of modules, classes, functions or attributes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
GLOSSARY = PROJECT / "docs" / "glossary.md"
ROW = re.compile(r"\| `(\w+)` \| `?[^|]+`? \|")


def retired() -> set[str]:
    """The words of the last table."""
    return set(ROW.findall(GLOSSARY.read_text().split("## Retired words")[1]))


def names() -> Iterator[tuple[str, str]]:
    """Where, and a name that is defined there."""
    for top in ("app", "ops", "localcloud"):
        for path in sorted((PROJECT / top).rglob("*.py")):
            where = str(path.relative_to(PROJECT))
            yield where, path.stem
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{where}:{node.lineno}", node.name.lstrip("_")


def test_retired_words_are_no_names() -> None:
    words = retired()
    assert len(words) >= 15
    assert [f"{where}: {name}" for where, name in names() if name in words] == []
