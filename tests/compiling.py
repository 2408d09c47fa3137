"""Compiles the tests before workers start: on a new checkout, each of them would compile all tests for itself."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import PYC_TAIL

WORTH_IT = 50
"""Fewer files are compiled sooner by each worker than by a process that has yet to start."""
MOST_PROCESSES = 4


def compile_for_workers(config: pytest.Config) -> None:
    """Let other processes collect the files whose compiled form is missing or old; errors are left to the workers."""
    if not config.getoption("numprocesses", None) or sys.dont_write_bytecode:
        return
    old = sorted(file for file in _files(config.args) if not _is_compiled(file))
    if len(old) < WORTH_IT:
        return
    share = -(-len(old) // min(os.cpu_count() or 1, MOST_PROCESSES))
    begun = [_collecting(old[first : first + share], config.rootpath) for first in range(0, len(old), share)]
    for process in begun:
        process.wait()


def _files(named: Iterable[str]) -> set[Path]:
    paths = [Path(name.partition("::")[0]) for name in named]
    return {file for path in paths for file in (path.rglob("test_*.py") if path.is_dir() else [path])}


def _is_compiled(file: Path) -> bool:
    """Return whether pytest has compiled this state of a file, with its assertions rewritten."""
    compiled = file.parent / "__pycache__" / (file.stem + PYC_TAIL)
    return compiled.exists() and compiled.stat().st_mtime >= file.stat().st_mtime


def _collecting(files: list[Path], directory: Path) -> subprocess.Popen[bytes]:
    without = [word for plugin in ("xdist", "cacheprovider", "hypothesispytest") for word in ("-p", f"no:{plugin}")]
    command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", *without, *map(str, files)]
    return subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
