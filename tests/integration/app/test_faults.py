"""Faults under steady requests: every response is correct, nothing acknowledged is lost, all heals by itself."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import boto3
import pytest

from app.migrate import run
from app.platform.settings import Environment, Settings
from app.stores.database_address import DatabaseAddress
from tests.integration.app import faults
from tests.integration.app.faults import Gate, Load, Redis
from tests.integration.app.process import logged_in, serving
from tests.integration.app.running import settings_with
from tests.postgres import Postgres, new_postgres

END_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND usename <> 'admin'
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    with new_postgres("admin") as server:
        yield server


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with faults.redis() as server:
        yield server


@pytest.fixture
def gate(aws_endpoint: str) -> Iterator[Gate]:
    with faults.gate(aws_endpoint) as server:
        yield server


@pytest.fixture
def settings(postgres: Postgres, redis: Redis, gate: Gate, bucket: str) -> Settings:
    """Settings with a database and a user of the test's own, on servers that can fail."""
    name, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(8)
    execute(postgres.admin, f"CREATE USER {name} PASSWORD '{password}'", f"CREATE DATABASE {name} OWNER {name}")
    url = f"postgresql://{name}:{password}@127.0.0.1:{postgres.port}/{name}"
    assert asyncio.run(run(DatabaseAddress(url, secret_arn=None, endpoint_url=None), check_only=False)) == 0
    return Settings(
        environment=Environment.LOCAL,
        app_revision="test-revision",
        database_url=url,
        redis_url=redis.url,
        jwt_secret_key=secrets.token_hex(32),
        data_bucket=bucket,
        task_cpu_units=4096,
        aws_region="us-west-1",
        aws_endpoint_url=gate.url,
        rate_limit_user_per_minute=0,
        rate_limit_address_per_minute=0,
        rate_limit_login_per_minute=0,
    )


@contextmanager
def under_load(settings: Settings, postgres: Postgres, directory: Path) -> Iterator[Load]:
    """The process and its clients; afterwards, what has to be true whatever happened in between."""
    with serving(settings, directory) as (process, port, output):
        with Load(port, logged_in(port)) as load:
            load.wait_for_successes()
            yield load
            load.wait_for_successes()
        assert process.poll() is None
    assert load.incorrect() == []
    assert set(load.acknowledged) - stored_rows(settings, postgres) == set()
    assert '"stream":"errors"' not in output.read_text()


def stored_rows(settings: Settings, postgres: Postgres) -> set[str]:
    name = settings.database_url.get_secret_value().rpartition("/")[2]
    rows = fetch(f"{postgres.url}/{name}", "SELECT transaction_id FROM transactions")
    return {row["transaction_id"] for row in rows}


def execute(url: str, *statements: str) -> None:
    for statement in statements:
        fetch(url, statement)


def fetch(url: str, statement: str) -> list[asyncpg.Record]:
    async def on_a_connection() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    return asyncio.run(on_a_connection())


def test_postgresql_restarts(settings, postgres, tmp_path):
    with under_load(settings, postgres, tmp_path) as load:
        postgres.stop()
        load.wait_for_refusal("read")
        load.wait_for_refusal("upload")
        postgres.start()


@pytest.mark.long
def test_a_database_that_ends_every_connection_costs_no_reading_request(settings, postgres, tmp_path):
    with under_load(settings, postgres, tmp_path) as load:
        for _ in range(5):
            execute(postgres.admin, END_CONNECTIONS)
            load.wait_for_successes()
    assert load.refused("read") == 0


@pytest.mark.long
def test_redis_is_stopped_for_some_seconds(settings, postgres, redis, tmp_path):
    with under_load(settings, postgres, tmp_path) as load:
        redis.stop()
        for _ in range(5):
            load.wait_for_successes()
        redis.start()
    # The cache and the limits are conveniences: without them every request is served.
    assert load.refused("read") + load.refused("upload") == 0


@pytest.mark.long
def test_the_file_storage_answers_500(settings, postgres, gate, tmp_path):
    with under_load(settings, postgres, tmp_path) as load:
        gate.failing.set()
        load.wait_for_refusal("upload")
        gate.failing.clear()
    assert gate.refused > 0
    assert load.refused("read") == 0


def test_a_task_starts_and_migrates_with_an_address_that_has_no_password(settings, postgres, gate, tmp_path):
    url = settings.database_url.get_secret_value()
    user, _, password = url.partition("//")[2].partition("@")[0].partition(":")
    client = boto3.client("secretsmanager", region_name="us-west-1", endpoint_url=gate.url)
    # What RDS keeps: no address in it.
    secret = client.create_secret(Name=user, SecretString=json.dumps({"username": user, "password": password}))
    bare = url.replace(f":{password}@", "@")
    starting = settings_with(settings, database_url=bare, database_secret_arn=secret["ARN"])
    with under_load(starting, postgres, tmp_path) as load:
        load.wait_for_successes()
        rotated = secrets.token_hex(8)
        execute(postgres.admin, f"ALTER USER {user} PASSWORD '{rotated}'")
        client.put_secret_value(
            SecretId=secret["ARN"], SecretString=json.dumps({"username": user, "password": rotated})
        )
        execute(postgres.admin, END_CONNECTIONS)
        load.wait_for_successes()
    client.close()
    assert load.refused("read") == 0
    # What starts after the rotation has the same address as before.
    assert asyncio.run(run(DatabaseAddress.of(starting), check_only=True)) == 0


@pytest.mark.parametrize("stage", ["AWSCURRENT", "AWSPENDING"])
def test_the_database_password_is_rotated(settings, postgres, gate, tmp_path, stage):
    url = settings.database_url.get_secret_value()
    user, new_password = url.partition("//")[2].partition(":")[0], secrets.token_hex(8)
    client = boto3.client("secretsmanager", region_name="us-west-1", endpoint_url=gate.url)
    secret = client.create_secret(Name=user, SecretString=faults.secret_of(url, url.split(":")[2].partition("@")[0]))
    rotating = settings_with(settings, database_secret_arn=secret["ARN"])
    with under_load(rotating, postgres, tmp_path) as load:
        execute(postgres.admin, f"ALTER USER {user} PASSWORD '{new_password}'")
        client.put_secret_value(
            SecretId=secret["ARN"], SecretString=faults.secret_of(url, new_password), VersionStages=[stage]
        )
        execute(postgres.admin, END_CONNECTIONS)
        load.wait_for_successes()
    client.close()
    assert load.refused("read") == 0
    assert "database_password_renewed" in (tmp_path / "output").read_text()
