"""Combines many look-ups into few round trips: keys requested while one is running go together into the next.

A look-up begins after every request it answers, so a request after a change never gets a result from before it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")

MOST_KEYS = 64  # larger batches would make each response wait for the bytes of too many others


class BatchingLoader(Generic[Key, Found]):
    """Runs at most one look-up at a time. look_up: returns one result for each key, in the order of the keys."""

    def __init__(self, look_up: Callable[[Sequence[Key]], Awaitable[Sequence[Found]]]) -> None:
        self.look_up = look_up
        self.waiting: dict[Key, list[asyncio.Future[Found]]] = {}
        self.running: asyncio.Task[None] | None = None

    async def ask(self, key: Key) -> Found:
        """Return what the next look-up finds for the key. Errors: those of `look_up`, for everyone in the batch."""
        answer: asyncio.Future[Found] = asyncio.get_running_loop().create_future()
        self.waiting.setdefault(key, []).append(answer)
        if self.running is None:
            self.running = asyncio.create_task(self.run())
        return await answer

    async def run(self) -> None:
        """Look up in batches until no caller is waiting."""
        try:
            while self.waiting:
                keys = list(islice(self.waiting, MOST_KEYS))
                askers = [self.waiting.pop(key) for key in keys]
                try:
                    found = list(zip(askers, await self.look_up(keys), strict=True))
                # Not swallowed: it is raised for everyone in the batch.
                except Exception as exc:  # noqa: BLE001 # pylint: disable=broad-exception-caught
                    for answer in unanswered(chain.from_iterable(askers)):
                        answer.set_exception(exc)
                else:
                    for answers, value in found:
                        for answer in unanswered(answers):
                            answer.set_result(value)
        finally:
            self.running = None


def unanswered(answers: Iterable["asyncio.Future[Found]"]) -> Iterator["asyncio.Future[Found]"]:
    return (answer for answer in answers if not answer.done())
