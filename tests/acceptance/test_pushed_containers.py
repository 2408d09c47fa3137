"""A pushed image runs as a container of this machine's engine, behind the load balancer, like any other task."""

import json
import os
import shutil
import signal
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.tasks.images.engines import RECORD, id_of
from ops.image.registry import COMMAND, ENVIRONMENT, SCHEMA_HEAD_LABEL
from ops.image.source import application_files, schema_head
from ops.image.unpack import compile_bytecode
from tests.acceptance.command import PROJECT, Spendsense, client
from tests.acceptance.container_engine import Engine, containerfile, engine_in
from tests.acceptance.test_pushed_images import CLUSTER, SERVICE, aws, running
from tests.integration.localcloud.tasks.engines import files_of, name_of_engine
from tests.waiting import wait_until

pytestmark = pytest.mark.full

PROGRAMS = ("sh", "curl", "dirname", "realpath")
"""For the health check, and for the scripts of the virtual environment."""
NOT_NEEDED = shutil.ignore_patterns("__pycache__", "site-packages", "test", "idlelib", "config-*", "lib2to3", "tkinter")


class Containers:
    """The local cloud's containers, as its own engine lists them."""

    def __init__(self, program: str, home: Path) -> None:
        self.program = program
        self._home = home

    def said(self, *words: str) -> list[str]:
        done = subprocess.run([self.program, *words], capture_output=True, text=True, check=True, timeout=120)
        return done.stdout.split()

    @property
    def environment(self) -> str:
        return id_of(self._home / "local" / RECORD)

    def all(self) -> list[str]:
        return self.said("ps", "--all", "--quiet", "--filter", f"label=localcloud.environment={self.environment}")

    def of_backend(self) -> dict[str, int]:
        """Return the id of each running container of the service itself -> its first process."""
        named = [f"label=localcloud.environment={self.environment}", "name=-backend"]
        filters = [word for each in named for word in ("--filter", each)]
        found = self.said("ps", "--quiet", *filters)
        return {each: int(self.said("inspect", "--format", "{{.State.Pid}}", each)[0]) for each in found}


@pytest.fixture(scope="module")
def containers(home: Path) -> Iterator[Containers]:
    program = shutil.which(name_of_engine())
    assert program is not None
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPENDSENSE_CONTAINER_ENGINE", Path(program).name)
        yield Containers(program, home)


@pytest.fixture(scope="module")
def up(spendsense: Spendsense, containers: Containers) -> Any:
    """Start the environment; slower than usual, since a container takes longer to start than a process."""
    return spendsense.first_up("--speed", "3")


@pytest.fixture(scope="module")
def engine(containers: Containers, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return engine_in(tmp_path_factory.mktemp("engine"))


def backend(context: Path, image_store: Path) -> Path:
    """Make a build context with the backend, its virtual environment, and this machine's Python and libraries."""
    (layer,) = (image_store / "layers").iterdir()
    root = context / "root"
    shutil.copytree(layer, root / "opt" / "venv", symlinks=True)
    shutil.copytree(PROJECT / "app", root / "srv" / "app", ignore=shutil.ignore_patterns("__pycache__"))
    library = Path(sysconfig.get_path("stdlib")).resolve()
    shutil.copytree(library, inside(root, library), ignore=NOT_NEEDED)
    for modules in (root / "srv" / "app", inside(root, library)):  # else each start compiles them
        compile_bytecode(modules)
    interpreter = (layer / "bin" / "python").resolve()
    extensions = [str(path) for folder in (library, layer) for path in folder.rglob("*.so*") if path.is_file()]
    # The rest of them is beside the extensions in their own packages, whose libraries ldd finds there.
    for file, source in files_of([*PROGRAMS, str(interpreter), *extensions]).items():
        target = inside(root, Path(file))
        if not source.is_relative_to(layer) and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source.resolve(), target)
    shutil.copy(interpreter, made(inside(root, interpreter)))
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    text = containerfile(
        {"root/": "/"},
        ["PATH=/opt/venv/bin:/bin", *ENVIRONMENT],
        json.dumps(COMMAND),
        {SCHEMA_HEAD_LABEL: str(schema_head(application_files(PROJECT)))},
    )
    (context / "Dockerfile").write_text(text + "USER 1000:1000\n")
    return context


def inside(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")


def made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def steady(up: Any) -> bool:
    ecs = client(up, "ecs")
    (service,) = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
    return bool(service["runningCount"] == service["desiredCount"] and len(service["deployments"]) == 1)


def test_a_pushed_image_serves_as_containers_until_the_local_cloud_ends(
    containers: Containers, engine: Engine, up: Any, spendsense: Spendsense, image_store: Path, tmp_path: Path
) -> None:
    assert Path(containers.program).name in spendsense("doctor").stdout
    engine.log_in(up["registry"], aws(spendsense, "ecr", "get-login-password").strip())
    image = f"{up['registry']}/{SERVICE}:contained"
    engine.build(image, backend(tmp_path, image_store))
    engine.push(image)
    assert containers.all() == []

    deployed = spendsense("deploy", "--tag", "contained", expect=None)
    assert httpx.get(f"{up['url']}/version").json()["revision"] == "contained", deployed.stdout + deployed.stderr
    assert len(containers.of_backend()) == len(running(up))
    assert httpx.get(f"{up['url']}/ready").status_code == 200, "it reaches database and cache"

    first, pid = next(iter(containers.of_backend().items()))
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: first not in containers.of_backend() and len(containers.of_backend()) == len(running(up)), 300)
    wait_until(lambda: steady(up), 300)
    assert httpx.get(f"{up['url']}/version").json()["revision"] == "contained"

    spendsense("down")
    of_ours = f"reference=localhost/localcloud-{containers.environment}"
    assert (containers.all(), containers.said("images", "--quiet", "--filter", of_ours)) == ([], [])

    again = spendsense.json("up", "--port", "0", "--speed", "3")
    wait_until(lambda: containers.of_backend() and steady(again), 300)
    assert httpx.get(f"{again['url']}/version").json()["revision"] == "contained"
    os.kill(json.loads((spendsense.home / "local" / "endpoint.json").read_text())["pid"], signal.SIGKILL)
    wait_until(lambda: containers.all() == [], 120, "the guardian to remove them")

    again = spendsense.json("up", "--port", "0", "--speed", "3")
    wait_until(lambda: steady(again), 300)
    spendsense("rollback", expect=None)
    assert httpx.get(f"{again['url']}/version").json()["revision"] != "contained"
    wait_until(lambda: containers.all() == [], 120)
