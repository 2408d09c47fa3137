"""Files and functions stay small enough to be read at once."""

import ast
from pathlib import Path

import pytest

from tests.sources import files, nodes, text

PROJECT = Path(__file__).parents[2]
MOST_LINES_OF_A_FILE = 350
MOST_LINES_OF_A_FUNCTION = 60
TOPS = ("app", "ops", "localcloud", "terraform_provider", "scripts", "benchmarks", "tests")


@pytest.mark.parametrize("top", TOPS)
def test_no_file_and_no_function_is_long(top: str) -> None:
    long = []
    for path in files(PROJECT / top):
        where = path.relative_to(PROJECT)
        if len(text(path).splitlines()) > MOST_LINES_OF_A_FILE:
            long.append(str(where))
        for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef):
            last = node.end_lineno or node.lineno
            if last - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION:
                long.append(f"{where}:{node.lineno} {node.name}")
    assert long == []
