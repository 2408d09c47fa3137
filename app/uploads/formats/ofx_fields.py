"""The fields of a transaction in OFX: which leaves they come from, how they are read, and what is expected of them."""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from app.transactions.model import UNCATEGORIZED, PaymentChannel
from app.uploads.formats import amounts, values
from app.uploads.formats.generic_names import is_generic
from app.uploads.formats.reading import DoubtfulError, InexactError, Rules, UnusableError

# Types that state a direction. Other types may go either way: a refund at a till is a POS with money in.
DIRECTIONS = {"DEBIT": False, "CREDIT": True, "DIRECTDEP": True, "DIRECTDEBIT": False}
EXPECTED_DAY = "a date as YYYYMMDD, optionally followed by a time"
EXPECTED_ACCOUNT = "an ACCTID before the transactions"
EXPECTED_NUMBER = (
    "a number such as -12.34 or -12,34: at most 12 digits before the point; no thousands separator, no currency sign"
)
EXPECTED_CORRECTED = "the FITID of the transaction to correct, as CORRECTFITID"
EXPECTED_ACTION = "REPLACE or DELETE"
NO_ACTION = "the correction does not say REPLACE or DELETE: it replaces the transaction that it names"
OPPOSITE = "its sign was followed, although the TRNTYPE says the opposite"


class Leaves(NamedTuple):
    """The tag of a row's element, its leaves, and those of its statement."""

    tag: str
    own: dict[str, str]
    statement: dict[str, str]

    def text(self, tag: str) -> str:
        return self.own.get(tag, "")


class Field(NamedTuple):
    """One field: its leaf, how it is read, and the message for a leaf that cannot be (ValueError)."""

    tag: str
    read: Callable[[Leaves], Any]
    expected: str = ""


def account_in(leaves: Leaves) -> str:
    return account_of(leaves.statement)


def account_of(statement: dict[str, str]) -> str:
    """Return a name for a statement's account that does not contain its number."""
    return account_named(statement.get("BANKID", ""), statement.get("BROKERID", ""), statement.get("ACCTID", ""))


@lru_cache(maxsize=64)
def account_named(bank: str, broker: str, number: str) -> str:
    """Name the account by the statement's data. Cached, because every row of the statement needs it."""
    if not number or len(number) > values.MAX_NAME:
        raise UnusableError(EXPECTED_ACCOUNT)
    whole = f"{bank}\0{broker}\0{number}"
    return values.read_name(f"ofx-{blake2b(whole.encode(), digest_size=8).hexdigest()}-{number[-4:]}")


def identifier_in(leaves: Leaves) -> str | None:
    """Return the bank's id. A correction without one of its own keeps that of the row it corrects."""
    return values.read_identifier(leaves.text("FITID") or leaves.text("CORRECTFITID"))


def day_in(leaves: Leaves) -> Any:
    """Read `20260105120000.000[-5:EST]` as 2026-01-05. A pending transaction has the day of the payment."""
    text = leaves.text("DTPOSTED") or leaves.text("DTTRAN")
    try:
        return values.read_date(f"{text[:4]}-{text[4:6]}-{text[6:8]}" if text[:8].isdigit() else text)
    except ValueError:
        raise UnusableError(EXPECTED_DAY) from None


def amount_in(leaves: Leaves, currency: str) -> Decimal:
    """Read the amount with money out as positive. A comma may stand for the point."""
    try:
        return opposite(amounts.money_by_either(leaves.text("TRNAMT"), currency))
    except InexactError as inexact:
        raise InexactError(opposite(inexact.value), inexact.said) from None
    except UnusableError as unusable:
        raise UnusableError(
            EXPECTED_NUMBER if unusable.expected == amounts.EXPECTED_AMOUNT else unusable.expected
        ) from None


def opposite(amount: Any) -> Decimal:
    """Return the amount with the opposite sign, never minus zero."""
    negated: Decimal = -amount
    return negated if negated else abs(negated)


