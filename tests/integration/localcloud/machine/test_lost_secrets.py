"""A file lost on disk opens no protected server, costs no data, and keeps no other server from starting."""

import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis
import redis.asyncio
from botocore.exceptions import ClientError

from localcloud.elasticache.caches import Caches
from localcloud.rds.databases import Databases
from tests.integration.localcloud.rds import instances as rds_instances
from tests.integration.localcloud.rds.instances import in_status, query

pytestmark = pytest.mark.long

TOKEN = "a-token!of&sixteen#characters"
GROUP, OTHER, DB = "closed", "other", "spendsense-local"


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def without_the_end(path: Path) -> None:
    path.write_text(path.read_text().partition("requirepass")[0])


def become_a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: list[Callable[[Path], object]] = [
    Path.unlink,
    cut,
    lambda path: path.write_text("null"),
    lambda path: path.write_bytes(bytes(range(256))),
    without_the_end,
    become_a_directory,
]


async def make_cache(cloud: Any, identifier: str, **more: Any) -> None:
    await cloud.call(
        "elasticache",
        "create_replication_group",
        ReplicationGroupId=identifier,
        ReplicationGroupDescription="cache",
        Engine="redis",
        CacheNodeType="cache.t4g.micro",
        **more,
    )


async def group(cloud: Any, identifier: str) -> dict[str, Any]:
    answer = await cloud.call("elasticache", "describe_replication_groups", ReplicationGroupId=identifier)
    return dict(answer["ReplicationGroups"][0])


def client_of(group: dict[str, Any], token: str | None, **options: Any) -> Any:
    endpoint = group["NodeGroups"][0]["PrimaryEndpoint"]
    where = {"host": endpoint["Address"], "port": endpoint["Port"]}
    return redis.asyncio.Redis(**where, password=token, decode_responses=True, **options)


