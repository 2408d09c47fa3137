"""The backup chosen for each moment, and the requests to RDS, whose responses are scripted at the wire."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import AwsRefused, Misuse, NotFound, WaitTimedOut
from ops.parameters.recovery_journal import Journal
from ops.recovery import database
from ops.recovery.database import Kind, find_source, pointed
from ops.waiter import Deadline

NAME = "spendsense-local"
NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Wire = dict[str, Any]


def instance(name: str = NAME, status: str = "available", resource: str = "db-OLD", **more: Any) -> Wire:
    return {
        "DBInstanceIdentifier": name,
        "DBInstanceStatus": status,
        "DbiResourceId": resource,
        "LatestRestorableTime": NOW,
        "DBParameterGroups": [],
    } | more


def backup(status: str, resource: str, earliest: datetime, latest: datetime) -> Wire:
    return {
        "DBInstanceAutomatedBackupsArn": f"arn:aws:rds:us-west-1:1:auto-backup:{resource}",
        "DbiResourceId": resource,
        "Status": status,
        "RestoreWindow": {"EarliestTime": earliest, "LatestTime": latest},
    }


def snapshot(name: str, taken: datetime, status: str = "available") -> Wire:
    return {"DBSnapshotIdentifier": name, "SnapshotCreateTime": taken, "Status": status}


class Rds:
    """RDS's responses, in the order of the requests."""

    def __init__(self, aws: Aws) -> None:
        self.stub = Stubber(aws.rds)

    def has(self, *, now: Wire | None = None, backups: list[Wire] = [], snapshots: list[Wire] = []) -> None:  # noqa: B006
        self.sees(NAME, now)
        self.stub.add_response("describe_db_instance_automated_backups", {"DBInstanceAutomatedBackups": backups})
        self.stub.add_response("describe_db_snapshots", {"DBSnapshots": snapshots})

    def sees(self, name: str, found: Wire | None) -> None:
        expected = {"DBInstanceIdentifier": name}
        if found is None:
            self.stub.add_client_error("describe_db_instances", "DBInstanceNotFound", expected_params=expected)
        else:
            self.stub.add_response("describe_db_instances", {"DBInstances": [found]}, expected)

    def is_told(self, operation: str, **expected: Any) -> None:
        self.stub.add_response(operation, {}, expected)


@pytest.fixture
def rds(scripted: Aws) -> Iterator[Rds]:
    created = Rds(scripted)
    with created.stub:
        yield created
        created.stub.assert_no_pending_responses()


def test_an_existing_database_is_restored_from_its_own_logs(scripted: Aws, rds: Rds) -> None:
    rds.has(now=instance(), backups=[backup("active", "db-OLD", NOW - 5 * HOUR, NOW)])
    found = find_source(scripted, None)
    assert (found.kind, found.name, found.latest) == (Kind.INSTANCE, NAME, NOW)


def test_a_missing_database_is_restored_from_the_newest_retained_backup(scripted: Aws, rds: Rds) -> None:
    older, newer = (
        backup("retained", "db-A", NOW - 9 * HOUR, NOW - 5 * HOUR),
        backup("retained", "db-B", NOW - 4 * HOUR, NOW),
    )
    rds.has(backups=[older, newer], snapshots=[snapshot("s", NOW - HOUR)])
    assert find_source(scripted, None).name == newer["DBInstanceAutomatedBackupsArn"]


def test_without_backups_the_newest_usable_snapshot_is_taken(scripted: Aws, rds: Rds) -> None:
    rds.has(
        snapshots=[snapshot("old", NOW - 2 * HOUR), snapshot("new", NOW - HOUR), snapshot("begun", NOW, "creating")]
    )
    assert find_source(scripted, None).name == "new"


def test_the_moment_chooses_between_the_present_and_an_earlier_database(scripted: Aws, rds: Rds) -> None:
    earlier = backup("retained", "db-A", NOW - 9 * HOUR, NOW - 5 * HOUR)
    rds.has(now=instance(), backups=[backup("active", "db-OLD", NOW - 4 * HOUR, NOW), earlier])
    assert find_source(scripted, NOW - 6 * HOUR).name == earlier["DBInstanceAutomatedBackupsArn"]


