"""Account ids that do not reveal the account's number.

The readers make `ofx-<hash>-<last four>` of an OFX file's account without a key, and take the ids of CSV and JSON as
they are written. There are few enough card numbers to try them all against such a hash, so an id of that form, or one
that is itself a card number, is replaced by a keyed hash before its rows are compared or stored. The result depends
only on the id, the user and the key: exported rows return as the same account, in any format, and nobody can find out
by uploads of their own which number another user's id has.

It takes two steps. The first one, `acct-<hash>-<last four>`, was once stored itself, and is the same for all users.
The second one, `acct2-<hash>-<last four>`, adds the user. So it can also be made of ids that are stored in the first
form, whose numbers are no longer known.
"""

import re
from typing import IO
from uuid import UUID

from app.platform.pseudonyms import Pseudonyms
from app.transactions.copy_text import escaped

SHARED_PREFIX = "acct"
PREFIX = "acct2"
HASH_DIGITS = 32
SHOWN = 4  # last digits of a number, by which people recognize it
UNKEYED_OFX = re.compile(r"ofx-[0-9a-f]{16}-(.{1,4})")
SHARED = re.compile(r"acct-[0-9a-f]{32}-(.{1,4})")  # the same for all users who have the account
CARD_NUMBER = re.compile(r"[0-9]{13,19}")
# For PostgreSQL: every id that may be replaced, and few others.
CANDIDATES = "^(ofx-[0-9a-f]{16}-.{1,4}|acct-[0-9a-f]{32}-.{1,4}|[0-9][0-9 -]{11,}[0-9])$"
# The same for COPY lines (copy_text.py), in which the account is the fourth column.
STAGED_CANDIDATE = re.compile(
    rb"^([a-z]+\t[^\t\n]*\t[^\t\n]*\t)"
    rb"(ofx-[0-9a-f]{16}-[^\t\n]{1,32}|acct-[0-9a-f]{32}-[^\t\n]{1,32}|[0-9][0-9 -]{11,}[0-9])(?=\t)",
    re.MULTILINE,
)


class AccountIds:
    """The replacements under one key, which is derived from the secret."""

    def __init__(self, secret: str) -> None:
        self.pseudonyms = Pseudonyms(secret, "account ids")

    @property
    def fingerprint(self) -> bytes:
        """Return a value that identifies this key and reveals nothing of it."""
        return self.pseudonyms.of("fingerprint")

    def shared(self, account_id: str) -> str:
        """Return an account's id before the user is added: the same, unless it reveals the account's number."""
        if found := UNKEYED_OFX.fullmatch(account_id):
            return self.hashed(SHARED_PREFIX, "ofx", account_id, shown=found[1])
        digits = account_id.replace(" ", "").replace("-", "")
        if CARD_NUMBER.fullmatch(digits) and has_check_digit(digits):
            return self.hashed(SHARED_PREFIX, "card", digits, shown=digits[-SHOWN:])
        return account_id

    def hashed(self, prefix: str, kind: str, *values: str, shown: str) -> str:
        """Combine a keyed hash with the digits that may be shown."""
        return f"{prefix}-{self.pseudonyms.of(kind, *values).hex()[:HASH_DIGITS]}-{shown}"


class UsersAccountIds:
    """The replacements for one user.

    converted: those of the user's ids that were once stored in the form that all users share. Only these may be named
    in that form: otherwise, whoever has learned such an id of another user could upload it together with candidate
    numbers, and see which of them becomes the same account.
    """

    def __init__(self, ids: AccountIds, user_id: UUID, converted: frozenset[str] = frozenset()) -> None:
        self.ids = ids
        self.user = str(user_id)
        self.converted = converted

    def of(self, account_id: str) -> str:
        """Return the id to store for a file's account: the same, unless other users share it or it reveals a number."""
        own = self.of_stored(account_id)
        if SHARED.fullmatch(account_id) and own not in self.converted:
            return self.with_user("foreign", account_id)
        return own

    def of_stored(self, account_id: str) -> str:
        """Return what replaces an id that is stored for the user: the same, if it is to stay."""
        return self.with_user("user", self.ids.shared(account_id))

    def every_form(self, account_id: str) -> list[str]:
        """List the ids under which an account's rows may be stored, until the user's ids are converted."""
        return [account_id, self.ids.shared(account_id), self.of(account_id)]

    def with_user(self, kind: str, shared: str) -> str:
        """Hash a shared id together with the user, and show the same digits; leave any other id."""
        found = SHARED.fullmatch(shared)
        return self.ids.hashed(PREFIX, kind, self.user, shared, shown=found[1]) if found else shared


def has_check_digit(digits: str) -> bool:
    """Return whether a number ends with the check digit of ISO/IEC 7812 (Luhn), as every card number does."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


class KeyedRows:
    """A file of COPY lines in which account ids are replaced while reading. It is read in whole lines only."""

    def __init__(self, rows: IO[bytes], ids: UsersAccountIds) -> None:
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
