"""Prepares an image that a container engine built for running as a process: its files and virtual environment.

Files in the system's directories (distribution, Python) are not unpacked: the process uses this machine's. So the
image's packages must be in a virtual environment, for the Python version of the local cloud.
"""

import hashlib
import json
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.tasks.images.layer_files import Files, NoLayer, rewrite

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
"""Python's names of processors -> those of images."""
VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", re.MULTILINE)
HOME = re.compile(r"^home\s*=.*$", re.MULTILINE)
RELOCATABLE = b"""#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python' "$0" "$@"
' '''
"""
"""The first lines of a script that runs with the Python beside it, wherever that is; to Python itself a string."""
LONGEST_PATH = 4096
RECIPE = 1
"""Raise it when images are unpacked in another way: then they are unpacked again."""


class CannotRun(Exception):
    """The image cannot run as a process; the message says why."""


@dataclass(frozen=True)
class Unpacked:
    """The files of an image. `root`: what is `/` in the image."""

    root: Path

    def here(self, text: str) -> str:
        """Replace the image's own paths in a word with those on this machine."""
        return ":".join(self._here(each) for each in text.split(":"))

    def _here(self, text: str) -> str:
        is_path = text.startswith("/") and text.strip("/") != "" and not text.startswith("//")
        return f"{self.root}{text}" if is_path and os.path.lexists(f"{self.root}{text}") else text


def unpack(store: Path, layers: Sequence[Mapping[str, Any]], configuration: Mapping[str, Any]) -> Unpacked:
    """Unpack an image to `unpacked/<hex>` of the store, once. `layers`: of its manifest. Blocks for seconds.

    Errors: CannotRun; OSError.
    """
    check_platform(configuration)
    digests = [str(layer["digest"]) for layer in layers]
    search_path, work = search_path_of(configuration), _work(configuration)
    root = store / "unpacked" / key_of(layers, configuration)
    if root.is_dir():
        os.utime(root)  # what was not used for a time may be removed (localcloud/ecr/unused.py)
    else:
        root.parent.mkdir(mode=0o700, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=".making-", dir=root.parent))
        try:
            for digest in digests:
                apply(store / "blobs" / "sha256" / digest.removeprefix("sha256:"), Files(making, work), digest)
            use_our_python(making, search_path)
            making.rename(root)
        except BaseException:
            shutil.rmtree(making)
            raise
    return Unpacked(root.resolve())


def key_of(layers: Sequence[Mapping[str, Any]], configuration: Mapping[str, Any]) -> str:
    """Return the name of an image's directory below `unpacked`."""
    digests = [str(layer["digest"]) for layer in layers]
    made_from = [RECIPE, digests, search_path_of(configuration), _work(configuration), sys.version]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()


def _work(configuration: Mapping[str, Any]) -> str:
    return str((configuration.get("config") or {}).get("WorkingDir") or "/")


def apply(blob: Path, files: Files, digest: str) -> None:
    """Add one layer. Errors: CannotRun; OSError."""
    try:
        files.apply(blob)
    except NoLayer as exc:
        raise CannotRun(f"layer {digest} cannot be unpacked: {exc}") from exc


def check_platform(configuration: Mapping[str, object]) -> None:
    """Check the platform. Errors: CannotRun for an image built for another platform than this machine."""
    ours = (platform.system().lower(), architecture())
    built_for = (configuration.get("os"), configuration.get("architecture"))
    if built_for != ours:
        raise CannotRun(f"it is built for {'/'.join(map(str, built_for))}, but this machine is {'/'.join(ours)}")


def architecture() -> str:
    """Return this machine's processor by the name that images use."""
    return ARCHITECTURES.get(platform.machine(), platform.machine())


def search_path_of(configuration: Mapping[str, Any]) -> list[str]:
    """Return the directories of the image's PATH."""
    variables = (configuration.get("config") or {}).get("Env") or ()
    found = next((each.removeprefix("PATH=") for each in variables if each.startswith("PATH=")), "")
    return [each for each in found.split(":") if each]


def use_our_python(root: Path, search_path: Sequence[str]) -> None:
    """Make the virtual environments on the image's PATH use the local cloud's Python.

    Errors: CannotRun if there is none, or if it is for another version.
    """
    found = [root / each.lstrip("/") for each in search_path]
    environments = [each for each in found if (each.parent / "pyvenv.cfg").is_file()]
    if not environments:
        raise CannotRun(
            "the local cloud runs images as processes, with this machine's Python: their packages should be in a "
            f"virtual environment outside the system's directories, with its bin on PATH, and PATH is "
            f"{':'.join(search_path) or 'empty'}"
        )
    for directory in environments:
        _use_our_python(directory)


def _use_our_python(directory: Path) -> None:
    settings = directory.parent / "pyvenv.cfg"
    text = settings.read_text()
    version = VERSION.search(text)
    ours = sys.version_info[:2]
    if version is None or (int(version[1]), int(version[2])) != ours:
        found = f"{version[1]}.{version[2]}" if version else "not known"
        raise CannotRun(f"its virtual environment is for Python {found}, but this machine's is {ours[0]}.{ours[1]}")
    interpreter = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    rewrite(settings, HOME.sub(f"home = {interpreter.parent}", text).encode())
    for script in sorted(directory.iterdir()):
        if re.fullmatch(r"python[0-9.]*", script.name):
            script.unlink()
        elif script.is_file() and not script.is_symlink():
            _relocate(script)
    for name in ("python", "python3", f"python{ours[0]}.{ours[1]}"):
        (directory / name).symlink_to(interpreter)


def _relocate(script: Path) -> None:
    """Make a script use the Python in its own directory."""
    content = script.read_bytes()
    first, newline, rest = content[:LONGEST_PATH].partition(b"\n")
    if first.startswith(b"#!/") and newline and b"python" in first.rpartition(b"/")[2]:
        rewrite(script, RELOCATABLE + rest + content[LONGEST_PATH:])
