"""The master role of a DB instance: its rights, and those that RDS withholds."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from localcloud.rds.databases import Databases
from tests.integration.localcloud.rds.instances import PASSWORD, connected, created, in_status

pytestmark = pytest.mark.long

ALLOWED = (
    "select pg_create_physical_replication_slot('unread')",
    "select pg_drop_replication_slot('unread')",
    "checkpoint",
    "set session_replication_role = replica",
    "create role reader",
    "grant rds_superuser, rds_replication, rds_password, pg_monitor to reader",
    "revoke rds_replication from reader",
    "select pg_terminate_backend(0)",
    "select query from pg_stat_activity where usename = 'rdsadmin'",
    "select pg_ls_waldir()",
    "create database another",
)
REFUSED = (
    "alter system set work_mem = '8MB'",
    "select pg_read_file('PG_VERSION')",
    "copy (select 1) to program 'cat'",
    "create role another superuser",
    "alter role rdsadmin password 'mine'",
    "set role rdsadmin",
    "select rolpassword from pg_authid",
    "set log_statement = 'none'",
)


async def run(instance: dict[str, Any], statement: str, user: str = "spend_admin", password: str = PASSWORD) -> None:
    connection = await connected(instance, password, user)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_master_role_has_the_rights_of_rds_superuser_and_no_more(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        instance = await in_status(cloud, "available")
        for statement in ALLOWED:
            await run(instance, statement)
        for statement in REFUSED:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await run(instance, statement)
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError, match="no pg_hba"):
            await asyncpg.connect(
                host=instance["Endpoint"]["Address"],
                user="spend_admin",
                password=PASSWORD,
                ssl=False,
                server_settings={"replication": "true"},
            )


async def test_a_server_of_an_earlier_version_gets_the_rights_at_its_next_start(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await created(cloud)
        instance = await in_status(cloud, "available")
        superuser = tmp_path / "rds" / "spendsense-local" / "superuser"
        record = superuser.with_name("master")
        await run(instance, "revoke rds_superuser from spend_admin", "rdsadmin", superuser.read_text())
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(instance, "checkpoint")
        record.write_text(record.read_text().split()[0])
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        instance = await in_status(cloud, "available")
        await run(instance, "checkpoint")
