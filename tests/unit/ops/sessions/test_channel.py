"""A conversation with an agent whose messages are scripted."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from localcloud.tasks.agent import channel_messages as agent
from ops.errors import NotReachable
from ops.sessions import channel
from ops.sessions.channel import Conversation
from ops.sessions.messages import Payload

REQUEST = agent.output(0, agent.PayloadType.HANDSHAKE_REQUEST, b'{"RequestedClientActions": []}')
COMPLETE = agent.output(1, agent.PayloadType.HANDSHAKE_COMPLETE, b"{}")


class Socket:
    """Gives frames one after the other, and keeps what is sent."""

    def __init__(self, *said: agent.Message) -> None:
        self._frames = [each.encode() for each in said]
        self.sent: list[str | bytes] = []

    def send(self, frame: str | bytes) -> None:
        self.sent.append(frame)

    def recv(self) -> str | bytes:
        return self._frames.pop(0)

    def messages(self, kind: agent.MessageType) -> list[agent.Message]:
        read = [agent.Message.decode(each) for each in self.sent if isinstance(each, bytes)]
        return [each for each in read if each.kind == kind]


class Keyboard:
    """Types a line as soon as it may."""

    @contextmanager
    def forwarded(self, send: Callable[[bytes], None], resize: Callable[[int, int], None]) -> Iterator[None]:
        resize(91, 33)
        send(b"ls\r")
        yield


def conversation(*said: agent.Message) -> tuple[str, bytes, Socket]:
    socket, printed = Socket(*said), bytearray()
    ended = Conversation(cast("Any", socket), "token", printed.extend).run(Keyboard())
    return ended, bytes(printed), socket


def said(number: int, text: bytes) -> agent.Message:
    return agent.output(number, agent.PayloadType.OUTPUT, text)


def test_what_the_command_prints_is_written_until_the_session_is_closed() -> None:
    ended, printed, socket = conversation(REQUEST, COMPLETE, said(2, b"a"), said(3, b"b"), agent.channel_closed("s"))
    assert (ended, printed) == ("", b"ab")
    opening = socket.sent[0]
    assert isinstance(opening, str)
    assert json.loads(opening)["TokenValue"] == "token"
    typed = [(each.payload_type, each.payload) for each in socket.messages(agent.MessageType.INPUT)[1:]]
    assert typed == [(Payload.SIZE, b'{"cols": 91, "rows": 33}'), (Payload.TEXT, b"ls\r")]
    assert len(socket.messages(agent.MessageType.ACKNOWLEDGE)) == 4


def test_what_comes_twice_counts_once_and_what_comes_early_comes_again() -> None:
    early, late = said(3, b"b"), said(2, b"a")
    _, printed, socket = conversation(REQUEST, COMPLETE, early, late, late, early, agent.channel_closed("s"))
    assert printed == b"ab"
    assert len(socket.messages(agent.MessageType.ACKNOWLEDGE)) == 5  # not of the early one


def test_why_the_agent_closed_the_session_is_returned() -> None:
    assert conversation(REQUEST, agent.channel_closed("s", "no such program"))[0] == "no such program"


def test_an_agent_that_is_missing_is_reported() -> None:
    session = {"sessionId": "s1", "streamUrl": "ws://127.0.0.1:1/", "tokenValue": "t"}
    with pytest.raises(NotReachable, match="the session s1 ended unexpectedly"):
        channel.converse(session, Keyboard(), lambda _: None)
