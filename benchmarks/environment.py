"""The local environment for benchmarks: the real command, on a scratch directory."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT_ROOT = Path(__file__).parents[1]


@contextmanager
def environment_up() -> Iterator[Path]:
    """Start the environment, yield its home, stop it."""
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        try:
            spendsense(home, "up", "--port", "0")
            yield home
        finally:
            spendsense(home, "down")


def changed_source(home: Path, name: str, old: str, new: str) -> Path:
    """Copy what an image is built from, with one text of its package replaced by another."""
    source = home / f"source-{name}"
    shutil.copytree(PROJECT_ROOT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests", "infrastructure"))
    package = source / "app" / "__init__.py"
    package.write_text(package.read_text().replace(old, new, 1))
    return source


def commented_source(home: Path, name: str) -> Path:
    """Copy what an image is built from, with a comment that makes it another version."""
    return changed_source(home, name, '"""', f'# {name}\n"""')


def spendsense(home: Path, *arguments: str) -> dict[str, Any]:
    """Run the command to its end; -> what it printed. Fails if the command fails."""
    return _run(home, arguments, expect=0)


def spendsense_fails(home: Path, *arguments: str) -> dict[str, Any]:
    """Run a command that must fail (exit status 1); -> what it printed."""
    return _run(home, arguments, expect=1)


def _run(home: Path, arguments: tuple[str, ...], *, expect: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "ops.cli.main", *arguments, "--json"]
    environment = os.environ | {"SPENDSENSE_HOME": str(home)}
    finished = subprocess.run(command, env=environment, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    if finished.returncode != expect:
        raise SystemExit(f"{' '.join(arguments)} ended with {finished.returncode}:\n{finished.stderr}{finished.stdout}")
    answer: dict[str, Any] = json.loads(finished.stdout)
    return answer
