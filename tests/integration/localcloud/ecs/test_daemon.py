"""The local cloud's own process: signals, crashes, restarts, refusals."""

import signal
import subprocess
from pathlib import Path

import psutil

from tests.integration.localcloud.ecs.daemon import NETWORK, Daemon, Shell, start, until


def children_of(daemon: Daemon) -> list[psutil.Process]:
    return psutil.Process(daemon.process.pid).children(recursive=True)


def gone(processes: list[psutil.Process]) -> bool:
    return all(not p.is_running() or p.status() == psutil.STATUS_ZOMBIE for p in processes)


def serving(directory: Path) -> tuple[Daemon, Shell]:
    daemon = start(directory)
    shell = Shell(daemon)
    shell.ecs.create_service(
        cluster="c",
        serviceName="s",
        taskDefinition=shell.register({"command": ["sleep", "600"]}),
        desiredCount=2,
        networkConfiguration=NETWORK,
    )
    shell.until_steady("s")
    return daemon, shell


def test_ctrl_c_ends_everything_and_the_next_start_runs_the_services_again(tmp_path: Path) -> None:
    daemon, shell = serving(tmp_path / "data")
    old_tasks = shell.ecs.list_tasks(cluster="c")["taskArns"]
    processes = children_of(daemon)
    assert daemon.stop(signal.SIGINT) == 0
    until(lambda: gone(processes), "no process left")
    assert not (tmp_path / "data" / "endpoint.json").exists()

    again = start(tmp_path / "data")
    try:
        ecs = again.client("ecs")
        until(lambda: len(ecs.list_tasks(cluster="c")["taskArns"]) == 2, "two tasks")
        assert not set(ecs.list_tasks(cluster="c")["taskArns"]) & set(old_tasks)
        [old, _] = ecs.describe_tasks(cluster="c", tasks=old_tasks)["tasks"]
        assert (old["lastStatus"], old["stoppedReason"]) == ("STOPPED", "The local cloud was stopped")
        events = ecs.describe_services(cluster="c", services=["s"])["services"][0]["events"]
        assert not any("unable to consistently start" in event["message"] for event in events)
    finally:
        assert again.stop() == 0


def test_a_killed_local_cloud_leaves_no_process_behind(tmp_path: Path) -> None:
    daemon, _ = serving(tmp_path / "data")
    processes = children_of(daemon)
    assert len(processes) >= 3  # two tasks and the guardian, beside the load balancer
    daemon.stop(signal.SIGKILL)
    until(lambda: gone(processes), "no process left")


def test_a_second_local_cloud_on_the_same_data_is_refused(tmp_path: Path) -> None:
    daemon = start(tmp_path / "data")
    try:
        second = subprocess.run(
            [*daemon.process.args],
            capture_output=True,
            text=True,
            timeout=30,
            cwd=Path(__file__).parents[4],
            check=False,
        )
        assert second.returncode == 3
        assert "another local cloud runs on this data directory" in second.stderr
        assert "spendsense down" in second.stderr
        assert daemon.endpoint["pid"] == daemon.process.pid
    finally:
        daemon.stop()
