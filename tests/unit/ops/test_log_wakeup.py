"""The times at which `spendsense logs --follow` looks again."""

import json
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from localcloud.cloudwatch.logs.operations.live_tail import message
from ops.aws.clients import Aws
from ops.environment import Environment, EnvironmentName
from ops.log_wakeup import LiveTail, Pauses, wakeup_of
from tests.unit.ops.conftest import Clock


class Session:
    """A response of StartLiveTail, read piece by piece."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)
        self.is_closed = False

    def stream(self, **_: Any) -> Any:
        yield from self._pieces

    def close(self) -> None:
        self.is_closed = True


def update(*texts: str) -> bytes:
    results = [{"message": text} for text in texts]
    return message("sessionUpdate", {"sessionMetadata": {"sampled": False}, "sessionResults": results})


def with_sessions(aws: Aws, *sessions: Session) -> list[dict[str, Any]]:
    """Answer StartLiveTail; return the requests."""
    received: list[dict[str, Any]] = []
    left = list(sessions)

    def send(request: Any, **_: Any) -> AWSResponse:
        received.append(json.loads(request.body))
        return AWSResponse(request.url, 200, {"content-type": "application/vnd.amazon.eventstream"}, left.pop(0))

    aws.live_tail.meta.events.register("before-send", send)
    return received


def test_pauses_grow_while_nothing_comes_and_restart_with_a_line() -> None:
    slept: list[float] = []
    pauses = Pauses(3.0, slept.append)
    for found in (False, False, False, False, True, False):
        pauses.wait(found=found)
    assert slept == [3.0, 6.0, 10.0, 10.0, 3.0, 6.0]


def test_aws_is_polled_and_the_local_cloud_notifies(scripted: Aws) -> None:
    prod = Aws(Environment(name=EnvironmentName.PROD, region="us-west-1"))
    assert isinstance(wakeup_of(prod, None), Pauses)
    assert isinstance(wakeup_of(scripted, None), LiveTail)


def test_a_line_wakes_the_reader_and_an_empty_update_does_not(scripted: Aws) -> None:
    clock = Clock()
    begin = (message("initial-response", {}), message("sessionStart", {"sessionId": "s"}))
    first, second = Session(*begin, update(), update(), update("one"), update("two"), update()), Session(*begin)
    received = with_sessions(scripted, first, second)
    wakeup = LiveTail(scripted, "ERROR", Pauses(0.1, clock.sleep))
    wakeup.wait(found=True)  # opens the session
    assert received[0]["logEventFilterPattern"] == "ERROR"
    assert (
        received[0]["logGroupIdentifiers"][0] == "arn:aws:logs:us-west-1:123456789012:log-group:/ecs/spendsense-backend"
    )
    wakeup.wait(found=True)
    wakeup.wait(found=True)
    assert clock.now == 0.0
    wakeup.wait(found=True)  # the session has ended
    assert clock.now == pytest.approx(0.1)
    assert first.is_closed
    wakeup.wait(found=False)
    assert len(received) == 2 and not second.is_closed
    wakeup.close()
    assert second.is_closed


def test_without_live_tail_it_polls(scripted: Aws, wire: Any) -> None:
    clock = Clock()
    wire(scripted.live_tail).on("StartLiveTail", {"__type": "AccessDeniedException"})
    wakeup = LiveTail(scripted, None, Pauses(0.1, clock.sleep))
    wakeup.wait(found=False)
    wakeup.wait(found=False)
    assert clock.now == pytest.approx(0.1)
