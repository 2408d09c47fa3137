"""A local cloud that is empty, and Terraform that applies to it through the stand-in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from terraform_provider.runner import terraform
from tests.integration.localcloud.conftest import Cloud, running_cloud
from tests.integration.terraform_provider.workspace import Workspace


@pytest.fixture
async def cloud(tmp_path: Path) -> AsyncIterator[Cloud]:
    async with running_cloud(tmp_path / "cloud", {}) as made:
        yield made


@pytest.fixture
async def workspace(cloud: Cloud, tmp_path: Path) -> Workspace:
    """An initialised directory of Terraform code, empty but for the provider."""
    try:
        terraform.find()
    except terraform.NoTerraform as exc:
        pytest.skip(str(exc))
    directory = tmp_path / "terraform"
    directory.mkdir()
    made = Workspace(directory, cloud.host.endpoint_url)
    await made.init()
    return made