def check_direction(leaves: Leaves, amount: Decimal) -> None:
    """Errors: DoubtfulError when the type contradicts the sign."""
    money_in = DIRECTIONS.get(leaves.text("TRNTYPE").upper())
    if money_in is not None and amount and (amount < 0) != money_in:
        raise DoubtfulError(None, OPPOSITE)


def currency_in(leaves: Leaves, rules: Rules) -> str:
    """Return the transaction's own currency, else the statement's, else the sender's."""
    text = leaves.text("CURSYM") or leaves.statement.get("CURDEF") or rules.currency or ""
    return amounts.read_currency(text.upper())


def merchant_in(leaves: Leaves) -> str | None:
    """Return the payee, or the bank's note if there is none or the name says only how it was paid."""
    name = values.as_taken(values.read_merchant, leaves.text("NAME"))
    if name is not None and not is_generic(name):
        return name
    memo = values.as_taken(values.read_memo, leaves.text("MEMO"))
    noted = values.read_merchant(values.beginning(memo or ""))
    return noted if noted is not None and not is_generic(noted) else name or noted


def channel_in(leaves: Leaves) -> PaymentChannel:
    """Return how it was paid, as far as OFX says."""
    return PaymentChannel.IN_STORE if leaves.text("TRNTYPE").upper() == "POS" else PaymentChannel.OTHER


def corrected_in(leaves: Leaves) -> str | None:
    """Return the id of the row that this one corrects: its own, if it only says what to do with it."""
    if not is_correction(leaves):
        return None
    corrected = values.read_identifier(leaves.text("CORRECTFITID") or leaves.text("FITID"))
    if corrected is None:
        raise UnusableError(EXPECTED_CORRECTED)
    return corrected


def is_correction(leaves: Leaves) -> bool:
    return "CORRECTFITID" in leaves.own or "CORRECTACTION" in leaves.own


def is_deletion(leaves: Leaves) -> bool:
    return leaves.text("CORRECTACTION").upper() == "DELETE"


def check_action(leaves: Leaves) -> None:
    """Errors: DoubtfulError for a correction that does not say what it does, UnusableError if that is unknown."""
    action = leaves.text("CORRECTACTION").upper()
    if action not in ("", "REPLACE"):
        raise UnusableError(EXPECTED_ACTION)
    if not action and is_correction(leaves):
        raise DoubtfulError(None, NO_ACTION)


def if_readable(read: Callable[[], Any]) -> Any:
    """Return a value that a deletion need not have, or None."""
    try:
        return read()
    except DoubtfulError as doubtful:
        return doubtful.value
    except ValueError:
        return None


def settled_later(_: Leaves) -> None:
    """Return no value yet: amount and currency are read together, at the end; fields OFX lacks stay without one."""


# In the order of Transaction's fields.
FIELDS = (
    Field("ACCTID", account_in, EXPECTED_ACCOUNT),
    Field("FITID", identifier_in, values.EXPECTED_IDENTIFIER),
    Field("DTPOSTED", day_in, EXPECTED_DAY),
    Field("TRNAMT", settled_later),
    Field("CURDEF", settled_later),
    Field("NAME", merchant_in, values.EXPECTED_MERCHANT),
    Field("TRNTYPE", channel_in),
    Field("", lambda _: UNCATEGORIZED),
    Field("", lambda leaves: leaves.tag == "STMTTRNP"),
    Field("", settled_later),
    Field("NAME", lambda leaves: values.read_merchant(leaves.text("NAME")), values.EXPECTED_MERCHANT),
    Field("MEMO", lambda leaves: values.read_memo(leaves.text("MEMO")), values.EXPECTED_MERCHANT),
    Field("TRNTYPE", lambda leaves: leaves.text("TRNTYPE").upper() or None),
    Field("CORRECTFITID", corrected_in, EXPECTED_CORRECTED),
    Field("", lambda _: False),
    Field("", is_correction),
)
READS = tuple(field.read for field in FIELDS)
