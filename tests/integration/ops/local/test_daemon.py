"""Starting and stopping the local cloud's process, for which a stand-in with the same contract runs."""

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from localcloud.machine.ledger import Ledger
from ops import signals
from ops.console import Console
from ops.environment import EnvironmentName, LocalEndpoint, read_endpoint, resolve
from ops.errors import CouldNotStart, NotReachable, OpsError
from ops.local import daemon, down
from ops.local_health import look
from ops.waiter import Deadline, wait_for
from tests.integration.ops.local.stand_in import start


def attached(data_dir: Path) -> LocalEndpoint:
    found = daemon.attach(data_dir)
    assert found is not None
    return found


def test_a_daemon_starts_in_a_session_of_its_own_and_is_found_again(data_dir: Path) -> None:
    child = start(data_dir)
    assert os.getsid(child.pid) == child.pid
    assert daemon.is_running(data_dir)
    assert resolve(EnvironmentName.LOCAL).speed == 5
    assert attached(data_dir).pid == child.pid


@pytest.mark.parametrize("content", ['{"endpoint": "http', "[]", '{"endpoint": "http://127.0.0.1:1"}', ""])
def test_a_damaged_endpoint_file_is_named_and_down_still_stops_the_local_cloud(data_dir: Path, content: str) -> None:
    child = start(data_dir)
    (data_dir / "endpoint.json").write_text(content)
    with pytest.raises(NotReachable, match=r"endpoint\.json: should be the file") as caught:
        resolve(EnvironmentName.LOCAL)
    assert "spendsense down" in str(caught.value.next_step)
    assert down.run(down.Options(), Console()).pid == child.pid


def test_a_local_cloud_of_an_earlier_version_is_stopped_by_its_endpoint_file(data_dir: Path) -> None:
    (data_dir / "says-nothing").touch()
    child = start(data_dir)
    assert down.run(down.Options(), Console()).pid == child.pid


def test_a_part_that_ends_while_starting_is_reported_with_its_last_lines(data_dir: Path) -> None:
    (data_dir / "broken").touch()
    with pytest.raises(CouldNotStart, match=r"exit status 1\); its last lines:\n  this part is broken"):
        start(data_dir)


def test_failed_parts_are_named_with_their_reports(data_dir: Path) -> None:
    start(data_dir)
    local = attached(data_dir)
    assert look(local.endpoint).failed == []
    instances = {
        "lost": {"status": "failed", "pid": 0, "failure": "no room"},
        "again": {"status": "starting", "pid": 0, "failure": "still no room"},
        "main": {"status": "available"},
    }
    parts = {
        "moto": {"status": "ready"},
        "elb": {"status": "failed", "unbound": [8080]},
        "s3": {"status": "failed", "failures": {"s3": "OSError: no space"}},
        "rds": {"status": "failed", "instances": instances},
    }
    (data_dir / "health.json").write_text(json.dumps({"status": "failed", "parts": parts}))
    assert look(local.endpoint).failed == [
        "elb (unbound [8080])",
        "s3 (s3: OSError: no space)",
        "rds (lost: no room, again: still no room)",
    ]


def test_the_enforcement_of_memory_limits_is_reported(data_dir: Path) -> None:
    start(data_dir)
    local = attached(data_dir)
    assert look(local.endpoint).memory_limits == "not known"
    for memory, reported in {
        '{"status": "ready", "enforced": "kernel, cgroup v1", "group": "/g"}': "limited by the kernel (cgroup v1)",
        '{"status": "ready", "enforced": "watched", "why": "v2: no"}': "watched, not limited by the kernel (v2: no)",
    }.items():
        (data_dir / "health.json").write_text(f'{{"parts": {{"memory": {memory}}}}}')
        assert look(local.endpoint).memory_limits == reported


def test_what_runs_pushed_images_is_reported(data_dir: Path) -> None:
    start(data_dir)
    local = attached(data_dir)
    assert look(local.endpoint).container_engine == "not known"
    for containers, reported in {
        '{"status": "ready", "engine": "podman 4.3.1"}': "podman 4.3.1",
        '{"status": "ready", "engine": "none", "why": "off"}': "none: pushed images run as processes (off)",
    }.items():
        (data_dir / "health.json").write_text(f'{{"parts": {{"containers": {containers}}}}}')
        assert look(local.endpoint).container_engine == reported


