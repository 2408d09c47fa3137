"""Docstrings are sentences of their own, and an error that is caught whatever it is has a reason beside it."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.sources import files, nodes, parsed, text

PROJECT = Path(__file__).parents[2]
FOLDERS = ("app", "ops", "localcloud", "terraform_provider", "scripts", "benchmarks")
CONTINUES = r"Whether|Of|As|Also|Those|Their|In the place of|One (that|which|who|of|with)"
BARE = re.compile(rf"(What|Who|Whose|Which|Where|How|{CONTINUES})\b")
"""Beginnings of a text that continues the name above it."""
BARE_OF_A_VALUE = re.compile(rf"({CONTINUES})\b")
WITH_DOCSTRING = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
WITH_BODY = [kind for kind in vars(ast).values() if "body" in getattr(kind, "_fields", ())]
ANYTHING = {"Exception", "BaseException"}


def sources(*further: str) -> Iterator[Path]:
    return (path for folder in (*FOLDERS, *further) for path in files(PROJECT / folder))


def catch_alls(path: Path) -> Iterator[ast.ExceptHandler]:
    for node in nodes(path, ast.ExceptHandler):
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
        f"{path.relative_to(PROJECT)}:{node.lineno} {node.name}: {said.splitlines()[0]}"
        for path in sources("tests")
        for node in nodes(path, *WITH_DOCSTRING)
        if (said := ast.get_docstring(node)) and BARE.match(said)
    ]
    assert found == [], "begin with a verb or a noun, or delete it"


def test_no_docstring_of_a_function_that_returns_something_begins_with_say() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{node.lineno} {node.name}: {said.splitlines()[0]}"
        for path in sources("tests")
        for node in nodes(path, ast.FunctionDef, ast.AsyncFunctionDef)
        if (said := ast.get_docstring(node))
        and re.match(r"(Say|Tell)\b", said)
        and node.returns is not None
        and ast.unparse(node.returns) != "None"
    ]
    assert found == [], "it returns whether, why or what; `Console.say` prints"


def test_no_module_docstring_continues_the_files_name() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {said.splitlines()[0]}"
        for path in sources("tests")
        if (said := ast.get_docstring(parsed(path))) and BARE.match(said)
    ]
    assert found == [], "begin with a verb or a noun"


def texts_below_values(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string that stands below an assignment."""
    for node in nodes(path, *WITH_BODY):
        body = getattr(node, "body", [])
        for before, each in pairwise(body if isinstance(body, list) else []):
            match before, each:
                case ast.Assign() | ast.AnnAssign(), ast.Expr(value=ast.Constant(value=str(said))):
                    yield each.lineno, said


def test_no_text_below_a_value_continues_its_name() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{line}: {said.splitlines()[0]}"
        for path in sources()
        for line, said in texts_below_values(path)
        if BARE_OF_A_VALUE.match(said)
    ]
    assert found == [], "begin with a noun, or delete it"


def test_whatever_catches_all_errors_raises_again_or_says_why_not() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{handler.lineno}"
        for path in sources()
        for handler in catch_alls(path)
        if not raises(handler) and not comments_beside(text(path).splitlines(), handler)
    ]
    assert found == [], "catch narrowly, raise again, or say in a comment why nothing may pass"
