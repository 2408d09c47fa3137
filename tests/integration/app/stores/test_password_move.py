"""The database's password leaves RDS for a secret of ours while the service serves, as docs/region-lost.md says."""

import asyncio
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import pytest

from app.migrate import run as migrate
from app.platform.settings import Settings
from app.stores.database_address import DatabaseAddress
from localcloud.rds.databases import Databases
from ops import secrets as verb
from ops.aws.clients import Aws
from ops.console import Console
from ops.environment import Environment, EnvironmentName, LocalEndpoint
from tests.integration.app.faults import Load
from tests.integration.app.process import logged_in, serving
from tests.integration.localcloud.conftest import Cloud, running_cloud
from tests.integration.localcloud.rds.instances import in_status

NAME = "spendsense-local"
END_IDLE_CONNECTIONS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spendsense' AND state = 'idle'
"""


async def applied(cloud: Cloud) -> dict[str, Any]:
    """Create what `terraform apply` creates: a database whose password RDS manages, a cache, four empty secrets."""
    await cloud.call(
        "rds",
        "create_db_instance",
        DBInstanceIdentifier=NAME,
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="spendsense",
        ManageMasterUserPassword=True,
        DBName="spendsense",
    )
    await cloud.call(
        "elasticache",
        "create_replication_group",
        ReplicationGroupId=NAME,
        ReplicationGroupDescription="cache",
        Engine="redis",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=1,
    )
    for part in ("database", "redis", "jwt", "accounts", "oauth"):
        await cloud.call("secretsmanager", "create_secret", Name=f"{NAME}/{part}")
    return await in_status(cloud, "available", NAME)


def environment_of(cloud: Cloud, directory: Path) -> Aws:
    local = LocalEndpoint(
        endpoint=cloud.host.endpoint_url,
        region="us-west-1",
        account_id="123456789012",
        pid=os.getpid(),  # watched meanwhile, and it never stands still
        image_store=directory,
        speed=5.0,
    )
    return Aws(Environment(name=EnvironmentName.LOCAL, region="us-west-1", local=local))


def read(cloud: Cloud, secret: str) -> dict[str, Any]:
    client = boto3.client("secretsmanager", endpoint_url=cloud.host.endpoint_url, region_name="us-west-1")
    try:
        found: dict[str, Any] = json.loads(client.get_secret_value(SecretId=secret)["SecretString"])
        return found
    finally:
        client.close()


@contextmanager
def connections_ended(url: str, load: Load) -> Iterator[None]:
    """All the time idle connections end, so that new ones are always needed; `url`: an address of before the move.

    Again after the load's next successes: on a slow machine, a clock would end a request's second connection too.
    """
    ended = threading.Event()

    async def end_them() -> None:
        connection = await asyncpg.connect(url)
        while not ended.is_set():
            with suppress(asyncpg.InsufficientPrivilegeError):
                await connection.execute(END_IDLE_CONNECTIONS)
            await asyncio.to_thread(load.wait_for_successes)
        await connection.close()

    thread = threading.Thread(target=asyncio.run, args=(end_them(),))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.mark.long
async def test_the_password_moves_under_load_and_no_reading_request_is_refused(
    tmp_path: Path, redis_url: str, aws_endpoint: str, bucket: str
) -> None:
    del aws_endpoint
    async with running_cloud(tmp_path / "cloud", {"rds": Databases}) as cloud:
        instance = await applied(cloud)
        aws = environment_of(cloud, tmp_path)
        await asyncio.to_thread(verb.run, aws, verb.Options(), Console())
        managed = instance["MasterUserSecret"]["SecretArn"]
        own = (await cloud.call("secretsmanager", "describe_secret", SecretId=f"{NAME}/database"))["ARN"]
        url = (await asyncio.to_thread(read, cloud, own))["url"]
        password = (await asyncio.to_thread(read, cloud, managed))["password"]
        assert password not in url
        await cloud.call(
            "s3", "create_bucket", Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
        )
        settings = Settings(
            environment="local",
            database_url=url,
            database_secret_arn=managed,
            database_fallback_secret_arn=own,
            redis_url=redis_url,
            jwt_secret_key=secrets.token_hex(32),
            data_bucket=bucket,
            aws_region="us-west-1",
            aws_endpoint_url=cloud.host.endpoint_url,
            rate_limit_user_per_minute=0,
            rate_limit_address_per_minute=0,
            rate_limit_login_per_minute=0,
        )
        assert await migrate(DatabaseAddress.of(settings), check_only=False) == 0

        def move() -> Load:
            before = DatabaseAddress(
                url.replace("spendsense@", f"spendsense:{password}@"), secret_arn=None, endpoint_url=None
            )
            with serving(settings, tmp_path) as (process, port, _):
                with Load(port, logged_in(port)) as load, connections_ended(before.url, load):
                    load.wait_for_successes()
                    report = verb.run(aws, verb.Options(own_database_password=True), Console())
                    assert {each.name: each.action.value for each in report.outcomes}[f"{NAME}/database"] == "put"
                    for _ in range(3):
                        load.wait_for_successes()
                assert process.poll() is None
            return load

        load = await asyncio.to_thread(move)
        assert load.incorrect() == []
        assert load.refused("read") == 0
        assert "28P01" not in (tmp_path / "output").read_text()  # nobody was turned away for a wrong password
        described = (await cloud.call("rds", "describe_db_instances", DBInstanceIdentifier=NAME))["DBInstances"][0]
        assert "MasterUserSecret" not in described
        # The old password is one no more, and RDS's secret is gone.
        moved = await asyncio.to_thread(read, cloud, own)
        assert moved["password"] != password
        with pytest.raises(Exception, match=r"ResourceNotFound|marked for deletion|marked deleted"):
            await asyncio.to_thread(read, cloud, managed)
