"""Migrations on an empty database, by the command that runs in the container."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.migrations import upgrade
from app.migrations.upgrade import ALEMBIC_INI, upgrade_to_head
from app.stores.database import engine_of_one_program
from app.stores.database_address import DatabaseAddress
from app.stores.schema_revisions import head
from tests.waiting import until

PROJECT = Path(__file__).parents[3]
TABLES = {
    "account_id_key",
    "accounts",
    "announced_uploads",
    "converted_account_ids",
    "external_identities",
    "known_addresses",
    "mail_tokens",
    "outgoing_mails",
    "sessions",
    "transaction_versions",
    "transactions",
    "uploads",
    "users",
}


def migrate(url: str, *arguments: str, at: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.migrate", *arguments],
        cwd=at,
        env={**os.environ, "ENVIRONMENT": "local", "DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )


def address_of(url: str) -> DatabaseAddress:
    return DatabaseAddress(url, secret_arn=None, endpoint_url=None)


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows} - {"alembic_version"}


def test_check_fails_before_and_succeeds_after_the_upgrade(empty_database_url):
    assert migrate(empty_database_url, "--check").returncode == 1
    done = migrate(empty_database_url)
    assert done.returncode == 0, done.stderr
    assert asyncio.run(tables(empty_database_url)) == TABLES
    assert migrate(empty_database_url, "--check").returncode == 0
    last = json.loads(done.stdout.splitlines()[-1])
    head = migrate(empty_database_url, "--head").stdout.strip()
    assert (last["action"], last["before"], last["after"]) == ("migrated", None, head)


def test_a_schema_at_head_is_found_without_importing_what_only_migrations_need(empty_database_url):
    """A deploy waits for this program, and most deploys bring no migration."""
    assert migrate(empty_database_url).returncode == 0
    code = "import sys; from app.migrate import main; main([]); print(*{'alembic', 'sqlalchemy'} & sys.modules.keys())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "ENVIRONMENT": "local", "DATABASE_URL": empty_database_url},
        capture_output=True,
        text=True,
        check=True,
    )
    *logged, imported = done.stdout.split("\n")[:-1]
    assert json.loads(logged[-1])["action"] == "migrated"
    assert imported == ""


def test_a_failed_migration_is_named_with_what_it_left(empty_database_url):
    async def in_the_way() -> None:
        connection = await asyncpg.connect(empty_database_url)
        try:
            await connection.execute("CREATE TABLE users (a int)")
        finally:
            await connection.close()

    asyncio.run(in_the_way())
    done = migrate(empty_database_url)
    assert done.returncode == 1
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["action"], last["found"]) == ("migration_failed", None)
    assert "sqlstate=42P07" in last["cause"]


def test_a_migration_that_raises_says_where_and_at_which_revision_it_left_the_schema(empty_database_url, tmp_path):
    shutil.copytree(PROJECT / "app", tmp_path / "app")
    versions = tmp_path / "app" / "migrations" / "versions"
    text = 'revision = "{}"\ndown_revision = "{}"\n\n\ndef upgrade() -> None:\n    {}\n'
    (versions / "v9001_good.py").write_text(text.format("9001", head(), "pass"))
    (versions / "v9002_bad.py").write_text(text.format("9002", "9001", 'raise KeyError("planted")'))
    done = migrate(empty_database_url, at=tmp_path)
    assert done.returncode == 1
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["action"], last["found"]) == ("migration_failed", "9001")
    assert "v9002_bad.py" in last["exception"]
    assert "KeyError" in last["cause"]
    assert "planted" not in last["cause"]


def test_two_at_once_both_succeed_and_one_does_the_work(empty_database_url):
    environment = {**os.environ, "ENVIRONMENT": "local", "DATABASE_URL": empty_database_url}
    command_line = [sys.executable, "-m", "app.migrate"]
    children = [subprocess.Popen(command_line, env=environment, stdout=subprocess.PIPE) for _ in range(2)]
    outputs = [child.communicate(timeout=60)[0] for child in children]
    assert [child.returncode for child in children] == [0, 0]
    found = {json.loads(output.splitlines()[-1])["before"] for output in outputs}
    assert found == {None, migrate(empty_database_url, "--head").stdout.strip()}


def test_the_exit_code_says_that_the_database_does_not_respond():
    done = migrate("postgresql://u:planted@127.0.0.1:1/x")
    assert done.returncode == 1
    assert json.loads(done.stdout.splitlines()[-1])["action"] == "migration_failed"
    assert "planted" not in done.stdout + done.stderr


def test_a_refused_password_is_an_exit_code_too(empty_database_url):
    scheme, _, rest = empty_database_url.partition("//")
    host = rest.rpartition("@")[2]
    done = migrate(f"{scheme}//nobody-such:planted@{host}")
    assert done.returncode == 1
    assert "planted" not in done.stdout + done.stderr


def test_a_schema_that_this_code_does_not_know_is_left_alone_and_named(empty_database_url):
    assert migrate(empty_database_url).returncode == 0

    async def move_on() -> None:
        connection = await asyncpg.connect(empty_database_url)
        try:
            await connection.execute("UPDATE alembic_version SET version_num = '9999'")
        finally:
            await connection.close()

    asyncio.run(move_on())
    done = migrate(empty_database_url)
    assert done.returncode == 0
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["action"], last["after"], last["is_newer"]) == ("migrated", "9999", True)


async def test_every_downgrade_undoes_its_upgrade(empty_database_url):
    def there_and_back(connection: Connection) -> None:
        config = Config(ALEMBIC_INI)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.downgrade(config, "base")

    engine = engine_of_one_program(address_of(empty_database_url))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(there_and_back)
            await connection.commit()
    finally:
        await engine.dispose()
    assert await tables(empty_database_url) == set()


@pytest.fixture
async def locked(empty_database_url, monkeypatch) -> AsyncIterator[asyncpg.Connection]:
    """A session that holds the lock of a table of the first migration; limits are short."""
    monkeypatch.setattr(upgrade, "TABLE_LOCK_WAIT_S", 0.1)
    monkeypatch.setattr(upgrade, "PAUSES_S", (0.05, 0.1))
    engine = engine_of_one_program(address_of(empty_database_url))

    def first(connection: Connection) -> None:
        config = Config(ALEMBIC_INI)
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    async with engine.connect() as connection:
        await connection.run_sync(first)
        await connection.commit()
    await engine.dispose()
    holder = await asyncpg.connect(empty_database_url)
    await holder.execute("BEGIN; LOCK TABLE users IN ACCESS SHARE MODE")
    yield holder
    await holder.close()


async def test_a_table_that_is_locked_is_migrated_once_it_is_free(locked, empty_database_url, caplog):
    migrating = asyncio.create_task(upgrade_to_head(address_of(empty_database_url)))

    def has_waited() -> bool:
        assert not migrating.done()
        return any(record.action == "migration_waits" for record in caplog.records)

    await until(has_waited, 60)
    # Between two attempts others have the table.
    assert await locked.fetchval("SELECT count(*) FROM users") == 0
    await locked.execute("COMMIT")
    await migrating
    assert migrate(empty_database_url, "--check").returncode == 0
    assert "sqlstate=55P03" in caplog.records[0].cause


async def test_a_table_that_stays_locked_ends_the_migration(locked, empty_database_url, monkeypatch):
    monkeypatch.setattr(upgrade, "TABLE_LOCKED_S", 0.2)
    with pytest.raises(DBAPIError) as failed:
        await upgrade_to_head(address_of(empty_database_url))
    assert failed.value.orig.sqlstate == "55P03"


async def test_a_statement_that_takes_too_long_ends_the_migration_at_once(empty_database_url, monkeypatch):
    monkeypatch.setattr(upgrade, "STATEMENT_S", 0.1)
    monkeypatch.setattr(upgrade, "run_migrations", lambda connection: connection.exec_driver_sql("SELECT pg_sleep(30)"))
    with pytest.raises(DBAPIError) as failed:
        await upgrade_to_head(address_of(empty_database_url))
    assert failed.value.orig.sqlstate == "57014"
