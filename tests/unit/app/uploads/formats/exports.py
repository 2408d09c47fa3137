"""Small files of every format, and what the readers find in them."""

import io
import json

from app.transactions.model import Transaction
from app.uploads.formats.detection import format_of
from app.uploads.formats.reading import NO_RULES, Found, Note, RejectedRow, Rules

HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
COFFEE = "c1,2026-01-05,4.50,Corner Cafe,in store,FOOD_AND_DRINK,false\n"
PLAID = {
    "account_id": "c1",
    "transaction_id": "t1",
    "date": "2026-01-05",
    "amount": 4.5,
    "iso_currency_code": "USD",
    "unofficial_currency_code": None,
    "merchant_name": "Corner Cafe",
    "name": "CORNER CAFE 12",
    "payment_channel": "in store",
    "personal_finance_category": {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_COFFEE"},
    "pending": False,
}
OFX_HEAD = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n<OFX>\r\n<BANKMSGSRSV1>"
    "<STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>5550001111</BANKACCTFROM><BANKTRANLIST>\r\n"
)
OFX_ROW = (
    "<STMTTRN>\r\n<TRNTYPE>DEBIT\r\n<DTPOSTED>20260105\r\n<TRNAMT>-4.50\r\n<FITID>1\r\n<NAME>CAFE\r\n</STMTTRN>\r\n"
)
OFX_END = "</BANKTRANLIST><LEDGERBAL><BALAMT>1</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1>\r\n</OFX>\r\n"


def found_in(content: str | bytes, rules: Rules = NO_RULES) -> list[Found]:
    data = content if isinstance(content, bytes) else content.encode()
    return list(format_of(data[:512]).reader(io.BytesIO(data), rules))


def rows(content: str | bytes, rules: Rules = NO_RULES) -> list[Transaction]:
    found = found_in(content, rules)
    assert not [row for row in found if isinstance(row, RejectedRow)]
    return [row for row in found if isinstance(row, Transaction)]


def rejected(content: str | bytes, rules: Rules = NO_RULES) -> RejectedRow:
    [row] = [row for row in found_in(content, rules) if isinstance(row, RejectedRow)]
    return row


def said(content: str | bytes) -> list[str]:
    return [row.said for row in found_in(content) if isinstance(row, Note)]


def ofx(rows_text: str = OFX_ROW, head: str = OFX_HEAD, end: str = OFX_END) -> str:
    return head + rows_text + end


def csv_with(**cells: str) -> str:
    names = HEADER.strip().split(",")
    values = dict(zip(names, COFFEE.strip().split(","), strict=True)) | cells
    return ",".join(values) + "\n" + ",".join(values.values()) + "\n"


def plaid_with(**fields: object) -> str:
    return json.dumps({"transactions": [PLAID | fields]})
