"""Images of container engines run as processes, or it is said why they cannot."""

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from localcloud.tasks.images.pushed_images import CannotRun, architecture, unpack
from tests.unit.localcloud.tasks.images.test_layer_files import Entry, layer

OURS = f"{sys.version_info[0]}.{sys.version_info[1]}"
SCRIPT = b"#!/opt/venv/bin/python\nimport sys, there\nprint(there.WHAT, sys.prefix)\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="images are for Linux")


def venv(version: str = OURS) -> list[Entry]:
    return [
        ("opt/venv/pyvenv.cfg", f"home = /usr/local/bin\nversion = {version}.1\n".encode()),
        ("opt/venv/bin/python", "/usr/local/bin/python3"),
        ("opt/venv/bin/start.sh", SCRIPT),
        (f"opt/venv/lib/python{OURS}/site-packages/there.py", b"WHAT = 'an image'\n"),
        ("srv/app/main.py", b""),
    ]


def configuration(path: str = "/opt/venv/bin:/usr/bin", **more: str) -> dict[str, Any]:
    config = {"Env": [f"PATH={path}"], "WorkingDir": "/srv", "Cmd": ["start.sh"]}
    return {"os": "linux", "architecture": architecture(), "config": config} | more


def stored(store: Path, *entries: Entry) -> list[dict[str, Any]]:
    blobs = store / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    made = layer(blobs / "new", *entries)
    name = hashlib.sha256(made.read_bytes()).hexdigest()
    made.rename(blobs / name)
    return [{"digest": f"sha256:{name}"}]


@linux
def test_its_virtual_environment_runs_with_our_python(tmp_path: Path) -> None:
    layers = stored(tmp_path, *venv())
    unpacked = unpack(tmp_path, layers, configuration())
    assert unpacked.here("/opt/venv/bin:/usr/bin:/bin") == f"{unpacked.root}/opt/venv/bin:/usr/bin:/bin"
    assert unpacked.here("/srv") == f"{unpacked.root}/srv"
    for other in ("8000", "/", "http://srv/a", "/usr/bin/env", "app.main:app"):
        assert unpacked.here(other) == other
    script = unpacked.here("/opt/venv/bin/start.sh")
    said = subprocess.run([script], check=True, capture_output=True, text=True).stdout
    assert said == f"an image {unpacked.root}/opt/venv\n"
    assert unpack(tmp_path, layers, configuration()) == unpacked
    assert [path.name for path in (tmp_path / "unpacked").iterdir()] == [unpacked.root.name]


@linux
@pytest.mark.parametrize(
    ("entries", "described", "why"),
    [
        (venv("2.7"), configuration(), f"virtual environment is for Python 2.7, but this machine's is {OURS}"),
        (venv(), configuration("/usr/local/bin"), "should be in a virtual environment .* PATH is /usr/local/bin"),
        (venv(), configuration(architecture="s390x"), "it is built for linux/s390x, but this machine is linux/"),
        ([("srv/../x", b"")], configuration(), "layer sha256:.* cannot be unpacked: srv/../x: leads out"),
    ],
)
def test_what_cannot_run_says_why_and_leaves_nothing(
    entries: list[Entry], described: dict[str, Any], why: str, tmp_path: Path
) -> None:
    layers = stored(tmp_path, *entries)
    with pytest.raises(CannotRun, match=why):
        unpack(tmp_path, layers, described)
    assert list((tmp_path / "unpacked").glob("*")) == []
