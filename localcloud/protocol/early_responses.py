"""Responses to requests whose body is unwanted: sent immediately; the rest of the body is discarded."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from localcloud.protocol.wire import AwsResponse

DISCARDING_S = 10.0
"""Real seconds. A client that is cut off while it sends never reads the reason."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def respond_early(scope: Message, receive: Receive, send: Send, response: AwsResponse) -> None:
    """Respond before the request's body has arrived, then close the connection."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers += [(b"content-length", str(len(response.body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body, "more_body": True})
    # Receiving would send "100 Continue", which such a client waits for before it sends anything.
    if not any(name == b"expect" for name, _ in scope["headers"]):
        await _discard(receive)
    await send({"type": "http.response.body", "body": b""})


async def _discard(receive: Receive) -> None:
    try:
        async with asyncio.timeout(DISCARDING_S):
            while (await receive()).get("more_body"):
                pass
    except TimeoutError:
        return
