"""Programs that bring data of older code up to date: piece by piece, each in its own transaction.

Such a program may be interrupted at any time, and two of a kind may run at the same time: running it again resumes, and
it is idempotent. Its last log line has the counts.
"""

import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from app.platform.errors import UnavailableError
from app.platform.failure_text import described
from app.resources import Resources

DONE, FAILED = 0, 1
LOGGED_EVERY = 100

Counts = Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """The parts of such a program.

    action: of its last log line, or `failed_action` if a store does not respond. counted: the counts that are logged
    even when they are zero. pieces: processes everything that waits and counts it; yields after each
    piece, and may raise UnavailableError.
    """

    log: logging.Logger
    action: str
    done: str
    in_progress: str
    failed_action: str
    failed: str
    counted: tuple[str, ...]
    pieces: Callable[[Resources, Counts], AsyncIterator[None]]

    async def run(self, resources: Resources) -> int:
        """Run the program and close the resources; return the exit code."""
        counts: Counts = Counter(dict.fromkeys(self.counted, 0))
        try:
            await self.process_all(resources, counts)
        except UnavailableError as exc:
            extra = {"action": self.failed_action, "cause": described(exc), **counts}
            self.log.error("%s: run it again to continue", self.failed, extra=extra)
            return FAILED
        finally:
            await resources.close()
        self.log.info(self.done, extra={"action": self.action, **counts})
        return DONE

    async def process_all(self, resources: Resources, counts: Counts) -> None:
        """Process all pieces and log the progress; finished pieces stay done in any case. Errors: UnavailableError."""
        looked_at = 0
        async for _ in self.pieces(resources, counts):
            looked_at += 1
            if looked_at % LOGGED_EVERY == 0:
                extra = {"action": f"{self.action}_continues", "looked_at": looked_at, **counts}
                self.log.info(self.in_progress, extra=extra)
