"""ECS Exec: commands in running containers, over the protocol of session-manager-plugin.

ExecuteCommand opens a session and the client connects to its stream with the token. This is the agent's end of the data
channel: the handshake, then the terminal's output in one direction and the user's input in the other.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import shlex
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from localcloud.ecs.model.tasks import Session
from localcloud.errors import AwsError
from localcloud.machine.processes import Child
from localcloud.tasks.agent.channel_messages import (
    TERMINATE_SESSION,
    Message,
    MessageType,
    NotAMessage,
    PayloadType,
    acknowledgement,
    channel_closed,
    output,
    to_json,
)
from localcloud.tasks.agent.terminal import Terminal
from localcloud.tasks.containers.container import ContainerProcess

log = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

STREAM_PATH = "/v1/data-channel/"
AGENT_VERSION = "3.3.1345.0"
RESEND_AFTER_S = 0.5
"""Real seconds; the plugin acknowledges nothing until its shell handler is set up."""
POLICY_VIOLATION = 1008


class ExecSessions:
    """Sessions that were opened and not yet used."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Session, ContainerProcess, list[str]]] = {}

    def open(self, base_url: str, process: ContainerProcess, command: str) -> Session:
        """Open a session for one connection. Errors: AwsError when the command cannot be parsed."""
        try:
            words = shlex.split(command)
        except ValueError as exc:
            raise AwsError("InvalidParameterException", f"command: {exc}: {command}") from exc
        if not words:
            raise AwsError("InvalidParameterException", "command can not be blank.")
        identity = f"ecs-execute-command-{uuid.uuid4().hex[:17]}"
        url = f"{base_url}{STREAM_PATH}{identity}?role=publish_subscribe"
        session = Session(id=identity, stream_url=url, token=secrets.token_urlsafe(48))
        self._waiting[identity] = (session, process, words)
        return session

    def forget(self, processes: list[ContainerProcess]) -> None:
        """Forget the sessions of a task that has ended."""
        self._waiting = {key: entry for key, entry in self._waiting.items() if entry[1] not in processes}

    async def serve(self, path: str, receive: Receive, send: Send) -> None:
        """Serve one websocket connection, from its first message to its end."""
        await receive()
        await send({"type": "websocket.accept"})
        opening = await receive()
        waiting = self._waiting.get(path.removeprefix(STREAM_PATH))
        if waiting is None or not _has_token(opening, waiting[0].token):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        session, process, words = self._waiting.pop(waiting[0].id)
        await _DataChannel(session, receive, send).run(process, words)


def _has_token(opening: MutableMapping[str, Any], token: str) -> bool:
    try:
        given = json.loads(opening.get("text") or "{}").get("TokenValue")
    except (ValueError, AttributeError):
        return False
    return isinstance(given, str) and secrets.compare_digest(given, token)


class _ClientGone(Exception):
    """The websocket was closed, or the client requested the end of the session."""


