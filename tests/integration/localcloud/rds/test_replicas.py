"""Read replicas are real standbys, also in another region and across restarts, and independent once promoted."""

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from botocore.exceptions import ClientError

from localcloud.rds.databases import Databases
from tests.integration.localcloud.rds.instances import created, in_status, query

pytestmark = pytest.mark.long

ELSEWHERE = "us-west-2"
REPLICA = {"DBInstanceIdentifier": "copy"}


async def rds(cloud: Any, region: str, operation: str, **parameters: Any) -> Any:
    client = cloud.client("rds", region)
    try:
        return await asyncio.to_thread(getattr(client, operation), **parameters)
    finally:
        client.close()


async def replica(cloud: Any, region: str = ELSEWHERE, status: str = "available") -> dict[str, Any]:
    """Wait until the replica has this status; -> its description."""
    found: dict[str, Any] = {}

    async def reached() -> bool:
        nonlocal found
        found = (await rds(cloud, region, "describe_db_instances", **REPLICA))["DBInstances"][0]
        return bool(found["DBInstanceStatus"] == status)

    await cloud.until(reached, 60)
    return found


async def source(cloud: Any) -> dict[str, Any]:
    await created(cloud, BackupRetentionPeriod=1)
    found = await in_status(cloud, "available")
    await query(found, "create table notes as select 1 as number")
    return found


