"""Removes from the image store what no repository and no running task refers to, an hour after its last use."""

import asyncio
import json
import logging
import os
import re
import shutil
import stat
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.ecr import manifests
from localcloud.ecr.blobs import PREFIX, digest_of
from localcloud.ecr.registry import Registry
from localcloud.ecr.uploads import Uploads
from localcloud.machine import stored_files
from localcloud.machine.background import Background
from localcloud.machine.set_aside import SUFFIX
from localcloud.moto.writers import NEEDED
from localcloud.tasks.images.pushed_images import key_of

log = logging.getLogger(__name__)

KEPT_S = 3600.0
"""Seconds since its last use: a client that has just asked for a layer may be about to push an image with it."""
SWEEP_S = 3600.0
"""Real seconds between sweeps; removing an image or a repository causes one, too."""
NAME = re.compile(r"[0-9a-f]{64}")
BUILDS = ("blobs/sha256", "layers")
UNPACKED = "unpacked"


@dataclass(frozen=True)
class Referred:
    """The parts in use: digests of blobs without their prefix, and names of unpacked images."""

    blobs: set[str] = field(default_factory=set)
    unpacked: set[str] = field(default_factory=set)


class Unused:
    """Part: sweeps the image store. `running`: the digests of the images that tasks run.

    `keep_in_engine`: removes from the container engine what has none of the digests that it gets.
    """

    def __init__(
        self,
        registry: Registry,
        uploads: Uploads,
        store: Path,
        running: Callable[[], Iterable[str]],
        keep_in_engine: Callable[[Iterable[str]], Awaitable[None]],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._registry = registry
        self._uploads = uploads
        self._store = store
        self._running = running
        self._keep_in_engine = keep_in_engine
        self._now = now
        self._loop = Background()
        self._removed = asyncio.Event()
        registry.on_removal = self._removed.set

    async def start(self) -> None:
        self._loop.start(self._sweep_always(), "unused images")

    async def stop(self) -> None:
        await self._loop.stop()

    def status(self) -> dict[str, object]:
        return {"status": self._loop.status}

    async def sweep(self) -> None:
        """Remove what is not used. A file that cannot be removed is logged."""
        self._uploads.give_up_idle()
        if _is_unknown(self._store.parent / "moto"):
            return
        texts = await self._registry.manifests()
        running = list(self._running())
        await self._keep_in_engine([*(digest_of(text.encode()) for text in texts), *running])
        await asyncio.to_thread(self._remove, texts, running)

    def _remove(self, texts: list[str], running: list[str]) -> None:
        used = referred(self._store, texts, running)
        before = self._now() - KEPT_S
        for folder in BUILDS:
            _remove_old(self._store / folder, used.blobs, before)
        _remove_old(self._store / UNPACKED, used.unpacked, before)

    async def _sweep_always(self) -> None:
        while True:
            self._removed.clear()
            try:
                await self.sweep()
            except OSError as exc:  # the next sweep may do better
                log.warning("Unused images stay", extra={"action": "unused_images", "why": str(exc)})
            try:
                async with asyncio.timeout(SWEEP_S):
                    await self._removed.wait()
            except TimeoutError:
                continue


def _is_unknown(state: Path) -> bool:
    """Return whether some of ECR's state could not be read: what it refers to is not known."""
    lost = re.compile(rf"ecr\..*{re.escape(SUFFIX)}(\d*|-{NEEDED}-.*)")
    return any(lost.fullmatch(path.name) for path in state.glob(f"ecr.*{SUFFIX}*"))


def referred(store: Path, texts: Iterable[str], running: Iterable[str]) -> Referred:
    """Return what the manifests `texts` refer to, and those of the `running` digests. Errors: OSError."""
    used = Referred(blobs=_newest_build(store))
    waiting = [*texts, *(text for digest in running if (text := _read(store, digest)))]
    while waiting:
        text = waiting.pop()
        name = digest_of(text.encode()).removeprefix(PREFIX)
        if name in used.blobs:
            continue
        manifest: dict[str, Any] = json.loads(text)
        used.blobs.update({name, *(digest.removeprefix(PREFIX) for digest in manifests.blobs_of(manifest))})
        waiting += [text for digest in manifests.images_of(manifest) if (text := _read(store, digest))]
        configuration = _read(store, str((manifest.get("config") or {}).get("digest")))
        if configuration:
            used.unpacked.add(key_of(manifest.get("layers") or [], json.loads(configuration)))
    return used


def _newest_build(store: Path) -> set[str]:
    """Return the layer of dependencies that `spendsense build` used last: the next build most likely needs it."""
    recipes = sorted((store / "recipes").glob("*"), key=lambda path: path.stat().st_mtime)
    return {recipes[-1].read_text()} if recipes else set()


def _read(store: Path, digest: str) -> str:
    """Return a blob's JSON; empty when it is missing, or is something else."""
    path = store / "blobs" / "sha256" / digest.removeprefix(PREFIX)
    try:
        text = path.read_text()
        return text if isinstance(json.loads(text), dict) else ""
    except stored_files.UNREADABLE:
        return ""


def _remove_old(folder: Path, used: set[str], before: float) -> None:
    """Remove what is not in use and was last used before a time (seconds since 1970), by its own name or a hidden one.

    Hidden ones are what a process was making, or removing, when it was killed.
    """
    for path in folder.glob("*"):
        is_ours = NAME.fullmatch(path.name) or path.name.startswith(".")
        if is_ours and path.name not in used and path.lstat().st_mtime < before:
            log.info("Removed an unused part of an image", extra={"action": "unused_image", "path": str(path)})
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or a tree, whose directories may be read-only. Errors: OSError."""
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    if not path.name.startswith("."):  # half a layer must not be taken for a whole one
        path = path.rename(path.with_name(f".removing-{path.name}"))
    path.chmod(stat.S_IRWXU)
    for directory, names, _ in os.walk(path):
        for name in names:
            below = Path(directory, name)
            if not below.is_symlink():
                below.chmod(stat.S_IRWXU)
    shutil.rmtree(path)