def test_before_every_log_the_last_snapshot_before_the_moment_is_taken(scripted: Aws, rds: Rds) -> None:
    taken = [snapshot("first", NOW - 30 * HOUR), snapshot("second", NOW - 20 * HOUR), snapshot("third", NOW - HOUR)]
    rds.has(now=instance(), backups=[backup("active", "db-OLD", NOW - 4 * HOUR, NOW)], snapshots=taken)
    assert find_source(scripted, NOW - 10 * HOUR).name == "second"


def test_a_moment_that_no_backup_covers_is_refused_with_the_available_ones(scripted: Aws, rds: Rds) -> None:
    rds.has(now=instance(), backups=[backup("active", "db-OLD", NOW - 4 * HOUR, NOW)])
    with pytest.raises(Misuse, match="2026-01-10T08:00:00Z to 2026-01-10T12:00:00Z"):
        find_source(scripted, NOW - 10 * HOUR)


def test_without_any_backup_the_error_says_where_else_to_look(scripted: Aws, rds: Rds) -> None:
    rds.has()
    with pytest.raises(NotFound, match="no backup and no snapshot"):
        find_source(scripted, None)


def journal(**more: Any) -> Journal:
    return Journal(
        id="1",
        began_at=NOW.isoformat(),
        moment=(NOW - HOUR).isoformat(),
        restoring=f"{NAME}-1",
        restored_id="db-NEW",
        set_aside=f"{NAME}-until-1",
        **more,
    )


SHAPE = {"restore": {"DBInstanceClass": "db.t4g.micro", "VpcSecurityGroupIds": ["sg-1"]}, "modify": {}}


@pytest.mark.parametrize(
    ("kind", "name", "latest", "operation", "expected"),
    [
        (
            *(Kind.INSTANCE, NAME, False, "restore_db_instance_to_point_in_time"),
            {"SourceDBInstanceIdentifier": NAME, "TargetDBInstanceIdentifier": f"{NAME}-1", "RestoreTime": NOW - HOUR},
        ),
        (
            *(Kind.BACKUP, "arn:1", True, "restore_db_instance_to_point_in_time"),
            {
                "SourceDBInstanceAutomatedBackupsArn": "arn:1",
                "TargetDBInstanceIdentifier": f"{NAME}-1",
                "UseLatestRestorableTime": True,
            },
        ),
        (
            *(Kind.SNAPSHOT, "s", True, "restore_db_instance_from_db_snapshot"),
            {"DBSnapshotIdentifier": "s", "DBInstanceIdentifier": f"{NAME}-1"},
        ),
    ],
)
def test_each_source_is_restored_with_the_previous_settings(
    scripted: Aws, rds: Rds, console: Console, kind: Kind, name: str, latest: bool, operation: str, expected: Wire
) -> None:
    rds.sees(f"{NAME}-1", None)
    rds.is_told(operation, **expected, **SHAPE["restore"])
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "creating", "db-NEW"))
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "available", "db-NEW"))
    created = journal(source_kind=kind, source=name, latest=latest)
    database.restore(scripted, created, SHAPE, Deadline(10, sleep=lambda _: None), console)
    assert created.restored_id == "db-NEW"


def test_a_restore_in_progress_is_waited_for_and_not_repeated(scripted: Aws, rds: Rds, console: Console) -> None:
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "creating", "db-NEW"))
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "available", "db-NEW"))
    database.restore(scripted, journal(), SHAPE, Deadline(10), console)


def test_a_failed_instance_is_not_waited_for(scripted: Aws, rds: Rds, console: Console) -> None:
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "creating", "db-NEW"))
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "incompatible-restore", "db-NEW"))
    with pytest.raises(AwsRefused, match="incompatible-restore"):
        database.restore(scripted, journal(), SHAPE, Deadline(10), console)


