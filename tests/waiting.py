"""Waiting for a condition in tests, with a deadline: the one place that polls."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

LOOK_S = 0.01
ASK_S = 0.05
"""Between two requests: closer together, they would take the processor from the work that the test waits for."""
T = TypeVar("T")


async def until(condition: Callable[[], object], timeout_s: float = 60.0) -> None:
    """Poll until it is true, on an event loop; a coroutine function sends a request each time."""
    async with asyncio.timeout(timeout_s):
        while True:
            answer = condition()
            asks = asyncio.iscoroutine(answer)
            if await answer if asks else answer:  # type: ignore[misc]
                return
            await asyncio.sleep(ASK_S if asks else LOOK_S)


def wait_until(condition: Callable[[], T | None], timeout_s: float, what: str = "", *, interval_s: float = ASK_S) -> T:
    """Poll until it is true, without an event loop, and return its value. Fails with `what` after the deadline."""
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {timeout_s:g} s for {what or condition}"
        time.sleep(interval_s)
    return found
