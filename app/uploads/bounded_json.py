"""JSON whose tokens are bounded before a parser sees them.

A parser gathers a token that goes on in the next piece: its time grows with the square of the token's length, and
ijson 3.6 reads beyond its buffer when a whole number has more digits than Python converts.
"""

from typing import IO

from app.uploads.reading import Problem, UnreadableFileError, shown_bytes

MAX_DIGITS = 512
MAX_STRING_BYTES = 128 * 1024


class BoundedJson:
    """A file's `read`. Errors: UnreadableFileError at a token that is too long."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.bytes_since_quote = 0
        self.digits = 0
        self.escaped = False

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        piece = self.file.read(size)
        self.count_digits(piece)
        self.look_for_quotes(piece)
        return piece

    def count_digits(self, piece: bytes) -> None:
        """Refuse a run of digits: one that is long enough fills aligned blocks, so few have to be looked at."""
        block = MAX_DIGITS // 2
        for start in range(0, len(piece), block):
            part = piece[start : start + block]
            self.digits = self.digits + len(part) if part.isdigit() else 0
            if self.digits > block:
                raise unreadable(part, f"a number of at most {MAX_DIGITS} digits")

    def look_for_quotes(self, piece: bytes) -> None:
        """Refuse what goes on without the end of a string, or the beginning of one."""
        plain = (b"-" + piece[1:] if self.escaped else piece).replace(b"\\\\", b"--").replace(b'\\"', b"--")
        self.escaped = plain.endswith(b"\\")
        first = plain.find(b'"')
        self.bytes_since_quote += len(plain) if first < 0 else first
        if self.bytes_since_quote > MAX_STRING_BYTES:
            raise unreadable(piece, f"texts of at most {MAX_STRING_BYTES:,} bytes")
        if first >= 0:
            self.bytes_since_quote = len(plain) - plain.rfind(b'"') - 1


def unreadable(found: bytes, wanted: str) -> UnreadableFileError:
    """The error for a token that is too long."""
    return UnreadableFileError(Problem(line=None, row=None, column=None, value=shown_bytes(found), wanted=wanted))
