"""Read a file of any format once: its rows as lines for COPY, and an account of what was found.

It runs in a process of its own, which reader_host starts: in a thread it would hold the interpreter's lock, and every
other request would wait.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
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
MAX_ROWS = 500_000


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


class Rows:
    """Good rows on their way out, as COPY's lines."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write = write
        self.identities = Identities()
        self.lines: list[str] = []
        self.count = 0

    def add(self, row: Transaction) -> None:
        """Take the next row; it is written with others."""
        self.count += 1
        self.lines.append(copy_line(self.identities.of(row), row))
        if len(self.lines) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is left."""
        self.write("".join(self.lines).encode())
        self.lines.clear()


class Faults:
    """What is wrong with a file, and whether nothing of it may be kept."""

    def __init__(self, on_error: OnError) -> None:
        self.fail = on_error is OnError.FAIL
        self.limit = MAX_PROBLEMS if self.fail else MAX_REJECTIONS
        self.rejected = 0
        self.refused = False
        self.problems: list[Problem] = []

    def reject(self, row: RejectedRow) -> None:
        """Take note of a row that is not a transaction."""
        self.rejected += 1
        self.problems.extend(row.problems)
        if self.fail:
            self.refused = True
        else:
            del self.problems[self.limit :]

    @property
    def enough(self) -> bool:
        """Whether looking for more would tell the user nothing."""
        return self.refused and len(self.problems) >= self.limit

    def refuse(self, problems: tuple[Problem, ...]) -> None:
        """Nothing after this can be read."""
        self.refused = True
        self.problems.extend(problems)

    @property
    def first(self) -> tuple[Problem, ...]:
        """The first problems, or of a file that ends in one that its rows do not have: this one too."""
        return tuple(self.problems[-self.limit :] if self.refused and not self.fail else self.problems[: self.limit])


def stage(file: IO[bytes], write: Callable[[bytes], object], on_error: OnError) -> Staged:
    """Read `file` from its start and write its rows as COPY's lines, until its end or until it is refused."""
    file.seek(0)
    form = format_of(file.read(HEAD_BYTES))
    file.seek(0)
    rows, faults = Rows(write), Faults(on_error)
    try:
        for place, row in enumerate(form.reader(file), 1):
            if place > MAX_ROWS:
                raise too_many_rows(place)
            if isinstance(row, RejectedRow):
                faults.reject(row)
                if faults.enough:
                    break
            elif isinstance(row, Transaction) and not faults.refused:  # removals and accounts are not merged yet
                rows.add(row)
    except UnreadableFileError as exc:
        faults.refuse(exc.problems)
    if not faults.refused:
        rows.flush()
    sha256, size_bytes = checksum_of(file)
    return Staged(
        format=form,
        sha256=sha256,
        size_bytes=size_bytes,
        good=rows.count,
        rejected=faults.rejected,
        refused=faults.refused,
        problems=faults.first,
    )


def too_many_rows(row: int) -> UnreadableFileError:
    """The error for a file that has more rows than go in at once."""
    wanted = f"at most {MAX_ROWS:,} rows in a file: split it"
    return UnreadableFileError(Problem(line=None, row=row, column=None, value="", wanted=wanted))


def checksum_of(file: IO[bytes]) -> tuple[str, int]:
    """The file's SHA-256 in hexadecimal digits, and its size in bytes."""
    file.seek(0)
    sha256 = hashlib.sha256()
    size_bytes = 0
    while chunk := file.read(HASH_CHUNK_BYTES):
        sha256.update(chunk)
        size_bytes += len(chunk)
    return sha256.hexdigest(), size_bytes
