"""The command line of a container engine: docker or podman, run as a process for each request."""

import json
import logging
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.machine.ledger import Ledger
from localcloud.machine.processes import Child

log = logging.getLogger(__name__)

LONGEST_S = 300.0
"""Real seconds for one request; loading an image of a gigabyte takes a minute."""
LABEL = "localcloud.environment"
RUN_LABEL = "localcloud.run"
INIT_PROGRAMS = (Path("/usr/libexec/podman/catatonit"), Path("/usr/bin/catatonit"), Path("/usr/lib/podman/catatonit"))


class EngineFailed(Exception):
    """The engine refused, or could not; the message is its own."""


@dataclass(frozen=True, kw_only=True)
class State:
    """A container's state. `pid`: 0 when it does not run."""

    pid: int
    exit_code: int
    has_started: bool
    was_out_of_memory: bool


@dataclass(frozen=True, kw_only=True)
class Engine:
    """`program`: its path. `environment`: the id of this local cloud's data directory; `run`: of its current run."""

    program: str
    name: str
    version: str
    environment: str
    run: str
    ledger: Ledger

    @property
    def is_podman(self) -> bool:
        return self.name == "podman"

    @property
    def has_init(self) -> bool:
        """Return whether it has the program that `initProcessEnabled` puts in front; docker brings its own."""
        return not self.is_podman or any(path.exists() for path in INIT_PROGRAMS)

    @property
    def labels(self) -> list[str]:
        return ["--label", f"{LABEL}={self.environment}", "--label", f"{RUN_LABEL}={self.run}"]

    def image_name(self, digest: str) -> str:
        """Return the name under which it has an image of ours. `digest`: of the image's manifest."""
        return f"localhost/localcloud-{self.environment}:{digest.removeprefix('sha256:')}"

    def volume_name(self, task_id: str, volume: str) -> str:
        return f"localcloud-{self.environment}-{task_id}-{volume}"

    async def __call__(
        self,
        *words: str,
        env: Mapping[str, str] | None = None,
        pass_fds: Sequence[int] = (),
        stdin: int = subprocess.DEVNULL,
    ) -> list[str]:
        """Make one request; return the lines that it wrote. Errors: EngineFailed, OSError."""
        lines: list[str] = []
        child = Child(f"{self.name} {words[0]}", self.ledger, lines.append)
        environment = None if env is None else {**os.environ, **env}
        await child.start([self.program, *words], env=environment, pass_fds=pass_fds, stdin=stdin)
        try:
            code = await child.stop_after(LONGEST_S)
        finally:
            child.kill()
        if code != 0:
            raise EngineFailed(reason(lines) or f"{self.name} {words[0]} ended with {code}")
        return lines

    async def try_to(self, *words: str) -> None:
        """Make a request whose failure harms nothing, such as removing what may be gone; it is only logged."""
        try:
            await self(*words)
        except (EngineFailed, OSError) as exc:
            log.info("%s %s: %s", self.name, words[0], exc, extra={"action": "engine_refused"})

    async def state(self, container: str) -> State | None:
        """Return a container's state; None when there is no such container."""
        try:
            lines = await self("container", "inspect", "--format", "{{json .State}}", container)
        except (EngineFailed, OSError):
            return None
        raw: dict[str, Any] = json.loads(next(line for line in lines if line.startswith("{")))
        return State(
            pid=int(raw["Pid"]),
            exit_code=int(raw["ExitCode"]),
            has_started=not str(raw["StartedAt"]).startswith("0001"),
            was_out_of_memory=bool(raw.get("OOMKilled")),
        )


def reason(lines: Sequence[str]) -> str:
    """Return what an engine gives as its reason: its last line, without the word before it."""
    last = next((line for line in reversed(lines) if line.strip()), "")
    for prefix in ("Error: ", "Error response from daemon: ", "docker: "):
        last = last.removeprefix(prefix)
    return last.strip()


def remove_containers(program: str, label: str) -> None:
    """Remove all containers with a label and their volumes, also running ones. Blocks. Errors: OSError.

    `label`: with its value. What the engine cannot remove is logged.
    """
    _remove(program, ["ps", "--all", "--quiet", "--filter", f"label={label}"], ["rm", "--force", "--volumes"])


def remove_volumes(program: str, environment: str) -> None:
    """Remove all volumes of an environment. Blocks. Errors: OSError."""
    _remove(program, ["volume", "ls", "--quiet", "--filter", f"name=localcloud-{environment}-"], ["volume", "rm"])


def _remove(program: str, listing: Sequence[str], removing: Sequence[str]) -> None:
    listed = subprocess.run([program, *listing], check=False, capture_output=True, text=True, timeout=LONGEST_S)
    found = listed.stdout.split()
    failure = listed.stderr if listed.returncode else ""
    if found:
        removed = subprocess.run(
            [program, *removing, *found], check=False, capture_output=True, text=True, timeout=LONGEST_S
        )
        failure = removed.stderr if removed.returncode else ""
    if failure:
        log.warning("Containers are left: %s", failure.strip(), extra={"action": "containers_left"})