async def is_let_in(found: dict[str, Any], token: str | None) -> bool:
    """Ask once: a client of Redis repeats also what is refused, for seconds."""
    async with client_of(found, token, retry=None) as client:
        try:
            return bool(await client.ping())
        except redis.RedisError:
            return False


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_cache_whose_token_is_lost_stays_closed_until_it_is_given_another(
    cloud_in: Any, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await make_cache(cloud, GROUP, AuthToken=TOKEN, TransitEncryptionEnabled=True)
        await make_cache(cloud, OTHER)
        async with client_of(await group(cloud, GROUP), TOKEN) as client:
            await client.set("greeting", "hello")
    damage(tmp_path / "elasticache" / GROUP / "redis.conf")
    (tmp_path / "elasticache" / GROUP / "cache.json").write_text("{}")
    for number in (1, 2):
        async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
            status = cloud.parts["elasticache"].status()
            assert status["status"] == "failed"
            assert "its AUTH token is lost" in status["caches"][GROUP]["failure"]
            assert f"--replication-group-id {GROUP} --auth-token TOKEN" in status["caches"][GROUP]["failure"]
            assert ("the AUTH token is lost" in "".join(cloud.set_aside)) == (number == 1)
            found = await group(cloud, GROUP)
            assert found["Status"] != "available"
            assert not await is_let_in(found, None)
            assert await is_let_in(await group(cloud, OTHER), None)
            if number == 2:
                new = f"{TOKEN}-2"
                await cloud.call(
                    "elasticache",
                    "modify_replication_group",
                    ReplicationGroupId=GROUP,
                    AuthToken=new,
                    AuthTokenUpdateStrategy="SET",
                )
                found = await group(cloud, GROUP)
                assert (found["Status"], cloud.parts["elasticache"].status()["status"]) == ("available", "ready")
                assert [await is_let_in(found, token) for token in (None, TOKEN, new)] == [False, False, True]
                async with client_of(found, new) as client:
                    assert await client.get("greeting") == "hello"


async def test_a_lone_cluster_whose_token_is_lost_is_given_another(cloud_in: Any, tmp_path: Path) -> None:
    lone = {"CacheClusterId": GROUP, "Engine": "redis", "CacheNodeType": "cache.t4g.micro", "NumCacheNodes": 1}
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await cloud.call("elasticache", "create_cache_cluster", **lone, AuthToken=TOKEN, TransitEncryptionEnabled=True)
        async with client_of(await cluster(cloud), TOKEN) as client:
            await client.set("greeting", "hello")
    (tmp_path / "elasticache" / GROUP / "redis.conf").unlink()
    (tmp_path / "elasticache" / GROUP / "cache.json").unlink()
    new = f"{TOKEN}-2"
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        failure = cloud.parts["elasticache"].status()["caches"][GROUP]["failure"]
        assert f"modify-cache-cluster --cache-cluster-id {GROUP} --auth-token TOKEN" in failure
        given = {"CacheClusterId": GROUP, "AuthToken": new, "AuthTokenUpdateStrategy": "SET"}
        with pytest.raises(ClientError, match="NumCacheNodes: the local cloud does not offer this change"):
            await cloud.call("elasticache", "modify_cache_cluster", **given, NumCacheNodes=2)
        with pytest.raises(ClientError, match="CacheClusterNotFound"):
            await cloud.call("elasticache", "modify_cache_cluster", **(given | {"CacheClusterId": OTHER}))
        answer = await cloud.call("elasticache", "modify_cache_cluster", **given)
        assert answer["CacheCluster"]["CacheClusterId"] == GROUP
        found = await cluster(cloud)
        assert [await is_let_in(found, token) for token in (None, TOKEN, new)] == [False, False, True]
        async with client_of(found, new) as client:
            assert await client.get("greeting") == "hello"


async def cluster(cloud: Any) -> dict[str, Any]:
    """Return the lone cluster in the form of a group."""
    answer = await cloud.call("elasticache", "describe_cache_clusters", CacheClusterId=GROUP, ShowCacheNodeInfo=True)
    [node] = answer["CacheClusters"][0]["CacheNodes"]
    return {"NodeGroups": [{"PrimaryEndpoint": node["Endpoint"]}]}


async def test_a_cache_whose_list_of_files_is_lost_does_not_begin_empty(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        await make_cache(cloud, GROUP)
        async with client_of(await group(cloud, GROUP), None) as client:
            await client.set("greeting", "hello")
    [manifest] = (tmp_path / "elasticache" / GROUP).rglob("*.manifest")
    kept = manifest.read_bytes()
    manifest.unlink()
    async with cloud_in(tmp_path, {"elasticache": Caches}) as cloud:
        failure = cloud.parts["elasticache"].status()["caches"][GROUP]["failure"]
        assert f"{manifest}: was lost. It should list the data files beside it" in failure
    manifest.write_bytes(kept)
    async with (
        cloud_in(tmp_path, {"elasticache": Caches}) as cloud,
        client_of(await group(cloud, GROUP), None) as client,
    ):
        assert await client.get("greeting") == "hello"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory for all damages of a database, each of which leaves it whole: to create one takes longer."""
    return tmp_path_factory.mktemp("kept")


@pytest.mark.parametrize("name", ["instance.json", "superuser", "master", "data/pg_hba.conf"])
@pytest.mark.parametrize(
    "damage",
    [Path.unlink, cut, become_a_directory],
)
async def test_a_database_keeps_rows_and_passwords_whichever_file_beside_its_cluster_is_lost(
    cloud_in: Any, kept: Path, name: str, damage: Callable[[Path], object]
) -> None:
    if not (kept / "rds" / DB).exists():
        async with cloud_in(kept, {"rds": Databases}) as cloud:
            await rds_instances.created(cloud)
            await query(await in_status(cloud, "available"), "create table notes as select 7 as number")
    before = json.loads((kept / "rds" / DB / "instance.json").read_text())
    damage(kept / "rds" / DB / name)
    async with cloud_in(kept, {"rds": Databases}) as cloud:
        again = await in_status(cloud, "available")
        assert (again["Endpoint"]["Address"], again["Endpoint"]["Port"]) == (before["address"], before["port"])
        assert await query(again, "select number from notes") == 7
        for user, password in (("spend_admin", "wrong"), ("rdsadmin", ""), ("rdsadmin", "wrong")):
            with pytest.raises(asyncpg.InvalidPasswordError):
                await rds_instances.connected(again, password, user)
        if name == "superuser":
            assert f"{name}: was lost: the superuser gets a new password" in "".join(cloud.set_aside)
        # The superuser takes it.
        snapshot = f"snap-{secrets.token_hex(4)}"
        await cloud.call("rds", "create_db_snapshot", DBInstanceIdentifier=DB, DBSnapshotIdentifier=snapshot)
        await cloud.until(lambda: _is_available(cloud, snapshot))
    async with cloud_in(kept, {"rds": Databases}) as cloud:
        assert await query(await in_status(cloud, "available"), "select number from notes") == 7
        assert cloud.set_aside == []


async def _is_available(cloud: Any, snapshot: str) -> bool:
    answer = await cloud.call("rds", "describe_db_snapshots", DBSnapshotIdentifier=snapshot)
    return bool(answer["DBSnapshots"][0]["Status"] == "available")


@pytest.mark.parametrize("lost", ["snapshot.json", "superuser"])
async def test_a_snapshot_can_be_restored_whichever_file_beside_its_backup_is_lost(
    cloud_in: Any, tmp_path: Path, lost: str
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await rds_instances.created(cloud)
        await query(await in_status(cloud, "available"), "create table notes as select 7 as number")
        await cloud.call("rds", "create_db_snapshot", DBInstanceIdentifier=DB, DBSnapshotIdentifier="snap")
        await cloud.until(lambda: _is_available(cloud, "snap"))
    (tmp_path / "rds-snapshots" / "snap" / lost).unlink()
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await cloud.call(
            "rds", "restore_db_instance_from_db_snapshot", DBInstanceIdentifier="new", DBSnapshotIdentifier="snap"
        )
        restored = await in_status(cloud, "available", "new")
        assert await query(restored, "select number from notes") == 7
        await cloud.call("rds", "create_db_snapshot", DBInstanceIdentifier="new", DBSnapshotIdentifier="second")
        await cloud.until(lambda: _is_available(cloud, "second"))


async def test_a_damaged_cluster_fails_alone_and_its_files_stay(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        for identifier in (DB, OTHER):
            await rds_instances.created(cloud, identifier)
            await in_status(cloud, "available", identifier)
    control = tmp_path / "rds" / DB / "data" / "global" / "pg_control"
    aside = control.rename(control.with_name("aside"))
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await in_status(cloud, "failed")
        await in_status(cloud, "available", OTHER)
        failure = cloud.parts["rds"].status()["instances"][DB]["failure"]
        assert "pg_control" in failure
        assert f"its files stay in {tmp_path / 'rds' / DB}: restore a backup" in failure
    aside.rename(control)
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        assert await query(await in_status(cloud, "available"), "select 1") == 1


async def test_a_lost_object_costs_no_other(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call(
            "s3", "create_bucket", Bucket="files", CreateBucketConfiguration={"LocationConstraint": "us-west-1"}
        )
        for key in ("lost", "damaged", "kept"):
            await cloud.call("s3", "put_object", Bucket="files", Key=key, Body=key.encode())
    bodies = {path.read_bytes(): path for path in (tmp_path / "moto" / "s3-bodies").iterdir()}
    bodies[b"lost"].unlink()
    bodies[b"damaged"].write_bytes(b"dam")
    async with cloud_in(tmp_path, {}) as cloud:
        assert "this object's content is lost" in "".join(cloud.set_aside)
        for key in ("lost", "damaged"):
            with pytest.raises(ClientError, match=r"InternalError.*this object's content"):
                await cloud.call("s3", "get_object", Bucket="files", Key=key)
        kept = await cloud.call("s3", "get_object", Bucket="files", Key="kept")
        assert kept["Body"].read() == b"kept"
        await cloud.call("s3", "put_object", Bucket="files", Key="damaged", Body=b"damaged")
        again = await cloud.call("s3", "get_object", Bucket="files", Key="damaged")
        assert again["Body"].read() == b"damaged"


async def test_a_managed_password_whose_secret_is_lost_gets_another_one(cloud_in: Any, tmp_path: Path) -> None:
    async def secret(instance: dict[str, Any]) -> tuple[str, dict[str, str]]:
        arn = instance["MasterUserSecret"]["SecretArn"]
        return arn, json.loads((await cloud.call("secretsmanager", "get_secret_value", SecretId=arn))["SecretString"])

    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await rds_instances.created_with_secret(cloud)
        before, first = await secret(await in_status(cloud, "available"))
    for path in (tmp_path / "moto").glob("secretsmanager.state*"):
        path.unlink()
    found = []
    for _ in range(2):  # the second start finds it
        async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
            instance = await in_status(cloud, "available")
            arn, now = await secret(instance)
            assert await query(instance, "select 1", now["password"]) == 1
        found.append((arn, now))
    assert found[0] == found[1]
    assert found[0][0] != before
    assert (now["username"], now["password"] == first["password"]) == (first["username"], False)
