"""The JSON reader: Plaid's shape in, transactions out."""

import datetime
import io
import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transactions.currencies import TWO_DIGITS
from app.transactions.model import UNCATEGORIZED, PaymentChannel, Transaction
from app.uploads.formats.detection import Format, format_of
from app.uploads.formats.json_format import read_json
from app.uploads.formats.reading import NO_RULES, Found, Note, Problem, RejectedRow, Rules, UnreadableFileError
from app.uploads.formats.values import NOTHING

COFFEE = {
    "account_id": "checking",
    "transaction_id": "t1",
    "date": "2026-01-05",
    "authorized_date": "2026-01-04",
    "amount": 4.5,
    "iso_currency_code": "USD",
    "unofficial_currency_code": None,
    "merchant_name": "Blue Door",
    "name": "BLUE DOOR 123 SF",
    "payment_channel": "in store",
    "personal_finance_category": {"primary": "FOOD_AND_DRINK", "detailed": "FOOD_AND_DRINK_COFFEE"},
    "location": {"city": None, "lat": 1.25e2},
    "pending": False,
}
ACCOUNTS = [{"account_id": "checking", "balances": {"available": 100, "iso_currency_code": "USD"}}]


def document(*rows: object) -> bytes:
    return json.dumps({"accounts": ACCOUNTS, "transactions": rows, "total_transactions": len(rows)}).encode()


def found_in(content: bytes, rules: Rules = NO_RULES) -> list[Found]:
    return list(read_json(io.BytesIO(content), rules))


def rows_of(content: bytes, rules: Rules = NO_RULES) -> list[Transaction | RejectedRow]:
    return [row for row in found_in(content, rules) if isinstance(row, Transaction | RejectedRow)]


def notes_of(content: bytes) -> list[Note]:
    return [row for row in found_in(content) if isinstance(row, Note)]


def problem_of(content: bytes) -> Problem:
    [row] = rows_of(content)
    assert isinstance(row, RejectedRow), row
    [problem] = row.problems
    return problem


def test_plaids_own_shape_is_read():
    assert rows_of(document(COFFEE)) == [
        Transaction(
            account_id="checking",
            transaction_id="t1",
            date=datetime.date(2026, 1, 5),
            amount=Decimal("4.50"),
            currency="USD",
            merchant_name="Blue Door",
            payment_channel=PaymentChannel.IN_STORE,
            category="FOOD_AND_DRINK",
            pending=False,
            detailed_category="FOOD_AND_DRINK_COFFEE",
            original_name="BLUE DOOR 123 SF",
        )
    ]


def test_amounts_are_the_digits_of_the_file_and_never_floats():
    text = document(COFFEE).replace(b"4.5,", b"999999999999.10,")
    [row] = rows_of(text)
    assert row.amount == Decimal("999999999999.10")


def test_what_plaid_leaves_empty_has_its_default():
    empty = {
        "merchant_name": None,
        "personal_finance_category": None,
        "iso_currency_code": None,
        "transaction_id": None,
    }
    [row] = rows_of(document({**COFFEE, **empty}))
    assert (row.merchant_name, row.category, row.currency) == ("BLUE DOOR 123 SF", UNCATEGORIZED, "USD")
    assert row.transaction_id is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account_id", None),
        ("account_id", 5),
        ("transaction_id", "a\0b"),
        ("date", "2026-02-30"),
        ("date", None),
        ("amount", "4.50"),
        ("amount", True),
        ("amount", 10**12),
        ("amount", 10**4000),
        ("amount", 1e300),
        ("amount", None),
        ("iso_currency_code", "usd"),
        ("merchant_name", "a\0b"),
        ("merchant_name", "x" * 10_001),
        ("personal_finance_category", {"primary": "x" * 10_001}),
        ("pending", "false"),
    ],
)
def test_an_unusable_value_is_named_with_row_field_and_what_was_expected(name, value):
    problem = problem_of(document({**COFFEE, name: value}))
    assert (problem.row, problem.column, problem.line) == (1, name, 1)
    assert problem.wanted
    assert len(problem.value) < 100
    problem.value.encode()


def test_a_currency_without_iso_code_is_refused_and_not_called_dollars():
    problem = problem_of(document({**COFFEE, "iso_currency_code": None, "unofficial_currency_code": "BTC"}))
    assert (problem.column, problem.value) == ("unofficial_currency_code", "BTC")