def test_an_exceeded_deadline_names_the_last_status(scripted: Aws, rds: Rds, console: Console) -> None:
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "creating", "db-NEW"))
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "backing-up", "db-NEW"))
    with pytest.raises(WaitTimedOut, match="it is backing-up"):
        database.restore(scripted, journal(), SHAPE, Deadline(0), console)


def renames(rds: Rds, before: str, after: str, resource: str, seen: Wire | None = None) -> None:
    rds.sees(before, seen or instance(before, resource=resource))
    rds.is_told("modify_db_instance", DBInstanceIdentifier=before, NewDBInstanceIdentifier=after, ApplyImmediately=True)
    rds.sees(after, None)
    rds.sees(after, instance(after, resource=resource))


def test_the_present_database_is_renamed_before_the_restored_one_gets_its_name(
    scripted: Aws, rds: Rds, console: Console
) -> None:
    rds.sees(NAME, instance())
    renames(rds, NAME, f"{NAME}-until-1", "db-OLD")
    renames(rds, f"{NAME}-1", NAME, "db-NEW")
    rds.sees(NAME, instance(resource="db-NEW"))
    database.swap(scripted, journal(), Deadline(10, sleep=lambda _: None), console)


def test_an_interrupted_swap_is_completed(scripted: Aws, rds: Rds, console: Console) -> None:
    rds.sees(NAME, None)
    renames(rds, f"{NAME}-1", NAME, "db-NEW")
    rds.sees(NAME, instance(resource="db-NEW"))
    database.swap(scripted, journal(), Deadline(10, sleep=lambda _: None), console)


def test_a_rename_in_progress_is_not_requested_again(scripted: Aws, rds: Rds, console: Console) -> None:
    rds.sees(NAME, None)
    rds.sees(f"{NAME}-1", instance(f"{NAME}-1", "renaming", "db-NEW"))
    rds.sees(NAME, instance(resource="db-NEW"))
    rds.sees(NAME, instance(resource="db-NEW"))
    database.swap(scripted, journal(), Deadline(10, sleep=lambda _: None), console)


def test_a_completed_swap_changes_nothing(scripted: Aws, rds: Rds, console: Console) -> None:
    rds.sees(NAME, instance(resource="db-NEW"))
    rds.sees(NAME, instance(resource="db-NEW"))
    database.swap(scripted, journal(), Deadline(10), console)


def test_only_settings_that_the_restore_omitted_are_set(scripted: Aws, rds: Rds, console: Console) -> None:
    shape = {"modify": {"BackupRetentionPeriod": 30, "MonitoringInterval": 60, "ManageMasterUserPassword": True}}
    rds.sees(NAME, instance(BackupRetentionPeriod=30, MonitoringInterval=0))
    rds.is_told(
        "modify_db_instance",
        DBInstanceIdentifier=NAME,
        ApplyImmediately=True,
        MonitoringInterval=60,
        ManageMasterUserPassword=True,
    )
    rds.sees(NAME, instance())
    rds.sees(NAME, instance(MasterUserSecret={"SecretArn": "arn:s", "SecretStatus": "creating"}))
    rds.sees(NAME, instance(MasterUserSecret={"SecretArn": "arn:s", "SecretStatus": "active"}))
    database.complete(scripted, shape, Deadline(10, sleep=lambda _: None), console)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40ss@old:5432/x?ssl=require", "postgresql://u:p%40ss@new:5433/x?ssl=require"),
        ("postgresql://u@old:5432/x", "postgresql://u@new:5433/x"),
        ("postgresql://old:5432/x", "postgresql://new:5433/x"),
    ],
)
def test_a_connection_gets_a_new_address_and_keeps_everything_else(url: str, expected: str) -> None:
    assert pointed({"url": url, "host": "old", "port": 5432, "password": "p@ss"}, "new", 5433) == {
        "url": expected,
        "host": "new",
        "port": 5433,
        "password": "p@ss",
    }
