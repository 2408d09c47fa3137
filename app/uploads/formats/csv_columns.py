"""The columns of CSV exports: Plaid's, and the names that banks and programs use for the same things.

Plaid counts money out as positive. A bank's own `Amount` may have either sign, so it is never read as Plaid's: a file
with a bank's own names needs one column for money out and one for money in (`Debit`, `Credit`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.transactions.model import UNCATEGORIZED, PaymentChannel
from app.uploads.formats import amounts, categories, values
from app.uploads.formats.reading import Problem, UnusableError, shown

PLAIDS = categories.PLAIDS
DETAILED = categories.DETAILED_NAMES[0]
ISO, UNOFFICIAL = "iso_currency_code", "unofficial_currency_code"
AMOUNT = "amount"
EXPECTED_DIRECTION = (
    "columns that show the direction of the money, such as debit and credit, because banks use either sign for money "
    "out. Or Plaid's column names (account_id, date, merchant_name), where a positive amount is money out"
)
EXPECTED_ONE_DIRECTION = (
    "a positive number in one of the two columns for money out and money in, and nothing in the other"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: how its text is read, and the message for a text that cannot be (ValueError).

    `others` are columns that are used where this one is absent or empty; `banks` too, which are not Plaid's names. A
    file needs one of them, unless `absent` is set: the value of all its rows then, with `said` as a note about it.
    """

    name: str
    read: Callable[[str], Any]
    expected: str
    others: tuple[str, ...] = ()
    banks: tuple[str, ...] = ()
    optional: bool = False
    absent: Any = None
    said: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return every name it may have, the best one first."""
        return (self.name, *self.others, *self.banks)


def as_written(text: str) -> str:
    """Return the text unchanged: amount and currency are read together, at the end."""
    return text


def or_nothing(text: str) -> str:
    """Return the text, or an empty one where a program wrote a placeholder for no value."""
    return "" if text in values.NOTHING else text


def nothing(_: str) -> None:
    """Return no value, for fields that Plaid's CSV exports lack."""


# In the order of Transaction's fields. Names as csv_format.column_name makes them.
COLUMNS = (
    Column(
        name="account_id",
        read=values.read_name,
        expected=values.EXPECTED_NAME,
        others=("plaid_account_id",),
        banks=("account_number", "account_no", "account_no.", "iban", "card_number", "card_no.", "account_name"),
    ),
    Column(
        name="transaction_id",
        read=values.read_identifier,
        expected=values.EXPECTED_IDENTIFIER,
        others=("plaid_transaction_id",),
        optional=True,
    ),
    Column(
        name="date",
        read=values.read_date,
        expected=values.EXPECTED_DATE,
        # The booking day, as in Plaid; before it, the day of the payment.
        banks=(
            "posting_date",
            "posted_date",
            "post_date",
            "booking_date",
            "booked_date",
            "date_posted",
            "completed_date",
            "transaction_date",
            "trans_date",
            "txn_date",
            "value_date",
        ),
    ),
    Column(name=AMOUNT, read=as_written, expected=amounts.EXPECTED_AMOUNT),
    Column(
        name=ISO,
        read=or_nothing,
        expected=amounts.EXPECTED_CURRENCY,
        banks=("currency", "currency_code", "account_currency"),
        optional=True,
        absent="",
    ),
    Column(
        name="merchant_name",
        read=values.read_merchant,
        expected=values.EXPECTED_MERCHANT,
        others=("name",),
        banks=(
            "merchant",
            "payee",
            "payee_name",
            "partner_name",
            "description",
            "transaction_description",
            "details",
            "transaction_details",
            "narrative",
            "original_description",
            "memo",
        ),
    ),
    Column(
        name="payment_channel",
        read=values.read_channel,
        expected=values.CHANNEL_UNKNOWN,
        optional=True,
        absent=PaymentChannel.OTHER,
        said="the file has no such column: all rows count as `other`",
    ),
    Column(
        name=PLAIDS,
        read=categories.read_category,
        expected=categories.EXPECTED_CATEGORY,
        others=(*categories.PRIMARY_NAMES, "category"),
        optional=True,
        absent=UNCATEGORIZED,
        said=f"the file has no such column: all rows are {UNCATEGORIZED}",
    ),
    Column(
        name="pending",
        read=values.read_pending,
        expected=values.EXPECTED_PENDING,
        optional=True,
        absent=False,
        said="the file has no such column: all rows count as booked",
    ),
    Column(
        name=DETAILED,
        read=categories.read_detailed_category,
        expected=categories.EXPECTED_CATEGORY,
        others=categories.DETAILED_NAMES[1:],
        optional=True,
    ),
    Column(name="name", read=values.read_merchant, expected=values.EXPECTED_MERCHANT, optional=True),
    Column(name="memo", read=nothing, expected="", optional=True),
    Column(name="transaction_type", read=nothing, expected="", optional=True),
    Column(
        name="pending_transaction_id",
        read=values.read_identifier,
        expected=values.EXPECTED_IDENTIFIER,
        optional=True,
    ),
    Column(name="correction", read=lambda _: False, expected="", optional=True, absent=False),
    Column(name="replacement", read=lambda _: False, expected="", optional=True, absent=False),
)
# Money out and money in, where each has its own column.
DEBIT_AND_CREDIT = (
    ("debit", "credit"),
    ("debit_amount", "credit_amount"),
    ("withdrawal", "deposit"),
    ("withdrawals", "deposits"),
    ("withdrawal_amount", "deposit_amount"),
    ("money_out", "money_in"),
    ("paid_out", "paid_in"),
    ("outflow", "inflow"),
)
KNOWN = frozenset(
    {name for column in COLUMNS for name in column.names} | {name for pair in DEBIT_AND_CREDIT for name in pair}
)


