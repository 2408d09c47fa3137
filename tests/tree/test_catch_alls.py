"""A handler for every exception says why it is one, and passes the exception on or records it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import files, nodes, text

PROJECT = Path(__file__).parents[2]
ALL = {"Exception", "BaseException"}
DIRECTIVE = re.compile(r"(noqa|pylint): ?\S+")


def catch_alls(program: str) -> Iterator[tuple[Path, ast.ExceptHandler]]:
    for path in files(PROJECT / program):
        for handler in nodes(path, ast.ExceptHandler):
            if handler.type is None or (isinstance(handler.type, ast.Name) and handler.type.id in ALL):
                yield path, handler


def ends_with_raise(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise)


def is_explained(path: Path, handler: ast.ExceptHandler) -> bool:
    """Return whether a comment is on the line, before it, or first in the body; linters' directives do not count."""
    near = text(path).splitlines()[handler.lineno - 2 : handler.body[0].lineno]
    comments = (DIRECTIVE.sub("", line.partition("#")[2]) for line in near)
    return any(len(re.findall(r"\w+", comment)) > 2 for comment in comments)


@pytest.mark.parametrize("program", ["app", "ops", "localcloud", "terraform_provider"])
def test_a_catch_all_raises_again_or_says_why_it_does_not(program: str) -> None:
    silent = [
        f"{path.relative_to(PROJECT)}:{handler.lineno}"
        for path, handler in catch_alls(program)
        if not ends_with_raise(handler) and not is_explained(path, handler)
    ]
    assert silent == []


@pytest.mark.parametrize("program", ["app", "ops", "localcloud", "terraform_provider"])
def test_no_catch_all_only_passes(program: str) -> None:
    swallowing = [
        f"{path.relative_to(PROJECT)}:{handler.lineno}"
        for path, handler in catch_alls(program)
        if all(isinstance(each, ast.Pass | ast.Continue | ast.Break) for each in handler.body)
    ]
    assert swallowing == []
