"""Reads a file of any format once: its rows become lines for COPY, with a summary of what was found.

It runs in its own process, which app/workers/host.py forks: in a thread it would occupy the interpreter's lock, and
every other request would wait.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import IO, Any

from app.transactions.copy_text import account_line, copy_line, removal_line
from app.transactions.identity import Places
from app.transactions.model import Account, Removal, Transaction
from app.uploads.formats.detection import HEAD_BYTES, Format, format_of
from app.uploads.formats.reading import NO_RULES, Note, Problem, RejectedRow, Rules, UnreadableFileError

MAX_PROBLEMS = 20  # for a refused file
MAX_REJECTIONS = 100  # for a file whose good rows are accepted
BATCH_ROWS = 500
HASH_CHUNK_BYTES = 1024 * 1024
MAX_ROWS = 1_000_000
NO_ROWS = "the file has no transactions"


class OnError(StrEnum):
    """The treatment of a file that has bad rows."""

    FAIL = "fail"
    SKIP = "skip"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedNote:
    """The first of several notes with the same text about the same column, and their number."""

    note: Note
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """The result of reading a file. `refused` means that nothing of the file may be stored.

    `problems` are the first of `problem_count`; `notes` are the first of each kind, with their number.
    """

    format: Format
    sha256: str
    size_bytes: int
    good: int
    rejected: int
    refused: bool
    problems: tuple[Problem, ...]
    problem_count: int
    notes: tuple[CountedNote, ...]

    def as_json(self) -> str:
        """Serialize for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Staged":
        """Parse what `as_json` wrote."""
        found = json.loads(text)
        problems = tuple(Problem(**problem) for problem in found.pop("problems"))
        notes = tuple(CountedNote(note=Note(**one["note"]), count=one["count"]) for one in found.pop("notes"))
        return cls(**{**found, "format": Format(found["format"])}, problems=problems, notes=notes)


class Rows:
    """Writes good rows as COPY lines."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write = write
        self.places = Places()
        self.lines: list[str] = []
        self.count = 0

    def add(self, row: Transaction | Removal | Account) -> None:
        """Add a row or an account; it is written together with others."""
        if isinstance(row, Transaction):
            self.count += 1
            self.lines.append(copy_line(self.places, row))
        elif isinstance(row, Removal):
            self.count += 1
            self.lines.append(removal_line(row))
        else:
            self.lines.append(account_line(row))
        if len(self.lines) >= BATCH_ROWS:
            self.flush()

    def flush(self) -> None:
        self.write("".join(self.lines).encode())
        self.lines.clear()


class Problems:
    """The problems of a file, and whether they forbid storing any of it."""

    def __init__(self, on_error: OnError) -> None:
        self.fail = on_error is OnError.FAIL
        self.limit = MAX_PROBLEMS if self.fail else MAX_REJECTIONS
        self.rejected = 0
        self.refused = False
        self.first: list[Problem] = []
        self.count = 0

    def reject(self, row: RejectedRow) -> None:
        """Record a row that is not a transaction."""
        self.rejected += 1
        self.count += len(row.problems)
        self.first.extend(row.problems)
        self.refused = self.refused or self.fail
        del self.first[self.limit :]

    def refuse(self, problems: tuple[Problem, ...]) -> None:
        """Record that nothing after this can be read."""
        self.refused = True
        self.count += len(problems)
        # Kept among the first ones, because they explain why the rest was not read.
        self.first = [*self.first[: self.limit - len(problems)], *problems]


class Notes:
    """The notes on a file's rows, counted by their text."""

    def __init__(self) -> None:
        self.first: dict[tuple[str | None, str], Note] = {}
        self.counts: Counter[tuple[str | None, str]] = Counter()

    def add(self, note: Note) -> None:
        kind = (note.column, note.said)
        self.first.setdefault(kind, note)
        self.counts[kind] += 1

    @property
    def counted(self) -> tuple[CountedNote, ...]:
        """Return the notes, in the order in which their kinds first appeared."""
        return tuple(CountedNote(note=note, count=self.counts[kind]) for kind, note in self.first.items())


def work(source: IO[bytes], result: IO[bytes], arguments: dict[str, Any]) -> str:
    """Read a file in a child process: `stage` for workers.host. Return Staged as JSON."""
    return stage(source, result.write, OnError(arguments["on_error"]), Rules(**arguments["rules"])).as_json()


def stage(file: IO[bytes], write: Callable[[bytes], object], on_error: OnError, rules: Rules = NO_RULES) -> Staged:
    """Read `file` from its start and write its rows as COPY lines, until it ends or is refused."""
    file.seek(0)
    form = format_of(file.read(HEAD_BYTES))
    file.seek(0)
    rows, problems, notes = Rows(write), Problems(on_error), Notes()
    try:
        for row in form.reader(file, rules):
            if rows.count + problems.rejected > MAX_ROWS:
                raise too_many_rows(MAX_ROWS + 1)
            if isinstance(row, RejectedRow):
                problems.reject(row)
            elif isinstance(row, Note):
                notes.add(row)
            elif not problems.refused:
                rows.add(row)
    except UnreadableFileError as exc:
        problems.refuse(exc.problems)
    if not problems.refused:
        rows.flush()
        if not rows.count + problems.rejected:
            notes.add(Note(line=None, row=None, column=None, value="", said=NO_ROWS))
    sha256, size_bytes = checksum_of(file)
    return Staged(
        format=form,
        sha256=sha256,
        size_bytes=size_bytes,
        good=rows.count,
        rejected=problems.rejected,
        refused=problems.refused,
        problems=tuple(problems.first),
        problem_count=problems.count,
        notes=notes.counted,
    )


def too_many_rows(row: int) -> UnreadableFileError:
    """Make the error for a file with more rows than one upload may have."""
    expected = f"at most {MAX_ROWS:,} rows per file: split it"
    return UnreadableFileError(Problem(line=None, row=row, column=None, value="", wanted=expected))


def checksum_of(file: IO[bytes]) -> tuple[str, int]:
    """Return the file's SHA-256 in hexadecimal digits, and its size in bytes."""
    file.seek(0)
    sha256 = hashlib.sha256()
    size_bytes = 0
    while chunk := file.read(HASH_CHUNK_BYTES):
        sha256.update(chunk)
        size_bytes += len(chunk)
    return sha256.hexdigest(), size_bytes
