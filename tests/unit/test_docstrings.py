"""Docstrings are sentences of their own, and an error that is caught whatever it is has a reason beside it."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests.sources import parsed

PROJECT = Path(__file__).parents[2]
FOLDERS = ("app", "ops", "localcloud", "terraform_provider", "scripts", "benchmarks")
CONTINUES = r"Whether|Of|As|Also|Those|Their|In the place of|One (that|which|who|of|with)"
BARE = re.compile(rf"(What|Who|Whose|Which|Where|How|{CONTINUES})\b")
"""Beginnings of a text that continues the name above it."""
BARE_OF_A_VALUE = re.compile(rf"({CONTINUES})\b")
WITH_DOCSTRING = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
ANYTHING = {"Exception", "BaseException"}


@cache
def sources(*further: str) -> tuple[tuple[Path, list[str], ast.Module], ...]:
    paths = [path for folder in (*FOLDERS, *further) for path in sorted((PROJECT / folder).rglob("*.py"))]
    return tuple((path, path.read_text().splitlines(), parsed(path)) for path in paths)


def catch_alls(module: ast.Module) -> Iterator[ast.ExceptHandler]:
    for node in ast.walk(module):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(each is None or (isinstance(each, ast.Name) and each.id in ANYTHING) for each in caught):
                yield node


def raises(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Raise) for each in ast.walk(node))


def comments_beside(lines: list[str], handler: ast.ExceptHandler) -> str:
    """Return the comments before, on and after the handler's first line, without those for linters."""
    near = lines[max(0, handler.lineno - 3) : handler.lineno + 1]
    comments = " ".join(line.partition("#")[2] for line in near)
    return re.sub(r"pylint: disable=[\w-]+|noqa: \w+|[#\s-]", "", comments)


def test_no_docstring_continues_the_name_above_it() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{node.lineno} {node.name}: {text.splitlines()[0]}"
        for path, _, module in sources("tests")
        for node in ast.walk(module)
        if isinstance(node, WITH_DOCSTRING) and (text := ast.get_docstring(node)) and BARE.match(text)
    ]
    assert found == [], "begin with a verb or a noun, or delete it"


def test_no_module_docstring_continues_the_files_name() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {text.splitlines()[0]}"
        for path, _, module in sources("tests")
        if (text := ast.get_docstring(module)) and BARE.match(text)
    ]
    assert found == [], "begin with a verb or a noun"


def texts_below_values(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string that stands below an assignment."""
    for node in ast.walk(module):
        body = getattr(node, "body", [])
        for before, each in pairwise(body if isinstance(body, list) else []):
            match before, each:
                case ast.Assign() | ast.AnnAssign(), ast.Expr(value=ast.Constant(value=str(text))):
                    yield each.lineno, text


def test_no_text_below_a_value_continues_its_name() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {text.splitlines()[0]}"
        for path, _, module in sources()
        for line, text in texts_below_values(module)
        if BARE_OF_A_VALUE.match(text)
    ]
    assert found == [], "begin with a noun, or delete it"


def test_whatever_catches_all_errors_raises_again_or_says_why_not() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{handler.lineno}"
        for path, lines, module in sources()
        for handler in catch_alls(module)
        if not raises(handler) and not comments_beside(lines, handler)
    ]
    assert found == [], "catch narrowly, raise again, or say in a comment why nothing may pass"
