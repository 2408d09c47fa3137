"""A container engine that works here, and an image of this machine's own programs: none is pulled from anywhere."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from localcloud.machine.ledger import Ledger
from localcloud.tasks.images.engine import Engine
from localcloud.tasks.images.engines import Choice, Engines, Unusable, usable
from localcloud.tasks.images.pushed_images import architecture
from tests.waiting import until

PROGRAMS = ("sh", "sleep", "cat", "env", "id", "touch", "stat")
NO_ENGINE = "needs a container engine"


def name_of_engine() -> str:
    """Return the engine to test with: what CONTAINER_ENGINE names, or docker or podman; else skip the test."""
    named = os.environ.get("CONTAINER_ENGINE")
    tried = []
    for name in (named,) if named else ("docker", "podman"):
        try:
            usable(name)
        except Unusable as exc:
            tried.append(f"{name}: {exc}")
        else:
            return name
    pytest.skip(f"{NO_ENGINE}: {'; '.join(tried)}")


@pytest_asyncio.fixture
async def engines(tmp_path: Path) -> AsyncIterator[Engines]:
    """The part that has the engine; whatever a test leaves is removed at its end."""
    part = Engines(tmp_path, "run", Choice(name_of_engine()), Ledger(tmp_path / "ledger"))
    await part.start()
    yield part
    await part.stop()
    engine = part.chosen()
    assert engine is not None
    assert await containers_of(engine) == []


async def containers_of(engine: Engine) -> list[str]:
    return await engine("ps", "--all", "--quiet", "--filter", f"label=localcloud.environment={engine.environment}")


def blob(store: Path, content: bytes) -> dict[str, Any]:
    """Store a blob; return its descriptor."""
    name = hashlib.sha256(content).hexdigest()
    directory = store / "blobs" / "sha256"
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(content)
    return {"digest": f"sha256:{name}", "size": len(content)}


def machine_image(store: Path, programs: Sequence[str] = PROGRAMS, **config: Any) -> tuple[str, dict[str, Any]]:
    """Store an image with programs of this machine, and their libraries; return digest and manifest."""
    path = store.with_name("machine.tar")
    with tarfile.open(path, "w") as archive:
        for name, mode in (("tmp", 0o1777), ("work", 0o755)):
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, mode
            archive.addfile(directory)
        for file, source in files_of(programs).items():
            archive.add(source.resolve(), file.lstrip("/"))
    layer = blob(store, path.read_bytes())
    settings = {"Env": ["PATH=/bin", "FROM=image"], **config}
    described: dict[str, Any] = {"os": "linux", "architecture": architecture(), "config": settings}
    described["rootfs"] = {"type": "layers", "diff_ids": [layer["digest"]]}
    configuration = blob(store, json.dumps(described).encode())
    manifest = {"schemaVersion": 2, "config": configuration, "layers": [layer]}
    return blob(store, json.dumps(manifest).encode())["digest"], manifest


def files_of(programs: Sequence[str]) -> dict[str, Path]:
    """Return path in the image -> file of this machine, for programs by their names and the libraries of each file."""
    found, files = {}, []
    for name in programs:
        program = name if "/" in name else shutil.which(name)
        assert program is not None, name
        files.append(program)
        if "/" not in name:
            found[f"/bin/{name}"] = Path(program)
    needed = subprocess.run(["ldd", *files], capture_output=True, text=True, check=False).stdout
    return found | {path: Path(path) for path in re.findall(r"(/\S+) \(0x", needed)}


async def until_there(lines: list[str], text: str, timeout_s: float = 60) -> None:
    await until(lambda: any(text in line for line in lines), timeout_s)
