"""One value each: text in, the checked value out, ValueError for what cannot be used or only with a note."""

import datetime
import re
from functools import lru_cache

from app.transactions.model import PaymentChannel
from app.uploads.reading import DoubtfulError, UnusableError

MAX_NAME = 200
MAX_MEMO = 1000

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# What may follow where a bank or a program writes a moment: its day counts as it is written.
TIME = re.compile(
    r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?"
    r"(?: ?(?:Z|UTC|GMT|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9]))?",
    re.IGNORECASE,
)
DAY_CHARACTERS = 10
BOOLEANS = {"true": True, "false": False}
# How programs write that there is nothing: pandas, Python, SQL. It is never taken for a name or an id.
NOTHING = frozenset({"", "NaN", "nan", "None", "NaT", "<NA>", "null", "NULL"})

WANTED_NAME = f"1 to {MAX_NAME} printable characters"
WANTED_OPTIONAL_NAME = f"at most {MAX_NAME} printable characters, or nothing"
WANTED_DATE = "a date as YYYY-MM-DD; a time may follow"
WANTED_MERCHANT = f"at most {MAX_NAME} characters, or nothing"
WANTED_PENDING = "true or false"
CHANNEL_UNKNOWN = f"taken as `other`: the known ones are {', '.join(channel.value for channel in PaymentChannel)}"

# An export repeats its days, merchants and channels: most texts were read before.
remembered = lru_cache(maxsize=4096)


@remembered
def read_name(text: str) -> str:
    """A short text in one line."""
    if not text or len(text) > MAX_NAME or not text.isprintable():
        raise UnusableError(WANTED_NAME)
    return text


def read_optional_name(text: str) -> str | None:
    """The same, or nothing. Not remembered: an identifier comes once."""
    if text in NOTHING:
        return None
    if len(text) > MAX_NAME or not text.isprintable():
        raise UnusableError(WANTED_OPTIONAL_NAME)
    return text


@remembered
def read_merchant(text: str) -> str | None:
    """A name as banks write them: runs of blanks and line ends become one blank."""
    name = " ".join(text.split())
    if len(name) > MAX_NAME or "\0" in name or not is_text(name):
        raise UnusableError(WANTED_MERCHANT)
    return None if name in NOTHING else name


def read_memo(text: str) -> str | None:
    """A note of the bank's as one line; of a very long one the beginning."""
    memo = " ".join(text.split())[:MAX_MEMO].rstrip()
    return None if memo in NOTHING or "\0" in memo else memo


def is_text(text: str) -> bool:
    """Whether this can be written down: half a surrogate pair, as JSON can spell, cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@remembered
def read_date(text: str) -> datetime.date:
    """A calendar day; of a moment the day as it is written, in whatever zone that is."""
    day, time = text[:DAY_CHARACTERS], text[DAY_CHARACTERS:]
    if not DATE.fullmatch(day) or (time and not TIME.fullmatch(time)):
        raise UnusableError(WANTED_DATE)
    return datetime.date.fromisoformat(day)


@remembered
def read_channel(text: str) -> PaymentChannel:
    """How it was paid. Errors: DoubtfulError with `other` for a channel that Plaid does not know."""
    try:
        return PaymentChannel(text.lower().replace("_", " ").replace("-", " "))
    except ValueError:
        raise DoubtfulError(PaymentChannel.OTHER, CHANNEL_UNKNOWN) from None


def read_pending(text: str) -> bool:
    """Whether it is not booked yet."""
    if (pending := BOOLEANS.get(text.lower())) is None:
        raise UnusableError(WANTED_PENDING)
    return pending
