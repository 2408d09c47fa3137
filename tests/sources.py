"""Syntax trees of our own sources, each parsed once in a test process."""

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def parsed(path: Path) -> ast.Module:
    """Parse a file, with no collection of garbage meanwhile.

    A collection runs other code, maybe another thread's, and Python 3.11 counts the depth of all parses in one place:
    if that code parses too, the first parse ends in SystemError (python/cpython#106905).
    """
    text = path.read_text()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if was_enabled:
            gc.enable()