def places_of(column: Column, names: list[str]) -> list[int]:
    """Return where a header has a column, best position first. A bank's names count only without any of Plaid's."""
    plaids = [names.index(name) for name in (column.name, *column.others) if name in names]
    return plaids or [names.index(name) for name in column.banks if name in names]


def is_of_a_bank(names: list[str]) -> bool:
    """Return whether a header uses a bank's names for what Plaid's exports always have."""
    return any(
        not column.optional and {*column.banks} & {*names} and not {column.name, *column.others} & {*names}
        for column in COLUMNS
    )


def debit_and_credit_in(names: list[str]) -> tuple[int, int] | None:
    """Return the positions of the columns for money out and money in, in a header whose amount is not Plaid's."""
    if AMOUNT in names and not is_of_a_bank(names):
        return None
    found = ((names.index(out), names.index(back)) for out, back in DEBIT_AND_CREDIT if out in names and back in names)
    return next(found, None)


def signed_amount(out: str, back: str) -> str:
    """Return the amount that one of the two columns has, with Plaid's sign. Errors: UnusableError."""
    written = [or_nothing(out.strip()), or_nothing(back.strip())]
    out, back = (text if text.strip("0.,") else "" for text in written)
    if (out and back) or (out or back).startswith(("-", "+", "(")) or not any(written):
        raise UnusableError(EXPECTED_ONE_DIRECTION)
    return out or (f"-{back}" if back else "0")


def header_problems(names: list[str], line: int) -> list[Problem]:
    problems = []
    for column in COLUMNS:
        twice = [name for name in column.names if names.count(name) > 1]
        if twice:
            problem = Problem(line=line, row=None, column=twice[0], value=twice[0], wanted="this column only once")
            problems.extend([problem] if problem not in problems else [])
        elif expected := missing_column(column, names):
            value = shown(",".join(names))
            problems.append(Problem(line=line, row=None, column=column.name, value=value, wanted=expected))
    return problems


def missing_column(column: Column, names: list[str]) -> str:
    """Describe the column that a header lacks; empty when it has it."""
    if column.name == AMOUNT:
        if debit_and_credit_in(names) or (AMOUNT in names and not is_of_a_bank(names)):
            return ""
        return EXPECTED_DIRECTION if AMOUNT in names else f"a column named {AMOUNT}, or two such as debit and credit"
    if column.optional or places_of(column, names):
        return ""
    shown_names = (column.name, *column.others, *column.banks[:2])
    return f"a column named {' or '.join(shown_names)} in the first line"
