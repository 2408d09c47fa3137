"""Waiting for a condition in tests that run on an event loop, with a deadline."""

import asyncio
from collections.abc import Callable

LOOK_S = 0.01
ASK_S = 0.05
"""Between two requests: closer together, they would take the processor from the work that is waited for."""


async def until(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Look until it is true; the condition may be a coroutine function, which then asks a server."""
    async with asyncio.timeout(timeout_s):
        while True:
            answer = condition()
            asks = asyncio.iscoroutine(answer)
            if await answer if asks else answer:  # type: ignore[misc]
                return
            await asyncio.sleep(ASK_S if asks else LOOK_S)
