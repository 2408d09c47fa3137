"""Bank statements as OFX or QFX: version 1 (SGML, leaves never closed) and 2 (XML), by one small tokenizer.

Both are the same sequence of `<TAG>value`, so one reader takes them, a piece at a time. Nothing is expanded
but XML's five entities and character numbers: a document type definition means nothing here.

Sign: OFX counts from the account (a purchase is -4.50), we count money out (4.50): the amount is negated.
Day: the calendar day as the bank wrote it, in the zone the bank wrote it in; it is never converted.
Account: numbers of real accounts stay in the raw file; the rows have a digest and the last four digits.
"""

import codecs
import html
import re
from collections.abc import Iterator
from decimal import Decimal
from hashlib import blake2b
from typing import IO

from app.transactions.model import UNCATEGORIZED, PaymentChannel, Transaction
from app.uploads import values
from app.uploads.reading import Found, Problem, RejectedRow, UnreadableFileError, shown

CHUNK_BYTES = 64 * 1024
MAX_PENDING_CHARACTERS = 64 * 1024  # the header, or one value: what has no end by then is not OFX
MAX_LEAVES = 200
NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{0,32})?")
TOKEN = re.compile(r"\s*<(/?)([A-Za-z0-9][A-Za-z0-9_.]*)\s*(/?)>([^<]*)")
CHARSET = re.compile(r"CHARSET:\s*([A-Za-z0-9_-]+)")
ROWS = frozenset({"STMTTRN", "STMTTRNP"})  # booked, pending
ACCOUNTS = frozenset({"BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"})
STATEMENTS = frozenset({"STMTRS", "CCSTMTRS", "INVSTMTRS"})
# Their leaves are not the transaction's: the other side's account; the amount before the bank converted it.
OTHERS = frozenset({"BANKACCTTO", "CCACCTTO", "ORIGCURRENCY"})


def read_ofx(file: IO[bytes]) -> Iterator[Found]:
    """The file's rows. Errors: UnreadableFileError."""
    statement: dict[str, str] = {}
    leaves: dict[str, str] | None = None
    other: str | None = None
    in_account = False
    line_of_row = row = 0
    for line, closing, tag, value in tokens(file):
        if not closing and tag in ROWS:
            row += 1
            leaves, line_of_row = {}, line
        elif closing and tag in ROWS and leaves is not None:
            yield transaction_of(tag, leaves, statement) or rejected(leaves, statement, line_of_row, row)
            leaves = other = None
        elif tag in OTHERS:
            other = None if closing else tag
        elif tag in ACCOUNTS:
            in_account = not closing
        elif tag in STATEMENTS and not closing:
            statement = {}
        elif closing or not value or other:
            continue
        elif leaves is not None:
            leaves.setdefault(tag, value)
            if len(leaves) > MAX_LEAVES:
                raise unreadable(line, row, tag, f"a transaction of at most {MAX_LEAVES} elements")
        elif in_account or tag == "CURDEF":
            statement[tag] = value


def tokens(file: IO[bytes]) -> Iterator[tuple[int, bool, str, str]]:
    """Line, whether it closes, tag and text of each element. Errors: UnreadableFileError."""
    chunk = file.read(CHUNK_BYTES)
    decoder = codecs.getincrementaldecoder(encoding_of(chunk))()
    text, line, started, ended = "", 1, False, False
    while True:
        try:
            text += decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as exc:
            raise unreadable(line, None, str(exc), "text in the encoding the header names, or UTF-8") from None
        if not started:
            started = (position := text.upper().find("<OFX>")) >= 0
            if started:
                line += text.count("\n", 0, position)
                text = text[position:]
        if started:
            # The last `<` may begin a tag whose rest is in the next chunk, and ends the value before it.
            end = len(text) if not chunk else max(text.rfind("<"), 0)
            position = 0
            while position < end:
                found = TOKEN.match(text, position, end)
                if found is None:
                    raise unreadable(line, None, text[position : position + 200], "<TAG> or <TAG>value")
                closing, tag, empty, value = found.groups()
                tag = tag.upper()
                yield line, bool(closing), tag, "" if empty else html.unescape(value).strip()
                ended = tag == "OFX" and bool(closing)
                line += text.count("\n", position, found.end())
                position = found.end()
            text = text[position:]
        if not chunk:
            break
        if len(text) > MAX_PENDING_CHARACTERS + CHUNK_BYTES:
            raise unreadable(line, None, text[:200], f"values of at most {MAX_PENDING_CHARACTERS:,} characters")
        chunk = file.read(CHUNK_BYTES)
    if not ended:
        raise unreadable(line, None, "the end of the file", "</OFX> at the end: the file was cut off, or is not OFX")


