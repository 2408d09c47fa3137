"""Parameter groups as in AWS: no-op changes, refusals, and changes that await a reboot."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.rds.databases import Databases
from localcloud.rds.requests.parameter_catalogue import catalogue
from tests.integration.localcloud.rds.instances import created, in_status
from tests.postgres import POSTGRES_BIN

GROUP = {"DBParameterGroupName": "settings"}


async def group(cloud: Any) -> None:
    await cloud.call("rds", "create_db_parameter_group", **GROUP, DBParameterGroupFamily="postgres16", Description="d")


async def change(cloud: Any, name: str, value: str, method: str = "immediate") -> None:
    parameters = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
    await cloud.call("rds", "modify_db_parameter_group", **GROUP, Parameters=[parameters])


async def parameters(cloud: Any, **more: str) -> dict[str, dict[str, Any]]:
    """Return the parameters of every page, by name."""
    found: dict[str, dict[str, Any]] = {}
    marker = {}
    while True:
        page = await cloud.call("rds", "describe_db_parameters", **GROUP, **more, **marker)
        found |= {each["ParameterName"]: each for each in page["Parameters"]}
        if "Marker" not in page:
            return found
        marker = {"Marker": page["Marker"]}


async def test_a_value_that_is_rdss_own_is_not_a_change_whatever_its_method(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await group(cloud)
        for name, value in (("rds.force_ssl", "1"), ("log_autovacuum_min_duration", "10000")):
            await change(cloud, name, value)
            shown = (await parameters(cloud))[name]
            assert (shown["Source"], shown["ApplyMethod"]) == ("system", "pending-reboot")
        assert await parameters(cloud, Source="user") == {}
        await change(cloud, "rds.force_ssl", "0")
        await change(cloud, "log_statement", "ddl")  # PostgreSQL's default is not RDS's: there is no value to keep
        shown = await parameters(cloud, Source="user")
        assert {name: (each["ParameterValue"], each["ApplyMethod"]) for name, each in shown.items()} == {
            "rds.force_ssl": ("0", "immediate"),
            "log_statement": ("ddl", "immediate"),
        }
        assert len(await parameters(cloud)) == len(catalogue())


@pytest.mark.parametrize(
    ("name", "value", "method", "code", "words"),
    [
        ("max_connections", "100", "immediate", "InvalidParameterCombination", "cannot use immediate apply method"),
        ("no_such_thing", "1", "immediate", "InvalidParameterValue", "Could not find parameter with name"),
        ("fsync", "0", "immediate", "InvalidParameterValue", "cannot be modified"),
        ("rds.force_ssl", "yes", "immediate", "InvalidParameterValue", "allowed values are: 0,1"),
        ("work_mem", "lots", "immediate", "InvalidParameterValue", "allowed values are: 64-2147483647"),
    ],
)
async def test_a_change_that_aws_refuses_changes_nothing(
    cloud_in: Any, tmp_path: Path, name: str, value: str, method: str, code: str, words: str
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await group(cloud)
        good = {"ParameterName": "log_statement", "ParameterValue": "ddl", "ApplyMethod": "immediate"}
        bad = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
        with pytest.raises(ClientError, match=words) as refused:
            await cloud.call("rds", "modify_db_parameter_group", **GROUP, Parameters=[good, bad])
        assert refused.value.response["Error"]["Code"] == code
        assert await parameters(cloud, Source="user") == {}


async def test_a_static_parameter_awaits_the_reboot_and_a_dynamic_one_does_not(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await group(cloud)
        await created(cloud, **GROUP)

        async def status() -> str:
            instance = await in_status(cloud, "available")
            assert [each["DBParameterGroupName"] for each in instance["DBParameterGroups"]] == ["settings"]
            return str(instance["DBParameterGroups"][0]["ParameterApplyStatus"])

        assert await status() == "in-sync"
        await change(cloud, "log_statement", "ddl")
        assert await status() == "in-sync"
        await change(cloud, "max_connections", "50", "pending-reboot")
        assert await status() == "pending-reboot"
        await cloud.call("rds", "reboot_db_instance", DBInstanceIdentifier="spendsense-local")
        assert await status() == "in-sync"
        with pytest.raises(ClientError, match="InvalidDBParameterGroupState"):
            await cloud.call("rds", "delete_db_parameter_group", **GROUP)


def test_the_catalogue_is_that_of_the_server(tmp_path: Path) -> None:
    printed = subprocess.run(
        [str(POSTGRES_BIN / "postgres"), "--describe-config"], check=True, capture_output=True, text=True
    ).stdout
    contexts = {name.lower(): context for name, context, *_ in (line.split("\t") for line in printed.splitlines())}
    own = {name: each for name, each in catalogue().items() if "." not in name and name in contexts}
    assert len(own) > 200
    assert {name for name, each in own.items() if each.is_static} == {
        name for name in own if contexts[name] == "postmaster"
    }


@pytest.mark.parametrize("name", ["1st", "a--b", "a-", "a_b", "a" * 256])
async def test_a_group_has_a_name_that_rds_accepts(cloud_in: Any, tmp_path: Path, name: str) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        with pytest.raises(
            ClientError, match=r"\(InvalidParameterValue\).*DBParameterGroupName is not a valid identifier"
        ):
            await cloud.call(
                "rds",
                "create_db_parameter_group",
                DBParameterGroupName=name,
                DBParameterGroupFamily="postgres16",
                Description="d",
            )
