"""Metrics of database instances, measured on processes."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcloud.cloudwatch.metrics.databases import CLIENT, DatabaseMetrics
from localcloud.cloudwatch.metrics.store import Datum
from localcloud.rds.server.database import RunningServer

REGION, OTHER = "us-west-1", "eu-west-1"


@pytest.fixture
def client() -> Iterator[int]:
    """A process with the title of one that serves a connection."""
    sleep = shutil.which("sleep")
    assert sleep is not None
    with subprocess.Popen(["postgres: app spendsense 127.0.0.1(41062) idle", "60"], executable=sleep) as process:
        yield process.pid
        process.kill()


def server(process_id: int, data: Path = Path("/nowhere"), storage_gib: int = 20) -> RunningServer:
    return RunningServer(process_id, data, storage_gib)


def values(data: list[Datum]) -> dict[str, float]:
    return {each.metric.name: each.values.maximum for each in data}


def test_connections_are_counted_for_each_instance_in_its_region(client: int) -> None:
    data = DatabaseMetrics().data({REGION: {"one": server(client)}, OTHER: {"two": server(os.getpid())}}, now_s=0.0)
    assert values(data[REGION])["DatabaseConnections"] == 1
    # Of this process and its children, only the client is one.
    assert values(data[OTHER])["DatabaseConnections"] == 1
    assert {each.metric.dimensions for each in data[OTHER]} == {(("DBInstanceIdentifier", "two"),)}


def test_cpu_is_a_share_of_the_machine_from_the_second_measurement_on() -> None:
    metrics = DatabaseMetrics(cores=2)
    servers = {REGION: {"one": server(os.getpid())}}
    assert "CPUUtilization" not in values(metrics.data(servers, now_s=0.0)[REGION])
    begun = time.process_time()
    while time.process_time() < begun + 0.2:
        pass
    assert 0 < values(metrics.data(servers, now_s=10.0)[REGION])["CPUUtilization"] <= 100


def test_the_files_of_an_instance_take_its_storage(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "table").write_bytes(b"x" * 1000)
    (tmp_path / "gone").symlink_to(tmp_path / "base" / "missing")
    (tmp_path / "pg_wal").write_bytes(b"y" * 24)
    size = 1024 + (tmp_path / "gone").lstat().st_size
    for gib, free in ((1, 1024**3 - size), (0, 0)):
        data = DatabaseMetrics().data({REGION: {"one": server(os.getpid(), tmp_path, gib)}}, now_s=0.0)
        assert values(data[REGION])["FreeStorageSpace"] == free


def test_an_instance_without_a_server_has_no_data() -> None:
    assert DatabaseMetrics().data({REGION: {}}, now_s=0.0) == {}


@pytest.mark.parametrize(
    ("title", "is_client"),
    [
        ("postgres: app spendsense 127.0.0.1(41062) INSERT", True),
        ("postgres: app spendsense ::1(41062)", True),
        ("postgres: app spendsense [local] idle", False),
        ("postgres: checkpointer", False),
        ("postgres: parallel worker for PID 417", False),
        ("postgres -D data", False),
    ],
)
def test_processes_that_serve_the_network_are_recognized(title: str, is_client: bool) -> None:
    assert (CLIENT.match(title) is not None) is is_client
