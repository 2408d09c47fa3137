"""Log lines: each once, in order, readable."""

import json
import time
from typing import Any

import pytest

from ops import logs
from ops.aws.clients import Aws
from ops.console import Console
from ops.logs import Line, Options, new_lines, readable

GROUP = "/ecs/spendsense-backend"


def messages(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [json.loads(line)["message"] for line in capsys.readouterr().out.splitlines()]


def test_following_prints_an_event_once_although_it_is_read_again(
    scripted: Aws, wire: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(time.time() * 1000)

    def event(number: int) -> dict[str, Any]:
        return {
            "eventId": str(number),
            "timestamp": now + number,
            "logStreamName": "b/b/t",
            "message": f"line {number}",
        }

    rounds = [[event(1), event(3)], [event(1), event(2), event(3), event(4)]]

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        if request["logGroupName"] != GROUP:
            return {"events": []}
        if not rounds:
            raise KeyboardInterrupt
        return {"events": rounds.pop(0)}

    answers = wire(scripted.logs)
    answers.on("FilterLogEvents", answer)
    wire(scripted.live_tail).on("StartLiveTail", {"__type": "AccessDeniedException"})
    with pytest.raises(KeyboardInterrupt):
        logs.run(scripted, Options(follow=True, as_json=True), Console())
    assert messages(capsys) == ["line 1", "line 3", "line 2", "line 4"]


def test_new_lines_are_remembered() -> None:
    line = Line(id="1", at_ms=5, stream="b/b/t", message="x")
    seen: dict[str, int] = {}
    assert list(new_lines([line], seen)) == [line]
    assert list(new_lines([line], seen)) == []


def test_a_json_line_is_laid_out_for_people() -> None:
    message = json.dumps(
        {"time": "…", "level": "INFO", "logger": "app", "message": "Request served", "path": "/health", "status": 200}
    )
    text = readable(Line(id="1", at_ms=0, stream="backend/backend/abcdef0123", message=message))
    assert text.endswith("abcdef01 INFO    Request served  path=/health status=200")


@pytest.mark.parametrize("message", ["plain text", "[1, 2]", '{"no": "message"}', "{broken"])
def test_any_other_line_passes_through(message: str) -> None:
    assert readable(Line(id="1", at_ms=0, stream="b/b/t", message=message)).endswith(f" t {message}")


def test_an_exception_follows_its_line() -> None:
    message = json.dumps({"level": "ERROR", "message": "Boom", "exception": "Traceback\n  ..."})
    assert readable(Line(id="1", at_ms=0, stream="t", message=message)).endswith("Boom\nTraceback\n  ...")
