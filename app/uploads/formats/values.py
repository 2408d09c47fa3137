"""Reads single values: text in, the checked value out, ValueError for what cannot be used or only with a note."""

import datetime
import re
from collections.abc import Callable
from functools import lru_cache
from typing import cast

from app.transactions.model import PaymentChannel
from app.uploads.formats.reading import DoubtfulError, UnusableError

MAX_NAME = 200
MAX_IDENTIFIER = 255  # OFX's longest FITID
MAX_MEMO = 1000
LONGEST_CUT = 10_000  # a longer text is not a name

DATE = re.compile(r"[0-9]{4}([-/.])[0-9]{2}\1[0-9]{2}")
# May follow where a bank or a program writes a time: the day counts as it is written.
TIME = re.compile(
    r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r"(?: ?[AP]M)?(?: ?(?:Z|UTC|GMT|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]))?",
    re.IGNORECASE,
)
DAY_CHARACTERS = 10
# As Python, pandas and databases write them. An empty cell means booked, as Plaid's null does.
BOOLEANS = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
# How programs write a missing value: pandas, Python, SQL, database dumps, spreadsheets. It is never read as a name or
# an id.
NOTHING = frozenset({"", "NaN", "nan", "None", "NaT", "<NA>", "null", "NULL", "\\N", "#N/A"})

EXPECTED_NAME = f"1 to {MAX_NAME} printable characters"
EXPECTED_IDENTIFIER = f"at most {MAX_IDENTIFIER} printable characters, or nothing"
EXPECTED_DATE = "a date as YYYY-MM-DD, optionally followed by a time"
EXPECTED_MERCHANT = f"a name of at most {MAX_NAME} characters, without NUL or unpaired surrogates, or nothing"
CUT = f"cut to its first {MAX_NAME} characters"
MEMO_CUT = f"cut to its first {MAX_MEMO} characters"
EXPECTED_PENDING = "true or false"
CHANNEL_UNKNOWN = f"counts as `other`: the known channels are {', '.join(channel.value for channel in PaymentChannel)}"

# An export repeats its days, merchants and channels: most texts were read before.
remembered = lru_cache(maxsize=4096)


@remembered
def read_name(text: str) -> str:
    """Read a short text in one line."""
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise UnusableError(EXPECTED_NAME)
    return text


def read_identifier(text: str) -> str | None:
    """Read a bank's id, or None. A long id is never cut: two could become equal. Not cached: each id comes once."""
    if text in NOTHING:
        return None
    if len(text) > MAX_IDENTIFIER or not text.isprintable():
        raise UnusableError(EXPECTED_IDENTIFIER)
    return text


@remembered
def read_merchant(text: str) -> str | None:
    """Read a name as banks write them: runs of blanks and line ends become one blank.

    Errors: UnusableError; DoubtfulError with the beginning of a long one, so that its row is not lost.
    """
    name = " ".join(text.split())
    if len(name) > LONGEST_CUT or "\0" in name or not is_text(name):
        raise UnusableError(EXPECTED_MERCHANT)
    if len(name) > MAX_NAME:
        raise DoubtfulError(beginning(name), CUT)
    return None if name in NOTHING else name


def as_taken(read: Callable[[str], str | None], text: str) -> str | None:
    """Return what `read` returns; the caller adds a note about it. Errors: UnusableError."""
    try:
        return read(text)
    except DoubtfulError as doubtful:
        return cast("str | None", doubtful.value)


def beginning(name: str) -> str:
    """Cut a name to the allowed length."""
    return name[:MAX_NAME].rstrip()


def read_memo(text: str) -> str | None:
    """Read a bank's note as one line. Errors: DoubtfulError with the beginning of a very long one."""
    memo = " ".join(text.split())
    if "\0" in memo:
        return None
    if len(memo) > MAX_MEMO:
        raise DoubtfulError(memo[:MAX_MEMO].rstrip(), MEMO_CUT)
    return None if memo in NOTHING else memo


def is_text(text: str) -> bool:
    """Return whether the text can be encoded: half a surrogate pair, which JSON can write, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@remembered
def read_date(text: str) -> datetime.date:
    """Read a calendar day; of a date with time, the day as written, in whatever zone."""
    day, time = text[:DAY_CHARACTERS], text[DAY_CHARACTERS:]
    if not DATE.fullmatch(day) or (time and not TIME.fullmatch(time)):
        raise UnusableError(EXPECTED_DATE)
    return datetime.date(int(day[:4]), int(day[5:7]), int(day[8:]))


@remembered
def read_channel(text: str) -> PaymentChannel:
    """Read how it was paid. Errors: DoubtfulError with `other` for a channel that Plaid does not know."""
    try:
        return PaymentChannel(text.lower().replace("_", " ").replace("-", " "))
    except ValueError:
        raise DoubtfulError(PaymentChannel.OTHER, CHANNEL_UNKNOWN) from None


@remembered
def read_pending(text: str) -> bool:
    """Return whether the transaction is still pending."""
    if text in NOTHING:
        return False
    if (pending := BOOLEANS.get(text.lower())) is None:
        raise UnusableError(EXPECTED_PENDING)
    return pending
