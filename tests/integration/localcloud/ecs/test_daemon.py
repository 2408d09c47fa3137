"""The local cloud's own process: signals, crashes, restarts, refusals."""

import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from botocore.exceptions import ClientError

from localcloud import guardian
from tests.integration.localcloud.ecs.balanced import Balanced
from tests.integration.localcloud.ecs.daemon import Daemon, Shell, start, until


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
        networkConfiguration=daemon.network,
    )
    shell.until_steady("s")
    return daemon, shell


@contextmanager
def no_space_left(daemon: Daemon) -> Iterator[None]:
    """Make every write of the local cloud to a file fail, as on a full disk."""
    process = psutil.Process(daemon.process.pid)
    before = process.rlimit(resource.RLIMIT_FSIZE)
    process.rlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        process.rlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform != "linux", reason="no other system limits a process from outside")
@pytest.mark.long
def test_a_disk_that_is_full_for_a_while_is_reported_and_ends_nothing(tmp_path: Path) -> None:
    daemon, shell = serving(tmp_path / "data")
    watching = daemon.client("cloudwatch")
    watching.put_metric_alarm(
        AlarmName="a",
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[daemon.client("sns").create_topic(Name="t")["TopicArn"]],
    )

    def health() -> dict[str, Any]:
        return dict(httpx.get(f"{daemon.endpoint['endpoint']}/_localcloud/health").json())

    try:
        with no_space_left(daemon):
            with pytest.raises(ClientError, match=r"ecs\.json.*File too large"):
                shell.ecs.update_service(cluster="c", service="s", desiredCount=1)
            with pytest.raises(ClientError, match=r"the state of \w+ is not saved"):
                watching.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
            until(lambda: len(shell.ecs.list_tasks(cluster="c")["taskArns"]) == 1, "the scheduler at work")
            assert "File too large" in until(lambda: health()["parts"]["ecs"].get("not_saved"), "the failure told")
            assert health()["status"] == "failed"
        until(lambda: health()["status"] == "ready", "readiness again")
        shell.ecs.update_service(cluster="c", service="s", desiredCount=2)
        shell.until_steady("s")
        daemon.stop(signal.SIGKILL)
        (tmp_path / "data" / "endpoint.json").unlink()
        again = start(tmp_path / "data")
        try:
            [service] = again.client("ecs").describe_services(cluster="c", services=["s"])["services"]
            assert service["desiredCount"] == 2
        finally:
            again.stop()
    finally:
        if daemon.process.poll() is None:
            daemon.stop()


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


@pytest.mark.long
def test_stopping_does_not_wait_for_the_deregistration_delay(tmp_path: Path) -> None:
    daemon = start(tmp_path / "data")
    try:
        balanced = Balanced(Shell(daemon))
        # Far longer than `stop` waits, even for a task that is draining already.
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "3600"}
        balanced.elb.modify_target_group_attributes(TargetGroupArn=balanced.groups[0], Attributes=[delay])
        balanced.create_service()
        balanced.shell.ecs.update_service(cluster="c", service="bg", desiredCount=1)

        def states() -> list[str]:
            answer = balanced.elb.describe_target_health(TargetGroupArn=balanced.groups[0])
            return sorted(each["TargetHealth"]["State"] for each in answer["TargetHealthDescriptions"])

        until(lambda: states() == ["draining", "healthy"], "one target that drains")
        processes = children_of(daemon)
        assert daemon.stop() == 0
        until(lambda: gone(processes), "no process left")
    finally:
        if daemon.process.poll() is None:
            daemon.process.kill()


def test_a_killed_local_cloud_leaves_no_process_behind(tmp_path: Path) -> None:
    daemon, _ = serving(tmp_path / "data")
    processes = children_of(daemon)
    assert len(processes) >= 3  # two tasks and the guardian, besides the load balancer
    daemon.stop(signal.SIGKILL)
    until(lambda: gone(processes), "no process left")


@pytest.mark.long
def test_a_guardian_that_wakes_late_leaves_the_next_run_alone(tmp_path: Path) -> None:
    daemon, _ = serving(tmp_path / "data")
    [late] = [child for child in children_of(daemon) if guardian.__name__ in child.cmdline()]
    late.suspend()
    daemon.stop(signal.SIGKILL)
    (tmp_path / "data" / "endpoint.json").unlink()
    again = start(tmp_path / "data")
    ecs = again.client("ecs")
    until(lambda: ecs.describe_services(cluster="c", services=["s"])["services"][0]["runningCount"] == 2, "two tasks")
    processes = children_of(again)
    late.resume()
    until(lambda: gone([late]), "the late guardian has ended")
    assert not any(gone([process]) for process in processes)
    again.stop(signal.SIGKILL)
    until(lambda: gone(processes), "no process left")


def deleted(directory: Path) -> bool:
    """Delete the directory, to which a server may still write; say whether it is gone."""
    shutil.rmtree(directory, ignore_errors=True)
    return not directory.exists()


def test_a_local_cloud_whose_data_was_deleted_ends_with_all_that_it_started(tmp_path: Path) -> None:
    daemon, _ = serving(tmp_path / "data")
    processes = children_of(daemon)
    until(lambda: deleted(tmp_path / "data"), "the directory deleted")
    assert daemon.process.wait(90) == 0
    until(lambda: gone(processes), "no process left")
    assert "was deleted or moved: stopping" in (tmp_path / "data.log").read_text()


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
