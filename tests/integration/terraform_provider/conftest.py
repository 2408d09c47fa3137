"""A local cloud that is empty, and Terraform that applies to it through the stand-in."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from ops.terraform.program import NOWHERE
from terraform_provider.runner import terraform
from tests.integration.localcloud.conftest import Cloud, running_cloud
from tests.integration.localcloud.ecs.daemon import Daemon, start
from tests.integration.terraform_provider.balanced_network import NOBODYS, declare, variables
from tests.integration.terraform_provider.workspace import Workspace, attached


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path / "cloud", {}) as made:
        yield made


@pytest.fixture
async def unattached(cloud: Cloud, tmp_path: Path) -> Workspace:
    """A workspace in which Terraform starts the stand-in itself, several times for each command."""
    return await initialized(tmp_path / "terraform", cloud.host.endpoint_url)


@pytest.fixture
def workspace(unattached: Workspace) -> Iterator[Workspace]:
    with attached(unattached):
        yield unattached


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A whole local cloud, with load balancers and ECS."""
    made = start(tmp_path / "whole")
    try:
        yield made
    finally:
        assert made.stop() == 0


@pytest.fixture
async def balanced(daemon: Daemon, tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace whose code can use a network: var.vpc, var.subnet_a ..."""
    made = await initialized(tmp_path / "terraform", str(daemon.endpoint["endpoint"]))
    declare(made, variables(daemon))
    with attached(made):
        yield made


@pytest.fixture
async def planned_only(tmp_path: Path) -> AsyncIterator[Workspace]:
    """A workspace like `balanced`, but without a local cloud: for code that is refused before the first call."""
    made = await initialized(tmp_path / "terraform", NOWHERE)
    declare(made, NOBODYS)
    with attached(made):
        yield made


async def initialized(directory: Path, endpoint_url: str) -> Workspace:
    """Return a directory of Terraform code, empty but for the provider; skip the test without Terraform."""
    await asyncio.to_thread(directory.mkdir)
    try:
        terraform.find()
    except terraform.NoTerraform as exc:
        pytest.skip(str(exc))
    made = Workspace(directory, endpoint_url)
    await made.init()
    return made