def encoding_of(head: bytes) -> str:
    """OFX 1 names a Windows code page in its header; everything else is UTF-8."""
    named = CHARSET.search(head[:1024].decode("latin-1"))
    return "cp1252" if named and named[1] in ("1252", "ISO-8859-1", "8859-1") else "utf-8-sig"


def unreadable(line: int, row: int | None, value: str, wanted: str) -> UnreadableFileError:
    """The error for a file that is not OFX."""
    return UnreadableFileError(Problem(line=line, row=row, column=None, value=shown(value), wanted=wanted))


def transaction_of(tag: str, leaves: dict[str, str], statement: dict[str, str]) -> Transaction | None:
    """The transaction; None when the leaves do not make one."""
    try:
        return Transaction(
            account_id=account_in(statement),
            transaction_id=values.read_optional_name(leaves.get("FITID", "")),
            date=values.read_date(day_in(leaves)),
            amount=amount_in(leaves),
            currency=values.read_currency(currency_in(leaves, statement)),
            merchant_name=values.read_merchant(merchant_in(leaves)),
            payment_channel=PaymentChannel.IN_STORE if leaves.get("TRNTYPE") == "POS" else PaymentChannel.OTHER,
            category=UNCATEGORIZED,
            pending=tag == "STMTTRNP",
        )
    except ValueError:
        return None


def rejected(leaves: dict[str, str], statement: dict[str, str], line: int, row: int) -> RejectedRow:
    """Why `transaction_of` said None: each part alone."""
    checks = (
        ("ACCTID", lambda: account_in(statement), "an account before the transactions"),
        ("FITID", lambda: values.read_optional_name(leaves.get("FITID", "")), values.WANTED_OPTIONAL_NAME),
        ("DTPOSTED", lambda: values.read_date(day_in(leaves)), "a date as YYYYMMDD, a time may follow"),
        ("TRNAMT", lambda: amount_in(leaves), "a number such as -12.34: at most 12 digits, then at most 2"),
        ("CURDEF", lambda: values.read_currency(currency_in(leaves, statement)), values.WANTED_CURRENCY),
        ("NAME", lambda: values.read_merchant(merchant_in(leaves)), values.WANTED_MERCHANT),
    )
    problems = []
    for name, check, wanted in checks:
        try:
            check()
        except ValueError:
            found = leaves.get(name, statement.get(name, ""))
            problems.append(Problem(line=line, row=row, column=name, value=shown(found), wanted=wanted))
    return RejectedRow(tuple(problems))


def account_in(statement: dict[str, str]) -> str:
    """A name for the account that does not hold its number."""
    number = statement.get("ACCTID", "")
    if not number or len(number) > values.MAX_NAME:
        raise ValueError
    whole = "\0".join(statement.get(part, "") for part in ("BANKID", "BROKERID", "ACCTID"))
    return values.read_name(f"ofx-{blake2b(whole.encode(), digest_size=8).hexdigest()}-{number[-4:]}")


def day_in(leaves: dict[str, str]) -> str:
    """`20260105120000.000[-5:EST]` as 2026-01-05."""
    text = leaves.get("DTPOSTED") or leaves.get("DTTRAN", "")
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}"


def amount_in(leaves: dict[str, str]) -> Decimal:
    """Money out is positive. A comma may stand for the point."""
    text = leaves.get("TRNAMT", "").replace(",", ".")
    if not NUMBER.fullmatch(text):
        raise ValueError
    return values.exact_amount(-Decimal(text))


def currency_in(leaves: dict[str, str], statement: dict[str, str]) -> str:
    """The transaction's own currency, else the statement's."""
    return leaves.get("CURSYM") or statement.get("CURDEF", "")


def merchant_in(leaves: dict[str, str]) -> str:
    """The payee, else what the bank noted."""
    return leaves.get("NAME") or leaves.get("MEMO", "")
