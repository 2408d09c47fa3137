"""Terraform in a directory of its own, with the stand-in as its provider and an endpoint behind it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from terraform_provider.runner import mirror, terraform

TIMEOUT_S = 300
PREAMBLE = """
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
"""
PROVIDER = """
provider "aws" {
  region = "us-west-1"
  default_tags {
    tags = {
      project = "spendsense"
    }
  }
}
"""


@dataclass
class Workspace:
    directory: Path
    endpoint_url: str
    command: Sequence[str] = field(default_factory=lambda: terraform.find().command)
    provider: str = PROVIDER
    more_environment: Mapping[str, str] = field(default_factory=dict)

    async def init(self) -> None:
        """Let Terraform find the stand-in; without a network, as no registry is in its configuration."""
        self.write("")
        await self.succeed("init", "-input=false")

    def write(self, hcl: str) -> None:
        (self.directory / "main.tf").write_text(PREAMBLE + self.provider + hcl)

    async def apply(self, hcl: str | None = None, *options: str) -> str:
        if hcl is not None:
            self.write(hcl)
        return await self.succeed("apply", "-auto-approve", "-input=false", *options)

    async def destroy(self) -> str:
        return await self.succeed("destroy", "-auto-approve", "-input=false")

    async def changes(self, hcl: str | None = None) -> dict[str, list[str]]:
        """Plan, and return what would be done to each resource that does not stay as it is."""
        plan = await self.plan(hcl)
        actions = {each["address"]: each["change"]["actions"] for each in plan.get("resource_changes", [])}
        return {address: each for address, each in actions.items() if each not in (["no-op"], ["read"])}

    async def plan(self, hcl: str | None = None) -> dict[str, Any]:
        """Plan, and return `terraform show -json` of the plan."""
        if hcl is not None:
            self.write(hcl)
        await self.succeed("plan", "-input=false", "-out=plan")
        shown: dict[str, Any] = json.loads(await self.succeed("show", "-json", "plan"))
        return shown

    async def state(self) -> dict[str, dict[str, Any]]:
        """Return the attributes of every resource and data source in the state, by address."""
        shown = json.loads(await self.succeed("show", "-json"))
        root = shown.get("values", {}).get("root_module", {})
        return {each["address"]: each["values"] for each in root.get("resources", [])}

    async def succeed(self, *arguments: str) -> str:
        done = await self.run(*arguments)
        assert done.returncode == 0, f"terraform {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    async def fail(self, *arguments: str) -> str:
        """Run what should fail, and return Terraform's errors as one line each."""
        done = await self.run(*arguments)
        assert done.returncode != 0, f"terraform {' '.join(arguments)} succeeded:\n{done.stdout}"
        return " ".join(done.stderr.replace("│", " ").split())

    async def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return await asyncio.to_thread(
            subprocess.run,
            [*self.command, *arguments, *(["-no-color"] if arguments[0] != "fmt" else [])],
            cwd=self.directory,
            env=self.environment(),
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
        )

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
        return kept | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "CHECKPOINT_DISABLE": "1",
            "NO_PROXY": "127.0.0.1",
            "PYTHONPATH": str(mirror.PROJECT),
            "TF_CLI_CONFIG_FILE": str(mirror.write(self.directory)),
            **self.more_environment,
        }


@contextmanager
def attached(workspace: Workspace) -> Iterator[None]:
    """Run one stand-in for all of a workspace's commands."""
    with stand_in(workspace.environment()) as attachment:
        workspace.more_environment = attachment
        yield


@contextmanager
def stand_in(environment: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Variables with which every Terraform uses the same stand-in: to start it is most of the work of a plan."""
    command = [sys.executable, "-P", "-m", "terraform_provider", "--debug"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as provider:
        assert provider.stdout is not None
        attachment = provider.stdout.readline()
        assert attachment, f"the stand-in ended with {provider.wait()}"
        yield {"TF_REATTACH_PROVIDERS": attachment}
