"""`spendsense tasks`, against scripted responses of ECS."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.daily import tasks
from tests.unit.ops.scripted_cluster import Cluster


def test_the_running_tasks_are_shown_with_their_revision(cluster: Cluster, scripted: Aws) -> None:
    del cluster
    found: Any = tasks.run(scripted, tasks.Options()).as_json()["tasks"]
    assert [(each["id"], each["revision"], each["status"]) for each in found] == [
        ("old1", 6, "RUNNING"),
        ("old2", 6, "RUNNING"),
    ]


def test_stopped_tasks_say_why_and_those_that_failed_name_the_class(
    cluster: Cluster, scripted: Aws, console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.running = []
    cluster.crash()
    shown = tasks.run(scripted, tasks.Options(stopped=True))
    found: Any = shown.as_json()["tasks"]
    assert [(each["id"], each["exit_code"], each["class"]) for each in found] == [
        ("crash1", 1, "crash"),
        ("crash2", 1, "crash"),
        ("scaled", 0, None),
    ]
    shown.show(console)
    assert "Essential container in task exited, exit code 1" in capsys.readouterr().out
