"""The text of a CSV file: its lines, what stands between its fields, and where a field begins."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import IO

from app.uploads.reading import Note, Problem, UnreadableFileError, shown, shown_bytes
from app.uploads.text_encoding import NOT_AS_NAMED, marked_encoding

MAX_LINE_BYTES = 16 * 1024
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_LINE = re.compile(r'"?sep=([,;|\t])"?\s*', re.IGNORECASE)  # what Excel writes and reads before the header
# How files begin that people take for exports; read as CSV they would lack every column.
FOREIGN = (
    (b"PK\x03\x04", "a workbook or an archive (ZIP)"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"!Type:", "a QIF file"),
    (b"!Account", "a QIF file"),
    (b":20:", "an MT940 statement"),
)


def refuse_foreign(head: bytes) -> None:
    """Errors: UnreadableFileError for a file that is something else altogether."""
    for beginning, kind in FOREIGN:
        if head.startswith(beginning):
            wanted = "CSV, JSON or OFX: export the transactions as one of them"
            raise UnreadableFileError(Problem(line=None, row=None, column=None, value=kind, wanted=wanted))


class Lines:
    """The lines of a file as text, and those read last, so that a value's place can be told.

    Errors: UnreadableFileError, which knows the line.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.number = 0
        self.recent: list[str] = []
        self.note: Note | None = None
        head = file.read(16)
        file.seek(0)
        refuse_foreign(head)
        marked = marked_encoding(head)
        self.text = self.wide(file, marked) if marked and marked != "utf-8-sig" else self.narrow(file)

    def narrow(self, file: IO[bytes]) -> Iterator[str]:
        """Lines in UTF-8, or from the first that is not in Windows' code page, unless both occur."""
        encoding, seen = "utf-8-sig", False
        while line := file.readline(MAX_LINE_BYTES + 1):
            self.number += 1
            if len(line) > MAX_LINE_BYTES:
                raise self.unusable(shown_bytes(line), f"a line of at most {MAX_LINE_BYTES:,} bytes")
            if not line.isascii():
                encoding, seen = self.encoding_of(line, encoding, seen), True
            yield self.usable(line.decode(encoding))
            encoding = "utf-8" if encoding == "utf-8-sig" else encoding

    def encoding_of(self, line: bytes, encoding: str, seen: bool) -> str:
        """The encoding of a line that is not ASCII, after others of `encoding`, which some were if `seen`."""
        actual = "utf-8" if encoding == "cp1252" else encoding
        try:
            line.decode(actual)
        except UnicodeDecodeError:
            actual = "cp1252"
        if seen and actual != encoding.removesuffix("-sig"):
            raise self.unusable(shown_bytes(line), "one encoding in all lines, best UTF-8")
        if actual == "cp1252":
            try:
                line.decode(actual)
            except UnicodeDecodeError:
                raise self.unusable(shown_bytes(line), "text in UTF-8") from None
            if self.note is None:
                self.note = Note(line=self.number, row=None, column=None, value=shown_bytes(line), said=NOT_AS_NAMED)
        return actual

    def wide(self, file: IO[bytes], encoding: str) -> Iterator[str]:
        """Lines in UTF-16 or UTF-32."""
        text = io.TextIOWrapper(file, encoding, newline="\n")
        try:
            while line := self.read_wide(text):
                self.number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise self.unusable(shown(line), f"a line of at most {MAX_LINE_BYTES:,} characters")
                yield self.usable(line)
        finally:
            text.detach()  # else it would close the file

    def read_wide(self, text: io.TextIOWrapper) -> str:
        """The next line. Errors: UnreadableFileError."""
        try:
            return text.readline(MAX_LINE_BYTES + 1)
        except UnicodeDecodeError as exc:
            self.number += 1
            raise self.unusable(str(exc), f"text in {exc.encoding.upper()}, as the file's first bytes say") from None

    def usable(self, line: str) -> str:
        """The line, which is kept among the recent ones. Errors: UnreadableFileError."""
        if "\0" in line:
            raise self.unusable(line, "text without NUL characters")
        self.recent.append(line)
        return line

    def unusable(self, found: str, wanted: str) -> UnreadableFileError:
        """The error for a line after which reading cannot go on."""
        return UnreadableFileError(Problem(line=self.number, row=None, column=None, value=shown(found), wanted=wanted))


def delimiter_of(line: str, known: Callable[[str], bool]) -> str:
    """What stands between the fields of this header: that which makes most of its names known ones."""

    def names_known(delimiter: str) -> int:
        try:
            return sum(map(known, next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=names_known)  # the comma when none does


def place_of(lines: list[str], delimiter: str, field: int) -> tuple[int, int]:
    """Where a record's field begins: how many lines below the record's first, and its character from 1."""
    text = "".join(lines)
    position = 0
    for _ in range(field):
        position = end_of_field(text, position, delimiter) + 1
    while text.startswith(" ", position):
        position += 1
    before = text[:position]
    return before.count("\n"), position - (before.rfind("\n") + 1) + 1


def end_of_field(text: str, position: int, delimiter: str) -> int:
    """The place of the delimiter that ends the field which begins here."""
    while text.startswith(" ", position):
        position += 1
    if text.startswith('"', position):
        position += 1
        while (position := text.find('"', position) + 1) and text.startswith('"', position):
            position += 1
    end = text.find(delimiter, position)
    return len(text) if end < 0 else end
