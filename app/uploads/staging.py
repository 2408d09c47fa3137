"""Read a file of any format once: its rows as lines for COPY, and an account of what was found.

`python -m app.uploads.staging fail|skip` does it in a process of its own: the file on standard input, the lines
on standard output, the account as JSON on standard error. Reading keeps a CPU busy for seconds; in a thread it
would hold the interpreter's lock, and every other request would wait.
"""

import hashlib
import json
import resource
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import TracebackType
from typing import IO

from app.transactions.copy_text import copy_line
from app.transactions.identity import Identities
from app.transactions.model import Transaction
from app.uploads.formats import HEAD_BYTES, Format, format_of
from app.uploads.reading import Problem, RejectedRow, UnreadableFileError

MAX_PROBLEMS = 20  # of a file that is refused
MAX_REJECTIONS = 100  # of a file whose good rows are taken
BATCH_ROWS = 500
HASH_CHUNK_BYTES = 1024 * 1024
MEMORY_LIMIT_BYTES = 512 * 1024 * 1024
OUT_OF_MEMORY = 4


class OnError(StrEnum):
    """What to do with a file that has bad rows."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What a reading found. `refused` says that nothing of the file may be kept; `problems` are the first ones."""

    format: Format
    sha256: str
    size_bytes: int
    good: int
    rejected: int
    refused: bool
    problems: tuple[Problem, ...]

    def as_json(self) -> str:
        """For another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Staged":
        """What `as_json` wrote."""
        found = json.loads(text)
        problems = tuple(Problem(**problem) for problem in found.pop("problems"))
        return cls(**{**found, "format": Format(found["format"])}, problems=problems)


def stage(file: IO[bytes], write: Callable[[bytes], object], on_error: OnError) -> Staged:
    """Read `file` from its start and write its rows as COPY's lines, until its end or until it is refused."""
    file.seek(0)
    form = format_of(file.read(HEAD_BYTES))
    file.seek(0)
    identities = Identities()
    lines: list[str] = []
    problems: list[Problem] = []
    good = rejected = 0
    refused = False
    limit = MAX_PROBLEMS if on_error is OnError.FAIL else MAX_REJECTIONS
    try:
        for row in form.reader(file):
            if isinstance(row, RejectedRow):
                rejected += 1
                problems.extend(row.problems)
                if on_error is OnError.FAIL:
                    refused = True
                    if len(problems) >= limit:
                        break
                else:
                    del problems[limit:]
            elif isinstance(row, Transaction) and not refused:  # removals and accounts are not merged yet
                good += 1
                lines.append(copy_line(identities.of(row), row))
                if len(lines) >= BATCH_ROWS:
                    write("".join(lines).encode())
                    lines.clear()
    except UnreadableFileError as exc:
        refused = True
        problems.extend(exc.problems)
    if not refused:
        write("".join(lines).encode())
    sha256, size_bytes = checksum_of(file)
    return Staged(
        format=form,
        sha256=sha256,
        size_bytes=size_bytes,
        good=good,
        rejected=rejected,
        refused=refused,
        problems=tuple(problems[-limit:] if on_error is OnError.SKIP and refused else problems[:limit]),
    )


def checksum_of(file: IO[bytes]) -> tuple[str, int]:
    """The file's SHA-256 in hexadecimal digits, and its size in bytes."""
    file.seek(0)
    sha256 = hashlib.sha256()
    size_bytes = 0
    while chunk := file.read(HASH_CHUNK_BYTES):
        sha256.update(chunk)
        size_bytes += len(chunk)
    return sha256.hexdigest(), size_bytes


def main() -> int:
    """Run the command line; exit 0 with an account, OUT_OF_MEMORY, or 1 with where it failed."""
    # A file made to fill the memory ends this process alone.
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))
    sys.excepthook = tell_where
    try:
        staged = stage(sys.stdin.buffer, sys.stdout.buffer.write, OnError(sys.argv[1]))
        sys.stdout.buffer.flush()
        sys.stderr.write(staged.as_json())
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def tell_where(kind: type[BaseException], _: BaseException, where: TracebackType | None) -> None:
    """Where an error came from, for the log. Its text stays out: it may quote a customer's row."""
    frames = traceback.extract_tb(where)
    sys.stderr.write(" < ".join([kind.__name__, *(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))]))


if __name__ == "__main__":
    sys.exit(main())
