"""The layer of dependencies, built once per test run; each home gets it as if `spendsense build` had built it there."""

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from ops.console import Console
from ops.image.build import dependency_layer
from ops.image.source import REQUIREMENTS
from tests.acceptance.command import PROJECT


def store_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an image store that has this layer and nothing else; whichever worker comes first makes it."""
    base = tmp_path_factory.getbasetemp()
    store = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "images"
    store.mkdir(exist_ok=True)
    with (store.parent / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        dependency_layer(store, PROJECT / REQUIREMENTS, Console())
    return store


def give_layer(store: Path, home: Path, environment: str = "local") -> None:
    """Put the layer into the image store of a home's environment.

    Its files are shared: nothing that has a layer ever writes to it.
    """
    (home / environment).mkdir()
    subprocess.run(["cp", "-al", store, home / environment / "images"], check=True)
