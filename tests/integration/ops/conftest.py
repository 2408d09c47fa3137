"""moto as an AWS account, a local cloud, and a directory of Terraform code that the stand-in applies to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ops import environment
from ops.aws.clients import Aws
from ops.configuration import PROJECT_ROOT
from ops.environment import LocalEndpoint
from ops.local_health import open_directly
from ops.terraform import targets, workspace
from ops.terraform.program import Provider
from ops.terraform.workspace import Workspace
from terraform_provider.runner import terraform
from tests.integration.localcloud.ecs.daemon import Daemon, start
from tests.integration.terraform_provider.workspace import stand_in
from tests.unit.ops.conftest import POLL_INTERVAL_S, console, local, scripted, silent_endpoint, source, wire

__all__ = ["console", "scripted", "silent_endpoint", "source", "wire"]

BEGINNING = """
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

provider "aws" {
  region            = "us-west-1"
  s3_use_path_style = true
}
"""
OVERRIDE = 'terraform {\n  backend "local" {}\n}\n'


@dataclass
class Code:
    """Code beside a local cloud. said: what was said to people. attachment: variables of a stand-in that runs."""

    directory: Path
    endpoint: LocalEndpoint
    daemon: Daemon
    said: list[str] = field(default_factory=list)
    attachment: Mapping[str, str] = field(default_factory=dict)

    @property
    def group(self) -> str:
        """A log group's name that no other test of the same local cloud has: var.group."""
        return f"/ours/{self.directory.name}"

    def write(self, hcl: str) -> None:
        source = self.directory / "source"
        source.mkdir(exist_ok=True)
        variable = f'variable "group" {{\n  default = "{self.group}"\n}}\n'
        (source / "main.tf").write_text(BEGINNING + variable + hcl)

    def prepared(self) -> Workspace:
        there = targets.local_target(self.endpoint, Provider.STAND_IN)
        target = workspace.Target(
            provider=there.provider,
            environment={**there.environment, **self.attachment},
            override=OVERRIDE,
            source=self.directory / "source",
        )
        return workspace.prepare(self.directory / "work", target, self.said.append)


@pytest.fixture
def aws(aws_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """A clean account in moto."""
    monkeypatch.setattr(environment, "LOCAL_POLL_INTERVAL_S", POLL_INTERVAL_S)
    with open_directly(f"{aws_endpoint}/moto-api/reset", data=b"", timeout=60) as answer:
        assert answer.status == 200
    return Aws(local(aws_endpoint, tmp_path / "images"))


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    made = start(tmp_path_factory.mktemp("cloud") / "data")
    try:
        yield made
    finally:
        assert made.stop() == 0


@pytest.fixture
def code(daemon: Daemon, tmp_path: Path) -> Code:
    try:
        terraform.find()
    except terraform.NoTerraform as exc:
        pytest.skip(str(exc))
    return Code(tmp_path, endpoint_of(daemon), daemon)


@pytest.fixture
def attached_code(code: Code) -> Iterator[Code]:
    """Code for tests in which Terraform need not start the stand-in, which it does several times for each command."""
    there = targets.local_target(code.endpoint, Provider.STAND_IN)
    with stand_in({**there.environment, "PYTHONPATH": str(PROJECT_ROOT)}) as attachment:
        code.attachment = attachment
        yield code


def endpoint_of(daemon: Daemon) -> LocalEndpoint:
    reported = daemon.endpoint
    return LocalEndpoint(
        endpoint=reported["endpoint"],
        region=reported["region"],
        account_id=reported["account_id"],
        pid=reported["pid"],
        image_store=Path(reported["image_store"]),
        speed=reported["speed"],
        data_dir=daemon.directory,
    )
