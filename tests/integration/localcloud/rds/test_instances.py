"""RDS's API with real PostgreSQL servers behind it."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from botocore.exceptions import ClientError

from localcloud.rds.databases import Databases
from tests.integration.localcloud.rds import instances as rds_instances
from tests.integration.localcloud.rds.instances import connected, created, described, in_status, query


async def test_an_instance_goes_from_creating_to_available_and_is_postgresql_16(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        answer = await created(cloud)
        assert answer["DBInstanceStatus"] == "creating"
        assert "Endpoint" not in answer
        instance = await in_status(cloud, "available")
        assert instance["EngineVersion"] == "16.10"
        assert instance["Endpoint"]["Port"] == 5432
        assert (await query(instance, "show server_version")).startswith("16.10")
        # The master role creates tables in its own database, and is no superuser.
        await query(instance, "create table notes (text text)")
        assert await query(instance, "select rolsuper from pg_roles where rolname = 'spend_admin'") is False
        with pytest.raises(asyncpg.InvalidPasswordError):
            await connected(instance, "not the password")


async def test_rows_and_endpoint_are_there_after_stop_and_start(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        before = await in_status(cloud, "available")
        await query(before, "create table notes as select 7 as number")
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        after = await described(cloud)
        assert after["DBInstanceStatus"] == "available"
        assert after["Endpoint"] == before["Endpoint"]
        assert await query(after, "select number from notes") == 7


async def test_a_killed_server_is_restarted_with_its_committed_rows(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        instance = await in_status(cloud, "available")
        await query(instance, "create table notes as select 7 as number")
        # A backend inside a long query would keep the cluster's shared memory.
        busy = await connected(instance)
        long_query = asyncio.create_task(busy.execute("select count(*) from generate_series(1, 1000000000)"))
        is_under_way = (
            "select exists(select from pg_stat_activity"
            " where state = 'active' and query like '%generate_series(1, 1%' and pid <> pg_backend_pid())"
        )
        await cloud.until(lambda: query(instance, is_under_way))
        server = cloud.parts["rds"].status()["instances"]["spendsense-local"]
        os.kill(server["pid"], signal.SIGKILL)
        await cloud.until(lambda: cloud.parts["rds"].status()["instances"]["spendsense-local"]["restarts"])
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await long_query
        instance = await in_status(cloud, "available")
        assert await query(instance, "select number from notes") == 7


async def test_a_new_master_password_is_the_one_that_counts(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        instance = await in_status(cloud, "available")
        await cloud.call(
            "rds",
            "modify_db_instance",
            DBInstanceIdentifier="spendsense-local",
            MasterUserPassword="second-password",
            ApplyImmediately=True,
        )
        assert await query(instance, "select 1", "second-password") == 1
        with pytest.raises(asyncpg.InvalidPasswordError):
            await connected(instance)


async def test_reboot_stop_start_and_delete_act_on_the_server(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        instance = await in_status(cloud, "available")
        name = {"DBInstanceIdentifier": "spendsense-local"}
        began = await query(instance, "select pg_postmaster_start_time()")
        assert (await cloud.call("rds", "reboot_db_instance", **name))["DBInstance"]["DBInstanceStatus"] == "rebooting"
        await in_status(cloud, "available")
        assert await query(instance, "select pg_postmaster_start_time()") > began
        await cloud.call("rds", "stop_db_instance", **name)
        await in_status(cloud, "stopped")
        with pytest.raises(ConnectionRefusedError):
            await connected(instance)
        await cloud.call("rds", "start_db_instance", **name)
        await in_status(cloud, "available")
        assert await query(instance, "select 1") == 1
        with pytest.raises(ClientError, match="FinalDBSnapshotIdentifier is required"):
            await cloud.call("rds", "delete_db_instance", **name)
        await cloud.call("rds", "delete_db_instance", **name, SkipFinalSnapshot=True)
        with pytest.raises(ConnectionRefusedError):
            await connected(instance)
        with pytest.raises(ClientError, match="DBInstanceNotFound"):
            await described(cloud)
        assert list((tmp_path / "rds").iterdir()) == []


@pytest.mark.long
async def test_an_instance_whose_file_is_damaged_keeps_endpoint_and_rows(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        instance = await in_status(cloud, "available")
        await query(instance, "create table notes as select 7 as number")
    (tmp_path / "rds" / "spendsense-local" / "instance.json").write_text("{")
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        again = await in_status(cloud, "available")
        assert again["Endpoint"] == instance["Endpoint"]
        assert await query(again, "select number from notes")
        [reported] = cloud.set_aside
        assert "instance.json.set-aside: cannot be read (JSONDecodeError): recreated from its record" in reported


@pytest.mark.long
async def test_an_instance_that_was_stopped_stays_stopped_over_a_restart(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        await in_status(cloud, "available")
        await cloud.call("rds", "stop_db_instance", DBInstanceIdentifier="spendsense-local")
        await in_status(cloud, "stopped")
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        instance = await described(cloud)
        assert instance["DBInstanceStatus"] == "stopped"
        with pytest.raises(ConnectionRefusedError):
            await connected(instance)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Engine": "mysql"}, "InvalidParameterValue"),
        ({"EngineVersion": "15.3"}, "InvalidParameterCombination"),
        ({"MasterUserPassword": "with/slash/es"}, "InvalidParameterValue"),
        ({"MasterUsername": "rdsadmin"}, "InvalidParameterValue"),
    ],
)
async def test_what_cannot_be_run_is_refused(
    cloud_in: Any, tmp_path: Path, parameters: dict[str, str], code: str
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        with pytest.raises(ClientError) as caught:
            await created(cloud, **parameters)
        assert caught.value.response["Error"]["Code"] == code
        answer = await cloud.call("rds", "describe_db_instances")
        assert answer["DBInstances"] == []


async def test_rds_keeps_the_password_in_a_secret_and_rotates_it(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:

        async def password(arn: str) -> str:
            value = json.loads((await cloud.call("secretsmanager", "get_secret_value", SecretId=arn))["SecretString"])
            assert value["username"] == "spend_admin"
            return str(value["password"])

        request = {"ManageMasterUserPassword": True}
        with pytest.raises(ClientError, match="InvalidParameterCombination"):
            await created(cloud, **request)
        await rds_instances.created_with_secret(cloud)
        instance = await in_status(cloud, "available")
        arn = instance["MasterUserSecret"]["SecretArn"]
        first = await password(arn)
        assert await query(instance, "select 1", first) == 1

        named = {"DBInstanceIdentifier": "spendsense-local", "ApplyImmediately": True}
        await cloud.call("rds", "modify_db_instance", **named, RotateMasterUserPassword=True)
        second = await password(arn)
        assert second != first
        assert await query(instance, "select 1", second) == 1
        with pytest.raises(asyncpg.InvalidPasswordError):
            await connected(instance, first)

        await cloud.call("rds", "modify_db_instance", **named, **request)  # it does so already
        assert (await described(cloud))["MasterUserSecret"]["SecretArn"] == arn
        assert await password(arn) == second

        mine = {"ManageMasterUserPassword": False, "MasterUserPassword": "my-own-password"}
        await cloud.call("rds", "modify_db_instance", **named, **mine)
        assert await query(instance, "select 1", "my-own-password") == 1
        assert "MasterUserSecret" not in await described(cloud)


async def test_a_final_snapshot_keeps_the_data_until_it_is_deleted(cloud_in: Any, tmp_path: Path) -> None:
    named = {"DBInstanceIdentifier": "spendsense-local"}
    kept = tmp_path / "rds-snapshots" / "last"
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        await in_status(cloud, "available")
        await cloud.call("rds", "delete_db_instance", **named, FinalDBSnapshotIdentifier="last")
        assert list((tmp_path / "rds").iterdir()) == []
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:  # perhaps before the first cloud had packed it

        async def is_available() -> bool:
            return (await cloud.call("rds", "describe_db_snapshots"))["DBSnapshots"][0]["Status"] == "available"

        await cloud.until(is_available)
        assert [path.name for path in (kept / "base_backup").iterdir()] == ["base.tar.gz"]
        await cloud.call("rds", "delete_db_snapshot", DBSnapshotIdentifier="last")
        assert not kept.exists()
