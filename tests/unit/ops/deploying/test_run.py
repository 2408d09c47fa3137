"""`spendsense run`, against scripted responses of ECS and CloudWatch Logs."""

import errno
import io
import sys
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying import run as verb
from ops.errors import TaskFailed
from ops.signals import standing
from tests.unit.ops.conftest import Clock
from tests.unit.ops.scripted_cluster import ARN, NEW_IMAGE, Cluster, deployment, stopped, task

pytestmark = pytest.mark.usefixtures("no_waiting")

MIGRATION = "arn:aws:ecs:us-west-1:123456789012:task/spendsense-local/migration"


class Job:
    """A task that RunTask started: the successive responses of DescribeTasks and GetLogEvents."""

    def __init__(self, cluster: Cluster, looks: list[dict[str, Any]]) -> None:
        self.cluster = cluster
        self.looks = looks
        self.lines: list[str] = []  # what it has written so far
        self.writes: dict[int, list[str]] = {}  # look -> what it has written by then
        self.looked = 0
        cluster.ecs.on("DescribeTasks", self.describe)
        cluster.ecs.on("StopTask", {})
        cluster.logs.on("GetLogEvents", self.read)

    def describe(self, _: dict[str, Any]) -> dict[str, Any]:
        self.lines += self.writes.get(self.looked, [])
        shown = self.looks[min(self.looked, len(self.looks) - 1)]
        self.looked += 1
        return {"tasks": [shown]}

    def read(self, request: dict[str, Any]) -> dict[str, Any]:
        """A page has one line; the last page's token is repeated."""
        if not self.lines:
            return {"__type": "ResourceNotFoundException", "message": "no stream"}
        at = int(request.get("nextToken", "f/0").partition("/")[2])
        page = self.lines[at : at + 1]
        events = [{"timestamp": at, "message": f"{line}\n"} for line in page]
        return {"events": events, "nextForwardToken": f"f/{at + len(page)}"}


def run(aws: Aws, **changes: Any) -> tuple[verb.Ended, list[str]]:
    written: list[str] = []
    options = {"command": ["python", "-c", "print(1)"], "timeout_s": 60.0, **changes}
    return verb.run(aws, verb.Options(**options), Console(), written.append), written


def test_it_runs_the_serving_revision_and_ends_with_its_exit_code(cluster: Cluster, scripted: Aws) -> None:
    job = Job(cluster, [task("migration", 6, NEW_IMAGE), stopped("migration", 7, "Essential container in task exited")])
    job.writes = {0: ["one"], 1: ["two", "three"]}
    ended, written = run(scripted)
    assert (ended.exit_code, ended.revision, written) == (7, 6, ["one", "two", "three"])
    (request,) = cluster.ecs.sent("RunTask")
    assert request["taskDefinition"] == f"{ARN}:6"
    assert request["overrides"]["containerOverrides"][0]["command"] == ["python", "-c", "print(1)"]
    assert ended.as_json()["stopped_reason"] == "Essential container in task exited"


