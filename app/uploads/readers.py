"""Reads files where their bytes can do no harm: each in a child process with limits."""

import logging
import os
from dataclasses import asdict, dataclass
from typing import IO

from app.platform.errors import InvalidInputError
from app.uploads import staging
from app.uploads.formats.reading import NO_RULES, Rules
from app.uploads.staging import OnError, Staged
from app.workers.client import End, Ended, Workers
from app.workers.client import Limits as OfOneChild

log = logging.getLogger(__name__)

REASONS = {
    End.TOO_MUCH_MEMORY: "one of its values is too large, or it needs more memory than any bank export",
    End.TOO_LONG: "reading it takes longer than any bank export does",
    End.TOO_LARGE_A_RESULT: "its rows take more space than those of any bank export",
    End.FAILED: "reading it failed. Export it again, or in another format",
}
BROKEN = REASONS[End.FAILED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The resource limits for one file: a minimum, and an amount per byte.

    cpu_s: the largest file of good rows takes a fourth. within_s: on half a vCPU, shared with everything else.
    """

    memory_bytes: int = 160 * 1024 * 1024
    memory_for_a_byte: int = 8
    rows_bytes: int = 1024 * 1024
    rows_for_a_byte: int = 6
    cpu_s: int = 60
    within_s: float = 300

    def of(self, size: int) -> OfOneChild:
        """Return the limits for a file of this size."""
        return OfOneChild(
            memory_bytes=self.memory_bytes + self.memory_for_a_byte * size,
            result_bytes=self.rows_bytes + self.rows_for_a_byte * size,
            cpu_s=self.cpu_s,
            within_s=self.within_s,
        )


class Readers:
    """Reads uploaded files in child processes."""

    def __init__(self, workers: Workers, limits: Limits | None = None) -> None:
        self.workers = workers
        self.limits = limits or Limits()

    async def read(self, file: IO[bytes], rows: IO[bytes], on_error: OnError, rules: Rules = NO_RULES) -> Staged:
        """Read as staging.stage does; `file` and `rows` are files on disk.

        Errors: InvalidInputError when the file ends its reader, by whatever means; UnavailableError.
        """
        file.flush()
        size = os.lseek(file.fileno(), 0, os.SEEK_END)
        os.lseek(file.fileno(), 0, os.SEEK_SET)  # the child shares the position
        arguments = {"on_error": on_error, "rules": asdict(rules)}
        ended = await self.workers.run(staging.__name__, file, rows, arguments, self.limits.of(size))
        if ended.end is End.DONE:
            return Staged.from_json(ended.answer)
        raise refusal(ended)


def refusal(ended: Ended) -> InvalidInputError:
    """Refuse a file that ended its reader. Only a warning in the log: anybody can cause it on purpose."""
    details = {"action": "reader_failed", "status": ended.code, "cause": ended.answer[:500]}
    log.warning("A reader did not finish", extra=details)
    return InvalidInputError(f"The file was not stored: {REASONS[ended.end]}")
