"""Several containers of a task: order, restarts, limits (aws-facts 1.5)."""

import os
import signal
import sys
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.daemon import Shell, until
from tests.integration.localcloud.ecs.test_tasks import process_of, sh


def waits(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"containerName": name, "condition": condition} for name, condition in pairs]


def test_an_init_container_runs_before_what_depends_on_its_success(shell: Shell) -> None:
    definition = shell.register(
        sh("date +%s%N; sleep 600", dependsOn=waits(("c1", "SUCCESS"))),
        sh("sleep 0.3; date +%s%N", essential=False),
    )
    arn = shell.run(definition)
    task = shell.until_status(arn, "RUNNING")
    assert [container["lastStatus"] for container in task["containers"]] == ["RUNNING", "STOPPED"]
    shell.ecs.stop_task(cluster="c", task=arn)
    shell.until_status(arn, "STOPPED")
    assert int(shell.output(arn, "c1")[0]) < int(shell.output(arn, "c0")[0])


def test_a_task_ends_when_an_image_is_missing_and_one_container_waits_for_another(shell: Shell) -> None:
    missing = {"image": "123456789012.dkr.ecr.us-west-1.amazonaws.com/shell:none"}
    definition = shell.register(
        sh("sleep 600", dependsOn=waits(("c1", "START"))) | missing, sh("sleep 600", essential=False) | missing
    )
    task = shell.until_status(shell.run(definition), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert "CannotPullContainerError" in task["stoppedReason"]


def test_a_failed_init_container_keeps_the_task_from_starting(shell: Shell) -> None:
    definition = shell.register(sh("echo never", dependsOn=waits(("c1", "SUCCESS"))), sh("exit 4", essential=False))
    task = shell.until_status(shell.run(definition), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert "did not exit successfully" in task["containers"][0]["reason"]
    assert "exitCode" not in task["containers"][0], "it was never started"
    assert task["containers"][1]["exitCode"] == 4
    assert "startedAt" not in task


def test_start_timeout_ends_the_wait_for_a_healthy_container(shell: Shell) -> None:
    never = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 10}
    definition = shell.register(
        sh("echo never", dependsOn=waits(("c1", "HEALTHY"))), sh("sleep 600", healthCheck=never, startTimeout=10)
    )
    task = shell.until_status(shell.run(definition), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert "has timed out" in task["stoppedReason"]


def test_a_healthy_dependency_starts_its_dependent_and_stops_after_it(shell: Shell) -> None:
    check = {"command": ["CMD-SHELL", "true"], "interval": 5}
    stopping = "trap 'date +%s%N; exit 0' TERM; while :; do sleep 0.05; done"
    definition = shell.register(
        sh(stopping, healthCheck=check),
        sh(stopping.replace("date", "sleep 0.3; date"), dependsOn=waits(("c0", "HEALTHY"))),
    )
    arn = shell.run(definition)
    assert shell.until_status(arn, "RUNNING")["containers"][0]["healthStatus"] == "HEALTHY"
    shell.ecs.stop_task(cluster="c", task=arn)
    shell.until_status(arn, "STOPPED")
    assert int(shell.output(arn, "c1")[0]) < int(shell.output(arn, "c0")[0])


def test_a_restart_policy_brings_a_container_back_and_not_its_task(shell: Shell) -> None:
    marker = "77.7731"
    policy = {"enabled": True, "restartAttemptPeriod": 60, "ignoredExitCodes": [143]}
    arn = shell.run(shell.register({"command": ["sleep", marker], "restartPolicy": policy}))
    task = shell.until_status(arn, "RUNNING")
    first, seen_at = process_of(marker), time.monotonic()
    until(lambda: time.monotonic() - seen_at > 3.2, "60 AWS seconds of running")
    os.kill(first.pid, signal.SIGKILL)
    second = until(lambda: (p := process_of(marker)).pid != first.pid and p, "another process")
    assert shell.task(arn)["lastStatus"] == "RUNNING"
    until(lambda: shell.task(arn)["version"] > task["version"], "a newer version")
    os.kill(second.pid, signal.SIGKILL)
    task = shell.until_status(arn, "STOPPED")
    assert task["containers"][0]["exitCode"] == 137, "it had not run for the attempt period"


def test_ulimits_are_set_in_the_process(shell: Shell) -> None:
    limits = [{"name": "nofile", "softLimit": 100, "hardLimit": 200}, {"name": "core", "softLimit": 0, "hardLimit": 0}]
    container = sh("ulimit -Sn; ulimit -Hn; ulimit -c", ulimits=limits)
    arn = shell.run(shell.register(container, launch_type="EC2"))
    shell.until_status(arn, "STOPPED")
    assert shell.output(arn) == ["100", "200", "0"]


GREEDY = "import time; x = bytearray({mib} << 20); x[::4096] = b'x' * len(x[::4096]); time.sleep(60)"


@pytest.mark.parametrize("memory", [{"memory": 100}, {}])
def test_a_container_that_outgrows_its_memory_is_killed(shell: Shell, memory: dict[str, int]) -> None:
    program = GREEDY.format(mib=150 if memory else 530)
    definition = shell.register({"command": ["sh", "-c", f'{sys.executable} -c "{program}"; true'], **memory})
    task = shell.until_status(shell.run(definition), "STOPPED")
    [container] = task["containers"]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert task["stopCode"] == "EssentialContainerExited"


@pytest.mark.parametrize(
    ("containers", "words"),
    [
        ([sh("x", dependsOn=waits(("c1", "START"))), sh("x", dependsOn=waits(("c0", "START")))], "cyclic"),
        ([sh("x", dependsOn=waits(("c1", "COMPLETE"))), sh("x")], "essential"),
        ([sh("x", stopTimeout=121)], "stopTimeout should be between 2 and 120"),
        ([sh("x", restartPolicy={"enabled": True, "restartAttemptPeriod": 5})], "between 60 and 1800"),
        ([sh("x", ulimits=[{"name": "core", "softLimit": 0, "hardLimit": 0}])], "do not support ulimit core"),
        ([sh("x", memory=1024)], "the task's 512 MiB"),
        ([sh("x", healthCheck={"command": ["CMD", "true"], "interval": 1})], "healthCheck.interval"),
    ],
)
def test_registration_refuses_what_aws_refuses(shell: Shell, containers: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        shell.register(*containers)
    assert caught.value.response["Error"]["Code"] == "ClientException"
