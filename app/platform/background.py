"""Work that may outlive its request, but not the process."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Background:
    """Runs tasks beside the requests. Belongs to the event loop."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def end(self) -> None:
        """Cancel the running tasks and wait for their end."""
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)


class Bounded:
    """Limits how much work of one kind runs at a time. background: runs the work."""

    def __init__(self, background: Background, *, at_most: int) -> None:
        self.background = background
        self.at_most = at_most
        self.running = 0

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Start the work; return False, without starting it, while too much is running."""
        if self.running >= self.at_most:
            return False
        self.running += 1
        self.background.start(work()).add_done_callback(self.done)
        return True

    def done(self, _: "asyncio.Task[None]") -> None:
        self.running -= 1
