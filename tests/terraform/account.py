"""A local cloud as an empty AWS account, and the Terraform code that a provider applies to it."""

import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from ops.cost import terraform
from ops.terraform.program import Provider, environment_of, settings_for
from tests.integration.localcloud.ecs.daemon import Daemon, start
from tests.terraform.census import census
from tests.terraform.planning import prepared_copy, program

HOME, REPLICA = "us-west-1", "us-west-2"
APPLY_TIMEOUT_S = 1500
# The provider's own waits: 60 s before it looks at a database, 30 s at a cache, three looks that agree.
OVERRIDE = """
provider "aws" {
  s3_use_path_style = true # a bucket is no host name here
}

provider "aws" {
  alias             = "replica"
  s3_use_path_style = true
}
"""


@dataclass
class Account:
    """A local cloud as an AWS account, and the Terraform code beside it.

    settings: the environment variables that make Terraform find the provider.
    """

    daemon: Daemon
    workspace: terraform.Workspace
    settings: Mapping[str, str]
    seconds: dict[str, float] = field(default_factory=dict)

    def client(self, service: str, region: str = HOME) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.daemon.endpoint["endpoint"],
            region_name=region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 2}, s3={"addressing_style": "path"}),
        )

    def census(self) -> set[str]:
        return census(self.client, HOME, (HOME, REPLICA))

    def terraform(self, verb: str, arguments: list[str], *, expect: int = 0, plain: bool = False) -> str:
        """Run it, note its time; -> what it printed. `plain`: a subcommand that takes neither -input nor -no-color."""
        begin = time.monotonic()
        done = subprocess.run(
            [
                *self.workspace.command,
                f"-chdir={self.workspace.directory}",
                verb,
                *([] if plain else ["-input=false", "-no-color"]),
                *arguments,
            ],
            env=environment_of(self.daemon.endpoint["endpoint"]) | self.settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=APPLY_TIMEOUT_S,
            check=False,
        )
        self.seconds[verb] = round(time.monotonic() - begin)
        assert done.returncode == expect, f"terraform {verb}: exit {done.returncode}\n{_end_of(done.stdout)}"
        return done.stdout


@contextmanager
def new_account(directory: Path, provider: Provider) -> Iterator[Account]:
    """Create an empty one."""
    program()  # skips without Terraform
    settings = settings_for(provider, directory / "provider")
    workspace = code_for(settings, directory / "terraform")
    daemon = start(directory / "cloud")
    try:
        yield Account(daemon, workspace, settings)
    finally:
        assert daemon.stop() == 0


def code_for(settings: Mapping[str, str], directory: Path) -> terraform.Workspace:
    """Initialize a copy of the code with the provider of these settings; skips the test without one."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        workspace = prepared_copy(directory)
    (workspace.directory / "zz_local_override.tf").write_text(OVERRIDE)
    return workspace


def _end_of(output: str) -> str:
    """The errors, or else the last that was said."""
    at = output.find("Error: ")
    return output[at : at + 6000] if at >= 0 else output[-6000:]
