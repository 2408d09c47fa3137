"""The stand-in and the real provider, each with a whole local cloud of its own: the same code, and what each leaves."""

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from scripts.provider_schema.plugin import find_provider
from tests.integration.localcloud.ecs.daemon import Daemon, start
from tests.integration.terraform_provider.balanced_network import declare, variables
from tests.integration.terraform_provider.workspace import Workspace
from tests.terraform.comparable import comparable, differences


@dataclass(frozen=True)
class Side:
    daemon: Daemon
    workspace: Workspace
    values: Mapping[str, str]
    """The variables, which differ between the two clouds."""

    async def state(self) -> dict[str, Any]:
        """Return every resource's attributes, with names in the place of what differs by chance."""
        return {address: comparable(each, self._named) for address, each in (await self.workspace.state()).items()}

    def _named(self, text: str) -> str:
        return next((f"<{name}>" for name, each in self.values.items() if each == text), text)


@dataclass(frozen=True)
class Sides:
    stand_in: Side
    real: Side

    async def apply(self, hcl: str) -> None:
        for side in (self.stand_in, self.real):
            await side.workspace.apply(hcl)

    async def destroy(self) -> None:
        for side in (self.stand_in, self.real):
            await side.workspace.destroy()

    async def differences(self) -> list[str]:
        """Compare both states, attribute by attribute."""
        return [str(each) for each in differences(await self.stand_in.state(), await self.real.state())]

    async def plans_on_the_other_state(self) -> dict[str, dict[str, list[str]]]:
        """Let each plan on the state that the other wrote; return the changes, by who plans them."""
        return {
            "the real provider": await _exchanged(self.stand_in, self.real).changes_there(),
            "the stand-in": await _exchanged(self.real, self.stand_in).changes_there(),
        }


@dataclass(frozen=True)
class _Exchange:
    workspace: Workspace
    source: Path

    async def changes_there(self) -> dict[str, list[str]]:
        await self.workspace.init()
        for file in ("main.tf", "terraform.tfstate"):
            shutil.copy(self.source / file, self.workspace.directory)
        return await self.workspace.changes()


def _exchanged(written_by: Side, planned_by: Side) -> _Exchange:
    """Prepare a directory with the code and the state of one side, and the provider of the other."""
    source = written_by.workspace.directory
    directory = source.with_name(f"{source.name}-exchanged")
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    for file in ("variables.tf", "terraform.tfvars.json"):
        shutil.copy(source / file, directory)
    endpoint_url = written_by.workspace.endpoint_url
    return _Exchange(replace(planned_by.workspace, directory=directory, endpoint_url=endpoint_url), source)


def settings_of_real_provider() -> str:
    """Return the CLI configuration that names a mirror with it; skip the test where there is none."""
    if not has_real_provider():
        pytest.skip("the real provider is not at hand: TF_CLI_CONFIG_FILE names no mirror with it")
    return os.environ["TF_CLI_CONFIG_FILE"]


def has_real_provider() -> bool:
    settings = Path(os.environ.get("TF_CLI_CONFIG_FILE", ""))
    return settings.is_file() and find_provider(settings) is not None


@asynccontextmanager
async def side_by_side(directory: Path) -> AsyncIterator[Sides]:
    """Give both, with the variables of balanced_network; skip the test without the real provider."""
    real = {"TF_CLI_CONFIG_FILE": settings_of_real_provider(), "AWS_EC2_METADATA_DISABLED": "true"}
    environments: dict[str, dict[str, str]] = {"stand_in": {}, "real": real}
    sides: dict[str, Side] = {}
    try:
        for name, environment in environments.items():
            daemon = start(directory / f"cloud-{name}")
            (directory / name).mkdir()
            workspace = Workspace(directory / name, str(daemon.endpoint["endpoint"]), more_environment=environment)
            sides[name] = Side(daemon, workspace, variables(daemon))
            declare(workspace, sides[name].values)
            await workspace.init()
        yield Sides(**sides)
    finally:
        for side in sides.values():
            side.daemon.stop()