async def test_a_replica_elsewhere_has_the_parameter_group_of_its_own_region(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        group = {"DBParameterGroupName": "own", "DBParameterGroupFamily": "postgres16", "Description": "d"}
        await rds(cloud, "us-west-1", "create_db_parameter_group", **group)
        await created(cloud, BackupRetentionPeriod=1, DBParameterGroupName="own")
        primary = await in_status(cloud, "available")
        parameters = {**REPLICA, "SourceDBInstanceIdentifier": primary["DBInstanceArn"]}
        with pytest.raises(ClientError, match="DBParameterGroupNotFound"):
            await rds(cloud, ELSEWHERE, "create_db_instance_read_replica", **parameters, DBParameterGroupName="own")
        made = (await rds(cloud, ELSEWHERE, "create_db_instance_read_replica", **parameters))["DBInstance"]
        assert [each["DBParameterGroupName"] for each in made["DBParameterGroups"]] == ["default.postgres16"]
        await replica(cloud)


async def arrives(cloud: Any, instance: dict[str, Any], count: int) -> None:
    async def there() -> bool:
        return bool(await query(instance, "select count(*) from notes") == count)

    await cloud.until(there, 60)


async def test_a_replica_in_another_region_follows_its_source_also_after_a_restart(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        primary = await source(cloud)
        parameters = {**REPLICA, "SourceDBInstanceIdentifier": primary["DBInstanceArn"]}
        created = (await rds(cloud, ELSEWHERE, "create_db_instance_read_replica", **parameters))["DBInstance"]
        assert (created["DBInstanceStatus"], created["AvailabilityZone"]) == ("creating", f"{ELSEWHERE}a")
        found = await replica(cloud)
        assert found["ReadReplicaSourceDBInstanceIdentifier"] == primary["DBInstanceArn"]
        assert found["StatusInfos"] == [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]
        assert (found["MultiAZ"], found["BackupRetentionPeriod"]) == (False, 0)
        listed = (await in_status(cloud, "available"))["ReadReplicaDBInstanceIdentifiers"]
        assert listed == [found["DBInstanceArn"]]
        await query(primary, "insert into notes values (2)")
        await arrives(cloud, found, 2)
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await query(found, "insert into notes values (3)")
        assert 0 <= (await cloud.parts["rds"].replica_lags())[ELSEWHERE]["copy"] < 60
        with pytest.raises(ClientError, match="cannot differ from its parent"):
            await rds(cloud, ELSEWHERE, "modify_db_instance", **REPLICA, MasterUserPassword="another-password")
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        primary = await in_status(cloud, "available")
        found = await replica(cloud)
        await query(primary, "insert into notes values (3)")
        await arrives(cloud, found, 3)


async def test_a_promoted_replica_takes_writes_and_its_source_forgets_it(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        primary = await source(cloud)
        parameters = {**REPLICA, "SourceDBInstanceIdentifier": "spendsense-local"}
        await cloud.call("rds", "create_db_instance_read_replica", **parameters)
        home = cloud.host.region
        await replica(cloud, home)
        assert (await in_status(cloud, "available"))["ReadReplicaDBInstanceIdentifiers"] == ["copy"]
        answer = await cloud.call("rds", "promote_read_replica", **REPLICA, BackupRetentionPeriod=2)
        assert answer["DBInstance"]["DBInstanceIdentifier"] == "copy"
        found = await replica(cloud, home)
        assert "ReadReplicaSourceDBInstanceIdentifier" not in found
        assert found["BackupRetentionPeriod"] == 2
        await query(found, "insert into notes values (9)")
        await query(primary, "insert into notes values (2), (3)")
        assert await query(found, "select max(number) from notes") == 9
        assert (await in_status(cloud, "available")).get("ReadReplicaDBInstanceIdentifiers", []) == []
        assert await query(primary, "select count(*) from pg_replication_slots") == 0
        with pytest.raises(ClientError, match="is not a read replica"):
            await cloud.call("rds", "promote_read_replica", **REPLICA)


async def test_deletions_of_replicas_and_sources_follow_rdss_rules(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        primary = await source(cloud)
        home = cloud.host.region
        for region, named in ((home, "spendsense-local"), (ELSEWHERE, primary["DBInstanceArn"])):
            parameters = {**REPLICA, "SourceDBInstanceIdentifier": named}
            await rds(cloud, region, "create_db_instance_read_replica", **parameters)
            await replica(cloud, region)
        with pytest.raises(ClientError, match="can not be specified when deleting a read replica"):
            await cloud.call("rds", "delete_db_instance", **REPLICA, FinalDBSnapshotIdentifier="last")
        await cloud.call("rds", "delete_db_instance", DBInstanceIdentifier="spendsense-local", SkipFinalSnapshot=True)
        # In the source's region it becomes independent; elsewhere it stays a replica, and nothing arrives any longer.
        alone = await replica(cloud, home)
        assert "ReadReplicaSourceDBInstanceIdentifier" not in alone
        await query(alone, "insert into notes values (2)")
        left = await replica(cloud)
        assert left["StatusInfos"][0]["Status"] == "terminated"
        assert (await cloud.parts["rds"].replica_lags())[ELSEWHERE]["copy"] == -1
        assert await query(left, "select count(*) from notes") == 1
        await rds(cloud, ELSEWHERE, "delete_db_instance", **REPLICA, SkipFinalSnapshot=True)
        assert (await rds(cloud, ELSEWHERE, "describe_db_instances"))["DBInstances"] == []


@pytest.mark.parametrize(
    ("instance", "parameters", "words"),
    [
        ({"BackupRetentionPeriod": 0}, {}, "Automated backups are not enabled"),
        (
            {"BackupRetentionPeriod": 1, "ManageMasterUserPassword": True},
            {},
            "ManageMasterUserPassword is enabled is not supported",
        ),
        ({"BackupRetentionPeriod": 1}, {"SourceDBInstanceIdentifier": "nobody"}, "DBInstanceNotFound"),
        ({"BackupRetentionPeriod": 1}, {"DBInstanceIdentifier": "spendsense-local"}, "already exists"),
    ],
)
async def test_a_replica_that_rds_refuses_leaves_nothing(
    cloud_in: Any, tmp_path: Path, instance: dict[str, Any], parameters: dict[str, str], words: str
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        if instance.get("ManageMasterUserPassword"):
            await cloud.call(
                "rds",
                "create_db_instance",
                DBInstanceIdentifier="spendsense-local",
                Engine="postgres",
                DBInstanceClass="db.t4g.micro",
                AllocatedStorage=20,
                MasterUsername="spend_admin",
                ManageMasterUserPassword=True,
            )
        else:
            await created(cloud, **instance)
        await in_status(cloud, "available")
        with pytest.raises(ClientError, match=words):
            await cloud.call(
                "rds",
                "create_db_instance_read_replica",
                **{**REPLICA, "SourceDBInstanceIdentifier": "spendsense-local", **parameters},
            )
        assert [path.name for path in (tmp_path / "rds").iterdir()] == ["spendsense-local"]


async def renamed(cloud: Any, region: str, identifier: str, new: str) -> None:
    parameters = {"DBInstanceIdentifier": identifier, "NewDBInstanceIdentifier": new, "ApplyImmediately": True}
    await rds(cloud, region, "modify_db_instance", **parameters)


async def streams(cloud: Any, where: str, identifier: str) -> None:
    async def follows() -> bool:
        lags: dict[str, float] = (await cloud.parts["rds"].replica_lags())[where]
        return lags.get(identifier, -1) >= 0

    await cloud.until(follows, 60)


async def test_replicas_follow_a_source_that_is_renamed_and_whose_name_another_takes(
    cloud_in: Any, tmp_path: Path
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        primary = await source(cloud)
        home = cloud.host.region
        for region, named in ((home, "spendsense-local"), (ELSEWHERE, primary["DBInstanceArn"])):
            parameters = {**REPLICA, "SourceDBInstanceIdentifier": named}
            await rds(cloud, region, "create_db_instance_read_replica", **parameters)
        copies = [await replica(cloud, region) for region in (home, ELSEWHERE)]
        pids = cloud.parts["rds"].status()["instances"]
        await renamed(cloud, home, "spendsense-local", "moved")
        moved = await in_status(cloud, "available", "moved")
        await query(moved, "insert into notes values (2)")
        for found in copies:
            await arrives(cloud, found, 2)
        after = cloud.parts["rds"].status()["instances"]
        assert [after[name]["pid"] for name in ("copy", f"{ELSEWHERE}/copy")] == [
            pids[name]["pid"] for name in ("copy", f"{ELSEWHERE}/copy")
        ], "a replica was started again"
        assert (await replica(cloud, home))["ReadReplicaSourceDBInstanceIdentifier"] == "moved"
        elsewhere = await replica(cloud)
        assert elsewhere["ReadReplicaSourceDBInstanceIdentifier"] == moved["DBInstanceArn"]
        assert elsewhere["StatusInfos"][0]["Status"] == "replicating"
        await created(cloud)  # under the old name, at the old endpoint
        other = await in_status(cloud, "available")
        assert other.get("ReadReplicaDBInstanceIdentifiers", []) == []
        await renamed(cloud, home, "copy", "second")
        second = await in_status(cloud, "available", "second")
        listed = (await in_status(cloud, "available", "moved"))["ReadReplicaDBInstanceIdentifiers"]
        assert sorted(listed) == sorted(["second", elsewhere["DBInstanceArn"]])
        await query(moved, "insert into notes values (3)")
        await arrives(cloud, second, 3)
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        moved = await in_status(cloud, "available", "moved")
        await query(moved, "insert into notes values (4)")
        await arrives(cloud, await replica(cloud), 4)
        await arrives(cloud, await in_status(cloud, "available", "second"), 4)
        await cloud.call("rds", "delete_db_instance", DBInstanceIdentifier="second", SkipFinalSnapshot=True)
        listed = (await in_status(cloud, "available", "moved"))["ReadReplicaDBInstanceIdentifiers"]
        assert listed == [(await replica(cloud))["DBInstanceArn"]]


async def test_a_replica_at_home_follows_a_source_elsewhere_after_a_restart(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        created = await rds(
            cloud,
            ELSEWHERE,
            "create_db_instance",
            DBInstanceIdentifier="copy",
            Engine="postgres",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="spend_admin",
            MasterUserPassword="first-password",
            BackupRetentionPeriod=1,
        )
        await replica(cloud)
        parameters = {
            "DBInstanceIdentifier": "at-home",
            "SourceDBInstanceIdentifier": created["DBInstance"]["DBInstanceArn"],
        }
        await cloud.call("rds", "create_db_instance_read_replica", **parameters)
        await in_status(cloud, "available", "at-home")
        await streams(cloud, cloud.host.region, "at-home")
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await in_status(cloud, "available", "at-home")
        await streams(cloud, cloud.host.region, "at-home")


async def test_a_new_name_in_a_request_that_is_refused_is_not_taken(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}) as cloud:
        await source(cloud)
        with pytest.raises(ClientError, match="DBParameterGroupNotFound"):
            await cloud.call(
                "rds",
                "modify_db_instance",
                DBInstanceIdentifier="spendsense-local",
                NewDBInstanceIdentifier="moved",
                DBParameterGroupName="nothing",
                ApplyImmediately=True,
            )
        found = (await cloud.call("rds", "describe_db_instances"))["DBInstances"]
        assert [(each["DBInstanceIdentifier"], each["DBInstanceStatus"]) for each in found] == [
            ("spendsense-local", "available")
        ]
        assert await query(found[0], "select count(*) from notes") == 1