def test_lines_that_arrive_after_its_end_are_shown_too(cluster: Cluster, scripted: Aws) -> None:
    job = Job(cluster, [stopped("migration", 0, "Essential container in task exited")])
    reads = 0

    def late(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal reads
        reads += 1
        if reads == 3:
            job.lines = ["at last"]
        return job.read(request)

    cluster.logs.on("GetLogEvents", late)
    assert run(scripted)[1] == ["at last"]


def test_while_a_deployment_is_in_progress_the_previous_revision_is_used(cluster: Cluster, scripted: Aws) -> None:
    cluster.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS"), deployment(6, "ACTIVE", "COMPLETED")]
    Job(cluster, [stopped("migration", 0, "Essential container in task exited")])
    run(scripted)
    assert cluster.ecs.sent("RunTask")[0]["taskDefinition"] == f"{ARN}:6"


def test_a_task_that_exceeds_its_time_is_stopped(cluster: Cluster, scripted: Aws) -> None:
    Job(cluster, [task("migration", 6, NEW_IMAGE)])
    ended, _ = run(scripted, timeout_s=0.2)
    assert ended.exit_code == 124
    assert cluster.ecs.sent("StopTask")[0]["task"] == MIGRATION


def test_a_task_that_writes_faster_than_it_is_read_is_also_stopped_in_time(
    cluster: Cluster, scripted: Aws, no_waiting: Clock
) -> None:
    def endless(request: dict[str, Any]) -> dict[str, Any]:
        assert len(cluster.logs.sent("GetLogEvents")) < 100, "it reads without end"
        no_waiting.sleep(0.02)
        at = int(request.get("nextToken", "0"))
        return {"events": [{"timestamp": at, "message": "y\n"}], "nextForwardToken": str(at + 1)}

    Job(cluster, [task("migration", 6, NEW_IMAGE)])
    cluster.logs.on("GetLogEvents", endless)
    ended, written = run(scripted, timeout_s=0.2)
    assert ended.exit_code == 124
    assert written
    assert cluster.ecs.sent("StopTask")[0]["task"] == MIGRATION


def test_everything_that_a_task_wrote_before_its_end_is_shown(cluster: Cluster, scripted: Aws) -> None:
    job = Job(cluster, [stopped("migration", 0, "Essential container in task exited")])
    job.writes = {0: [str(number) for number in range(500)]}
    assert run(scripted)[1] == job.lines


def test_ctrl_c_stops_the_task(cluster: Cluster, scripted: Aws) -> None:
    def interrupt(_: dict[str, Any]) -> dict[str, Any]:
        raise KeyboardInterrupt

    job = Job(cluster, [task("migration", 6, NEW_IMAGE)])
    cluster.logs.on("GetLogEvents", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(scripted)
    assert job.looked == 1
    assert cluster.ecs.sent("StopTask")[0]["task"] == MIGRATION


def test_ctrl_c_right_after_the_start_stops_the_task_too(
    cluster: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(io.StringIO):
        """A stderr on which the user presses Ctrl-C when the task is named."""

        def write(self, text: str) -> int:
            if text.startswith("Task migration"):
                raise KeyboardInterrupt
            return super().write(text)

    Job(cluster, [task("migration", 6, NEW_IMAGE)])
    monkeypatch.setattr(sys, "stderr", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        run(scripted)
    assert cluster.ecs.sent("StopTask")[0]["task"] == MIGRATION


@pytest.mark.parametrize(
    ("looks", "reported"),
    [
        ([stopped("migration", 0, "Essential container in task exited")], "has ended with exit code 0"),
        ([task("migration", 6, NEW_IMAGE)], "is still running"),
    ],
)
def test_output_that_cannot_be_shown_ends_the_watch_and_says_what_became_of_the_task(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str], looks: list[dict[str, Any]], reported: str
) -> None:
    def full(line: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    Job(cluster, looks).lines = ["one"]
    options = verb.Options(command=["true"])
    with pytest.raises(OSError, match="No space left"):
        verb.run(scripted, options, Console(), full)
    assert f"Task migration {reported}; its log: " in capsys.readouterr().err
    assert not cluster.ecs.sent("StopTask")


def test_a_task_that_cannot_be_stopped_is_reported_as_still_running(cluster: Cluster, scripted: Aws) -> None:
    def interrupt(_: dict[str, Any]) -> dict[str, Any]:
        raise KeyboardInterrupt

    Job(cluster, [task("migration", 6, NEW_IMAGE)])
    cluster.logs.on("GetLogEvents", interrupt)
    cluster.ecs.on("StopTask", {"__type": "AccessDeniedException", "message": "no"})
    with pytest.raises(KeyboardInterrupt):
        run(scripted)
    assert "is still running: it could not be stopped" in standing()[0]


def test_a_task_that_never_ran_says_why(cluster: Cluster, scripted: Aws) -> None:
    failed = stopped("migration", 0, "Task failed to start")
    failed["containers"] = [{"name": "backend", "reason": "CannotPullContainerError: no such image"}]
    Job(cluster, [failed])
    ended, _ = run(scripted)
    assert (ended.exit_code, ended.message) == (1, "the command never ran: CannotPullContainerError: no such image")


def test_a_task_that_ecs_does_not_start_is_a_failure(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("RunTask", {"tasks": [], "failures": [{"reason": "RESOURCE:FARGATE"}]})
    with pytest.raises(TaskFailed, match="RESOURCE:FARGATE"):
        run(scripted)


def test_a_detached_task_keeps_running_and_only_its_arn_is_printed(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    job = Job(cluster, [task("migration", 6, NEW_IMAGE)])
    ended, written = run(scripted, detach=True)
    ended.show(Console())
    assert (ended.exit_code, written, job.looked) == (0, [], 0)
    assert capsys.readouterr().out == f"{MIGRATION}\n"


def test_its_output_is_shown_unchanged(capsys: pytest.CaptureFixture[str]) -> None:
    Console().verbatim("a\tb\r\x07 [bold]")
    assert capsys.readouterr().out == "a\tb\r\x07 [bold]\n"
