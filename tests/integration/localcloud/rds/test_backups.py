"""Automated backups, snapshots and restorations of RDS with real PostgreSQL servers: a moment's rows are restored."""

import asyncio
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localcloud.rds.databases import Databases
from tests.integration.localcloud.rds.backed_up import BACKED_UP, SPEED, note, notes, refusal, restored
from tests.integration.localcloud.rds.instances import PASSWORD, created, described, in_status, query
from tests.waiting import until


async def restorable_to(cloud: Any, moment: datetime, identifier: str = "spendsense-local") -> None:
    async def reached() -> bool:
        latest = (await described(cloud, identifier)).get("LatestRestorableTime")
        return latest is not None and latest >= moment

    await cloud.until(reached, 90)


async def test_exactly_the_rows_of_a_second_are_restored_into_a_new_instance(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        source = await in_status(cloud, "available")
        first = await note(source, "first")
        second = await note(source, "second")
        await query(source, "delete from notes")  # the accident to restore from
        await restorable_to(cloud, second)
        named = {"SourceDBInstanceIdentifier": "spendsense-local"}
        one, two = await asyncio.gather(
            restored(cloud, "one", **named, RestoreTime=first), restored(cloud, "two", **named, RestoreTime=second)
        )
        assert (await notes(one), await notes(two), await notes(source)) == (["first"], ["first", "second"], [])
        # A restored instance is independent, has the password of its source, and is writable.
        assert len({each["Endpoint"]["Address"] for each in (source, one, two)}) == 3
        assert len({each["DbiResourceId"] for each in (source, one, two)}) == 3
        assert one["DBInstanceArn"].endswith(":db:one")
        assert await note(one, "third")
        assert one["BackupRetentionPeriod"] == 7
        await restorable_to(cloud, await note(one, "fourth"), "one")
        again = await restored(cloud, "again", SourceDBInstanceIdentifier="one", UseLatestRestorableTime=True)
        assert await notes(again) == ["first", "fourth", "third"]


@pytest.mark.long
@pytest.mark.full
async def test_a_moment_after_the_last_commit_can_be_restored_too(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        source = await in_status(cloud, "available")
        moment = await note(source, "first") + timedelta(seconds=2)
        await restorable_to(cloud, moment)
        target = await restored(cloud, "t", SourceDBInstanceIdentifier="spendsense-local", RestoreTime=moment)
        assert await notes(target) == ["first"]


@pytest.mark.full
async def test_the_latest_restorable_time_continues_while_nothing_is_written(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        source = await in_status(cloud, "available")
        await restorable_to(cloud, await note(source, "first"))
        archived = sorted((tmp_path / "rds-backups").glob("*/wal/*.gz"))
        now = datetime.now(UTC)
        await restorable_to(cloud, now + timedelta(seconds=10))
        assert len(sorted((tmp_path / "rds-backups").glob("*/wal/*.gz"))) - len(archived) <= 1  # a checkpoint's


@pytest.mark.long
async def test_a_change_after_a_restart_is_restorable_as_soon(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        await in_status(cloud, "available")
        await cloud.call("rds", "reboot_db_instance", DBInstanceIdentifier="spendsense-local")
        source = await in_status(cloud, "available")
        await restorable_to(cloud, await note(source, "first"))
        # The segment open at the start is closed; from now on the server has to close segments by itself.
        await restorable_to(cloud, await note(source, "second"))


@pytest.mark.long
@pytest.mark.full
async def test_a_change_after_a_quiet_time_does_not_take_the_quiet_time_back(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        source = await in_status(cloud, "available")
        began = await note(source, "first")
        await restorable_to(cloud, began)
        await until(lambda: datetime.now(UTC) > began + timedelta(seconds=20), 30)  # nobody requests anything meanwhile
        await query(source, "insert into notes values ('second')")
        shown = (await described(cloud))["LatestRestorableTime"]
        assert datetime.now(UTC) - shown < timedelta(seconds=10)  # a check each 1.2 s, on a busy machine


@pytest.mark.long
@pytest.mark.full
async def test_backups_that_are_retained_serve_after_the_source_is_deleted(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        source = await in_status(cloud, "available")
        first = await note(source, "first")
        await note(source, "second")
        await cloud.call(
            "rds",
            "delete_db_instance",
            DBInstanceIdentifier="spendsense-local",
            SkipFinalSnapshot=True,
            DeleteAutomatedBackups=False,
        )
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        [backup] = (await cloud.call("rds", "describe_db_instance_automated_backups"))["DBInstanceAutomatedBackups"]
        assert (backup["Status"], backup["DbiResourceId"]) == ("retained", source["DbiResourceId"])
        assert backup["RestoreWindow"]["EarliestTime"] <= first <= backup["RestoreWindow"]["LatestTime"]
        named = {"SourceDbiResourceId": backup["DbiResourceId"]}
        by_arn = {"SourceDBInstanceAutomatedBackupsArn": backup["DBInstanceAutomatedBackupsArn"]}
        one = await restored(cloud, "one", **named, RestoreTime=first)
        all_of_it = await restored(cloud, "spendsense-local", **by_arn, UseLatestRestorableTime=True)
        assert (await notes(one), await notes(all_of_it)) == (["first"], ["first", "second"])
        assert all_of_it["Endpoint"] == source["Endpoint"], "the name has the endpoint"

        await cloud.call("rds", "delete_db_instance_automated_backup", DbiResourceId=backup["DbiResourceId"])
        code, _ = await refusal(cloud, "describe_db_instance_automated_backups", DbiResourceId=backup["DbiResourceId"])
        assert code == "DBInstanceAutomatedBackupNotFound"
        assert not (tmp_path / "rds-backups" / backup["DbiResourceId"]).exists()
        code, _ = await refusal(
            cloud,
            "delete_db_instance_automated_backup",
            DbiResourceId=(await described(cloud, "one"))["DbiResourceId"],
        )
        assert code == "InvalidDBInstanceAutomatedBackupState"


@pytest.mark.long
async def test_a_restored_instance_takes_the_name_and_the_endpoint_of_its_source(cloud_in: Any, tmp_path: Path) -> None:
    async def renamed(cloud: Any, old: str, new: str) -> dict[str, Any]:
        answer = await cloud.call(
            "rds",
            "modify_db_instance",
            DBInstanceIdentifier=old,
            NewDBInstanceIdentifier=new,
            ApplyImmediately=True,
        )
        assert answer["DBInstance"]["DBInstanceStatus"] == "renaming"
        return await in_status(cloud, "available", new)

    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        source = await in_status(cloud, "available")
        await restorable_to(cloud, await note(source, "first"))
        named = {"SourceDBInstanceIdentifier": "spendsense-local"}
        target = await restored(cloud, "recovered", **named, UseLatestRestorableTime=True)
        await note(target, "only in the recovered one")
        taken = {"NewDBInstanceIdentifier": "recovered", "ApplyImmediately": True}
        code, _ = await refusal(cloud, "modify_db_instance", DBInstanceIdentifier="spendsense-local", **taken)
        assert code == "DBInstanceAlreadyExists"
        aside = await renamed(cloud, "spendsense-local", "lost")
        assert aside["Endpoint"]["Address"] not in (source["Endpoint"]["Address"], target["Endpoint"]["Address"])
        assert (await renamed(cloud, "recovered", "spendsense-local"))["Endpoint"] == source["Endpoint"]
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        now = await in_status(cloud, "available")
        assert (now["Endpoint"], now["DbiResourceId"]) == (source["Endpoint"], target["DbiResourceId"])
        assert await notes(now) == ["first", "only in the recovered one"]
        assert await notes(await described(cloud, "lost")) == ["first"]
        backups = (await cloud.call("rds", "describe_db_instance_automated_backups"))["DBInstanceAutomatedBackups"]
        assert {each["DbiResourceId"]: each["DBInstanceIdentifier"] for each in backups} == {
            source["DbiResourceId"]: "lost",
            target["DbiResourceId"]: "spendsense-local",
        }


@pytest.mark.long
@pytest.mark.full
async def test_daily_backups_come_and_go_with_the_retention_period(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, 20_000) as cloud:  # a day takes 4 s
        await created(cloud, BackupRetentionPeriod=1)
        source = await in_status(cloud, "available")

        async def automated() -> list[dict[str, Any]]:
            answer = await cloud.call("rds", "describe_db_snapshots", SnapshotType="automated")
            return list(answer["DBSnapshots"])

        [first] = await automated()
        assert first["DBSnapshotIdentifier"].startswith("rds:spendsense-local-20")
        assert (first["Status"], first["DBInstanceIdentifier"]) == ("available", "spendsense-local")
        code, _ = await refusal(cloud, "delete_db_snapshot", DBSnapshotIdentifier=first["DBSnapshotIdentifier"])
        assert code == "InvalidDBSnapshotState"

        async def first_is_gone() -> bool:
            return first["DBSnapshotIdentifier"] not in {each["DBSnapshotIdentifier"] for each in await automated()}

        await cloud.until(first_is_gone, 40)
        assert 1 <= len(await automated()) <= 3
        await cloud.until(lambda: not (tmp_path / "rds-snapshots" / first["DBSnapshotIdentifier"]).exists())
        log = tmp_path / "rds-backups" / source["DbiResourceId"] / "wal"
        # The log before the oldest backup is deleted too.
        await cloud.until(lambda: not (log / "000000010000000000000002.gz").exists())


@pytest.mark.long
async def test_backups_are_switched_on_and_off(cloud_in: Any, tmp_path: Path) -> None:
    named = {"DBInstanceIdentifier": "spendsense-local", "ApplyImmediately": True}
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, BackupRetentionPeriod=0)
        source = await in_status(cloud, "available")
        assert "LatestRestorableTime" not in source
        latest = {"TargetDBInstanceIdentifier": "t", "UseLatestRestorableTime": True}
        ours = {"SourceDBInstanceIdentifier": "spendsense-local"}
        code, _ = await refusal(cloud, "restore_db_instance_to_point_in_time", **latest, **ours)
        assert code == "PointInTimeRestoreNotEnabled"

        answer = await cloud.call("rds", "modify_db_instance", **named, BackupRetentionPeriod=3)
        assert answer["DBInstance"]["DBInstanceStatus"] == "modifying"
        await restorable_to(cloud, await note(await in_status(cloud, "available"), "first"))
        await cloud.call("rds", "modify_db_instance", **named, BackupRetentionPeriod=0)
        assert await notes(await in_status(cloud, "available")) == ["first"]
        assert "LatestRestorableTime" not in await described(cloud)
        assert list((tmp_path / "rds-backups").iterdir()) == []
        assert (await cloud.call("rds", "describe_db_snapshots"))["DBSnapshots"] == []
        code, _ = await refusal(cloud, "modify_db_instance", **named, BackupRetentionPeriod=36)
        assert code == "InvalidParameterValue"


async def test_what_cannot_be_restored_is_refused_in_awss_words(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        source = await in_status(cloud, "available")
        await restorable_to(cloud, datetime.now(UTC))
        ours = {"SourceDBInstanceIdentifier": "spendsense-local", "TargetDBInstanceIdentifier": "t"}
        now = datetime.now(UTC)

        async def refused(**parameters: Any) -> tuple[str, str]:
            return await refusal(cloud, "restore_db_instance_to_point_in_time", **{**ours, **parameters})

        for parameters in ({}, {"RestoreTime": now, "UseLatestRestorableTime": True}):
            assert (await refused(**parameters))[0] == "InvalidParameterCombination"
        code, words = await refused(RestoreTime=now + timedelta(hours=1))
        assert code == "InvalidParameterValue"
        assert words.startswith("The specified instance cannot be restored to a time later than 20")
        code, words = await refused(RestoreTime=now - timedelta(days=1))
        assert code == "InvalidParameterValue"
        assert words.startswith("The specified instance cannot be restored to a time earlier than 20")
        assert words.endswith("because its backup retention period is set to 7 days.")
        latest = {"UseLatestRestorableTime": True}
        assert (await refused(**latest, SourceDBInstanceIdentifier="nobody"))[0] == "DBInstanceNotFound"
        unknown = {"SourceDbiResourceId": "db-NOBODY", "TargetDBInstanceIdentifier": "t", **latest}
        code, _ = await refusal(cloud, "restore_db_instance_to_point_in_time", **unknown)
        assert code == "DBInstanceAutomatedBackupNotFound"
        taken = {"TargetDBInstanceIdentifier": "spendsense-local"}
        assert (await refused(**latest, **taken))[0] == "DBInstanceAlreadyExists"
        assert (await refused(**latest, DBSubnetGroupName="nobody"))[0] == "DBSubnetGroupNotFoundFault"
        code, _ = await refusal(
            cloud,
            "restore_db_instance_from_db_snapshot",
            DBInstanceIdentifier="t",
            DBSnapshotIdentifier="nobody",
        )
        assert code == "DBSnapshotNotFound"
        assert [path.name for path in (tmp_path / "rds").iterdir()] == ["spendsense-local"]
        assert await query(source, "select 1") == 1


async def test_no_secret_is_readable_for_others_or_logged(
    cloud_in: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with cloud_in(tmp_path, {"rds": Databases}, SPEED) as cloud:
        await created(cloud, **BACKED_UP)
        await in_status(cloud, "available")
        secret = (tmp_path / "rds" / "spendsense-local" / "superuser").read_text()
        for folder in ("rds", "rds-snapshots", "rds-backups"):
            assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700
        assert secret not in caplog.text
        assert PASSWORD not in caplog.text
        assert secret not in (tmp_path / "ledger").read_text()
