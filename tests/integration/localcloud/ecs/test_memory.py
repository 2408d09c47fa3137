"""Memory limits enforced by the kernel, from the task definition to the stopped task, in a local cloud of its own."""

import shlex
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.integration.localcloud.ecs.daemon import Daemon, Shell, start, until
from tests.integration.localcloud.ecs.test_agent import SAY_WHERE, get, metadata_uri
from tests.integration.localcloud.ecs.test_tasks import sh

OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
TAKE = "import time; x = bytearray({mib} << 20); x[::4096] = b'x' * len(x[::4096]); print('has it', flush=True)"
MIB = 1024 * 1024


def take(mib: int, then: str = "time.sleep(600)") -> list[str]:
    return [sys.executable, "-S", "-c", f"{TAKE.format(mib=mib)}; {then}"]


def memory_of(daemon: Daemon) -> dict[str, Any]:
    """Return the status of memory limits in the health report."""
    parts = httpx.get(daemon.endpoint["endpoint"] + "/_localcloud/health", timeout=30).json()["parts"]
    return dict(parts["memory"])


def held(daemon: Daemon) -> Path:
    """Return the group of the local cloud; skip the test where the kernel provides none."""
    memory = memory_of(daemon)
    if memory["enforced"] == "watched":
        pytest.skip(f"no memory groups on this machine: {memory['why']}")
    assert str(memory["enforced"]).startswith("kernel, cgroup v")
    return Path(memory["group"])


def peak_bytes(group: Path) -> int:
    file = next(group / name for name in ("memory.peak", "memory.max_usage_in_bytes") if (group / name).exists())
    return int(file.read_text())


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    daemon = start(tmp_path_factory.mktemp("cloud") / "data")
    try:
        group = held(daemon)
        yield Shell(daemon)
    finally:
        assert daemon.stop() == 0
    assert not group.exists(), "nothing is left in the hierarchy"


def test_a_container_that_takes_all_at_once_never_has_more_than_its_memory(shell: Shell) -> None:
    arn = shell.run(shell.register(sh("sleep 600"), {"command": take(1024), "memory": 100, "essential": False}))
    task = until(lambda: (t := shell.task(arn))["containers"][1]["lastStatus"] == "STOPPED" and t, "its end")
    assert task["lastStatus"] == "RUNNING"
    assert (task["containers"][1]["exitCode"], task["containers"][1]["reason"]) == (137, OUT_OF_MEMORY)
    group = held(shell.daemon) / arn.rsplit("/", 1)[1]
    assert 90 * MIB < peak_bytes(group / "1-c1") <= 100 * MIB
    shell.ecs.stop_task(cluster="c", task=arn)
    task = shell.until_status(arn, "STOPPED")
    assert "reason" not in task["containers"][0]
    until(lambda: not group.exists(), "the groups of the task are gone")


def test_containers_share_the_memory_of_their_task_and_one_goes(shell: Shell) -> None:
    late = ["sh", "-c", f"sleep 1; exec {shlex.join(take(300))}"]
    arn = shell.run(
        shell.register(
            sh("sleep 600"),
            {"command": take(250), "essential": False},
            {"command": late, "essential": False},
        )
    )
    task = until(
        lambda: (t := shell.task(arn)) and "STOPPED" in [c["lastStatus"] for c in t["containers"]] and t, "an end"
    )
    assert [container.get("exitCode") for container in task["containers"]].count(137) == 1
    assert [container.get("reason") for container in task["containers"]].count(OUT_OF_MEMORY) == 1
    assert task["lastStatus"] == "RUNNING"
    group = held(shell.daemon) / arn.rsplit("/", 1)[1]
    assert 490 * MIB < peak_bytes(group) <= 512 * MIB
    shell.ecs.stop_task(cluster="c", task=arn)
    shell.until_status(arn, "STOPPED")


def test_an_essential_container_out_of_memory_ends_its_task(shell: Shell) -> None:
    arn = shell.run(shell.register({"command": ["sh", "-c", f"{shlex.join(take(700))}; sleep 600"]}))
    task = shell.until_status(arn, "STOPPED")
    assert task["stopCode"] == "EssentialContainerExited"
    assert (task["containers"][0]["exitCode"], task["containers"][0]["reason"]) == (137, OUT_OF_MEMORY)


def test_a_container_out_of_memory_starts_again_by_its_policy(shell: Shell) -> None:
    policy = {"enabled": True, "restartAttemptPeriod": 60}
    command = ["sh", "-c", f"sleep 3.2; exec {shlex.join(take(150))}"]
    arn = shell.run(shell.register(sh(SAY_WHERE), {"command": command, "memory": 100, "restartPolicy": policy}))
    uri = metadata_uri(shell, arn)
    restarts = until(lambda: get(f"{uri}/task")["Containers"][1].get("RestartCount"), "a restart")
    assert restarts == 1
    shell.ecs.stop_task(cluster="c", task=arn)
    shell.until_status(arn, "STOPPED")


def test_the_metadata_shows_what_the_kernel_charges(shell: Shell) -> None:
    arn = shell.run(shell.register(sh(SAY_WHERE), {"command": take(60), "memory": 128}))
    uri = metadata_uri(shell, arn)
    [_, runtime_id] = [container["runtimeId"] for container in shell.task(arn)["containers"]]

    def has_it() -> dict[str, Any] | None:
        memory: dict[str, Any] = get(f"{uri}/task/stats")[runtime_id]["memory_stats"]
        return memory if memory["stats"]["rss"] >= 60 * MIB else None

    memory = until(has_it, "its memory taken")
    assert memory["limit"] == 128 * MIB
    assert memory["stats"]["rss"] <= memory["usage"] <= memory["max_usage"] <= memory["limit"]
    shell.ecs.stop_task(cluster="c", task=arn)
    shell.until_status(arn, "STOPPED")


def test_a_killed_local_cloud_leaves_no_group_behind(tmp_path: Path, shell: Shell) -> None:
    daemon = start(tmp_path / "data")
    other = Shell(daemon)
    marker = "78.3317"
    # It leaves the tree: neither its parent nor its session leads to it.
    arn = other.run(other.register(sh(f"(setsid sleep {marker} &); sleep 600")))
    other.until_status(arn, "RUNNING")
    until(lambda: named(marker), "a process out of the tree")
    group = held(daemon)
    assert group.exists()
    daemon.stop(signal.SIGKILL)
    until(lambda: not group.exists(), "the guardian has removed them")
    assert not named(marker)
    assert held(shell.daemon).exists(), "the other local cloud's stay"


def named(marker: str) -> list[psutil.Process]:
    return [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == ["sleep", marker]]