class _DataChannel:
    """The agent's end of one session."""

    def __init__(self, session: Session, receive: Receive, send: Send) -> None:
        self._session = session
        self._receive = receive
        self._send_frame = send
        self._sequence_number = 0
        self._unacknowledged: dict[uuid.UUID, Message] = {}
        self._shaken = asyncio.Event()
        self._typed: asyncio.Queue[Message] = asyncio.Queue()

    async def run(self, process: ContainerProcess, words: list[str]) -> None:
        """Run the session: handshake, command, end."""
        background = [asyncio.create_task(self._hear()), asyncio.create_task(self._resend())]
        listening = background[0]
        try:
            await self._shake_hands(listening)
            await self._run_command(process, words, listening)
        except _ClientGone:
            log.info("The client left an exec session", extra={"action": "exec_left", "session": self._session.id})
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    async def _shake_hands(self, listening: asyncio.Task[None]) -> None:
        action = {
            "ActionType": "SessionType",
            "ActionParameters": {"SessionType": "InteractiveCommands", "Properties": {}},
        }
        request = {"AgentVersion": AGENT_VERSION, "RequestedClientActions": [action]}
        await self._say(PayloadType.HANDSHAKE_REQUEST, to_json(request))
        shaken = asyncio.create_task(self._shaken.wait())
        await asyncio.wait({shaken, listening}, return_when=asyncio.FIRST_COMPLETED)
        shaken.cancel()
        if listening.done():
            listening.result()
        complete = {"HandshakeTimeToComplete": 0, "CustomerMessage": ""}
        await self._say(PayloadType.HANDSHAKE_COMPLETE, to_json(complete))

    async def _run_command(self, process: ContainerProcess, words: list[str], listening: asyncio.Task[None]) -> None:
        terminal = Terminal()
        try:
            child = await process.execute(words, terminal.other_end)
        except OSError as exc:
            await self._close(f"Unable to start command: {exc}")
            return
        finally:
            terminal.command_has_it()
        fields = {"action": "exec", "session": self._session.id, "container": process.name}
        log.info("Exec session begins", extra=fields)
        typing = asyncio.create_task(self._type(terminal))
        printing = asyncio.create_task(self._print(terminal))
        try:
            await asyncio.wait({listening, printing}, return_when=asyncio.FIRST_COMPLETED)
            if printing.done():
                await child.ended.wait()
                await self._close("")
            else:
                listening.result()
        finally:
            for task in (typing, printing):
                task.cancel()
            await asyncio.gather(typing, printing, return_exceptions=True)
            terminal.close()
            await _end(child)

    async def _print(self, terminal: Terminal) -> None:
        while data := await terminal.read():
            await self._say(PayloadType.OUTPUT, data)

    async def _type(self, terminal: Terminal) -> None:
        while True:
            message = await self._typed.get()
            if message.payload_type == PayloadType.SIZE:
                size = json.loads(message.payload)
                terminal.resize(int(size["cols"]), int(size["rows"]))
            elif message.payload_type == PayloadType.OUTPUT:
                await terminal.write(message.payload)

    async def _hear(self) -> None:
        """Receive the client's messages, each input once and in order. Errors: _ClientGone."""
        expected = 0
        ahead: dict[int, Message] = {}
        while True:
            frame = await self._receive()
            if frame["type"] == "websocket.disconnect":
                raise _ClientGone
            try:
                message = Message.decode(frame.get("bytes") or b"")
            except NotAMessage:
                continue  # if it was one, the client sends it again
            if message.kind == MessageType.ACKNOWLEDGE:
                self._unacknowledged.pop(uuid.UUID(json.loads(message.payload)["AcknowledgedMessageId"]), None)
            if message.kind != MessageType.INPUT:
                continue
            await self._send(acknowledgement(message))
            if message.sequence_number >= expected:
                ahead[message.sequence_number] = message
            while expected in ahead:
                self._take(ahead.pop(expected))
                expected += 1

    def _take(self, message: Message) -> None:
        if message.payload_type == PayloadType.HANDSHAKE_RESPONSE:
            self._shaken.set()
        elif message.payload_type == PayloadType.FLAG:
            if int.from_bytes(message.payload) == TERMINATE_SESSION:
                raise _ClientGone
        else:
            self._typed.put_nowait(message)

    async def _resend(self) -> None:
        """Resend unacknowledged messages in order: the client drops what it cannot use yet."""
        while True:
            before = set(self._unacknowledged)
            await asyncio.sleep(RESEND_AFTER_S)
            for message in [m for key, m in self._unacknowledged.items() if key in before]:
                await self._send(message)

    async def _say(self, kind: PayloadType, payload: bytes) -> None:
        message = output(self._sequence_number, kind, payload)
        self._sequence_number += 1
        self._unacknowledged[message.id] = message
        await self._send(message)

    async def _close(self, why: str) -> None:
        """Close the session once the client had time to receive the last output."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(4 * RESEND_AFTER_S):
                while self._unacknowledged:  # noqa: ASYNC110 - emptied by the listener, message by message
                    await asyncio.sleep(0.01)
        await self._send(channel_closed(self._session.id, why))
        await self._send_frame({"type": "websocket.close", "code": 1000})

    async def _send(self, message: Message) -> None:
        await self._send_frame({"type": "websocket.send", "bytes": message.encode()})


async def _end(child: Child) -> None:
    child.kill()
    await child.ended.wait()
