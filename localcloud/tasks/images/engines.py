"""Finds the container engine that runs pushed images, and removes what a local cloud leaves of its containers."""

import asyncio
import hashlib
import json
import logging
import platform
import shutil
import subprocess
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from localcloud.errors import CannotStart
from localcloud.machine import stored_files
from localcloud.machine.files import write_json
from localcloud.machine.ledger import Ledger
from localcloud.tasks.images.engine import LABEL, RUN_LABEL, Engine, remove_containers, remove_volumes
from localcloud.tasks.images.engine_images import drop

log = logging.getLogger(__name__)

RECORD = "container-engine.json"
ANSWER_S = 10.0
"""Real seconds in which an engine has to report its version."""
QUESTION = {
    "docker": "{{.ServerVersion}} {{.KernelVersion}}",
    "podman": "{{.Version.Version}} {{.Host.Kernel}}",
}
"""Engine -> the template by which it reports its version and its containers' kernel."""


class Choice(StrEnum):
    """The engine to use: `auto` takes the first that works, and none runs pushed images as processes."""

    AUTO = "auto"
    NONE = "none"
    DOCKER = "docker"
    PODMAN = "podman"


class Unusable(Exception):
    """Why an engine cannot be used."""


class Engines:
    """Part: the engine of one run of one local cloud. It is looked for once, at the start."""

    def __init__(self, data_directory: Path, run: str, choice: Choice, ledger: Ledger) -> None:
        self._record = data_directory / RECORD
        self._run = run
        self._choice = choice
        self._ledger = ledger
        self._engine: Engine | None = None
        self._said = "looked for"
        self._why = ""
        self._is_used = False  # by this run, or by one that was killed: else nothing is to be removed
        self._is_noted = False

    async def start(self) -> None:
        """Remove what a killed local cloud has left. Errors: CannotStart when the requested engine cannot be used."""
        self._is_used = self._record.exists()
        await asyncio.to_thread(remove_leftovers, self._record)
        self._engine = await asyncio.to_thread(self._find)
        if self._choice in (Choice.DOCKER, Choice.PODMAN) and self._engine is None:
            raise CannotStart(
                f"--container-engine {self._choice}: {self._why}; choose auto, or none to run images as processes"
            )

    async def stop(self) -> None:
        """Remove containers, volumes and images; the tasks have ended before."""
        if self._engine is not None and self._is_used:
            await asyncio.to_thread(remove_leftovers, self._record)
            await drop(self._engine)
            stored_files.remove(self._record)

    def status(self) -> dict[str, object]:
        """Return `engine`: its name and version, or `none`, with `why`."""
        status: dict[str, object] = {"status": "ready", "engine": self._said}
        return status | ({"why": self._why} if self._why else {})

    def chosen(self) -> Engine | None:
        """Return the engine, to use it; None where pushed images run as processes. Errors: OSError."""
        engine = self._engine
        if engine is not None and not self._is_noted:
            noted = {"program": engine.program, "environment": engine.environment, "run": self._run}
            write_json(self._record, noted)  # first: nothing else knows what a killed local cloud leaves
            self._is_used = self._is_noted = True
        return engine

    async def keep_only(self, digests: Iterable[str]) -> None:
        """Remove images from the engine, except those of these manifests."""
        if self._is_used and self._engine is not None:
            await drop(self._engine, list(digests))

    async def forget(self, task_id: str, volumes: Iterable[str]) -> None:
        """Remove the volumes of a task that has ended."""
        if (engine := self._engine) is not None:
            for volume in volumes:
                await engine.try_to("volume", "rm", engine.volume_name(task_id, volume))

    def _find(self) -> Engine | None:
        if self._choice is Choice.NONE:
            self._said, self._why = "none", "turned off by --container-engine none"
            return None
        names = ("docker", "podman") if self._choice is Choice.AUTO else (self._choice.value,)
        reasons = []
        for name in names:
            try:
                program, version = usable(name)
            except Unusable as exc:
                reasons.append(f"{name}: {exc}")
                continue
            self._said, self._why = f"{name} {version}", ""
            return Engine(
                program=program,
                name=name,
                version=version,
                environment=id_of(self._record),
                run=self._run,
                ledger=self._ledger,
            )
        self._said, self._why = "none", "; ".join(reasons)
        return None


def usable(name: str) -> tuple[str, str]:
    """Return an engine's path and version. Blocks. Errors: Unusable."""
    program = shutil.which(name)
    if program is None:
        raise Unusable("not on PATH")
    command = [program, "info", "--format", QUESTION[name]]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=ANSWER_S)
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise Unusable(str(exc)) from exc
    said = done.stdout.split()
    if done.returncode != 0 or len(said) != 2:
        why = (done.stderr.strip() or done.stdout.strip() or "it printed nothing").splitlines()[-1]
        raise Unusable(f"`{name} info` failed: {why}")
    version, kernel = said
    if kernel != platform.release():
        raise Unusable("its containers run on another machine, which cannot reach the addresses of this one")
    return program, version


def id_of(record: Path) -> str:
    """Return the id of the environment whose data directory has this record: two never share one."""
    return hashlib.sha256(str(record.resolve()).encode()).hexdigest()[:12]


def remove_leftovers(record: Path, run: str = "") -> None:
    """Remove the containers and volumes of the environment that has this record; blocks.

    `run`: only the containers of one run.
    """
    noted = stored_files.read(record, lambda content: dict[str, str](json.loads(content)), "containers may be left")
    # A copied data directory names the containers of the original.
    if noted is None or noted["environment"] != id_of(record):
        return
    try:
        if run:
            remove_containers(noted["program"], f"{RUN_LABEL}={run}")
        else:
            remove_containers(noted["program"], f"{LABEL}={noted['environment']}")
            remove_volumes(noted["program"], noted["environment"])
    except (OSError, subprocess.TimeoutExpired) as exc:
        log.warning("Containers may be left: %s", exc, extra={"action": "containers_left"})