def test_rows_after_a_bad_one_are_read():
    good, bad, after = rows_of(document(COFFEE, 5, {**COFFEE, "transaction_id": "t2"}))
    assert isinstance(bad, RejectedRow)
    assert (good.transaction_id, bad.problems[0].row, after.transaction_id) == ("t1", 2, "t2")


def test_no_transactions_is_an_empty_file():
    assert rows_of(document()) == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="no transactions"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b'{"transactions": {"a": 1}}', id="an object"),
        pytest.param(document(COFFEE)[:-20], id="cut off"),
        pytest.param(document(COFFEE) + b"x", id="something after it"),
        pytest.param(document(COFFEE).replace(b"Blue", b"\xff\xfe"), id="not UTF-8"),
        pytest.param(b'{"transactions": [' + b"[" * 100_000, id="deep"),
        pytest.param(b'{"transactions": [{"amount": 1e999999999999}]}', id="a number beyond all"),
        pytest.param(b'{"transactions": [{"amount": ' + b"9" * 5000 + b"}]}", id="more digits than Python reads"),
        pytest.param(b'{"transactions": [{"amount": NaN}]}', id="not a number"),
    ],
)
def test_a_file_bad_in_its_structure_is_unreadable_or_its_row_rejected(content):
    try:
        rows = rows_of(content)
    except UnreadableFileError as unreadable:
        assert unreadable.problems[0].wanted
    else:
        assert rows and all(isinstance(row, RejectedRow) for row in rows)


def test_ten_megabytes_in_one_field_are_one_bad_row():
    problem = problem_of(document({**COFFEE, "merchant_name": "x" * 10_000_000}))
    assert (problem.column, len(problem.value) < 100) == ("merchant_name", True)


names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=20).filter(
    lambda name: name not in NOTHING and name[0] not in "{["
)
plaid = st.fixed_dictionaries(
    {
        "account_id": names,
        "transaction_id": st.none() | names,
        "date": st.dates(min_value=datetime.date(1000, 1, 1)).map(str),
        "amount": st.decimals(min_value=-(10**9), max_value=10**9, places=2),
        "iso_currency_code": st.sampled_from(sorted(TWO_DIGITS)),
        "merchant_name": st.none() | names,
        "payment_channel": st.sampled_from(PaymentChannel).map(str),
        "personal_finance_category": st.fixed_dictionaries({"primary": names}),
        "pending": st.booleans(),
    }
)


@given(st.lists(plaid, max_size=8))
@settings(max_examples=50)
def test_what_a_json_writer_wrote_is_read_back(rows):
    marks = {f"@{place}@": str(row["amount"]) for place, row in enumerate(rows)}
    text = json.dumps({"accounts": [], "transactions": [{**r, "amount": m} for r, m in zip(rows, marks, strict=True)]})
    for mark, number in marks.items():
        text = text.replace(f'"{mark}"', number)
    found = rows_of(text.encode())
    assert [(row.account_id, row.transaction_id, str(row.date), row.amount, row.currency) for row in found] == [
        (r["account_id"], r["transaction_id"], r["date"], r["amount"], r["iso_currency_code"]) for r in rows
    ]
    assert [(row.merchant_name, row.payment_channel, row.category, row.pending) for row in found] == [
        (r["merchant_name"], r["payment_channel"], r["personal_finance_category"]["primary"], r["pending"])
        for r in rows
    ]


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_bytes_are_read_or_refused_and_never_crash(tail):
    try:
        rows_of(document(COFFEE)[:-40] + tail)
    except UnreadableFileError as unreadable:
        assert unreadable.problems


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"accounts"', Format.JSON),
        (b"\xef\xbb\xbf \n{", Format.JSON),
        (b"OFXHEADER:100", Format.OFX),
        (b'<?xml version="1.0"?><?OFX ', Format.OFX),
        (b"<OFX>", Format.OFX),
        (b"account_id,date", Format.CSV),
        (b"", Format.CSV),
        (b"PK\x03\x04", Format.CSV),
    ],
)
def test_the_format_is_seen_from_the_content(head, expected):
    assert format_of(head) is expected
