"""The first command on a new machine: `scripts/bootstrap` with other Pythons, with a mirror on disk, or without."""

import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ["sh", "env", "rm", "cat", "sed", "cut", "make"]
OTHER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.10", "python3.9")
NEXT_STEPS = ("make PYTHON=", "UV_PYTHON_INSTALL_MIRROR")
# Where uv's list of Python builds says that they are; a mirror stands for what is before the release's name.
RELEASES = "https://github.com/astral-sh/python-build-standalone/releases/download"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make the files that a bootstrap reads, with as few packages as an editable install needs."""
    root = tmp_path / "project"
    (root / "requirements").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE", "requirements/bootstrap.txt"):
        shutil.copy(ROOT / name, root / name)
    for package in ("scripts", "ops", "app", "localcloud"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "requirements" / "dev.txt").write_text(
        _only(ROOT / "requirements" / "dev.txt", ("setuptools", "wheel", "packaging"))
    )
    return root


def _only(requirements: Path, names: tuple[str, ...]) -> str:
    """Return the entries of those packages, each with its hashes."""
    entries = requirements.read_text().split("\n")
    kept, keep = [], False
    for line in entries:
        if not line.startswith((" ", "#")):
            keep = line.split("==")[0] in names
        if keep:
            kept.append(line)
    return "\n".join(kept) + "\n"


def bootstrap(tree: Path, tmp_path: Path, python3: Path | None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a PATH of few tools and the given `python3`; uv sees no other Python."""
    directory = tmp_path / "bin"
    directory.mkdir(exist_ok=True)
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None, f"{tool} is not on this machine"
        (directory / tool).unlink(missing_ok=True)
        (directory / tool).symlink_to(found)
    if python3 is not None:
        (directory / "python3").write_text(f'#!/bin/sh\nexec {python3} "$@"\n')
        (directory / "python3").chmod(0o755)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("UV_PYTHON", "PYTHON", "VIRTUAL_ENV"))
    }
    environment = kept | {
        "PATH": str(directory),
        "UV_PYTHON_INSTALL_DIR": str(tmp_path / "pythons"),
        "UV_PYTHON_DOWNLOADS": "never",
        **variables,
    }
    return subprocess.run(
        ["sh", "scripts/bootstrap"], cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


def another_python() -> Path:
    """Return a Python of this machine that is not 3.11; skip the test without one."""
    versions = Path.home() / ".pyenv" / "versions"
    pythons = [Path(found) for name in OTHER_PYTHONS if (found := shutil.which(name))]
    pythons += [path for name in OTHER_PYTHONS for path in versions.glob(f"*/bin/{name}")]
    for python in pythons:
        if subprocess.run([python, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("this machine has no Python but 3.11")


def mirror_on_disk(directory: Path) -> dict[str, str]:
    """Create a mirror with a build that runs this machine's Python 3.11; return the variables that name it to uv."""
    base = Path(sys.base_prefix) / "bin" / "python3.11"
    call = "import importlib, sysconfig; print(importlib.import_module(sysconfig._get_sysconfigdata_name()).__file__)"
    settings = Path(subprocess.check_output([base, "-c", call], text=True).strip())
    machine, system = platform.machine(), {"Linux": "linux", "Darwin": "darwin"}[platform.system()]
    release = directory / "20990101"
    release.mkdir(parents=True)
    archive = release / "cpython-3.11.99-install_only.tar.gz"
    script = f'#!/bin/sh\nexec {base} "$@"\n'.encode()
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(settings, f"python/lib/python3.11/{settings.name}")
        entry = tarfile.TarInfo("python/bin/python3.11")
        entry.size, entry.mode = len(script), 0o755
        tar.addfile(entry, io.BytesIO(script))
    libc = "gnu" if system == "linux" else "none"
    build = {
        "name": "cpython",
        "arch": {"family": "aarch64" if machine == "arm64" else machine, "variant": None},
        "os": system,
        "libc": libc,
        "major": 3,
        "minor": 11,
        "patch": 99,
        "prerelease": "",
        "url": f"{RELEASES}/{release.name}/{archive.name}",
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "variant": None,
        "build": release.name,
    }
    builds = directory / "builds.json"
    builds.write_text(json.dumps({f"cpython-3.11.99-{system}-{machine}-{libc}": build}))
    return {
        "UV_PYTHON_DOWNLOADS": "automatic",
        "UV_PYTHON_DOWNLOADS_JSON_URL": str(builds),
        "UV_PYTHON_INSTALL_MIRROR": directory.as_uri(),
    }


def with_uv(tree: Path) -> None:
    """Give the tree the uv of this project, which pip installs for seconds; without one, the script fetches it."""
    if (ROOT / ".venv.uv").is_dir():
        shutil.copytree(ROOT / ".venv.uv", tree / ".venv.uv", symlinks=True)


def version_of(tree: Path) -> str:
    return subprocess.check_output([tree / ".venv" / "bin" / "python", "--version"], text=True)


@pytest.mark.long
def test_another_python_on_path_downloads_the_required_one_from_a_mirror(tree: Path, tmp_path: Path) -> None:
    finished = bootstrap(tree, tmp_path, another_python(), **mirror_on_disk(tmp_path / "mirror"))
    assert finished.returncode == 0, finished.stderr
    assert version_of(tree).startswith("Python 3.11.")
    assert (tree / ".venv" / "bin" / "spendsense").exists()
    assert list((tmp_path / "pythons").glob("cpython-3.11.99-*"))


@pytest.mark.long
def test_a_python_3_11_on_path_needs_no_other_and_a_project_that_was_moved_is_set_up_again(
    tree: Path, tmp_path: Path
) -> None:
    with_uv(tree)
    python = Path(sys.base_prefix) / "bin" / "python3.11"
    finished = bootstrap(tree, tmp_path, python)
    assert finished.returncode == 0, finished.stderr
    assert version_of(tree).startswith("Python 3.11.")
    moved = tree.rename(tmp_path / "a new place")
    received = ["make", "--dry-run", "status"]
    assert "scripts/bootstrap" in subprocess.check_output(received, cwd=moved, text=True)
    assert bootstrap(moved, tmp_path, python).returncode == 0
    assert str(moved) in (moved / ".venv" / "bin" / "spendsense").read_text()
    assert "scripts/bootstrap" not in subprocess.check_output(received, cwd=moved, text=True)


def test_without_any_python_3_11_the_message_names_the_ways_to_get_one(tree: Path, tmp_path: Path) -> None:
    with_uv(tree)
    finished = bootstrap(tree, tmp_path, another_python())
    assert finished.returncode == 3
    assert "No Python 3.11 is on this machine" in finished.stderr
    assert all(step in finished.stderr for step in NEXT_STEPS)
    assert not (tree / ".venv" / ".installed").exists()


@pytest.mark.parametrize("says", ["exit 1", "echo 3.8.18; exit 1"], ids=["broken", "too old"])
def test_a_python_that_is_too_old_is_named(tree: Path, tmp_path: Path, says: str) -> None:
    old = tmp_path / "old"
    old.write_text(f"#!/bin/sh\n{says}\n")
    old.chmod(0o755)
    finished = bootstrap(tree, tmp_path, old)
    assert finished.returncode == 3
    assert "Python 3.9 or later is needed to begin with" in finished.stderr
    assert "make PYTHON=" in finished.stderr


def test_an_unusable_python_chosen_by_hand_is_refused_and_named(tree: Path, tmp_path: Path) -> None:
    finished = bootstrap(tree, tmp_path, Path(sys.executable), PYTHON="/nowhere/python")
    assert finished.returncode == 3
    assert "PYTHON=/nowhere/python" in finished.stderr
