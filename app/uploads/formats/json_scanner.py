"""Reads JSON from beginning to end with one piece in memory, using Python's own scanner for single values.

The scanner of the standard library reads a complete value at once, in C; only objects and arrays that are too large to
be one value are taken apart here. Every position in the text is known, so that an error can name it.
"""

import json
import re
from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from typing import IO, Any

from app.uploads.formats.foreign import refuse_foreign
from app.uploads.formats.reading import Problem, UnreadableFileError, shown, shown_bytes
from app.uploads.formats.text_encoding import HEAD_BYTES, TextOf, good_part, marked_encoding

CHUNK_BYTES = 64 * 1024
MAX_VALUE_CHARACTERS = 12 * 1024 * 1024
MAX_INTEGER_DIGITS = 40
SHOWN_BYTES = 20
NEAR_THE_END = 16  # an error this close to the end of the text may come from a value that was cut in two
# Files that were joined have a byte order mark before each part.
BLANK = re.compile("[ \t\n\r\ufeff]*")


def fraction(text: str) -> Decimal:
    """Read a number with a point or an exponent; NaN if it is beyond the range of decimals."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("NaN")


def whole(text: str) -> int | Decimal:
    """Read a whole number; infinity if it has more digits than any real value."""
    return int(text) if len(text) <= MAX_INTEGER_DIGITS else Decimal("Infinity")


def constant(text: str) -> Decimal | None:
    """Read constants that are not JSON but that programs write: pandas writes NaN for no value."""
    return None if text == "NaN" else Decimal(text)


class Contradictory(dict[str, Any]):
    """An object with several values for some names, and these names; it has the last values."""

    def __init__(self, found: dict[str, Any], names: frozenset[str]) -> None:
        super().__init__(found)
        self.names = names


def members_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members of an object. JSON does not define which of several values of a name counts: none does."""
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = frozenset(name for name, value in pairs if found[name] != value)
    return Contradictory(found, names) if names else found


DECODER = json.JSONDecoder(parse_float=fraction, parse_int=whole, parse_constant=constant, object_pairs_hook=members_of)


class Scanner:
    """A position in a text that is read as needed. Errors of all methods: UnreadableFileError."""

    def __init__(self, file: IO[bytes]) -> None:
        head = file.read(HEAD_BYTES)
        refuse_foreign(head)
        # RFC 8259 requires UTF-8: anything else is reported, never guessed.
        self.source = TextOf(file, head)
        self.source.is_decided = True
        self.encoding = (marked_encoding(head) or "utf-8").upper()
        self.text = ""
        self.at = 0
        self.start = 0  # position of the value taken last
        self.ended = False
        self.lines = 1
        self.characters = 0  # characters before `text` in the line in which it begins

    def place(self, at: int) -> tuple[int, int]:
        """Return line and character, both from 1, of a position in `text`."""
        lines = self.text.count("\n", 0, at)
        if lines:
            return self.lines + lines, at - self.text.rfind("\n", 0, at)
        return self.lines, self.characters + at + 1

    def error(self, at: int, expected: str, found: str | None = None, row: int | None = None) -> UnreadableFileError:
        line, position = self.place(at)
        value = self.text[at : at + 100] if found is None else found
        return UnreadableFileError(
            Problem(line=line, row=row, column=None, value=shown(value), wanted=expected, position=position)
        )

    def more(self) -> None:
        """Read on, and drop what lies before the position."""
        self.lines, character = self.place(self.at)
        self.characters = character - 1
        rest = self.text[self.at :]
        try:
            piece = self.source.read(max(CHUNK_BYTES, len(rest)))
        except UnicodeDecodeError as exc:
            self.text, self.at = rest + good_part(exc), 0
            found = shown_bytes(exc.object[exc.start : exc.start + SHOWN_BYTES])
            raise self.error(len(self.text), f"valid {self.encoding} from here on", found) from None
        self.ended = piece is None
        self.text = rest + (piece or "")
        self.at = 0

    def next_sign(self) -> str:
        """Return the next character that is not blank, without taking it; an empty text at the end."""
        while True:
            found = BLANK.match(self.text, self.at)
            assert found is not None  # noqa: S101 - it matches nothing, too
            self.at = found.end()
            if self.at < len(self.text):
                return self.text[self.at]
            if self.ended:
                return ""
            self.more()

    def take(self, signs: str, expected: str) -> str:
        """Take the next character, which must be one of these."""
        sign = self.next_sign()
        if not sign or sign not in signs:
            raise self.error(self.at, expected, None if sign else "the end of the file")
        self.at += 1
        return sign

    def value(self, most: int = MAX_VALUE_CHARACTERS) -> Any:
        """Read the complete value that begins here; LookupError when it has more than `most` characters."""
        self.next_sign()
        while True:
            try:
                found, end = DECODER.scan_once(self.text, self.at)  # type: ignore[attr-defined]
            except (StopIteration, json.JSONDecodeError) as exc:
                at, reason = why(exc)
                if self.ended or (at < len(self.text) - NEAR_THE_END and not reason.startswith("Unterminated")):
                    raise self.error(at, f"JSON: {reason}", None if at < len(self.text) else "the end") from None
            except RecursionError:
                raise self.error(self.at, "less deeply nested values") from None
            else:
                if end < len(self.text) or self.ended:
                    self.start, self.at = self.at, end
                    return found
            if len(self.text) - self.at > most:
                raise LookupError
            self.more()

    def members(self) -> Iterator[str]:
        """Yield the keys of the object that begins here; the caller takes each value."""
        self.take("{", "an object")
        if self.next_sign() == "}":
            self.at += 1
            return
        while True:
            if self.next_sign() != '"':
                raise self.error(self.at, "JSON: a name in double quotes")
            key = self.whole_value()
            self.take(":", "JSON: a colon after a name")
            yield key
            if self.take(",}", "JSON: a comma, or } at the object's end") == "}":
                return

    def elements(self) -> Iterator[None]:
        """Yield at each element of the array; the caller takes each value."""
        self.take("[", "an array")
        if self.next_sign() == "]":
            self.at += 1
            return
        while True:
            yield
            if self.take(",]", "JSON: a comma, or ] at the array's end") == "]":
                return

    def whole_value(self) -> Any:
        """Read the value that begins here, up to the greatest allowed length."""
        try:
            return self.value()
        except LookupError:
            raise self.error(self.at, f"values of at most {MAX_VALUE_CHARACTERS:,} characters") from None


def why(exc: StopIteration | json.JSONDecodeError) -> tuple[int, str]:
    """Return where the scanner stopped, and what it expected."""
    if isinstance(exc, json.JSONDecodeError):
        return exc.pos, exc.msg
    return int(exc.value), "Expecting value"


def member_at(text: str, start: int, names: Collection[str]) -> tuple[int, str] | None:
    """Return where in an object's text the value of one of these names begins, and the value as it is written.

    Of several it is the last one, which is the one that was read; None without one.
    """
    at, found = start + 1, None
    while True:
        at = skip(text, at)
        if text[at] != '"':
            return found
        key, at = DECODER.scan_once(text, at)  # type: ignore[attr-defined]
        at = skip(text, skip(text, at) + 1)
        _, end = DECODER.scan_once(text, at)  # type: ignore[attr-defined]
        if key in names:
            found = at, text[at:end]
        at = skip(text, end)
        if text[at] != ",":
            return found
        at += 1


def skip(text: str, at: int) -> int:
    """Return the position of the next character that is not blank."""
    found = BLANK.match(text, at)
    return found.end() if found else at
