"""Gives a container engine an image of the image store, as the archive that `docker save` writes."""

import asyncio
import io
import json
import os
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from localcloud.tasks.images.engine import Engine, EngineFailed


async def load(engine: Engine, store: Path, digest: str, manifest: Mapping[str, Any]) -> str:
    """Load an image unless the engine has it; return its name there. `digest`: of the manifest.

    Errors: EngineFailed, with the engine's reason; OSError.
    """
    name = engine.image_name(digest)
    if await _has(engine, name):
        return name
    blobs = store / "blobs" / "sha256"
    config = _hex(manifest["config"])
    layers = [_hex(layer) for layer in manifest["layers"]]
    described = [{"Config": f"{config}.json", "RepoTags": [name], "Layers": [f"{layer}.tar" for layer in layers]}]
    files = {f"{config}.json": blobs / config} | {f"{layer}.tar": blobs / layer for layer in layers}
    reading, writing = os.pipe()
    sending = asyncio.create_task(asyncio.to_thread(_send, writing, json.dumps(described).encode(), files))
    try:
        await engine("load", stdin=reading)
    finally:
        os.close(reading)
        sent = await asyncio.gather(sending, return_exceptions=True)
    for each in sent:
        if isinstance(each, BaseException) and not isinstance(each, BrokenPipeError):
            raise each
    return name


async def _has(engine: Engine, name: str) -> bool:
    try:
        await engine("image", "inspect", "--format", "{{.Id}}", name)
    except EngineFailed:
        return False
    return True


def _send(pipe: int, manifest: bytes, files: Mapping[str, Path]) -> None:
    """Write the archive. Errors: OSError, also BrokenPipeError when the engine does not read to the end."""
    with os.fdopen(pipe, "wb") as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        described = tarfile.TarInfo("manifest.json")
        described.size = len(manifest)
        archive.addfile(described, io.BytesIO(manifest))
        for name, path in files.items():
            archive.add(path, name)


async def drop(engine: Engine, kept: Sequence[str] = ()) -> None:
    """Remove this environment's images from the engine, except those of some digests; failures are only logged."""
    try:
        listed = await engine(
            *("images", "--filter", f"reference=localhost/localcloud-{engine.environment}"),
            *("--format", "{{.Repository}}:{{.Tag}}"),
        )
    except EngineFailed:
        return
    names = [name for name in listed if name.startswith("localhost/localcloud-")]
    unused = sorted(set(names) - {engine.image_name(digest) for digest in kept})
    if unused:
        await engine.try_to("rmi", *unused)


def _hex(descriptor: Mapping[str, Any]) -> str:
    return str(descriptor["digest"]).removeprefix("sha256:")
