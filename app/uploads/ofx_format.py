"""Bank statements as OFX or QFX: version 1 (SGML, leaves never closed) and 2 (XML), by one small tokenizer.

Rows end where they are closed, where the next begins, or where their list or statement does: banks forget closing
tags. Only a file that ends inside its list of transactions is refused, because rows may be missing.

Sign: OFX counts from the account (a purchase is -4.50), we count money out (4.50): the amount is negated. The sign
decides; a TRNTYPE that contradicts it gets a note.
Day: the calendar day as the bank wrote it, in the zone the bank wrote it in; it is never converted.
Account: numbers of real accounts stay in the raw file; the rows have a digest and the last four digits.
"""

from collections.abc import Iterator
from decimal import Decimal
from hashlib import blake2b
from typing import IO, Any

from app.transactions.model import UNCATEGORIZED, Account, PaymentChannel, Transaction
from app.uploads import amounts, values
from app.uploads.foreign import ELEMENTS, foreign
from app.uploads.generic_names import is_generic
from app.uploads.ofx_tokens import Token, Tokens
from app.uploads.reading import (
    NO_RULES,
    DoubtfulError,
    Found,
    InexactError,
    Note,
    Problem,
    RejectedRow,
    Rules,
    UnreadableFileError,
    UnusableError,
    shown,
)
from app.uploads.row_check import RowCheck

MAX_LEAVES = 200
ROWS = frozenset({"STMTTRN", "STMTTRNP"})  # booked, pending
LISTS = frozenset({"BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST"})
STATEMENTS = frozenset({"STMTRS", "CCSTMTRS", "INVSTMTRS"})
# Plaid's type and subtype of an account: by OFX's ACCTTYPE, or by the kind of statement.
KINDS = {
    "CHECKING": ("depository", "checking"),
    "SAVINGS": ("depository", "savings"),
    "MONEYMRKT": ("depository", "money market"),
    "CD": ("depository", "cd"),
    "CREDITLINE": ("loan", "line of credit"),
    "CCSTMTRS": ("credit", "credit card"),
    "INVSTMTRS": ("investment", "brokerage"),
}
# What stands beside a list or around it: no row goes on there.
AFTER_LISTS = frozenset(
    """
    LEDGERBAL AVAILBAL BALLIST INVPOSLIST INVBAL CASHADVBALAMT MKTGINFO STMTTRNRS CCSTMTTRNRS INVSTMTTRNRS
    BANKMSGSRSV1 CREDITCARDMSGSRSV1 INVSTMTMSGSRSV1 OFX
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)
ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
OF_ACCOUNTS = frozenset({"BANKID", "BRANCHID", "BROKERID", "ACCTID", "ACCTTYPE", "ACCTKEY"})
# Their leaves are not the transaction's: the other side's account; the amount before the bank converted it.
OTHERS = frozenset({"BANKACCTTO", "CCACCTTO", "ORIGCURRENCY"})
OF_OTHERS = OF_ACCOUNTS | {"CURSYM", "CURRATE"}
SECURITIES = frozenset(
    """
    BUYDEBT BUYMF BUYOPT BUYOTHER BUYSTOCK CLOSUREOPT INCOME INVEXPENSE JRNLFUND JRNLSEC MARGININTEREST REINVEST
    RETOFCAP SELLDEBT SELLMF SELLOPT SELLOTHER SELLSTOCK SPLIT TRANSFER
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)
# What a row has once: where it comes again, two rows ran into one. Two rows may well be of one day.
ONCE = frozenset({"TRNAMT", "DTPOSTED", "FITID", "CURSYM"})
# Plain words for a direction. Other types may go either way: a refund at a till is a POS with money in.
DIRECTIONS = {"DEBIT": False, "CREDIT": True, "DIRECTDEP": True, "DIRECTDEBIT": False}

