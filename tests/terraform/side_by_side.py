"""The stand-in and the real provider, each with a whole local cloud of its own: the same code, and what each leaves."""

import json
import os
import re
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

ID = "[0-9a-f]{8,17}"
CHOSEN = {
    rf"\b(acl|cidr-assoc|eipassoc|eni)-{ID}\b": r"\1-ID",
    rf"\br-rtb-{ID}": "r-rtb-ID",
    r"\b(127|10)([.-])\d+[.-]\d+[.-]\d+(?=$|\.us-west-1)": r"\1\2ADDRESS",
    r"\b2400:6500:[0-9a-f:]+": "IPV6",
    rf"\b(acl|aclassoc|eipalloc|eni|fl|igw|nat|pl|rtb|rtbassoc|sg|sgr|subnet|vpc|vpce)-{ID}\b": r"\1-ID",
    r"\bnacl-\d+\b": "nacl-ID",
    r"\b(vpce-ID)-[0-9a-f]{8}\b": r"\1-ID",
    r"^[0-9A-F]{13}$": "ZONE",
    r"^10\.\d+\.\d+\.\d+$": "ADDRESS",
    rf"((?:loadbalancer|listener|listener-rule)/app/[\w-]+/){ID}(/{ID})*": r"\1ID",
    rf"(app/[\w-]+/){ID}": r"\1ID",
    rf"(targetgroup/[\w-]+/){ID}": r"\1ID",
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "UUID",
    r"\b[A-Za-z0-9]{48}\b": "RULE",
    r"\b20\d{16}[0-9a-f]{8}\b": "STAMP",
    r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?": "TIME",
    r"(:secret:[\w/+=.@-]+)-[A-Za-z0-9]{6}\b": r"\1-ID",
    r"scalable-target/\w+": "scalable-target/ID",
    r"\b127(\.\d{1,3}){3}\b": "ADDRESS",
    r"\bdb-[A-Z0-9]{26}\b": "db-ID",
    r"(secret:rds!db-[\w-]+?)-\w{6}\b": r"\1-ID",
    r"\b(AROA|AIDA|AKIA)[A-Z0-9]+": r"\1ID",
    r"^[a-z]{8}$": "ID",
    r"((?:/apis|/vpclinks|integrations)/)[a-z]{8}\b": r"\1ID",
    r"\b[a-z]{8}(\.execute-api)": r"ID\1",
    r"(:execute-api:[\w-]+:\d+:)[a-z]{8}\b": r"\1ID",
    r"^Z[A-Z0-9]{8,31}_": "ZONE_",
    r"\b20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC": "TIME",
    r"http://127[\d.]+:8080": "http://ADDRESS",
}
"""What AWS chooses, and the provider's names by the time."""
BY_CHANCE = ("latest_restorable_time", "lock_token")


@dataclass(frozen=True)
class Side:
    daemon: Daemon
    workspace: Workspace
    values: Mapping[str, str]
    """The variables, which differ between the two clouds."""

    async def state(self) -> dict[str, Any]:
        """Return every resource's attributes, with names in the place of what differs by chance."""
        return {address: self._comparable(each) for address, each in (await self.workspace.state()).items()}

    def _comparable(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._comparable(each) for name, each in value.items() if name not in BY_CHANCE}
        if isinstance(value, list):
            return sorted((self._comparable(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
        if (parsed := _read(value)) is not None:
            return self._comparable(parsed)
        if isinstance(value, str | int) and str(value) in self.values.values():
            return next(f"<{name}>" for name, each in self.values.items() if each == str(value))
        return self._without_chosen(value) if isinstance(value, str) else value

    def _without_chosen(self, text: str) -> str:
        for pattern, instead in CHOSEN.items():
            text = re.sub(pattern, instead, text)
        return text


def _read(value: Any) -> Any:
    """Return the list or object that a text is in JSON; None for any other value."""
    if not isinstance(value, str) or not value.startswith(("[", "{")):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


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
        ours, theirs = await self.stand_in.state(), await self.real.state()
        found = [f"only {'ours' if each in ours else 'theirs'}: {each}" for each in sorted(ours.keys() ^ theirs.keys())]
        for address in sorted(ours.keys() & theirs.keys()):
            one, other = ours[address], theirs[address]
            found += [
                f"{address}.{name}: ours {one.get(name)!r}, theirs {other.get(name)!r}"
                for name in sorted(one.keys() | other.keys())
                if one.get(name) != other.get(name)
            ]
        return found

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
    settings = os.environ.get("TF_CLI_CONFIG_FILE")
    if not settings or not Path(settings).exists() or find_provider(Path(settings)) is None:
        pytest.skip("the real provider is not at hand: TF_CLI_CONFIG_FILE names no mirror with it")
    return settings


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
