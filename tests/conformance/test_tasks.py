"""Standalone tasks: their life, how they end, and what the API says about it. They are all started at once."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from tests.conformance.cloud import Wire
from tests.conformance.record import LIFE
from tests.conformance.stage import SLEEPER, Stage, server, sh

fact = pytest.mark.fact

FAILING = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2, "timeout": 5}
AFTER = [{"containerName": "app1", "condition": "SUCCESS"}]
RESTARTS = {"enabled": True, "restartAttemptPeriod": 60}
PASSING = {"command": ["CMD-SHELL", "true"], "interval": 5, "retries": 2, "timeout": 5}
# The health check fails at first, passes once, and fails ever after.
ONCE = "python3 -S -c 'import urllib.request as u; u.urlopen(\"http://localhost:8000/health\")'"
GREEDY = "import time; x = bytearray(150 << 20); x[::4096] = b'x' * len(x[::4096]); time.sleep(600)"
METADATA = (
    "import os, urllib.request as u; uri = os.environ['ECS_CONTAINER_METADATA_URI_V4'];"
    "print(u.urlopen(uri + '/task').read().decode().replace(chr(10), ' '))"
)
IGNORES_TERM = "trap '' TERM; echo up; while :; do sleep 0.2; done"
OBEYS_TERM = "trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.1; done"


def definitions(stage: Stage) -> dict[str, list[Wire]]:
    """Return the containers of each case."""
    missing = {**SLEEPER, "image": stage.cloud.settings.image + "-missing"}
    once = FAILING | {"command": ["CMD-SHELL", ONCE], "startPeriod": 300}
    secret = f"arn:aws:secretsmanager:{stage.cloud.settings.region}:123456789012:secret:none-abcdef"
    return {
        "exits": [sh("exit 3")],
        "stopped": [sh(OBEYS_TERM)],
        "ignores": [sh(IGNORES_TERM, stopTimeout=5)],
        "three": [sh("sleep 1; exit 3"), sh("sleep 3600"), sh("exit 0", essential=False)],
        "no-image": [missing],
        "no-secret": [{**SLEEPER, "secrets": [{"name": "A", "valueFrom": secret}]}],
        "init": [
            sh("echo after; sleep 3600", dependsOn=AFTER),
            sh("echo before", essential=False),
        ],
        "greedy": [{"command": ["sh", "-c", f'python3 -S -c "{GREEDY}"; true'], "memory": 100}],
        "overridden": [sh("echo $WHO; sleep 3600", environment=[{"name": "WHO", "value": "nobody"}])],
        "restarted": [sh(f"echo up; sleep {70 / stage.cloud.settings.speed}; exit 1", restartPolicy=RESTARTS)],
        "passing": [{**SLEEPER, "healthCheck": PASSING}, SLEEPER | {"essential": False}],
        "failing": [{**SLEEPER, "healthCheck": FAILING}],
        "unchecked": [SLEEPER],
        "starting": [{**SLEEPER, "healthCheck": FAILING | {"startPeriod": 300}}],
        "once": [server(environment={"HEALTH": "500,200,500"}, healthCheck=once)],
        "metadata": [{"command": ["python3", "-c", METADATA]}],
    }


@pytest.fixture(scope="module")
def arns(stage: Stage) -> dict[str, str]:
    """Case -> task ARN; all tasks run side by side."""
    started = {}
    for name, containers in definitions(stage).items():
        overrides = {}
        if name == "overridden":
            environment = [{"name": "WHO", "value": "somebody"}]
            overrides = {"overrides": {"containerOverrides": [{"name": "app", "environment": environment}]}}
        started[name] = stage.run(stage.register(*containers, family=f"{stage.cloud.name}-{name}"), **overrides)
    return started


@pytest.fixture
def ended(stage: Stage, arns: dict[str, str]) -> Callable[[str], Wire]:
    """`ended(case)`: its task once it is STOPPED."""

    def wait(name: str) -> Wire:
        return stage.until_task(arns[name], "STOPPED")

    return wait


@pytest.fixture
def running(stage: Stage, arns: dict[str, str]) -> Callable[[str], Wire]:
    """`running(case)`: its task once it is RUNNING."""

    def wait(name: str) -> Wire:
        return stage.until_task(arns[name], "RUNNING")

    return wait


def lines(stage: Stage, arn: str, container: str = "app") -> list[str]:
    """Return what a container has written so far."""
    logs = stage.cloud.client("logs")
    stream = f"conformance/{container}/{arn.rsplit('/', 1)[1]}"
    try:
        events = logs.get_log_events(
            logGroupName=stage.cloud.settings.log_group, logStreamName=stream, startFromHead=True
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    return [event["message"] for event in events]


@fact("1.6/start-period", "1.6/unhealthy-standalone")
def test_failures_in_the_start_period_do_not_count_until_one_passes(stage: Stage, arns: dict[str, str]) -> None:
    """First of all health cases: the start period is short at the local cloud's speed."""

    def health() -> dict[str, str] | None:
        requested = [arns["failing"], arns["starting"]]
        described = stage.cloud.ecs.describe_tasks(cluster=stage.cluster, tasks=requested)["tasks"]
        found = {task["taskArn"]: task["healthStatus"] for task in described}
        return found if found[arns["failing"]] == "UNHEALTHY" else None

    found = stage.cloud.until(health, "the task without start period to be UNHEALTHY")
    assert found == {arns["failing"]: "UNHEALTHY", arns["starting"]: "UNKNOWN"}
    stage.cloud.until(lambda: stage.task(arns["once"])["healthStatus"] == "UNHEALTHY", "failures after the first pass")