WANTED_DAY = "a date as YYYYMMDD, a time may follow"
WANTED_ACCOUNT = "an ACCTID before the transactions"
WANTED_ONCE = "one value in a row: is a <STMTTRN> missing before what follows?"
WANTED_NUMBER = (
    "a number such as -12.34 or -12,34: at most 12 digits before the point; no thousands separator, no currency sign"
)
NOT_CLOSED = "the file ends without </OFX>; its lists of transactions are complete"
OPPOSITE = "taken by its sign, though the TRNTYPE says the opposite"
BANK_ERROR = "the bank could not give what was asked for: it is not in the file"
NO_SECURITIES = "investment transactions are not read: they are neither income nor spending"


def read_ofx(file: IO[bytes], rules: Rules = NO_RULES) -> Iterator[Found]:
    """The file's rows. Errors: UnreadableFileError."""
    return Statements(file, rules).read()


class Statements:
    """Finds the transactions among a file's elements."""

    def __init__(self, file: IO[bytes], rules: Rules) -> None:
        self.tokens = Tokens(file)
        self.rules = rules
        self.row = 0
        self.statement: dict[str, str] = {}
        self.kind = ""
        self.is_described = False  # what the statement's account is, was told
        self.in_account = False
        self.list_of: Token | None = None  # the list that is not ended
        self.begun: Token | None = None  # the row that is not ended
        self.other: str | None = None
        self.leaves: dict[str, str] = {}
        self.of_other: dict[str, str] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self.contradicted: dict[str, Token] = {}  # a further value of what a row has once
        self.statement_places: dict[str, tuple[int, int]] = {}

    def read(self) -> Iterator[Found]:
        """All rows. Errors: UnreadableFileError."""
        statements = False
        last: Token | None = None
        for last in self.tokens.read():
            closing, tag, value = last[:3]
            if self.begun is not None and (tag in ROWS or tag in LISTS or tag in STATEMENTS or tag in AFTER_LISTS):
                yield from self.end_row()
            if tag in ROWS:
                if not self.is_described:
                    yield from self.account()
                self.begun = None if closing else last
                self.list_of = self.list_of or last
                statements = True
            elif tag in LISTS:
                self.list_of = None if closing else last
                self.in_account = False
            elif tag in STATEMENTS or tag in AFTER_LISTS:
                statements = True
                self.list_of = None
                self.in_account = False
                if tag in STATEMENTS and not closing:
                    self.statement, self.statement_places = {}, {}
                    self.kind, self.is_described = tag, False
            elif self.begun is not None:
                self.leaf(last)
            elif tag in ACCOUNTS:
                self.in_account = not closing
            elif tag in SECURITIES and not closing and self.list_of is not None:
                yield Note(line=last.line, row=None, column=tag, value="", said=NO_SECURITIES, position=last.position)
            elif tag == "SEVERITY" and value.upper() == "ERROR":
                yield Note(
                    line=last.line, row=None, column=tag, value=value, said=BANK_ERROR, position=last.value_position
                )
            elif value and not closing and ((self.in_account and tag in OF_ACCOUNTS) or tag == "CURDEF"):
                self.statement[tag] = value
                self.statement_places[tag] = last.line, last.value_position
        yield from self.ending(last, statements)

    def account(self) -> Iterator[Account]:
        """The statement's account, once, as far as its statement says what it is."""
        kind = KINDS.get(self.statement.get("ACCTTYPE", "").upper()) or KINDS.get(self.kind)
        self.is_described = True
        if kind is None:
            return
        try:
            yield Account(account_in(self.statement), *kind, None)
        except UnusableError:
            return  # its rows say so

    def leaf(self, token: Token) -> None:
        """Take up an element inside a row. Errors: UnreadableFileError."""
        closing, tag, value, line, _, position = token
        if tag in OTHERS:
            self.other = None if closing else tag
            self.of_other = {}
        elif closing or not value:
            return
        elif self.other:
            self.of_other.setdefault(tag, value)
        elif tag not in self.leaves:
            self.leaves[tag] = value
            self.places[tag] = line, position
        elif tag == "TRNAMT" or (tag in ONCE and value != self.leaves[tag]):
            self.contradicted.setdefault(tag, token)
        if len(self.leaves) + len(self.of_other) > MAX_LEAVES:
            raise self.unreadable(token, shown(tag), f"a transaction of at most {MAX_LEAVES} elements")

    def end_row(self) -> Iterator[Found]:
        """The row that ends here, with its notes, or why it is rejected."""
        begun, leaves = self.begun, self.leaves
        assert begun is not None  # noqa: S101 - narrows the type
        self.row += 1
        if self.other:  # never closed: what cannot be the other side's is the row's
            for tag, value in self.of_other.items():
                if tag not in OF_OTHERS:
                    leaves.setdefault(tag, value)
        if self.contradicted:
            yield RejectedRow(tuple(self.twice(token) for token in self.contradicted.values()))
        elif found := transaction_of(begun.tag, leaves, self.statement, self.rules):
            yield found
        else:
            yield from self.checked(begun, leaves)
        self.begun = self.other = None
        self.leaves, self.of_other, self.places, self.contradicted = {}, {}, {}, {}

    def twice(self, token: Token) -> Problem:
        """What is wrong with a row that has this value, too: rows may have run into one."""
        return Problem(
            line=token.line, row=self.row, column=token.tag, value=shown(token.value), wanted=WANTED_ONCE,
            position=token.value_position,
        )  # fmt: skip

    def checked(self, begun: Token, leaves: dict[str, str]) -> Iterator[Found]:
        """The same part by part, which few rows need."""
        statement, rules = self.statement, self.rules
        places = self.statement_places | self.places

        def locate(column: str) -> tuple[int | None, int | None, str]:
            line, position = places.get(column, (begun.line, begun.position))
            return line, position, leaves.get(column, statement.get(column, ""))

        check = RowCheck(self.row, rules, locate)
        check.value("ACCTID", lambda: account_in(statement), WANTED_ACCOUNT)
        check.value("FITID", lambda: identifier_in(leaves), values.WANTED_IDENTIFIER)
        check.value("DTPOSTED", lambda: day_in(leaves), WANTED_DAY)
        named = "CURSYM" if "CURSYM" in leaves else "CURDEF"
        currency = check.value(named, lambda: currency_in(leaves, statement, rules), amounts.WANTED_CURRENCY)
        amount = check.value("TRNAMT", lambda: amount_in(leaves, currency or "USD"), WANTED_NUMBER)
        if amount is not None:
            check.value("TRNTYPE", lambda: check_direction(leaves, amount), "")
        name = check.value("NAME", lambda: values.read_merchant(leaves.get("NAME", "")), values.WANTED_MERCHANT)
        memo = check.value("MEMO", lambda: memo_in(leaves), values.WANTED_MERCHANT)
        if check.problems:
            yield check.rejected
            return
        yield from check.notes
        yield transaction(begun.tag, leaves | {"NAME": name or "", "MEMO": memo or ""}, statement, currency, amount)

    def ending(self, last: Token | None, statements: bool) -> Iterator[Found]:
        """What the end of the file says. Errors: UnreadableFileError when it is no end of an OFX file."""
        if last is None or not (statements or self.tokens.first == "OFX"):
            if kind := ELEMENTS.get(self.tokens.first):
                raise foreign(kind)
            found = f"<{self.tokens.first}>" if self.tokens.first else "no element"
            wanted = "an OFX file: <OFX> with statements in it"
            raise UnreadableFileError(Problem(line=None, row=None, column=None, value=found, wanted=wanted))
        if self.list_of is not None:
            begun = self.begun or self.list_of
            wanted = (
                "the end of the list of transactions (</BANKTRANLIST>, or the balance after it) before the end of the "
                "file: transactions may be missing"
            )
            raise self.unreadable(begun, f"<{begun.tag}> is the last that begins", wanted)
        if not (last.closing and last.tag == "OFX"):
            yield Note(line=last.line, row=None, column=None, value=f"<{last.tag}>", said=NOT_CLOSED)
        if note := self.tokens.note:
            yield note

    def unreadable(self, token: Token, value: str, wanted: str) -> UnreadableFileError:
        """The error for a file that is not OFX from this element on."""
        return UnreadableFileError(
            Problem(
                line=token.line, row=self.row or None, column=None, value=value, wanted=wanted, position=token.position
            )
        )


