"""Streaming responses: sent piece by piece until the client disconnects."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any, cast

from localcloud.protocol.wire import AwsResponse

Message = MutableMapping[str, Any]


async def send_stream(
    response: AwsResponse,
    headers: list[tuple[bytes, bytes]],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Send until the stream ends; after the client disconnects, stop at the next piece."""
    assert response.stream is not None  # noqa: S101 - the caller has looked
    gone = asyncio.ensure_future(receive())
    try:
        async with contextlib.aclosing(cast("AsyncGenerator[bytes, None]", response.stream)) as stream:
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            async for piece in stream:
                if gone.done():
                    break
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