@fact("1.5/exit-code", "1.5/essential")
def test_an_essential_containers_end_ends_the_task_with_its_exit_code(ended: Callable[[str], Wire]) -> None:
    task = ended("exits")
    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert task["containers"][0]["exitCode"] == 3


@fact("1.5/essential", "1.5/exit-code")
def test_the_others_are_stopped_and_one_that_is_not_essential_may_end(ended: Callable[[str], Wire]) -> None:
    codes = {container["name"]: container["exitCode"] for container in ended("three")["containers"]}
    assert (codes["app"], codes["app2"]) == (3, 0)
    assert codes["app1"] in (137, 143), "SIGTERM to a shell that waits"


@fact("1.5/stop-task", "1.10/log-stream")
def test_stop_task_sends_term_and_keeps_the_callers_reason(
    stage: Stage, arns: dict[str, str], running: Callable[[str], Wire], ended: Callable[[str], Wire]
) -> None:
    running("stopped")
    stage.cloud.until(lambda: lines(stage, arns["stopped"]) == ["up"], "the trap")
    answer = stage.cloud.ecs.stop_task(cluster=stage.cluster, task=arns["stopped"], reason="enough")["task"]
    assert answer["desiredStatus"] == "STOPPED"
    task = ended("stopped")
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    assert task["containers"][0]["exitCode"] == 7
    stage.cloud.until(lambda: lines(stage, arns["stopped"])[-1] == "bye", "its last word")


@fact("1.5/stop-task", "1.5/stop-timeout")
def test_what_ignores_term_is_killed_after_its_timeout(
    stage: Stage, arns: dict[str, str], running: Callable[[str], Wire], ended: Callable[[str], Wire]
) -> None:
    running("ignores")
    stage.cloud.until(lambda: lines(stage, arns["ignores"]) == ["up"], "the trap")
    stage.cloud.ecs.stop_task(cluster=stage.cluster, task=arns["ignores"])
    task = ended("ignores")
    assert task["containers"][0]["exitCode"] == 137
    assert task["stoppedReason"] == "Task stopped by user"
    assert stage.cloud.aws_seconds(task["stoppingAt"], task["stoppedAt"]) >= 4.5


@fact("1.5/cannot-pull")
def test_an_image_that_is_not_there(ended: Callable[[str], Wire]) -> None:
    task = ended("no-image")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")
    assert "startedAt" not in task


@fact("1.5/no-secret")
def test_a_secret_that_is_not_there(ended: Callable[[str], Wire]) -> None:
    task = ended("no-secret")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("ResourceInitializationError: ")


@fact("1.5/depends-on")
def test_an_init_container_comes_first(stage: Stage, arns: dict[str, str], running: Callable[[str], Wire]) -> None:
    task = running("init")
    states = {container["name"]: container["lastStatus"] for container in task["containers"]}
    assert states == {"app": "RUNNING", "app1": "STOPPED"}
    stage.cloud.until(lambda: lines(stage, arns["init"]) == ["after"], "the dependent's line")
    assert lines(stage, arns["init"], "app1") == ["before"]


@fact("1.5/out-of-memory")
def test_a_container_that_outgrows_its_memory(ended: Callable[[str], Wire]) -> None:
    [container] = ended("greedy")["containers"]
    assert container["exitCode"] == 137
    assert container["reason"].startswith("OutOfMemoryError: ")


@fact("1.5/restart")
def test_a_restart_policy_brings_a_container_back(stage: Stage, arns: dict[str, str]) -> None:
    stage.cloud.until(lambda: lines(stage, arns["restarted"])[:2] == ["up", "up"], "its second start")
    assert stage.task(arns["restarted"])["lastStatus"] == "RUNNING"


@fact("1.5/overrides")
def test_overrides_hold_for_the_one_task(stage: Stage, arns: dict[str, str], running: Callable[[str], Wire]) -> None:
    task = running("overridden")
    [override] = task["overrides"]["containerOverrides"]
    assert override["environment"] == [{"name": "WHO", "value": "somebody"}]
    stage.cloud.until(lambda: lines(stage, arns["overridden"]) == ["somebody"], "its line")


@fact("1.6/healthy")
def test_health_is_that_of_the_essential_containers(stage: Stage, arns: dict[str, str]) -> None:
    task = stage.cloud.until(lambda: (t := stage.task(arns["passing"]))["healthStatus"] == "HEALTHY" and t, "HEALTHY")
    assert task
    assert [container["healthStatus"] for container in task["containers"]] == ["HEALTHY", "UNKNOWN"]
    assert stage.until_task(arns["unchecked"], "RUNNING")["healthStatus"] == "UNKNOWN"