def transaction_of(tag: str, leaves: dict[str, str], statement: dict[str, str], rules: Rules) -> Transaction | None:
    """The transaction; None when the leaves do not make one, or not without a note."""
    try:
        currency = currency_in(leaves, statement, rules)
        amount = amount_in(leaves, currency)
        check_direction(leaves, amount)
        return transaction(tag, leaves, statement, currency, amount)
    except ValueError:
        return None


def transaction(
    tag: str, leaves: dict[str, str], statement: dict[str, str], currency: str, amount: Decimal
) -> Transaction:
    """The transaction of these leaves. Errors: ValueError."""
    return Transaction(
        account_in(statement),
        identifier_in(leaves),
        day_in(leaves),
        amount,
        currency,
        merchant_in(leaves),
        PaymentChannel.IN_STORE if leaves.get("TRNTYPE", "").upper() == "POS" else PaymentChannel.OTHER,
        UNCATEGORIZED,
        tag == "STMTTRNP",
        None,
        values.read_merchant(leaves.get("NAME", "")),
        memo_in(leaves),
        leaves.get("TRNTYPE", "").upper() or None,
    )


def account_in(statement: dict[str, str]) -> str:
    """A name for the account that does not hold its number."""
    number = statement.get("ACCTID", "")
    if not number or len(number) > values.MAX_NAME:
        raise UnusableError(WANTED_ACCOUNT)
    whole = "\0".join(statement.get(part, "") for part in ("BANKID", "BROKERID", "ACCTID"))
    return values.read_name(f"ofx-{blake2b(whole.encode(), digest_size=8).hexdigest()}-{number[-4:]}")


