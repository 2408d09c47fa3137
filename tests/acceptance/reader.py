"""A reader of infrastructure/README.md: a checkout of their own, an empty local cloud, and the page's commands."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from ops.terraform.program import environment_of
from tests import documented
from tests.acceptance.command import BIN, PROJECT
from tests.integration.localcloud.ecs.daemon import Daemon, start

PAGE = PROJECT / "infrastructure" / "README.md"
BOOTSTRAP_PAGE = PROJECT / "infrastructure" / "bootstrap" / "README.md"
TIMEOUT_S = 1500
# A bucket is no host name here.
OVERRIDE = 'provider "aws" {\n  s3_use_path_style = true\n}\n'
REPLICA = 'provider "aws" {\n  alias             = "replica"\n  s3_use_path_style = true\n}\n'


@dataclass
class Reader:
    """A reader with a checkout and an administrator's credentials, who types the page's commands."""

    daemon: Daemon
    checkout: Path
    environment: dict[str, str]

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.daemon.endpoint["endpoint"],
            region_name="us-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def types(self, commands: str, where: Path) -> Path:
        """Run the commands in one shell, which ends at the first that fails; return its last directory."""
        ended_in = self.checkout.parent / "ended-in"
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", f"{commands}\npwd > {ended_in}"],
            cwd=where,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return Path(ended_in.read_text().strip())


def steps() -> dict[str, str]:
    """Return each numbered step of the page by its first words."""
    section = PAGE.read_text().partition("## First apply in an empty account")[2].partition("\n## ")[0]
    parts = re.split(r"^\d\. \*\*([^*]+)\*\*", section, flags=re.MULTILINE)
    return {name.strip(". "): text for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def blocks(text: str) -> list[str]:
    found = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return [documented.joined(each) for each in found]


def inline(text: str, start: str) -> str:
    """Return the only command in backquotes that begins with these words."""
    (found,) = [piece for piece in documented.inline(text) if piece.startswith(start)]
    return found


@contextmanager
def reading(
    directory: Path, terraform: Sequence[str], settings: Mapping[str, str], packages: Collection[str] = ()
) -> Iterator[Reader]:
    """Give a reader. terraform: its command. settings: make it find a provider. packages: ours, in the checkout too."""
    checkout, tools = directory / "checkout", directory / "bin"
    checkout.mkdir()
    ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "__pycache__")
    for name in ("infrastructure", "app", *packages):
        shutil.copytree(PROJECT / name, checkout / name, ignore=ignored)
    for name in ("Dockerfile", "requirements.txt"):
        shutil.copy(PROJECT / name, checkout)
    (checkout / "infrastructure" / "bootstrap" / "zz_local_override.tf").write_text(OVERRIDE)
    (checkout / "infrastructure" / "terraform" / "zz_local_override.tf").write_text(OVERRIDE + REPLICA)
    tools.mkdir()
    written = {
        "terraform": f'exec {shlex.join(terraform)} "$@"',
        "docker": f'exec "{sys.executable}" -m tests.acceptance.docker_stand_in "$@"',
    }
    for name, text in written.items():
        (tools / name).write_text(f"#!/bin/sh\n{text}\n")
        (tools / name).chmod(0o755)
    daemon = start(directory / "cloud")
    endpoint = daemon.endpoint["endpoint"]
    identity = {"GIT_AUTHOR_NAME": "r", "GIT_AUTHOR_EMAIL": "r@example.com"}
    identity |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in identity.items()}
    environment = environment_of(endpoint) | identity | {
        "PATH": f"{tools}:{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": f"{checkout}:{PROJECT}" if packages else str(PROJECT),
        "LOCAL_CLOUD": str(daemon.directory),
        "AWS_DEFAULT_REGION": "us-west-1",
        "AWS_PAGER": "",
        "SPENDSENSE_HOME": str(directory / "home"),
        # What a reader answers when asked, and what differs on a machine that is no AWS.
        "TF_CLI_ARGS_apply": "-auto-approve -input=false",
        "TF_CLI_ARGS_init": "-force-copy",
        **{f"AWS_ENDPOINT_URL_{service}": endpoint for service in ("S3", "DYNAMODB", "STS", "IAM")},
        **settings,
    }  # fmt: skip
    created = Reader(daemon, checkout, environment)
    created.types("git init -q && git add -A && git commit -qm first", checkout)
    try:
        yield created
    finally:
        assert daemon.stop() == 0
