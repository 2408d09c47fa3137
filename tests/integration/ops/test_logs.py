"""Log lines of several tasks and kinds, read from their groups."""

import json
import time

import pytest

from ops import logs
from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import NotFound
from ops.logs import Options

GROUP = "/ecs/spendsense-backend"


@pytest.fixture
def tasks(aws: Aws) -> Aws:
    """Two tasks have written, one of them lines of every kind."""
    now = int(time.time() * 1000)
    for group in aws.environment.log_groups.values():
        aws.logs.create_log_group(logGroupName=group)
    for group, stream, lines in (
        (GROUP, "backend/backend/aaaa1111", ["a1", "a3"]),
        (GROUP, "backend/backend/bbbb2222", ["b2"]),
        (f"{GROUP}/access", "backend/access-log/aaaa1111", ["a4"]),
        (f"{GROUP}/errors", "backend/errors-log/aaaa1111", ["a0"]),
    ):
        aws.logs.create_log_stream(logGroupName=group, logStreamName=stream)
        aws.logs.put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": now + int(text[1]), "message": text} for text in lines],
        )
    return aws


def messages(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()]


def test_lines_of_all_tasks_and_kinds_come_in_order(tasks: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    logs.run(tasks, Options(as_json=True), Console())
    assert messages(capsys) == ["a0", "a1", "b2", "a3", "a4"]


def test_a_task_is_chosen_by_the_first_characters_of_its_id(tasks: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    logs.run(tasks, Options(as_json=True, task="aaaa"), Console())
    assert messages(capsys) == ["a0", "a1", "a3", "a4"]


def test_an_unknown_task_is_refused_with_the_known_ones(tasks: Aws) -> None:
    with pytest.raises(NotFound, match="no task cccc has written log lines; the latest that have: ") as refused:
        logs.run(tasks, Options(task="cccc"), Console())
    assert all(task in refused.value.message for task in ("aaaa1111", "bbbb2222"))


def test_a_missing_log_group_is_named(aws: Aws) -> None:
    with pytest.raises(NotFound, match=f"no log group {GROUP}"):
        logs.run(aws, Options(), Console())
