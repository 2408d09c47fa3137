"""DB snapshots, automated backups, and restored instances."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.conformance.cloud import Cloud, Wire

fact = pytest.mark.fact

CREATION_S = 1800.0
"""AWS takes about ten minutes for an instance, and longer for a restored one."""
DAYS = 7


@pytest.fixture(scope="module")
def group(cloud: Cloud) -> str:
    """A DB subnet group, by which the cleanup also finds restored instances."""
    name = cloud.new_name("subnets")
    rds = cloud.client("rds")
    rds.create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="conformance", SubnetIds=cloud.settings.subnets
    )
    cloud.at_the_end(rds.delete_db_subnet_group, DBSubnetGroupName=name)
    return name


@pytest.fixture(scope="module")
def instance(cloud: Cloud, group: str) -> Iterator[str]:
    """An instance with automated backups to restore from; removed after everything that its cases create."""
    name = cloud.new_name("db")
    cloud.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        Engine="postgres",
        EngineVersion="16",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="conformance",
        MasterUserPassword=uuid.uuid4().hex,
        BackupRetentionPeriod=DAYS,
        DBSubnetGroupName=group,
        MultiAZ=False,
        CopyTagsToSnapshot=False,
    )
    until_available(cloud, name)
    cloud.until(lambda: described(cloud, name).get("LatestRestorableTime"), "a latest restorable time", CREATION_S)
    yield name
    delete(cloud, name)


def described(cloud: Cloud, name: str) -> Wire:
    [found] = cloud.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return dict(found)


def is_there(cloud: Cloud, name: str) -> bool:
    found = cloud.client("rds").describe_db_instances()["DBInstances"]
    return any(each["DBInstanceIdentifier"] == name for each in found)


def until_available(cloud: Cloud, name: str) -> Wire:
    def reached() -> bool:
        return is_there(cloud, name) and described(cloud, name)["DBInstanceStatus"] == "available"

    cloud.until(reached, f"{name} to be available", CREATION_S)
    return described(cloud, name)


def delete(cloud: Cloud, name: str) -> None:
    until_available(cloud, name)
    cloud.client("rds").delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
    cloud.until(lambda: not is_there(cloud, name), f"{name} to be gone", CREATION_S)


def point_in_time(cloud: Cloud, instance: str, group: str, **parameters: object) -> Callable[[], Wire]:
    target = cloud.new_name("restored")
    return lambda: dict(
        cloud.client("rds").restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier=instance,
            TargetDBInstanceIdentifier=target,
            DBSubnetGroupName=group,
            **parameters,
        )["DBInstance"]
    )


@fact("5/automated", "5/backups")
def test_automated_backups_and_their_snapshot(cloud: Cloud, instance: str) -> None:
    rds = cloud.client("rds")
    found = rds.describe_db_snapshots(DBInstanceIdentifier=instance, SnapshotType="automated")["DBSnapshots"]
    name = found[0]["DBSnapshotIdentifier"]
    assert name.startswith(f"rds:{instance}-20")
    with cloud.refused("InvalidDBSnapshotState", "InvalidParameterValue"):
        rds.delete_db_snapshot(DBSnapshotIdentifier=name)
    [backup] = rds.describe_db_instance_automated_backups(DBInstanceIdentifier=instance)["DBInstanceAutomatedBackups"]
    assert (backup["Status"], backup["BackupRetentionPeriod"]) == ("active", DAYS)
    assert backup["DbiResourceId"] == described(cloud, instance)["DbiResourceId"]
    assert backup["RestoreWindow"]["EarliestTime"] <= backup["RestoreWindow"]["LatestTime"]


@fact("5/latest")
def test_the_latest_restorable_time_follows(cloud: Cloud, instance: str) -> None:
    before = described(cloud, instance)["LatestRestorableTime"]
    cloud.until(lambda: described(cloud, instance)["LatestRestorableTime"] > before, "a later time", 900)
    behind = datetime.now(UTC) - described(cloud, instance)["LatestRestorableTime"]
    assert behind.total_seconds() * cloud.settings.speed < 600 + 30 * cloud.settings.speed


@fact("5/snapshot", "5/snapshot-state", "5/snapshot-taken")
def test_a_snapshot_is_created_once(cloud: Cloud, instance: str) -> None:
    rds, name = cloud.client("rds"), cloud.new_name("snapshot")
    until_available(cloud, instance)
    taken = rds.create_db_snapshot(DBInstanceIdentifier=instance, DBSnapshotIdentifier=name)["DBSnapshot"]
    cloud.at_the_end(rds.delete_db_snapshot, DBSnapshotIdentifier=name)
    assert (taken["Status"], taken["SnapshotType"]) == ("creating", "manual")
    with cloud.refused("InvalidDBInstanceState") as refusal:
        rds.create_db_snapshot(DBInstanceIdentifier=instance, DBSnapshotIdentifier=cloud.new_name("snapshot"))
    assert "is not currently in the available state" in refusal["message"]

    def available() -> bool:
        [found] = rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"]
        return bool(found["Status"] == "available")

    cloud.until(available, f"{name} to be available", CREATION_S)
    until_available(cloud, instance)
    with cloud.refused("DBSnapshotAlreadyExists"):
        rds.create_db_snapshot(DBInstanceIdentifier=instance, DBSnapshotIdentifier=name)
    rds.delete_db_snapshot(DBSnapshotIdentifier=name)
    with cloud.refused("DBSnapshotNotFound"):
        rds.describe_db_snapshots(DBSnapshotIdentifier=name)


@fact("5/either-time", "5/window")
def test_points_in_time_that_are_refused(cloud: Cloud, instance: str, group: str) -> None:
    now = datetime.now(UTC)
    for parameters in ({}, {"RestoreTime": now, "UseLatestRestorableTime": True}):
        with cloud.refused("InvalidParameterCombination", "InvalidParameterValue"):
            point_in_time(cloud, instance, group, **parameters)()
    for away, word in ((-timedelta(days=DAYS + 1), "earlier"), (timedelta(hours=1), "later")):
        with cloud.refused("InvalidParameterValue") as refusal:
            point_in_time(cloud, instance, group, RestoreTime=now + away)()
        assert f"cannot be restored to a time {word} than 20" in refusal["message"]


@fact("5/new-instance", "5/restored-defaults", "5/rename")
def test_what_is_restored_is_new_and_can_take_the_name(cloud: Cloud, instance: str, group: str) -> None:
    rds = cloud.client("rds")
    source = until_available(cloud, instance)
    answer = point_in_time(cloud, instance, group, UseLatestRestorableTime=True)()
    name = answer["DBInstanceIdentifier"]
    assert answer["DBInstanceStatus"] == "creating"
    created = until_available(cloud, name)
    assert created["DbiResourceId"] != source["DbiResourceId"]
    assert created["Endpoint"]["Address"] != source["Endpoint"]["Address"]
    assert (created["MultiAZ"], created["DeletionProtection"]) == (False, False)
    assert created["DBParameterGroups"][0]["DBParameterGroupName"].startswith("default.postgres16")

    aside = cloud.new_name("aside")
    for old, new in ((instance, aside), (name, instance)):
        rds.modify_db_instance(DBInstanceIdentifier=old, NewDBInstanceIdentifier=new, ApplyImmediately=True)
        cloud.until(lambda new=new: is_there(cloud, new), f"{old} to be renamed", CREATION_S)
        until_available(cloud, new)
    now = described(cloud, instance)
    assert now["DbiResourceId"] == created["DbiResourceId"]
    assert now["Endpoint"]["Address"] == source["Endpoint"]["Address"]
    delete(cloud, aside)
