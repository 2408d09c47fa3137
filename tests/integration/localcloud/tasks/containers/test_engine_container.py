"""The requests to an engine for a container, from its start to its end."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from localcloud.machine.ledger import Ledger
from localcloud.tasks.containers.engine_container import EngineContainer
from localcloud.tasks.containers.runtime import Program
from localcloud.tasks.images.engine import Engine, EngineFailed
from localcloud.tasks.images.engine_images import load
from tests.integration.localcloud.tasks.stand_in_engine import StandIn


@pytest.fixture
def podman(tmp_path: Path) -> StandIn:
    stand_in = StandIn(tmp_path / "bin")
    stand_in.state(Pid=0, ExitCode=0, StartedAt="0001-01-01T00:00:00Z")
    return stand_in


def engine_of(podman: StandIn, name: str = "podman") -> Engine:
    ledger = Ledger(podman.directory / "ledger")
    program = str(podman.program)
    return Engine(program=program, name=name, version="9", environment="e1", run="r1", ledger=ledger)


def program(environment: dict[str, str] | None = None, **definition: Any) -> Program:
    return Program(
        label="task t1 c",
        argv=["uvicorn", "--host", "127.1.2.3"],
        environment=environment or {},
        directory=Path("/srv"),
        definition={"name": "c", **definition},
        task_id="t1",
        memory_mib=512,
    )


async def test_it_is_created_from_the_definition_and_stopped_by_signal(podman: StandIn) -> None:
    container = EngineContainer(engine_of(podman), "localhost/image")
    lines: list[str] = []
    settings = {"user": "1000", "readonlyRootFilesystem": True, "ulimits": [_NOFILE]}
    tmpfs = [{"containerPath": "/run", "size": 8, "mountOptions": ["noexec"]}]
    linux = {"capabilities": {"drop": ["ALL"]}, "tmpfs": tmpfs}
    mounts = [{"sourceVolume": "tmp", "containerPath": "/tmp", "readOnly": True}]
    described = program({"A": "=1 #", "B": "x\ny"}, linuxParameters=linux, mountPoints=mounts, **settings)
    child = await container.start(described, lines.append)
    assert container.pid == child.pid
    assert lines == ["hello"]

    (call,) = (call for call in podman.calls if call["words"][0] == "create")
    assert (call["file"], call["given"]) == ("A==1 #\n", {"B": "x\ny"})
    words: list[str] = call["words"]
    assert words[-4:] == ['["uvicorn"]', "localhost/image", "--host", "127.1.2.3"]
    assert {"--network=host", "--pull=never", "--log-driver=none", "--read-only", "--read-only-tmpfs=false"} <= set(
        words
    )
    for option, value in {
        "--name": "localcloud-t1-c",
        "--user": "1000",
        "--workdir": "/srv",
        "--memory": "512m",
        "--ulimit": "nofile=10:20",
        "--cap-drop": "ALL",
        "--tmpfs": "/run:size=8m,noexec",
        "--mount": "type=volume,source=localcloud-e1-t1-tmp,destination=/tmp,readonly",
    }.items():
        assert words[words.index(option) + 1] == value
    assert "localcloud.environment=e1" in words
    assert not any("=1 #" in word for word in words)

    await container.stop(30)
    assert child.exit_code == 7
    assert await container.finish(7) == 7
    assert podman.words_of("rm") == [["--force", "--volumes", "localcloud-t1-c"]]


_NOFILE = {"name": "nofile", "softLimit": 10, "hardLimit": 20}


async def test_docker_takes_the_entry_point_as_it_is(podman: StandIn) -> None:
    container = EngineContainer(engine_of(podman, "docker"), "localhost/image")
    await container.start(program(readonlyRootFilesystem=True), lambda _: None)
    ((*_, entry, image, _, _),) = podman.words_of("create")
    assert (entry, image) == ("uvicorn", "localhost/image")
    assert "--read-only-tmpfs=false" not in podman.words_of("create")[0]
    await container.stop(30)


async def test_a_container_that_the_engine_refuses_has_its_reason_and_leaves_nothing(podman: StandIn) -> None:
    lines: list[str] = []
    podman.refuses("start", 'Error: runc: exec: "nonesuch": not found')
    with pytest.raises(OSError, match='exec: "nonesuch": not found'):
        await EngineContainer(engine_of(podman), "localhost/image").start(program(), lines.append)
    assert lines == [], "it is the engine's word, not the container's"
    assert podman.words_of("rm") == [["--force", "--volumes", "localcloud-t1-c"]]


async def test_a_container_without_memory_is_known_by_the_engine(podman: StandIn) -> None:
    container = EngineContainer(engine_of(podman), "localhost/image")
    child = await container.start(program(), lambda _: None)
    await container.stop(30)
    podman.state(Pid=0, ExitCode=137, StartedAt="2026-01-01T00:00:00Z", OOMKilled=True)
    assert not container.has_outgrown_its_memory()
    assert await container.finish(child.exit_code or 0) == 137
    assert container.has_outgrown_its_memory()


async def test_an_image_is_loaded_once_as_docker_saves_it(podman: StandIn, tmp_path: Path) -> None:
    blobs = tmp_path / "store" / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    (blobs / "c1").write_text("{}")
    (blobs / "l1").write_text("a layer")
    manifest = {"config": {"digest": "sha256:c1"}, "layers": [{"digest": "sha256:l1"}, {"digest": "sha256:l1"}]}
    engine = engine_of(podman)
    podman.refuses("image inspect", "no such image")
    name = await load(engine, tmp_path / "store", "sha256:m1", manifest)
    assert name == "localhost/localcloud-e1:m1"
    with tarfile.open(podman.directory / "loaded.tar") as archive:
        contents = {each.name: content.read() for each in archive if (content := archive.extractfile(each))}
    described = {"Config": "c1.json", "RepoTags": [name], "Layers": ["l1.tar", "l1.tar"]}
    assert json.loads(contents.pop("manifest.json")) == [described]
    assert contents == {"c1.json": b"{}", "l1.tar": b"a layer"}

    (podman.directory / "refuses-image-inspect").unlink()
    await load(engine, tmp_path / "store", "sha256:m1", manifest)
    assert len(podman.words_of("load")) == 1

    podman.refuses("image inspect", "no such image")
    podman.refuses("load", "Error: no space left on device")
    with pytest.raises(EngineFailed, match="no space left on device"):
        await load(engine, tmp_path / "store", "sha256:m1", manifest)
