"""Account ids that do not reveal the account's number.

The readers make `ofx-<hash>-<last four>` of an OFX file's account without a key, and take the ids of CSV and JSON as
they are written. There are few enough card numbers to try them all against such a hash, so an id of that form, or one
that is itself a card number, is replaced by a keyed hash before its rows are compared or stored. The result depends
only on the id and the key: exported rows return as the same account, in any format.
"""

import re
from typing import IO

from app.platform.pseudonyms import Pseudonyms
from app.transactions.copy_text import escaped

PREFIX = "acct"
HASH_DIGITS = 32
SHOWN = 4  # last digits of a number, by which people recognize it
UNKEYED_OFX = re.compile(r"ofx-[0-9a-f]{16}-(.{1,4})")
CARD_NUMBER = re.compile(r"[0-9]{13,19}")
# For PostgreSQL: every id that AccountIds may replace, and few others.
CANDIDATES = "^(ofx-[0-9a-f]{16}-.{1,4}|[0-9][0-9 -]{11,}[0-9])$"
# The same for COPY lines (copy_text.py), in which the account is the fourth column.
STAGED_CANDIDATE = re.compile(
    rb"^([a-z]+\t[^\t\n]*\t[^\t\n]*\t)(ofx-[0-9a-f]{16}-[^\t\n]{1,32}|[0-9][0-9 -]{11,}[0-9])(?=\t)", re.MULTILINE
)


class AccountIds:
    """The replacements under one key, which is derived from the secret."""

    def __init__(self, secret: str) -> None:
        self.pseudonyms = Pseudonyms(secret, "account ids")

    @property
    def fingerprint(self) -> bytes:
        """Return a value that identifies this key and reveals nothing of it."""
        return self.pseudonyms.of("fingerprint")

    def of(self, account_id: str) -> str:
        """Return the id to store for a file's account: the same, unless it reveals the account's number."""
        if found := UNKEYED_OFX.fullmatch(account_id):
            return self.keyed("ofx", account_id, found[1])
        digits = account_id.replace(" ", "").replace("-", "")
        if CARD_NUMBER.fullmatch(digits) and has_check_digit(digits):
            return self.keyed("card", digits, digits[-SHOWN:])
        return account_id

    def keyed(self, kind: str, number: str, shown: str) -> str:
        """Combine a keyed hash with the digits that may be shown."""
        return f"{PREFIX}-{self.pseudonyms.of(kind, number).hex()[:HASH_DIGITS]}-{shown}"


def has_check_digit(digits: str) -> bool:
    """Say whether a number ends with the check digit of ISO/IEC 7812 (Luhn), as every card number does."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


class KeyedRows:
    """A file of COPY lines in which account ids are replaced while reading. It is read in whole lines only."""

    def __init__(self, rows: IO[bytes], ids: AccountIds) -> None:
        self.rows = rows
        self.ids = ids
        self.latest: tuple[bytes, bytes] = (b"", b"")  # most rows have the same account as the row before

    def read(self, size: int = -1) -> bytes:
        """Read about as much as requested, up to the end of a line."""
        piece = self.rows.read(size)
        if size >= 0 and piece:
            piece += self.rows.readline()
        return STAGED_CANDIDATE.sub(self.replaced, piece)

    def replaced(self, found: re.Match[bytes]) -> bytes:
        """Return the beginning of a line, with the account's id replaced."""
        if found[2] != self.latest[0]:
            account_id = found[2].decode().replace("\\\\", "\\")  # ids contain nothing else that COPY escapes
            self.latest = (found[2], escaped(self.ids.of(account_id)).encode())
        return found[1] + self.latest[1]