@fact("1.6/unhealthy-standalone")
def test_an_unhealthy_standalone_task_continues(stage: Stage, arns: dict[str, str]) -> None:
    stage.cloud.until(lambda: stage.task(arns["failing"])["healthStatus"] == "UNHEALTHY", "UNHEALTHY")
    assert stage.task(arns["failing"])["lastStatus"] == "RUNNING"


@fact("1.10/metadata")
def test_a_task_finds_itself_in_its_metadata(stage: Stage, arns: dict[str, str], ended: Callable[[str], Wire]) -> None:
    task = ended("metadata")
    [line] = stage.cloud.until(partial(lines, stage, arns["metadata"]), "its line") or []
    metadata: dict[str, Any] = json.loads(line)
    assert metadata["TaskARN"] == arns["metadata"]
    assert (metadata["Family"], metadata["Revision"]) == (f"{stage.cloud.name}-metadata", "1")
    assert metadata["Limits"] == {"CPU": 0.25, "Memory": 512}
    assert metadata["LaunchType"] == "FARGATE"
    [container] = metadata["Containers"]
    assert container["Name"] == "app"
    assert container["Labels"]["com.amazonaws.ecs.task-arn"] == task["taskArn"]
    assert container["ContainerARN"].startswith(task["taskArn"].replace(":task/", ":container/"))


@fact("1.5/describable", "1.5/timestamps")
def test_a_stopped_task_can_be_listed_and_described(
    stage: Stage, arns: dict[str, str], ended: Callable[[str], Wire]
) -> None:
    task = ended("exits")
    listed = stage.cloud.ecs.list_tasks(
        cluster=stage.cluster, family=f"{stage.cloud.name}-exits", desiredStatus="STOPPED"
    )
    assert listed["taskArns"] == [arns["exits"]]
    times = [task[name] for name in LIFE]
    assert times == sorted(times)


@fact("1.11/filters")
def test_tasks_are_listed_by_family_starter_and_desired_status(stage: Stage) -> None:
    definition = stage.register(SLEEPER, family=f"{stage.cloud.name}-listed")
    arn = stage.run(definition, startedBy="somebody", tags=[{"key": "colour", "value": "blue"}])
    ecs, cluster = stage.cloud.ecs, stage.cluster
    assert ecs.list_tasks(cluster=cluster, startedBy="somebody")["taskArns"] == [arn]
    assert ecs.list_tasks(cluster=cluster, family=f"{stage.cloud.name}-listed")["taskArns"] == [arn]
    assert ecs.list_tasks(cluster=cluster, family=f"{stage.cloud.name}-none")["taskArns"] == []
    tagged = ecs.describe_tasks(cluster=cluster, tasks=[arn], include=["TAGS"])["tasks"][0]
    assert tagged["tags"] == [{"key": "colour", "value": "blue"}]
    ecs.stop_task(cluster=cluster, task=arn)
    stage.until_task(arn, "STOPPED")
    assert arn in ecs.list_tasks(cluster=cluster, startedBy="somebody", desiredStatus="STOPPED")["taskArns"]


@fact("1.4/tasks")
def test_the_waiters_of_tasks(stage: Stage, arns: dict[str, str]) -> None:
    ecs = stage.cloud.ecs
    parameters = {"cluster": stage.cluster, "WaiterConfig": stage.cloud.waiter_delay(6)}
    ecs.get_waiter("tasks_running").wait(tasks=[arns["unchecked"]], **parameters)
    ecs.get_waiter("tasks_stopped").wait(tasks=[arns["exits"]], **parameters)
    with pytest.raises(WaiterError, match="terminal failure"):
        ecs.get_waiter("tasks_running").wait(tasks=[arns["exits"]], **parameters)


@fact("1.11/run-token")
def test_a_task_that_is_requested_again_is_the_same(stage: Stage) -> None:
    definition = stage.register(SLEEPER)
    arn = stage.run(definition, clientToken="conformance")
    assert stage.run(definition, clientToken="conformance") == arn
    with stage.cloud.refused("ConflictException"):
        stage.run(definition, clientToken="conformance", startedBy="somebody-else")
    stage.cloud.ecs.stop_task(cluster=stage.cluster, task=arn)


@fact("1.11/propagate-tags")
@pytest.mark.parametrize(("propagate", "colour"), [("SERVICE", "blue"), ("TASK_DEFINITION", "green")])
def test_a_services_tasks_inherit_tags(stage: Stage, propagate: str, colour: str) -> None:
    definition = stage.register(SLEEPER, tags=[{"key": "colour", "value": "green"}])
    with stage.service(definition, tags=[{"key": "colour", "value": "blue"}], propagateTags=propagate) as name:
        [task] = stage.cloud.until(lambda: stage.tasks_of(name), "a task") or []
        arns = [task["taskArn"]]
        [tagged] = stage.cloud.ecs.describe_tasks(cluster=stage.cluster, tasks=arns, include=["TAGS"])["tasks"]
        assert tagged["tags"] == [{"key": "colour", "value": colour}]