def identifier_in(leaves: dict[str, str]) -> str | None:
    """The bank's id of the transaction."""
    return values.read_identifier(leaves.get("FITID", ""))


def day_in(leaves: dict[str, str]) -> Any:
    """`20260105120000.000[-5:EST]` as 2026-01-05."""
    text = leaves.get("DTPOSTED") or leaves.get("DTTRAN", "")
    try:
        return values.read_date(f"{text[:4]}-{text[4:6]}-{text[6:8]}" if text[:8].isdigit() else text)
    except ValueError:
        raise UnusableError(WANTED_DAY) from None


def amount_in(leaves: dict[str, str], currency: str) -> Decimal:
    """Money out is positive. A comma may stand for the point."""
    try:
        return opposite(amounts.money_by_either(leaves.get("TRNAMT", ""), currency))
    except InexactError as inexact:
        raise InexactError(opposite(inexact.value), inexact.said) from None
    except UnusableError as unusable:
        raise UnusableError(WANTED_NUMBER if unusable.wanted == amounts.WANTED_AMOUNT else unusable.wanted) from None


def opposite(amount: Any) -> Decimal:
    """The amount with the other sign, never minus zero."""
    negated: Decimal = -amount
    return negated if negated else abs(negated)


def check_direction(leaves: dict[str, str], amount: Decimal) -> None:
    """Errors: DoubtfulError when the type says the opposite of the sign."""
    money_in = DIRECTIONS.get(leaves.get("TRNTYPE", "").upper())
    if money_in is not None and amount and (amount < 0) != money_in:
        raise DoubtfulError(None, OPPOSITE)


def currency_in(leaves: dict[str, str], statement: dict[str, str], rules: Rules) -> str:
    """The transaction's own currency, else the statement's, else the sender's."""
    text = leaves.get("CURSYM") or statement.get("CURDEF") or rules.currency or ""
    return amounts.read_currency(text.upper())


def merchant_in(leaves: dict[str, str]) -> str | None:
    """The payee; what the bank noted where there is none, or where the name says only how it was paid."""
    name = values.read_merchant(leaves.get("NAME", ""))
    if name is not None and not is_generic(name):
        return name
    noted = values.read_merchant(values.beginning(memo_in(leaves) or ""))
    return noted if noted is not None and not is_generic(noted) else name or noted


def memo_in(leaves: dict[str, str]) -> str | None:
    """Read the bank's note as one line."""
    return values.read_memo(leaves.get("MEMO", ""))
