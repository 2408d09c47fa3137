"""The text of a CSV file: its lines, the delimiter of its fields, and where a field begins."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import IO

from app.uploads.formats.foreign import refuse_foreign
from app.uploads.formats.reading import Note, Problem, UnreadableFileError, shown, shown_bytes
from app.uploads.formats.text_encoding import READ_AS, legacy_encoding, marked_encoding

MAX_LINE_BYTES = 16 * 1024
SAMPLE_BYTES = 64 * 1024
PIECE_BYTES = 16 * 1024
MARK = "\ufeff"
END_OF_FILE = b"\x1a"  # as DOS programs write it
LINE_END = re.compile(r"\r\n|\r|\n")
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_LINE = re.compile(r'"?sep=([,;|\t])"?\s*', re.IGNORECASE)  # Excel's line before the header


class Lines:
    """The lines of a file as text, and the latest ones, to locate a value.

    Errors: UnreadableFileError, which names the line.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.number = 0
        self.recent: list[str] = []
        self.note: Note | None = None
        self.sample = file.read(SAMPLE_BYTES)
        file.seek(0)
        refuse_foreign(self.sample)
        marked = marked_encoding(self.sample)
        self.text = self.wide(file, marked) if marked and marked != "utf-8-sig" else self.narrow(file)

    def narrow(self, file: IO[bytes]) -> Iterator[str]:
        """Yield lines in UTF-8, or all in another encoding that the bytes look like."""
        encoding = ""
        for line in lines_of(file):
            self.number += 1
            if len(line) > MAX_LINE_BYTES:
                raise self.unusable(shown_bytes(line), f"a line of at most {MAX_LINE_BYTES:,} bytes")
            if not line.isascii():
                line = without_marks(line)
                encoding = encoding if line.isascii() else self.encoding_of(line, encoding)
            if END_OF_FILE in line and line.strip() == END_OF_FILE:
                continue
            yield self.usable(line.decode(encoding or "ascii"))

    def encoding_of(self, line: bytes, before: str) -> str:
        """Return the encoding of a line that is not ASCII. before: that of earlier lines, if any."""
        if is_in(line, "utf-8"):
            actual = "utf-8"
        elif before in ("", "utf-8"):
            actual = legacy_encoding(self.sample) or legacy_encoding(line) or ""
        else:
            actual = before
        if before and actual != before:
            raise self.unusable(shown_bytes(line), "one encoding in all lines, preferably UTF-8")
        if not actual or not is_in(line, actual):
            raise self.unusable(shown_bytes(line), "text in UTF-8: save the file in that encoding")
        if actual != "utf-8" and self.note is None:
            said = READ_AS[actual]
            self.note = Note(line=self.number, row=None, column=None, value=shown(line.decode(actual)), said=said)
        return actual

    def wide(self, file: IO[bytes], encoding: str) -> Iterator[str]:
        """Yield lines in UTF-16 or UTF-32."""
        text = io.TextIOWrapper(file, encoding, newline="")
        try:
            while line := self.read_wide(text):
                self.number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise self.unusable(shown(line), f"a line of at most {MAX_LINE_BYTES:,} characters")
                yield self.usable(line.lstrip(MARK))
        finally:
            text.detach()  # otherwise it would close the file

    def read_wide(self, text: io.TextIOWrapper) -> str:
        """Read the next line. Errors: UnreadableFileError."""
        try:
            return text.readline(MAX_LINE_BYTES + 1)
        except UnicodeDecodeError as exc:
            self.number += 1
            raise self.unusable(str(exc), f"text in {exc.encoding.upper()}, as the file's first bytes say") from None

    def usable(self, line: str) -> str:
        """Check a line and remember it as recent. Errors: UnreadableFileError."""
        if "\0" in line:
            raise self.unusable(line, "text without NUL characters")
        self.recent.append(line)
        return line

    def unusable(self, found: str, expected: str) -> UnreadableFileError:
        """Make the error for a line after which the file cannot be read further."""
        return UnreadableFileError(
            Problem(line=self.number, row=None, column=None, value=shown(found), wanted=expected)
        )


def lines_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines with their ends: LF, CRLF, or the CR of old Macs. A line beyond the limit is cut off."""
    rest = b""
    while piece := file.read(PIECE_BYTES):
        *whole, rest = (rest + piece).splitlines(keepends=True)
        yield from whole
        # A last CR may be half of a CRLF.
        if rest.endswith(b"\n") or len(rest) > MAX_LINE_BYTES:
            yield rest
            rest = b""
    if rest:
        yield rest


def without_marks(line: bytes) -> bytes:
    """Remove the byte order marks at a line's beginning: a file that was joined from several has some in the middle."""
    while line.startswith(codecs.BOM_UTF8):
        line = line.removeprefix(codecs.BOM_UTF8)
    return line


def is_in(line: bytes, encoding: str) -> bool:
    """Return whether the bytes are text in the encoding."""
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def delimiter_of(line: str, known: Callable[[str], bool]) -> tuple[str, int]:
    """Return the delimiter of this header, and how many of its names are then known.

    It is the one that makes most names known; without any, the one that makes most fields.
    """

    def names_known(delimiter: str) -> tuple[int, int]:
        try:
            names = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            return 0, 0
        return sum(map(known, names)), len(names)

    found = {delimiter: names_known(delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: found[delimiter])
    return best, found[best][0]


def place_of(lines: list[str], delimiter: str, field: int) -> tuple[int, int]:
    """Return where a record's field begins: how many lines below the record's first, and its character from 1."""
    text = "".join(lines)
    position = 0
    for _ in range(field):
        position = end_of_field(text, position, delimiter) + 1
    while text.startswith(" ", position):
        position += 1
    ends = [found.end() for found in LINE_END.finditer(text, 0, position)]
    return len(ends), position - (ends[-1] if ends else 0) + 1


def end_of_field(text: str, position: int, delimiter: str) -> int:
    """Return the position of the delimiter that ends the field beginning here."""
    while text.startswith(" ", position):
        position += 1
    if text.startswith('"', position):
        position += 1
        while (position := text.find('"', position) + 1) and text.startswith('"', position):
            position += 1
    end = text.find(delimiter, position)
    return len(text) if end < 0 else end
