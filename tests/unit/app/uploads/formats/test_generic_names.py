"""Names that say how a payment was made, and not to whom."""

import io

import pytest

from app.transactions.model import Transaction
from app.uploads.formats.generic_names import is_generic
from app.uploads.formats.ofx_format import read_ofx
from app.uploads.formats.reading import NO_RULES

OFX = """OFXHEADER:100

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>5550001111<ACCTTYPE>CHECKING
</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260105<TRNAMT>-5.00<FITID>1<NAME>{name}{memo}
</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>
"""


@pytest.mark.parametrize(
    "name",
    [
        "POS PURCHASE",
        "Debit Card Purchase",
        "CHECKCARD 0105",
        "ACH DEBIT",
        "CHECK # 1090",
        "WITHDRAWAL",
        "Kartenzahlung",
    ],
)
def test_a_generic_name_is_recognized(name):
    assert is_generic(name)


@pytest.mark.parametrize(
    "name", ["CORNER BAKERY 0012", "Visa Bikes", "CHECKERS", "Online Shop Nord", "POS CORNER CAFE", "Cardinal"]
)
def test_a_merchants_name_is_not_generic(name):
    assert not is_generic(name)


@pytest.mark.parametrize(
    ("name", "memo", "merchant"),
    [
        ("POS PURCHASE", "CORNER BAKERY 0012", "CORNER BAKERY 0012"),
        ("CORNER BAKERY", "POS PURCHASE 0012", "CORNER BAKERY"),
        ("CORNER BAKERY", "THANKS", "CORNER BAKERY"),
        ("POS PURCHASE", "000123", "POS PURCHASE"),
        ("POS PURCHASE", None, "POS PURCHASE"),
    ],
)
def test_the_memo_is_the_merchant_where_the_name_is_generic(name, memo, merchant):
    text = OFX.format(name=name, memo="" if memo is None else f"<MEMO>{memo}")
    rows = [row for row in read_ofx(io.BytesIO(text.encode()), NO_RULES) if isinstance(row, Transaction)]
    assert [(row.merchant_name, row.original_name, row.memo) for row in rows] == [(merchant, name, memo)]
