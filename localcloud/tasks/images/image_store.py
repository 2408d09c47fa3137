"""Images of tasks: a manifest in ECR, and its layers as directories in the image store, or in a container engine."""

import asyncio
import hashlib
import json
import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from localcloud.faults.active import Faults
from localcloud.machine import stored_files
from localcloud.tasks.images.engine import Engine, EngineFailed
from localcloud.tasks.images.engine_images import load
from localcloud.tasks.images.engines import Engines
from localcloud.tasks.images.pushed_images import CannotRun, check_platform, unpack

STORE_TOKEN = "{images}"  # noqa: S105 - a placeholder in an image's configuration, not a secret


class CannotPullContainer(Exception):
    """A stopped task's reason, `CannotPullContainerError: ...`."""


class Registry(Protocol):
    """Resolves image references."""

    async def resolve(self, reference: str) -> tuple[str, dict[str, Any]]:
        """Resolve `repository:tag` or `repository@digest` to (digest, manifest). Errors: CannotPullContainer."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """The parts of an image that a container needs. `engine`: what runs it; None for a process of this machine."""

    digest: str
    command: list[str]
    entry_point: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    working_directory: Path | None = None
    stop_signal: int = signal.SIGTERM
    engine: Engine | None = None
    name_in_engine: str = ""


class ImageStore:
    """`directory` has `blobs/sha256/<hex>` (manifest, configuration, layers as tars) and `layers/<hex>/` (unpacked)."""

    def __init__(self, directory: Path, registry: Registry, faults: Faults, engines: Engines) -> None:
        self.directory = directory
        self._engines = engines
        self._registry = registry
        self._faults = faults
        self._resolving: dict[str, asyncio.Task[tuple[str, dict[str, Any]]]] = {}
        self._unpacking = asyncio.Lock()

    async def pull(self, reference: str, digest: str = "") -> Image:
        """Return an image. `digest`: the manifest's; it takes precedence over the reference's tag.

        Errors: CannotPullContainer, also when a layer is missing from the store.
        """
        if failure := self._faults.pull_failure(reference):
            raise CannotPullContainer(failure)
        digest, manifest = await self._resolve(f"{reference.partition('@')[0]}@{digest}" if digest else reference)
        configuration = self._configuration(reference, manifest["config"]["digest"])
        if not _is_of_build(configuration):
            return await self._pushed(reference, digest, manifest, configuration)
        for layer in manifest["layers"]:
            if not (self.directory / "layers" / _hex(layer["digest"])).is_dir():
                raise CannotPullContainer(
                    f"CannotPullContainerError: {reference}: layer {layer['digest']} is missing from the image store "
                    f"{self.directory}; build it again with `spendsense build`"
                )
        return _image(digest, configuration, self._in_store)

    async def release(self, task_id: str, volumes: Iterable[str], images: Iterable[Image]) -> None:
        """Remove what a container engine keeps of a task that has ended."""
        if any(image.engine is not None for image in images):
            await self._engines.forget(task_id, volumes)

    async def _pushed(
        self, reference: str, digest: str, manifest: dict[str, Any], configuration: dict[str, Any]
    ) -> Image:
        """Return an image that a container engine built: loaded into the engine of this machine, or else unpacked.

        Errors: CannotPullContainer.
        """
        try:
            check_platform(configuration)
            engine = self._engines.chosen()
            async with self._unpacking:
                if engine is not None:
                    name = await load(engine, self.directory, digest, manifest)
                    return replace(_image(digest, configuration, str), engine=engine, name_in_engine=name)
                unpacked = await asyncio.to_thread(unpack, self.directory, manifest["layers"], configuration)
        except (CannotRun, EngineFailed, OSError) as exc:
            raise CannotPullContainer(f"CannotPullContainerError: {reference}: {exc}") from exc
        return _image(digest, configuration, unpacked.here)

    async def _resolve(self, reference: str) -> tuple[str, dict[str, Any]]:
        """Resolve a reference; tasks that start together share one request. Errors: CannotPullContainer."""
        asking = self._resolving.get(reference)
        if asking is None:
            asking = asyncio.create_task(self._registry.resolve(reference), name=f"resolve {reference}")
            self._resolving[reference] = asking
            asking.add_done_callback(lambda _: self._resolving.pop(reference))
        return await asyncio.shield(asking)

    def _configuration(self, reference: str, digest: str) -> dict[str, Any]:
        """Read an image's configuration. Errors: CannotPullContainer."""
        path = self.directory / "blobs" / "sha256" / _hex(digest)
        try:
            configuration: dict[str, Any] = json.loads(_checked(path.read_bytes(), digest))
        except stored_files.UNREADABLE as exc:
            raise CannotPullContainer(
                f"CannotPullContainerError: {reference}: configuration {digest} is missing or damaged in "
                f"the image store {self.directory}; build it again with `spendsense build`, or push it again"
            ) from exc
        return configuration

    def _in_store(self, text: str) -> str:
        return text.replace(STORE_TOKEN, str(self.directory.resolve()))


def _is_of_build(configuration: Mapping[str, Any]) -> bool:
    """Return whether `spendsense build` built the image; each layer is then a directory."""
    return STORE_TOKEN in str((configuration.get("config") or {}).get("WorkingDir"))


def _image(digest: str, configuration: Mapping[str, Any], here: Callable[[str], str]) -> Image:
    """Return an image. `here`: replaces the image's paths with those on this machine."""
    config = configuration.get("config") or {}
    working_directory = config.get("WorkingDir")
    return Image(
        digest=digest,
        command=[here(word) for word in config.get("Cmd") or []],
        entry_point=[here(word) for word in config.get("Entrypoint") or []],
        environment={
            name: here(value) for name, _, value in (entry.partition("=") for entry in config.get("Env") or [])
        },
        working_directory=Path(here(working_directory)) if working_directory else None,
        stop_signal=_signal(str(config.get("StopSignal") or "SIGTERM")),
    )


def _signal(name: str) -> int:
    """Return the number of a signal that an image names: `SIGQUIT`, `QUIT` or `3`; SIGTERM for an unknown one."""
    if name.isdecimal():
        return int(name)
    known = signal.Signals.__members__
    return known.get(name, known.get(f"SIG{name}", signal.SIGTERM))


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _checked(content: bytes, digest: str) -> str:
    if hashlib.sha256(content).hexdigest() != _hex(digest):
        raise ValueError("its content is not what was stored")
    return content.decode()
