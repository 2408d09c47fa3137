"""Bank statements as OFX or QFX: version 1 (SGML, leaves never closed) and 2 (XML), by one small tokenizer.

Rows end where they are closed, where the next begins, or where their list or statement ends: banks forget closing tags.
Only a file that ends inside its list of transactions is refused, because rows may be missing.

Sign: OFX counts from the account (a purchase is -4.50), we count money out (4.50), so the amount is negated. The sign
decides; a TRNTYPE that contradicts it gets a note.
Day: the calendar day as the bank wrote it, in the bank's zone; it is never converted.
Corrections: a row with a CORRECTFITID replaces the row it names, or is its removal (CORRECTACTION).
Account: numbers of real accounts stay in the raw file; the rows have a digest and the last four digits.
"""

from collections.abc import Iterator
from functools import partial
from typing import IO

from app.transactions.model import Account, Removal, Transaction
from app.uploads.formats import amounts
from app.uploads.formats.foreign import ELEMENTS, foreign
from app.uploads.formats.ofx_fields import (
    EXPECTED_ACCOUNT,
    EXPECTED_CORRECTED,
    EXPECTED_NUMBER,
    FIELDS,
    READS,
    Leaves,
    account_in,
    account_of,
    amount_in,
    check_action,
    check_direction,
    corrected_in,
    currency_in,
    day_in,
    if_readable,
    is_deletion,
    merchant_in,
)
from app.uploads.formats.ofx_tokens import Token, Tokens
from app.uploads.formats.reading import (
    NO_RULES,
    Found,
    Note,
    Problem,
    RejectedRow,
    Rules,
    UnreadableFileError,
    UnusableError,
    shown,
)
from app.uploads.formats.row_check import RowCheck

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
# Elements beside a list or around it.
AFTER_LISTS = frozenset(
    """
    LEDGERBAL AVAILBAL BALLIST INVPOSLIST INVBAL CASHADVBALAMT MKTGINFO STMTTRNRS CCSTMTTRNRS INVSTMTTRNRS
    BANKMSGSRSV1 CREDITCARDMSGSRSV1 INVSTMTMSGSRSV1 OFX
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)
# No row continues beyond these.
END_ROWS = ROWS | LISTS | STATEMENTS | AFTER_LISTS
ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
OF_ACCOUNTS = frozenset({"BANKID", "BRANCHID", "BROKERID", "ACCTID", "ACCTTYPE", "ACCTKEY"})
# Their leaves do not belong to the transaction: the other side's account; the amount before the bank converted it.
OTHERS = frozenset({"BANKACCTTO", "CCACCTTO", "ORIGCURRENCY"})
OF_OTHERS = OF_ACCOUNTS | {"CURSYM", "CURRATE"}
SECURITIES = frozenset(
    """
    BUYDEBT BUYMF BUYOPT BUYOTHER BUYSTOCK CLOSUREOPT INCOME INVEXPENSE JRNLFUND JRNLSEC MARGININTEREST REINVEST
    RETOFCAP SELLDEBT SELLMF SELLOPT SELLOTHER SELLSTOCK SPLIT TRANSFER
    """.split()  # noqa: SIM905 - a list of words is easier to read and to compare
)
# A row has each of these once: a second one means that two rows were merged. Two rows may well have the same day.
ONCE = frozenset({"TRNAMT", "DTPOSTED", "FITID", "CURSYM", "CORRECTFITID", "CORRECTACTION"})
AMOUNT = Transaction._fields.index("amount")
CURRENCY = Transaction._fields.index("currency")

EXPECTED_ONCE = "one value per row: a <STMTTRN> may be missing before the next one"
NOT_CLOSED = "the file ends without </OFX>; its lists of transactions are complete"
BANK_ERROR = "the bank could not provide the requested data, so the file does not have it"
NO_SECURITIES = "investment transactions are not read: they are neither income nor spending"


def read_ofx(file: IO[bytes], rules: Rules = NO_RULES) -> Iterator[Found]:
    """Read the file's rows. Errors: UnreadableFileError."""
    return Statements(file, rules).read()


class Statements:
    """Finds the transactions among a file's elements."""

    def __init__(self, file: IO[bytes], rules: Rules) -> None:
        self.tokens = Tokens(file)
        self.rules = rules
        self.row = 0
        self.statement: dict[str, str] = {}
        self.kind = ""
        self.is_described = False  # the statement's account was handled
        self.in_account = False
        self.list_of: Token | None = None  # the list that has not ended
        self.begun: Token | None = None  # the row that has not ended
        self.other: str | None = None
        self.leaves: dict[str, str] = {}
        self.of_other: dict[str, str] = {}
        self.places: dict[str, tuple[int, int]] = {}
        self.contradicted: dict[str, Token] = {}  # a second value of something that a row has once
        self.statement_places: dict[str, tuple[int, int]] = {}

    def read(self) -> Iterator[Found]:
        """Yield all rows. Errors: UnreadableFileError."""
        statements = False
        last: Token | None = None
        for last in self.tokens.read():
            closing, tag, value = last[:3]
            if self.begun is not None:
                if tag not in END_ROWS:  # nearly all elements
                    self.leaf(last)
                    continue
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
        """Yield the statement's account once, if the statement says what kind it is."""
        kind = KINDS.get(self.statement.get("ACCTTYPE", "").upper()) or KINDS.get(self.kind)
        self.is_described = True
        if kind is None:
            return
        try:
            yield Account(account_of(self.statement), *kind, None)
        except UnusableError:
            return  # reported by its rows

    def leaf(self, token: Token) -> None:
        """Read an element inside a row. Errors: UnreadableFileError."""
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
        """Yield the row that ends here, with its notes, or why it is rejected."""
        begun, leaves = self.begun, self.leaves
        assert begun is not None  # noqa: S101 - narrows the type
        self.row += 1
        if self.other:  # never closed: leaves that cannot be the other side's are the row's
            for tag, value in self.of_other.items():
                if tag not in OF_OTHERS:
                    leaves.setdefault(tag, value)
        row = Leaves(begun.tag, leaves, self.statement)
        if self.contradicted:
            yield RejectedRow(tuple(self.twice(token) for token in self.contradicted.values()))
        elif is_deletion(row):
            yield self.deletion(begun, row)
        elif found := self.transaction(row):
            yield found
        else:
            yield from self.checked(begun, row)
        self.begun = self.other = None
        self.leaves, self.of_other, self.places, self.contradicted = {}, {}, {}, {}

    def twice(self, token: Token) -> Problem:
        """Make the problem for a second value in a row: two rows may have been merged."""
        return Problem(
            line=token.line, row=self.row, column=token.tag, value=shown(token.value), wanted=EXPECTED_ONCE,
            position=token.value_position,
        )  # fmt: skip

    def transaction(self, leaves: Leaves) -> Transaction | None:
        """Read the transaction; None when it has problems or notes."""
        try:
            row = [read(leaves) for read in READS]
            row[CURRENCY] = currency_in(leaves, self.rules)
            row[AMOUNT] = amount_in(leaves, row[CURRENCY])
            check_direction(leaves, row[AMOUNT])
            check_action(leaves)
            return Transaction._make(row)
        except ValueError:
            return None

    def checked(self, begun: Token, leaves: Leaves) -> Iterator[Found]:
        """Read a row field by field, which few rows need."""
        check = self.check_of(begun, leaves)
        row = [check.value(field.tag, partial(field.read, leaves), field.expected) for field in FIELDS]
        named = "CURSYM" if "CURSYM" in leaves.own else "CURDEF"
        currency = check.value(named, lambda: currency_in(leaves, self.rules), amounts.EXPECTED_CURRENCY)
        amount = check.value("TRNAMT", lambda: amount_in(leaves, currency or "USD"), EXPECTED_NUMBER)
        if amount is not None:
            check.value("TRNTYPE", lambda: check_direction(leaves, amount), "")
        check.value("CORRECTACTION", lambda: check_action(leaves), "")
        if check.problems:
            yield check.rejected
            return
        row[CURRENCY], row[AMOUNT] = currency, amount
        yield from check.notes
        yield Transaction._make(row)

    def deletion(self, begun: Token, leaves: Leaves) -> Removal | RejectedRow:
        """Read which row the bank deletes; no other value has to be readable."""
        check = self.check_of(begun, leaves)
        account_id = check.value("ACCTID", lambda: account_in(leaves), EXPECTED_ACCOUNT)
        corrected = check.value("CORRECTFITID", lambda: corrected_in(leaves), EXPECTED_CORRECTED)
        if check.problems:
            return check.rejected
        currency = if_readable(lambda: currency_in(leaves, self.rules)) or "USD"
        return Removal(
            corrected,
            account_id,
            date=if_readable(lambda: day_in(leaves)),
            amount=if_readable(lambda: amount_in(leaves, currency)),
            merchant_name=if_readable(lambda: merchant_in(leaves)),
        )

    def check_of(self, begun: Token, leaves: Leaves) -> RowCheck:
        """Make the check of a row, which knows the places of its values."""
        places = self.statement_places | self.places

        def locate(tag: str) -> tuple[int | None, int | None, str]:
            if tag == "DTPOSTED" and tag not in leaves.own:
                tag = "DTTRAN"  # it was read from there
            line, position = places.get(tag, (begun.line, begun.position))
            return line, position, leaves.own.get(tag, leaves.statement.get(tag, ""))

        return RowCheck(self.row, self.rules, locate)

    def ending(self, last: Token | None, statements: bool) -> Iterator[Found]:
        """Check the end of the file. Errors: UnreadableFileError when an OFX file cannot end like this."""
        if last is None or not (statements or self.tokens.first == "OFX"):
            if kind := ELEMENTS.get(self.tokens.first):
                raise foreign(kind)
            found = f"<{self.tokens.first}>" if self.tokens.first else "no element"
            expected = "an OFX file: <OFX> with statements in it"
            raise UnreadableFileError(Problem(line=None, row=None, column=None, value=found, wanted=expected))
        if self.list_of is not None:
            begun = self.begun or self.list_of
            expected = (
                "the end of the list of transactions (</BANKTRANLIST>, or the balance after it) before the end of the "
                "file: transactions may be missing"
            )
            raise self.unreadable(begun, f"<{begun.tag}> is the last element that starts", expected)
        if not (last.closing and last.tag == "OFX"):
            yield Note(line=last.line, row=None, column=None, value=f"<{last.tag}>", said=NOT_CLOSED)
        if note := self.tokens.note:
            yield note

    def unreadable(self, token: Token, value: str, expected: str) -> UnreadableFileError:
        """Make the error for a file that is not OFX from this element on."""
        return UnreadableFileError(
            Problem(
                line=token.line,
                row=self.row or None,
                column=None,
                value=value,
                wanted=expected,
                position=token.position,
            )
        )
