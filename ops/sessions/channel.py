"""The user's end of a session of ECS Exec in the local cloud, over the data channel of Session Manager.

On AWS session-manager-plugin does this (plugin.py), which also supports encryption and resumption.
"""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from ops.errors import NotReachable
from ops.sessions.messages import CHANNEL_CLOSED, OUTPUT, Message, Payload, acknowledgement, decoded, typed

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

OPENING_S = 10
CLIENT_VERSION = "1.2.764.0"


class Keyboard(Protocol):
    """Forwards the user's input during a session."""

    def forwarded(
        self, send: Callable[[bytes], None], resize: Callable[[int, int], None]
    ) -> AbstractContextManager[None]: ...


def converse(session: Mapping[str, str], keyboard: Keyboard, write: Callable[[bytes], None]) -> str:
    """Show a session until its command has ended; return the agent's reason, which is empty for a normal end.

    session: of ExecuteCommand. write: receives the command's output. Errors: NotReachable.
    """
    from websockets.exceptions import ConnectionClosed, InvalidHandshake
    from websockets.sync.client import connect

    try:
        with connect(session["streamUrl"], proxy=None, open_timeout=OPENING_S, max_size=None) as socket:
            return Conversation(socket, session["tokenValue"], write).run(keyboard)
    except (ConnectionClosed, InvalidHandshake, OSError, TimeoutError) as exc:
        raise NotReachable(
            f"the session {session['sessionId']} ended unexpectedly: {exc}",
            next_step="run the command again; `spendsense tasks --stopped` shows whether the task has stopped",
        ) from exc


class Conversation:
    """One session's state: what was sent, and what is expected."""

    def __init__(self, socket: "ClientConnection", token: str, write: Callable[[bytes], None]) -> None:
        self._socket = socket
        self._token = token
        self._write = write
        self._sending = threading.Lock()
        self._sent = 0
        self._expected = 0

    def run(self, keyboard: Keyboard) -> str:
        opening = {"MessageSchemaVersion": "1.0", "RequestId": str(uuid.uuid4()), "TokenValue": self._token}
        self._socket.send(json.dumps(opening))
        ended = self._receive(until=Payload.HANDSHAKE_COMPLETE)
        if ended is not None:
            return ended
        with keyboard.forwarded(self._type, self._resize):
            return self._receive() or ""

    def _receive(self, until: Payload | None = None) -> str | None:
        """Receive messages until one of this type, or until the session ends; return the reason for the end."""
        while True:
            frame = self._socket.recv()
            message = decoded(frame) if isinstance(frame, bytes) else None
            if message is None:
                continue
            if message.kind == CHANNEL_CLOSED:
                return str(json.loads(message.payload).get("Output", ""))
            if message.kind == OUTPUT and self._is_next(message):
                self._take(message)
                if message.payload_type == until:
                    return None

    def _is_next(self, message: Message) -> bool:
        """Acknowledge a message of the agent's stream, which may come twice."""
        if message.sequence_number > self._expected:
            return False  # without an acknowledgement it is sent again
        self._socket.send(acknowledgement(message).encode())
        is_new = message.sequence_number == self._expected
        self._expected += is_new
        return is_new

    def _take(self, message: Message) -> None:
        if message.payload_type == Payload.HANDSHAKE_REQUEST:
            response = {"ClientVersion": CLIENT_VERSION, "ProcessedClientActions": []}
            self._say(Payload.HANDSHAKE_RESPONSE, json.dumps(response).encode())
        elif message.payload_type == Payload.TEXT:
            self._write(message.payload)

    def _type(self, data: bytes) -> None:
        self._say(Payload.TEXT, data)

    def _resize(self, columns: int, rows: int) -> None:
        self._say(Payload.SIZE, json.dumps({"cols": columns, "rows": rows}).encode())

    def _say(self, payload_type: Payload, payload: bytes) -> None:
        from websockets.exceptions import ConnectionClosed

        with self._sending:
            message = typed(self._sent, payload_type, payload)
            self._sent += 1
            try:
                self._socket.send(message.encode())
            except ConnectionClosed:  # the session has just ended; `_receive` reports that
                return
