"""One task of the event loop that runs as long as its part."""

import asyncio
from collections.abc import Coroutine


class Background:
    """A task that is started and stopped with its part. `stop` is idempotent and needs no `start`."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    def start(self, work: Coroutine[None, None, None], name: str) -> None:
        self._task = asyncio.create_task(work, name=name)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def status(self) -> str:
        """Return `ready`, or `failed` when the task has not started or has ended by itself."""
        return "ready" if self._task is not None and not self._task.done() else "failed"
