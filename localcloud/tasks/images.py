"""Images without a container engine: a manifest in ECR, and its layers as directories in the image store."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from localcloud.faults.active import Faults
from localcloud.machine import stored

STORE_TOKEN = "{images}"  # noqa: S105 - a placeholder in an image's configuration, not a secret


class CannotPullContainer(Exception):
    """A stopped task's reason, `CannotPullContainerError: ...`."""


class Registry(Protocol):
    """Resolves image references."""

    async def resolve(self, reference: str) -> tuple[str, dict[str, Any]]:
        """Resolve `repository:tag` or `repository@digest` to (digest, manifest). Errors: CannotPullContainer."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """The parts of an image that a process needs."""

    digest: str
    command: list[str]
    entry_point: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    working_directory: Path | None = None


class ImageStore:
    """`directory` has `blobs/sha256/<hex>` (manifest, configuration, layers as tars) and `layers/<hex>/` (unpacked)."""

    def __init__(self, directory: Path, registry: Registry, faults: Faults) -> None:
        self.directory = directory
        self._registry = registry
        self._faults = faults
        self._resolving: dict[str, asyncio.Task[tuple[str, dict[str, Any]]]] = {}

    async def pull(self, reference: str, digest: str = "") -> Image:
        """Return an image. `digest`: of the manifest, whatever the reference's tag names now.

        Errors: CannotPullContainer, also when a layer is missing from the store.
        """
        if failure := self._faults.pull_failure(reference):
            raise CannotPullContainer(failure)
        digest, manifest = await self._resolve(f"{reference.partition('@')[0]}@{digest}" if digest else reference)
        for layer in manifest["layers"]:
            if not (self.directory / "layers" / _hex(layer["digest"])).is_dir():
                raise CannotPullContainer(
                    f"CannotPullContainerError: {reference}: layer {layer['digest']} is missing from the image store "
                    f"{self.directory}; build it again with `spendsense build`"
                )
        return self._image(reference, digest, manifest["config"]["digest"])

    async def _resolve(self, reference: str) -> tuple[str, dict[str, Any]]:
        """Resolve a reference; tasks that start together share one request. Errors: CannotPullContainer."""
        asking = self._resolving.get(reference)
        if asking is None:
            asking = asyncio.create_task(self._registry.resolve(reference), name=f"resolve {reference}")
            self._resolving[reference] = asking
            asking.add_done_callback(lambda _: self._resolving.pop(reference))
        return await asyncio.shield(asking)

    def _image(self, reference: str, digest: str, config_digest: str) -> Image:
        path = self.directory / "blobs" / "sha256" / _hex(config_digest)
        store = json.dumps(str(self.directory.resolve()))[1:-1]
        try:
            text = _checked(path.read_bytes(), config_digest)
            config = json.loads(text.replace(STORE_TOKEN, store)).get("config", {})
        except stored.UNREADABLE as exc:
            raise CannotPullContainer(
                f"CannotPullContainerError: {reference}: configuration {config_digest} is missing or damaged in "
                f"the image store {self.directory}; build it again with `spendsense build`"
            ) from exc
        working_directory = config.get("WorkingDir")
        return Image(
            digest=digest,
            command=config.get("Cmd") or [],
            entry_point=config.get("Entrypoint") or [],
            environment=dict(entry.split("=", 1) for entry in config.get("Env") or []),
            working_directory=Path(working_directory) if working_directory else None,
        )


def _hex(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _checked(content: bytes, digest: str) -> str:
    if hashlib.sha256(content).hexdigest() != _hex(digest):
        raise ValueError("not what was stored")
    return content.decode()
