"""Waiting for a condition in tests that run on an event loop, with a deadline."""

import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], object], timeout_s: float = 20.0) -> None:
    """Ask until it is true; the condition may be a coroutine function."""
    async with asyncio.timeout(timeout_s):
        while True:
            answer = condition()
            if await answer if asyncio.iscoroutine(answer) else answer:
                return
            await asyncio.sleep(0.01)
