"""Snapshots of RDS: taken, listed and restored."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.rds.databases import Databases
from tests.integration.localcloud.rds.backed_up import BACKED_UP, SPEED, note, notes, refusal
from tests.integration.localcloud.rds.instances import created, described, in_status, query

pytestmark = pytest.mark.long


async def snapshot_in(cloud: Any, identifier: str, status: str = "available") -> dict[str, Any]:
    async def found() -> dict[str, Any]:
        answer = await cloud.call("rds", "describe_db_snapshots", DBSnapshotIdentifier=identifier)
        [snapshot] = answer["DBSnapshots"]
        return dict(snapshot)

    async def reached() -> bool:
        return (await found())["Status"] == status

    await cloud.until(reached, 90)
    return await found()


async def test_a_snapshot_holds_its_moment_and_outlives_its_source(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, BackupRetentionPeriod=0)
        source = await in_status(cloud, "available")
        await note(source, "first")
        taken = await cloud.call(
            "rds", "create_db_snapshot", DBInstanceIdentifier="spendsense-local", DBSnapshotIdentifier="Mine"
        )
        assert (taken["DBSnapshot"]["Status"], taken["DBSnapshot"]["PercentProgress"]) == ("creating", 0)
        code, words = await refusal(
            cloud, "create_db_snapshot", DBInstanceIdentifier="spendsense-local", DBSnapshotIdentifier="other"
        )
        assert code == "InvalidDBInstanceState"
        assert "is not currently in the available state" in words
        shown = await snapshot_in(cloud, "mine")
        assert (shown["SnapshotType"], shown["PercentProgress"]) == ("manual", 100)
        source = await in_status(cloud, "available")
        await note(source, "second")

        copied = await cloud.call(
            "rds",
            "copy_db_snapshot",
            SourceDBSnapshotIdentifier=shown["DBSnapshotArn"],
            TargetDBSnapshotIdentifier="copied",
        )
        assert copied["DBSnapshot"]["Status"] == "creating"
        deleted = await cloud.call("rds", "delete_db_snapshot", DBSnapshotIdentifier="mine")
        assert deleted["DBSnapshot"]["Status"] == "deleted"
        await cloud.call("rds", "delete_db_instance", DBInstanceIdentifier="spendsense-local", SkipFinalSnapshot=True)
        await snapshot_in(cloud, "copied")
        answer = await cloud.call(
            "rds",
            "restore_db_instance_from_db_snapshot",
            DBInstanceIdentifier="restored",
            DBSnapshotIdentifier="copied",
        )
        assert answer["DBInstance"]["DBInstanceStatus"] == "creating"
        target = await in_status(cloud, "available", "restored")
        assert await notes(target) == ["first"]
        # As in AWS: no longer managed, single-AZ, unprotected; a new password can be set, or managed by RDS.
        named = {"DBInstanceIdentifier": "restored", "ApplyImmediately": True}
        await cloud.call("rds", "modify_db_instance", **named, MasterUserPassword="another-password")
        assert await query(target, "select 1", "another-password") == 1
        await cloud.call("rds", "modify_db_instance", **named, ManageMasterUserPassword=True)
        assert (await described(cloud, "restored"))["MasterUserSecret"]["SecretStatus"]


@pytest.mark.full
async def test_final_snapshots_and_those_of_a_stop_can_be_restored(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        source = await in_status(cloud, "available")
        await note(source, "first")
        named = {"DBInstanceIdentifier": "spendsense-local"}
        await cloud.call("rds", "stop_db_instance", **named, DBSnapshotIdentifier="at-stop")
        await in_status(cloud, "stopped")
        await snapshot_in(cloud, "at-stop")
        await cloud.call("rds", "start_db_instance", **named)
        await note(await in_status(cloud, "available"), "second")
        await cloud.call("rds", "delete_db_instance", **named, FinalDBSnapshotIdentifier="final")
        await snapshot_in(cloud, "final")
        assert (await cloud.call("rds", "describe_db_instance_automated_backups"))["DBInstanceAutomatedBackups"] == []
        for snapshot, wanted in (("at-stop", ["first"]), ("final", ["first", "second"])):
            await cloud.call(
                "rds",
                "restore_db_instance_from_db_snapshot",
                DBInstanceIdentifier=f"from-{snapshot}",
                DBSnapshotIdentifier=snapshot,
            )
            assert await notes(await in_status(cloud, "available", f"from-{snapshot}")) == wanted


async def test_snapshots_are_listed_by_filter_and_page(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, BackupRetentionPeriod=0)
        source = await in_status(cloud, "available")
        await cloud.call("rds", "create_db_snapshot", DBInstanceIdentifier="spendsense-local", DBSnapshotIdentifier="s")
        await snapshot_in(cloud, "s")
        for number in range(22):
            parameters = {"SourceDBSnapshotIdentifier": "s", "TargetDBSnapshotIdentifier": f"s-{number}"}
            await cloud.call("rds", "copy_db_snapshot", **parameters)
        page = await cloud.call("rds", "describe_db_snapshots", MaxRecords=20)
        rest = await cloud.call("rds", "describe_db_snapshots", MaxRecords=20, Marker=page["Marker"])
        assert (len(page["DBSnapshots"]), len(rest["DBSnapshots"])) == (20, 3)
        assert "Marker" not in rest
        by_resource = await cloud.call("rds", "describe_db_snapshots", DbiResourceId=source["DbiResourceId"])
        assert len(by_resource["DBSnapshots"]) == 23
        filters = [{"Name": "db-snapshot-id", "Values": ["s-1", "s-2"]}]
        found = await cloud.call("rds", "describe_db_snapshots", Filters=filters)
        assert {each["DBSnapshotIdentifier"] for each in found["DBSnapshots"]} == {"s-1", "s-2"}
        code, _ = await refusal(
            cloud,
            "copy_db_snapshot",
            SourceDBSnapshotIdentifier="s",
            TargetDBSnapshotIdentifier="s-1",
        )
        assert code == "DBSnapshotAlreadyExists"
