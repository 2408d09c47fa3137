"""Blobs that no repository or task refers to any longer are deleted."""

import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from localcloud.ecr.unused import KEPT_S, Unused
from localcloud.host import Host
from tests.integration.localcloud.ecr.registry_part import RegistryPart, caller_of, password
from tests.integration.localcloud.ecr.test_registry_api import World, digest_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Running:
    digests: list[str] = field(default_factory=list)
    later_s: float = 0.0


@contextlib.contextmanager
def set_aside(state: Path) -> Iterator[None]:
    """Have a copy of a file of moto's state set aside."""
    lost = state.with_name(f"{state.name}.set-aside")
    lost.touch()
    yield
    lost.unlink()


class Swept(RegistryPart):
    """A registry whose store is swept. `running`: what its tasks run, and how much later it is."""

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.store = host.data_directory / "images"
        self.running = Running()
        now = lambda: time.time() + self.running.later_s  # noqa: E731 - names what it is
        self.unused = Unused(self, self.uploads, self.store, lambda: self.running.digests, self.keep, now)

    async def keep(self, digests: Iterable[str]) -> None:
        self.kept = set(digests)

    async def start(self) -> None:
        await super().start()
        await self.unused.start()

    async def stop(self) -> None:
        await self.unused.stop()
        await super().stop()

    def has(self, *contents: bytes) -> list[bool]:
        blobs = self.store / "blobs" / "sha256"
        return [(blobs / digest_of(content).removeprefix("sha256:")).is_file() for content in contents]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(
    cloud_in: Callable[..., AbstractAsyncContextManager[Any]], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    directory = tmp_path_factory.mktemp("cloud")
    async with cloud_in(directory, {"ecr": Swept}, caller_of=caller_of) as cloud:
        auth = ("AWS", await password(cloud))
        async with httpx.AsyncClient(base_url=cloud.host.endpoint_url, auth=auth) as http:
            yield World(cloud, http)


async def test_a_deleted_image_goes_with_the_layers_that_no_other_image_has(world: World) -> None:
    registry: Swept = world.cloud.parts["ecr"]
    at = await world.repository("deleted")
    config, shared, own = b'{"os": "linux"}', b"shared layer", b"own layer"
    gone = await world.pushed(at, "gone", config, shared, own)
    stays = await world.pushed(at, "stays", config, shared)
    registry.running.later_s = KEPT_S + 60
    await registry.unused.sweep()
    assert registry.has(gone, stays, config, shared, own) == [True] * 5

    registry.running.digests = [digest_of(gone)]
    await world.cloud.call("ecr", "batch_delete_image", repositoryName="deleted", imageIds=[{"imageTag": "gone"}])
    await registry.unused.sweep()
    assert registry.has(gone, own) == [True, True], "a task runs it"

    registry.running.digests = []
    await registry.unused.sweep()
    assert registry.has(gone, stays, config, shared, own) == [False, True, True, True, False]
    assert registry.kept == {digest_of(stays)}, "of a container engine, too"
    # It can be pushed again.
    await world.pushed(at, "again", config, shared, own)

    await world.cloud.call("ecr", "delete_repository", repositoryName="deleted", force=True)
    await world.cloud.until(lambda: not any(registry.has(gone, stays, config, shared, own)))


async def test_what_is_being_pushed_stays_for_an_hour_and_other_files_always(world: World) -> None:
    registry: Swept = world.cloud.parts["ecr"]
    at = await world.repository("pushing")
    registry.running.later_s = 0.0
    layer = b"a layer without an image"
    await world.upload(at, layer)
    foreign = registry.store / "blobs" / "sha256" / "README"
    foreign.touch()
    await registry.unused.sweep()
    assert registry.has(layer) == [True]
    registry.running.later_s = KEPT_S + 60
    await registry.unused.sweep()
    assert registry.has(layer) == [False]
    assert foreign.is_file()


async def test_nothing_is_removed_while_part_of_the_records_is_set_aside(world: World) -> None:
    registry: Swept = world.cloud.parts["ecr"]
    at = await world.repository("unknown")
    layer = json.dumps("a layer").encode()
    await world.upload(at, layer)
    registry.running.later_s = KEPT_S + 60
    (found,) = (world.cloud.host.data_directory / "moto").glob("ecr.state")
    with set_aside(found):
        await registry.unused.sweep()
        assert registry.has(layer) == [True]
    await registry.unused.sweep()
    assert registry.has(layer) == [False]
