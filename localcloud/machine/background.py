"""One task of the event loop that works for as long as its part runs."""

import asyncio
from collections.abc import Coroutine


class Background:
    """Started and stopped with its part; nothing runs before, and `stop` twice is harmless."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self, work: Coroutine[None, None, None], name: str) -> None:
        """Begin; `name` is the task's."""
        self._task = asyncio.create_task(work, name=name)

    async def stop(self) -> None:
        """Cancel it and wait for its end."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def status(self) -> str:
        """`ready`, or `failed` when it has not begun or has ended by itself."""
        return "ready" if self._task is not None and not self._task.done() else "failed"
