"""The container engine of this machine, if there is one: docker, podman or buildah, or what CONTAINER_ENGINE names.

Podman and buildah keep what they make below a directory of the test's, and need no settings of the machine.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

KNOWN = ("docker", "podman", "buildah")
LONGEST_S = 600


@dataclass(frozen=True, kw_only=True)
class Engine:
    program: str
    scratch: Path

    @property
    def is_docker(self) -> bool:
        return Path(self.program).name == "docker"

    @property
    def plain_http(self) -> list[str]:
        """Return the options that allow HTTP to this machine; docker needs none."""
        return [] if self.is_docker else ["--tls-verify=false"]

    def __call__(self, *words: str, expect: int | None = 0, stdin: str = "") -> str:
        """Run it to its end; return what it wrote. expect: the required exit status, None for any."""
        own = [f"--root={self.scratch}/storage", f"--runroot={self.scratch}/run", "--storage-driver=vfs"]
        settings = {"DOCKER_CONFIG": str(self.scratch), "REGISTRY_AUTH_FILE": str(self.scratch / "auth.json")}
        done = subprocess.run(
            [self.program, *([] if self.is_docker else own), *words],
            env={**os.environ, **settings},
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        assert expect in (None, done.returncode), f"{words}: exit {done.returncode}\n{done.stdout}"
        return done.stdout

    def log_in(self, registry: str, password: str) -> None:
        self("login", *self.plain_http, "--username", "AWS", "--password-stdin", registry, stdin=password)

    def build(self, tag: str, context: Path) -> None:
        in_one_layer = [] if self.is_docker else ["--layers=false"]  # else each step copies all files
        self("build", *in_one_layer, "--tag", tag, str(context))

    def push(self, tag: str, expect: int | None = 0) -> str:
        return self("push", *self.plain_http, tag, expect=expect)


def engine_in(scratch: Path) -> Engine:
    """Return an engine that works here; the test is skipped where there is none."""
    named = os.environ.get("CONTAINER_ENGINE")
    tried = []
    for name in (named,) if named else KNOWN:
        program = shutil.which(name)
        if program is None:
            tried.append(f"{name} is not on PATH")
        elif subprocess.run([program, "info"], capture_output=True, timeout=LONGEST_S, check=False).returncode != 0:
            tried.append(f"`{name} info` fails")
        else:
            return Engine(program=program, scratch=scratch)
    pytest.skip(f"needs a container engine: {', '.join(tried)}")


def containerfile(
    copied: Mapping[str, str], environment: Sequence[str] = (), command: str = "[]", labels: Mapping[str, str] = {}
) -> str:
    """Return the text of a Dockerfile without a base image. copied: path in the context -> in the image."""
    lines = ["FROM scratch", *(f"COPY {source} {target}" for source, target in copied.items())]
    lines += [f'ENV {name}="{value}"' for name, _, value in (each.partition("=") for each in environment)]
    lines += [f'LABEL {name}="{value}"' for name, value in labels.items()]
    return "\n".join([*lines, "WORKDIR /srv", f"CMD {command}", ""])
