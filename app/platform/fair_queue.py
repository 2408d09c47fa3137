"""Fair queues for slow work: nobody waits for more than one piece of work of each other user."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from app.platform.errors import TooManyAtOnceError, UnavailableError


class FairQueue:
    """A fair queue: at most `at_once` run; one user may have `of_one_user` running or waiting, all together `in_all`.

    A user's pieces of work first wait for each other, then for those of other users. Belongs to the event loop.
    """

    def __init__(self, name: str, *, at_once: int, of_one_user: int, in_all: int) -> None:
        self.name = name
        self.of_one_user = of_one_user
        self.in_all = in_all
        self.running = asyncio.Semaphore(at_once)
        self.active: Counter[UUID] = Counter()
        self.user_locks: dict[UUID, asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(self, user_id: UUID) -> AsyncIterator[None]:
        """Wait for the user's turn. Errors: TooManyAtOnceError, UnavailableError; both before any waiting."""
        async with self.counted(user_id), self.user_locks.setdefault(user_id, asyncio.Lock()), self.running:
            yield

    @asynccontextmanager
    async def counted(self, user_id: UUID) -> AsyncIterator[None]:
        """Count one more piece of the user's work during the block, without waiting. Errors: as `turn`."""
        if self.active[user_id] >= self.of_one_user:
            raise TooManyAtOnceError(f"{self.name}: at most {self.of_one_user} per user at once; wait until one ends")
        if self.active.total() >= self.in_all:
            raise UnavailableError(f"{self.name}: too many are running. Try again soon")
        self.active[user_id] += 1
        try:
            yield
        finally:
            self.active[user_id] -= 1
            if not self.active[user_id]:
                del self.active[user_id]
                self.user_locks.pop(user_id, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FairQueues:
    """Queues for slow work.

    uploads: from the first byte to the response, each with its file on disk. small_files, large_files: read separately,
    so that nobody's small file waits behind a large one; a reader may take the memory that readers.py allows. analyses:
    each in a child process, two at a time, so that nobody's few rows wait behind a user's many. exports: from the first
    byte to the last; one page of all of them is read at a time, so that a slow reader holds up nobody.
    """

    uploads: FairQueue = field(default_factory=lambda: FairQueue("Uploads", at_once=60, of_one_user=4, in_all=60))
    small_files: FairQueue = field(default_factory=lambda: FairQueue("Uploads", at_once=2, of_one_user=8, in_all=100))
    large_files: FairQueue = field(default_factory=lambda: FairQueue("Uploads", at_once=1, of_one_user=4, in_all=30))
    analyses: FairQueue = field(default_factory=lambda: FairQueue("Insights", at_once=2, of_one_user=8, in_all=200))
    exports: FairQueue = field(default_factory=lambda: FairQueue("Exports", at_once=1, of_one_user=2, in_all=200))
