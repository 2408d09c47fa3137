"""The counterpart of the ECS agent: one loopback HTTP server for the metadata endpoint and for ECS Exec."""

import asyncio
import contextlib
import json
import logging
import secrets
import socket
import uuid
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

from localcloud.ecs.model.tasks import Session, Task
from localcloud.errors import AwsError
from localcloud.machine.embedded_server import EmbeddedServer
from localcloud.protocol.early_responses import respond_early
from localcloud.protocol.origin_check import CLOSED, OriginCheck
from localcloud.protocol.wire import AwsResponse
from localcloud.tasks.agent.exec_sessions import STREAM_PATH, ExecSessions
from localcloud.tasks.agent.metadata import Subject
from localcloud.tasks.containers.container import ContainerProcess

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Credentials = Callable[[], Awaitable[dict[str, Any]]]
"""Returns the current credentials. Errors: AwsError."""

log = logging.getLogger(__name__)

LISTEN_ADDRESS = "127.0.0.1"
METADATA_PATH = "/v4/"
CREDENTIALS_PATH = "/v2/credentials/"
REFUSED = b'{"error": "only programs on this machine may ask"}'


class Agent:
    """Part and ASGI application. The token in its URI identifies a container; nobody can guess another's token."""

    def __init__(self, origin_check: OriginCheck = CLOSED) -> None:
        self._origin_check = origin_check
        self._subjects: dict[str, tuple[Subject, str]] = {}
        self._credentials: dict[str, tuple[Task, Credentials]] = {}
        self._sessions = ExecSessions()
        self._authority = ""
        self._serving: asyncio.Task[None] | None = None
        self._server = EmbeddedServer(self, stop_wait_s=1)

    async def start(self) -> None:
        listener = socket.create_server((LISTEN_ADDRESS, 0), backlog=128)
        listener.setblocking(False)
        self._authority = f"{LISTEN_ADDRESS}:{listener.getsockname()[1]}"
        self._serving = asyncio.create_task(self._serve(listener), name="agent")

    async def stop(self) -> None:
        """Stop the server; tasks have ended before."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving

    def status(self) -> dict[str, object]:
        listens = self._serving is not None and not self._serving.done()
        return {"status": "ready" if listens else "failed", "address": self._authority}

    def admit(
        self, task: Task, definition: Mapping[str, object], processes: Sequence[ContainerProcess]
    ) -> dict[str, str]:
        """Register a task; return container name -> base URI of its metadata."""
        subject = Subject(task=task, definition=definition, processes=processes)
        uris = {}
        for container in task.containers:
            # As on Fargate, the token contains the task id, which programs read from it.
            token = f"{task.id}-{secrets.randbelow(10**10):010d}"
            self._subjects[token] = (subject, container.name)
            uris[container.name] = f"http://{self._authority}{METADATA_PATH}{token}"
        return uris

    def offer(self, task: Task, credentials: Credentials) -> str:
        """Register the credentials of a task's role; return their URI."""
        token = str(uuid.uuid4())
        self._credentials[token] = task, credentials
        return f"http://{self._authority}{CREDENTIALS_PATH}{token}"

    def dismiss(self, task: Task) -> None:
        """Remove a task that has ended."""
        self._credentials = {token: each for token, each in self._credentials.items() if each[0] is not task}
        for token, (subject, _) in list(self._subjects.items()):
            if subject.task is task:
                self._sessions.forget(list(subject.processes))
                del self._subjects[token]

    def open_session(self, process: ContainerProcess, command: str) -> Session:
        """Open a session. Errors: AwsError."""
        return self._sessions.open(f"ws://{self._authority}", process, command)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        is_refused = self._origin_check.refusal(scope["headers"]) is not None
        if scope["type"] == "websocket":
            if path.startswith(STREAM_PATH) and not is_refused:
                await self._sessions.serve(path, receive, send)
            else:
                await send({"type": "websocket.close"})
        elif scope["type"] == "http" and is_refused:
            await respond_early(scope, receive, send, AwsResponse(403, {"content-type": "application/json"}, REFUSED))
        elif scope["type"] == "http" and path.startswith(CREDENTIALS_PATH):
            await _answer_json(send, await self._credentials_of(path.removeprefix(CREDENTIALS_PATH)))
        elif scope["type"] == "http":
            token, slash, rest = path.removeprefix(METADATA_PATH).partition("/")
            known = self._subjects.get(token) if path.startswith(METADATA_PATH) else None
            response = known[0].answer(known[1], slash + rest) if known else None
            await _answer_json(send, response)

    async def _credentials_of(self, token: str) -> dict[str, Any] | None:
        _, credentials = self._credentials.get(token, (None, None))
        if credentials is None:
            return None
        try:
            return await credentials()
        except AwsError as error:
            log.warning("No credentials for a task: %s", error.message, extra={"action": "no_task_credentials"})
            return None

    async def _serve(self, listener: socket.socket) -> None:
        with contextlib.closing(listener):
            await self._server.serve(sockets=[listener])


async def _answer_json(send: Send, response: dict[str, Any] | None) -> None:
    body = json.dumps({"error": "not found"} if response is None else response).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 404 if response is None else 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
