"""Most rows are read at once, the others field by field: both ways give the same row for the same values."""

import io
import json

import pytest

from app.transactions.model import Transaction
from app.uploads.formats.csv_format import RecordReader
from app.uploads.formats.json_format import Pages
from app.uploads.formats.json_scanner import Scanner
from app.uploads.formats.ofx_fields import Leaves
from app.uploads.formats.ofx_format import Statements
from app.uploads.formats.ofx_tokens import Token
from app.uploads.formats.reading import NO_RULES
from tests.unit.app.uploads.formats.exports import COFFEE, HEADER, PLAID, ofx

NAMES = HEADER.strip() + ",iso_currency_code,transaction_id,category,name,pending_transaction_id"


@pytest.mark.parametrize(
    "line",
    [
        COFFEE.strip() + ",USD,t1,,CORNER CAFE 12,p1",
        COFFEE.strip() + ",EUR,,,,",
        COFFEE.strip().replace("FOOD_AND_DRINK", "['Transfer']").replace("4.50", "-4.50") + ",EUR,t1,,x,",
        COFFEE.strip().replace("FOOD_AND_DRINK", "") + ",KWD,t1,Shops,x,",
        COFFEE.strip().replace("Corner Cafe", "").replace("false", "true") + ",USD,NaN,,,None",
    ],
)
def test_a_record_of_csv(line):
    reader = RecordReader(NAMES.split(","), 1, ",", NO_RULES)
    record = line.split(",")
    at_once = reader.transaction(record)
    assert at_once is not None
    assert list(reader.checked(record, [line], line=2, row=1)) == [at_once]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"personal_finance_category": None, "category": ["Payment", "Credit Card"]},
        {"personal_finance_category": None, "category": ["Interest"], "amount": -4.5},
        {"personal_finance_category": "TRAVEL", "merchant_name": None, "pending": True},
        {"iso_currency_code": "KWD", "amount": 4.505, "pending_transaction_id": "p1"},
        {"transaction_id": None, "name": None, "pending": None},
    ],
)
@pytest.mark.parametrize("correction", [False, True])
def test_an_element_of_json(change, correction):
    scanner = Scanner(io.BytesIO(json.dumps(PLAID | change).encode()))
    element = scanner.whole_value()
    pages = Pages(scanner, NO_RULES)
    at_once = pages.transaction(element, correction)
    assert isinstance(at_once, Transaction)
    assert list(pages.checked(element, scanner.start, correction)) == [at_once]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"NAME": "POS PURCHASE", "MEMO": "CORNER CAFE", "TRNTYPE": "POS"},
        {"FITID": "", "MEMO": "12"},
        {"CURSYM": "kwd", "TRNAMT": "-4,5", "TRNTYPE": "credit?"},
        {"NAME": "", "DTPOSTED": "20260105120000[-5:EST]"},
    ],
)
@pytest.mark.parametrize("tag", ["STMTTRN", "STMTTRNP"])
def test_a_row_of_ofx(change, tag):
    own = {"TRNTYPE": "DEBIT", "DTPOSTED": "20260105", "TRNAMT": "-4.50", "FITID": "1", "NAME": "CAFE"} | change
    leaves = Leaves(tag, own, {"CURDEF": "USD", "BANKID": "1", "ACCTID": "5550001111"})
    statements = Statements(io.BytesIO(ofx().encode()), NO_RULES)
    at_once = statements.transaction(leaves)
    assert at_once is not None
    assert list(statements.checked(Token(False, tag, "", 1, 1, 1), leaves)) == [at_once]