def test_an_interrupted_start_leaves_no_process(data_dir: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    printed: list[str] = []
    options = daemon.StartOptions(data_dir=data_dir, port=None, speed=5)
    with pytest.raises(KeyboardInterrupt):
        daemon.start(options, before_waiting=interrupt, before_stopping=lambda: printed.append("stopping"))
    assert printed == ["stopping"], "whoever waits for the end is informed"
    assert not daemon.is_running(data_dir)


def test_after_a_second_signal_its_end_is_not_waited_for(tmp_path: Path) -> None:
    told = tmp_path / "told"
    handler = f"signal.signal(signal.SIGTERM, lambda *_: open({str(told)!r}, 'w').close())"
    command = [sys.executable, "-uc", f"import signal, time; {handler}; print(); time.sleep(600); time.sleep(600)"]
    before = {each: signal.getsignal(each) for each in signals.ENDING}
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        try:
            signals.catch()
            for _ in range(2):
                with pytest.raises(signals.Interrupted):
                    signal.raise_signal(signal.SIGTERM)
            daemon.stop_child(child)
            assert child.poll() is None
            assert wait_for(lambda: told.exists() or None, Deadline(60), interval_s=0.05)
        finally:
            signals.catch()  # forget them
            for each, handled in before.items():
                signal.signal(each, handled)
            child.kill()


def test_a_process_that_is_not_the_local_cloud_is_never_killed(data_dir: Path) -> None:
    start(data_dir)
    lock = data_dir / "lock"
    ours = lock.read_text()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        try:
            lock.write_text(str(innocent.pid))
            with pytest.raises(OpsError, match=f"process {innocent.pid} is not the local cloud"):
                daemon.stop(data_dir)
            assert innocent.poll() is None
        finally:
            lock.write_text(ours)
            innocent.kill()


def test_a_local_cloud_that_was_killed_counts_as_not_running(data_dir: Path) -> None:
    child = start(data_dir)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert read_endpoint(data_dir) is not None
    assert not daemon.is_running(data_dir)
    with pytest.raises(NotReachable, match="does not respond"):
        resolve(EnvironmentName.LOCAL)
    assert down.run(down.Options(), Console()).pid is None


def test_without_a_local_cloud_the_next_step_is_named(data_dir: Path) -> None:
    with pytest.raises(NotReachable) as raised:
        resolve(EnvironmentName.LOCAL)
    assert raised.value.next_step == "start it with `make up`"


def test_a_damaged_endpoint_file_does_not_prevent_a_start(data_dir: Path) -> None:
    (data_dir / "endpoint.json").mkdir()
    (data_dir / "localcloud.log").mkdir()
    start(data_dir)
    assert read_endpoint(data_dir) is not None


def test_processes_of_a_local_cloud_killed_with_its_guardian_are_ended(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as left, ThreadPoolExecutor() as meanwhile:
        ledger = Ledger(tmp_path / "processes-0123abcd.jsonl")
        ledger.started(left.pid, "rds/kept")
        status = meanwhile.submit(left.wait, 30)  # as init does: until then, an ended process is there
        assert daemon.end_leftovers(tmp_path) == ["rds/kept"]
        assert status.result() == -signal.SIGTERM
    assert daemon.end_leftovers(tmp_path) == []


def test_an_error_while_a_part_has_failed_names_that_part(data_dir: Path) -> None:
    child = start(data_dir)
    local = read_endpoint(data_dir)
    assert local is not None
    refused = OpsError("ModifyTargetGroupAttributes was refused: TargetGroupNotFound")
    assert daemon.clearer_error(refused, local, data_dir, child) is None
    failed = {"status": "failed", "failures": {"ec2": "OSError: [Errno 28] No space left on device"}}
    (data_dir / "health.json").write_text(json.dumps({"status": "failed", "parts": {"moto": failed}}))
    reported = daemon.clearer_error(refused, local, data_dir, child)
    assert isinstance(reported, CouldNotStart)
    assert (
        "TargetGroupNotFound; a part of the local cloud has failed: moto (ec2: OSError: [Errno 28]" in reported.message
    )
    daemon.stop(data_dir)
    child.wait(30)
    assert "the local cloud ended meanwhile" in str(daemon.clearer_error(refused, local, data_dir, child))
