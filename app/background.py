"""Work that outlives the request it came with, and not the process."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Background:
    """Tasks under way. Belongs to the event loop."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Result]) -> "asyncio.Task[Result]":
        """Do the work beside everything else."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def end(self) -> None:
        """Break off what is under way."""
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)


class Bounded:
    """Work of one sort, so much at a time. background: does it."""

    def __init__(self, background: Background, *, at_most: int) -> None:
        self.background = background
        self.at_most = at_most
        self.under_way = 0

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Do the work beside everything else; False, and it is not done, while there is too much."""
        if self.under_way >= self.at_most:
            return False
        self.under_way += 1
        self.background.start(work()).add_done_callback(self.done)
        return True

    def done(self, _: "asyncio.Task[None]") -> None:
        """One less."""
        self.under_way -= 1
