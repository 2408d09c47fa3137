"""Our own sources: each read, parsed and walked once in a test process."""

import ast
import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

N = TypeVar("N", bound=ast.AST)


@cache
def files(top: Path) -> Sequence[Path]:
    """Return the Python files in a folder, sorted."""
    return sorted(top.rglob("*.py"))


@cache
def text(path: Path) -> str:
    return path.read_text()


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file, with no collection of garbage meanwhile.

    A collection runs other code, maybe another thread's, and Python 3.11 counts the depth of all parses in one place:
    if that code parses too, the first parse ends in SystemError (python/cpython#106905).
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text(path))
    finally:
        if was_enabled:
            gc.enable()


def nodes(path: Path, *kinds: type[N]) -> Iterator[N]:
    """Yield the nodes of these classes, wherever in the file: all of the first class, then those of the next."""
    by_class = _by_class(path)
    for kind in kinds:
        yield from by_class.get(kind, [])  # type: ignore[misc]


@cache
def _by_class(path: Path) -> Mapping[type[ast.AST], Sequence[ast.AST]]:
    found: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    for node in ast.walk(parsed(path)):
        found[type(node)].append(node)
    return found
