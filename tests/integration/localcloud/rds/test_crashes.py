"""Acknowledged RDS backups survive a local cloud that is killed in the middle of them."""

import asyncio
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.integration.localcloud.ecs.daemon import start, until
from tests.integration.localcloud.rds.instances import PASSWORD, query

pytestmark = pytest.mark.long

SPEED = 100
WAIT_S = 240.0


class Killable:
    """A local cloud that restarts after each kill."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.daemon = start(directory, speed=SPEED)

    @property
    def rds(self) -> Any:
        return self.daemon.client("rds")

    def kill(self) -> None:
        self.daemon.stop(signal.SIGKILL)
        (self._directory / "endpoint.json").unlink()

    def kill_and_start(self) -> None:
        self.kill()
        self.daemon = start(self._directory, speed=SPEED)

    def available(self, identifier: str) -> dict[str, Any]:
        def reached() -> dict[str, Any] | None:
            [found] = self.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
            return dict(found) if found["DBInstanceStatus"] == "available" else None

        return _given(until(reached, f"{identifier} available", WAIT_S))

    def available_snapshot(self, identifier: str) -> None:
        def reached() -> bool:
            [found] = self.rds.describe_db_snapshots(DBSnapshotIdentifier=identifier)["DBSnapshots"]
            assert found["Status"] in ("creating", "available")
            return bool(found["Status"] == "available")

        until(reached, f"{identifier} available", WAIT_S)

    def from_snapshot(self, snapshot: str) -> dict[str, Any]:
        target = f"from-{snapshot}"
        self.rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier=target, DBSnapshotIdentifier=snapshot)
        return self.available(target)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Killable]:
    killable = Killable(tmp_path / "data")
    killable.rds.create_db_instance(
        DBInstanceIdentifier="main",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="spend_admin",
        MasterUserPassword=PASSWORD,
        DBName="spendsense",
        BackupRetentionPeriod=7,
    )
    run(killable.available("main"), "create table notes as select 'kept' as text")
    try:
        yield killable
    finally:
        killable.daemon.stop()


def run(instance: dict[str, Any], sql: str) -> Any:
    return asyncio.run(query(instance, sql))


def _given(found: dict[str, Any] | None) -> dict[str, Any]:
    assert found is not None
    return found


@pytest.mark.full
def test_snapshots_that_were_acknowledged_are_completed(cloud: Killable) -> None:
    cloud.rds.create_db_snapshot(DBInstanceIdentifier="main", DBSnapshotIdentifier="mine")
    cloud.kill_and_start()
    cloud.available_snapshot("mine")
    assert run(cloud.from_snapshot("mine"), "select text from notes") == "kept"

    cloud.available("main")
    cloud.rds.delete_db_instance(DBInstanceIdentifier="main", FinalDBSnapshotIdentifier="final")
    cloud.kill_and_start()
    cloud.available_snapshot("final")
    assert run(cloud.from_snapshot("final"), "select text from notes") == "kept"


def test_a_restoration_continues_also_without_its_source(cloud: Killable) -> None:
    committed = datetime.now(UTC)
    # Not archived yet: the killed server's log is closed when the server runs again.
    cloud.kill_and_start()
    until(lambda: _latest(cloud, "main", committed), "what was committed before the kill is archived", WAIT_S)
    cloud.rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="main", TargetDBInstanceIdentifier="recovered", UseLatestRestorableTime=True
    )
    cloud.rds.delete_db_instance(DBInstanceIdentifier="main", SkipFinalSnapshot=True)
    cloud.kill_and_start()
    assert run(cloud.available("recovered"), "select text from notes") == "kept"
    assert [each["DBInstanceIdentifier"] for each in cloud.rds.describe_db_instances()["DBInstances"]] == ["recovered"]


def test_a_replica_that_was_acknowledged_is_made_and_follows(cloud: Killable) -> None:
    cloud.available("main")
    cloud.rds.create_db_instance_read_replica(DBInstanceIdentifier="copy", SourceDBInstanceIdentifier="main")
    cloud.kill_and_start()
    primary, replica = cloud.available("main"), cloud.available("copy")
    run(primary, "insert into notes values ('new')")
    until(lambda: run(replica, "select count(*) from notes") == 2, "the replica has what came after the kill", WAIT_S)
    cloud.kill_and_start()
    primary, replica = cloud.available("main"), cloud.available("copy")
    run(primary, "insert into notes values ('newer')")
    until(lambda: run(replica, "select count(*) from notes") == 3, "the replica follows again", WAIT_S)


def test_an_instance_keeps_its_data_when_its_renaming_is_cut_short(cloud: Killable) -> None:
    before = cloud.available("main")
    cloud.rds.modify_db_instance(DBInstanceIdentifier="main", NewDBInstanceIdentifier="renamed", ApplyImmediately=True)
    cloud.kill()
    # As if it had been killed a moment earlier: the API has the new name, the files still have the old one.
    data = cloud.daemon.directory / "rds"
    (data / "renamed").rename(data / "main")
    cloud.daemon = start(cloud.daemon.directory, speed=SPEED)
    after = cloud.available("renamed")
    assert run(after, "select text from notes") == "kept"
    assert after["DbiResourceId"] == before["DbiResourceId"]
    assert after["Endpoint"] != before["Endpoint"]


def test_nobody_gets_the_name_of_an_instance_that_is_still_being_deleted(cloud: Killable) -> None:
    cloud.rds.create_db_instance(
        DBInstanceIdentifier="old",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="spend_admin",
        MasterUserPassword=PASSWORD,
    )
    cloud.available("old")
    children = psutil.Process(cloud.daemon.process.pid).children()
    [server] = [child for child in children if f"{cloud.daemon.directory}/rds/old/data" in child.cmdline()]
    server.suspend()  # it ends as late as the test needs
    with ThreadPoolExecutor() as clients:
        deleting = clients.submit(
            partial(cloud.rds.delete_db_instance, DBInstanceIdentifier="old", SkipFinalSnapshot=True)
        )
        until(lambda: len(cloud.rds.describe_db_instances()["DBInstances"]) == 1, "the API has forgotten it")
        renaming = clients.submit(
            partial(
                cloud.rds.modify_db_instance,
                DBInstanceIdentifier="main",
                NewDBInstanceIdentifier="old",
                ApplyImmediately=True,
            )
        )
        assert wait({renaming}, timeout=1).not_done
        [main] = cloud.rds.describe_db_instances()["DBInstances"]
        assert main["DBInstanceIdentifier"] == "main"
        server.resume()
        deleting.result()
        renaming.result()
    assert run(cloud.available("old"), "select text from notes") == "kept"


def _latest(cloud: Killable, identifier: str, moment: datetime) -> bool:
    [found] = cloud.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    return "LatestRestorableTime" in found and bool(found["LatestRestorableTime"] > moment)
