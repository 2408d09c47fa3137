"""The `spendsense` command as a user runs it, bound to a scratch directory."""

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil

from tests.acceptance.roles import credentials, environment_in, session
from tests.ports import free_pair

PROJECT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COMMAND_TIMEOUT_S = 600


def client(up: Any, service: str, **more: Any) -> Any:
    """A boto3 client as anybody would create it. up: what `up --json` printed, or any endpoint with its region."""
    return boto3.client(
        service,
        endpoint_url=up["endpoint"],
        region_name=up["region"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        **more,
    )


@dataclass
class Spendsense:
    """The command, bound to a scratch home."""

    home: Path
    role: str | None = None
    """The role (`apply`) of every command; None: each has the one that it is for."""

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "SPENDSENSE_HOME": str(self.home)}

    def environment_of(self, *arguments: str) -> dict[str, str]:
        """Return the environment with the credentials of the role that a command is for."""
        if self.role is None:
            return self.environment | credentials(self.home, arguments)
        return self.environment | session(self.home, environment_in(arguments), self.role)

    def __call__(
        self, *arguments: str, expect: int | None = 0, timeout_s: float = COMMAND_TIMEOUT_S
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end; `expect` is the required exit status, None for any."""
        done = subprocess.run(
            [BIN / "spendsense", *arguments],
            env=self.environment_of(*arguments),
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        if expect is not None:
            assert done.returncode == expect, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def first_up(self, *arguments: str, timeout_s: float = COMMAND_TIMEOUT_S) -> Any:
        """Start the environment from nothing; return what `up --json` printed.

        At a port of its own: the one that everybody takes may go to another while this environment is down.
        """
        ports = ("--port", "0", "--listener-port", str(free_pair()))
        return self.json("up", *ports, *arguments, timeout_s=timeout_s)

    def json(self, *arguments: str, expect: int | None = 0, timeout_s: float = COMMAND_TIMEOUT_S) -> Any:
        return json.loads(self(*arguments, "--json", expect=expect, timeout_s=timeout_s).stdout)

    def end(self, *options: str) -> None:
        """Bring an environment down; whatever else of this home still runs is named and killed, and fails the test."""
        down = self("down", *options, expect=None)
        left = [f"{process}: {_shown(process)}" for process in self.processes()]
        for process in self.processes():
            process.kill()
        assert not left, f"left running: {left}, after `down` (exit {down.returncode}): {down.stdout}{down.stderr}"

    def processes(self) -> list[psutil.Process]:
        """Return the processes that belong to this home, by their command line, directory or environment."""
        return [process for process in psutil.process_iter() if self._owns(process)]

    def _owns(self, process: psutil.Process) -> bool:
        home = str(self.home)
        try:
            if process.pid == os.getpid() or not runs(process):
                return False
            return (
                any(home in part for part in process.cmdline())
                or process.cwd().startswith(home)
                or process.environ().get("SPENDSENSE_HOME") == home
            )
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    def listening(self) -> set[tuple[str, int]]:
        """Return the addresses that those processes listen on."""
        addresses: set[tuple[str, int]] = set()
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # it has ended
                connections = process.net_connections("tcp")
                listening = (each.laddr for each in connections if each.status == psutil.CONN_LISTEN)
                addresses |= {(address.ip, address.port) for address in listening}
        return addresses


def _shown(process: psutil.Process) -> str:
    try:
        return f"{process.cmdline()} in {process.cwd()}"
    except psutil.Error as error:
        return str(error)


def runs(process: psutil.Process) -> bool:
    """Return whether a process still runs; a zombie does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
