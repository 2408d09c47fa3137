"""The CSV reader: what it accepts, what it refuses, and how it says so."""

import csv
import datetime
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transactions.currencies import TWO_DIGITS
from app.transactions.model import UNCATEGORIZED, PaymentChannel, Transaction
from app.uploads.formats.csv_format import NO_CURRENCY, read_csv
from app.uploads.formats.csv_text import MAX_LINE_BYTES
from app.uploads.formats.reading import NO_RULES, Found, Note, Problem, RejectedRow, Rules, UnreadableFileError
from app.uploads.formats.values import NOTHING

NAMES = ["account_id", "date", "amount", "merchant_name", "payment_channel", "personal_finance_category", "pending"]
HEADER = ",".join(NAMES) + "\n"
COFFEE = "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"


def found_in(content: str | bytes, rules: Rules = NO_RULES) -> list[Found]:
    return list(read_csv(io.BytesIO(content if isinstance(content, bytes) else content.encode()), rules))


def rows_of(content: str | bytes, rules: Rules = NO_RULES) -> list[Transaction | RejectedRow]:
    return [row for row in found_in(content, rules) if isinstance(row, Transaction | RejectedRow)]


def notes_of(content: str | bytes) -> list[Note]:
    """Return all notes except the one about files without a currency column."""
    return [row for row in found_in(content) if isinstance(row, Note) and row.said != NO_CURRENCY]


def read(content: str | bytes) -> list[Transaction]:
    rows = rows_of(content)
    assert not [row for row in rows if isinstance(row, RejectedRow)]
    return rows


def problems(content: str | bytes) -> list[Problem]:
    """Return the problems of bad rows, then that of the place where reading ended."""
    found: list[Problem] = []
    try:
        for row in read_csv(io.BytesIO(content if isinstance(content, bytes) else content.encode())):
            if isinstance(row, RejectedRow):
                found.extend(row.problems)
    except UnreadableFileError as unreadable:
        found.extend(unreadable.problems)
    assert found
    return found


def test_a_row_is_read_with_its_types():
    assert read(HEADER + COFFEE) == [
        Transaction(
            account_id="checking",
            transaction_id=None,
            date=datetime.date(2026, 1, 5),
            amount=Decimal("4.50"),
            currency="USD",
            merchant_name="Blue Door",
            payment_channel=PaymentChannel.IN_STORE,
            category="FOOD_AND_DRINK",
            pending=False,
        )
    ]


def test_columns_come_in_any_order_and_unknown_ones_are_ignored():
    content = (
        "pending,iso_currency_code,note,personal_finance_category,payment_channel,merchant_name,amount,date,"
        "transaction_id,account_id\nTRUE,EUR,x,,online,,-5,2026-01-05,t1,a\n"
    )
    [row] = read(content)
    assert (row.transaction_id, row.currency, row.pending, row.amount) == ("t1", "EUR", True, Decimal("-5.00"))
    assert (row.merchant_name, row.category) == (None, UNCATEGORIZED)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\ufeff" + HEADER + COFFEE, id="byte order mark"),
        pytest.param((HEADER + COFFEE).replace("\n", "\r\n"), id="CRLF"),
        pytest.param((HEADER + COFFEE).rstrip("\n"), id="no last line end"),
        pytest.param(HEADER + "\n" + COFFEE + "\r\n\n", id="empty lines"),
        pytest.param(HEADER + COFFEE.replace("Blue Door", '"Blue Door"'), id="quotes"),
        pytest.param(HEADER + COFFEE.replace("Blue Door", '"Blue\r\n Door"'), id="embedded line end"),
        pytest.param(HEADER + COFFEE.replace(",", ", "), id="blanks after commas"),
    ],
)
def test_the_same_row_in_other_clothes_is_the_same_row(content):
    assert read(content) == read(HEADER + COFFEE)


def test_quoted_commas_and_doubled_quotes_belong_to_the_value():
    [row] = read(HEADER + COFFEE.replace("Blue Door", '"Tom\'s ""Best"", Ltd"'))
    assert row.merchant_name == 'Tom\'s "Best", Ltd'


def test_minus_zero_is_zero():
    [row] = read(HEADER + COFFEE.replace("4.50", "-0"))
    assert str(row.amount) == "0.00"


def test_a_header_alone_has_no_rows():
    assert read(HEADER) == []


@pytest.mark.parametrize(
    ("found", "column", "value"),
    [
        ("2026-01-05", "date", "2026-02-30"),
        ("2026-01-05", "date", "20260105"),
        ("2026-01-05", "date", "٢٠٢٦-٠١-٠٥"),
        ("4.50", "amount", "$4.50"),
        ("4.50", "amount", "1e3"),
        ("4.50", "amount", "NaN"),
        ("4.50", "amount", "1234567890123"),
        ("4.50", "amount", "٤"),
        ("4.50", "amount", ""),
        ("false", "pending", "no"),
        ("checking", "account_id", ""),
        ("checking", "account_id", "a\x07"),
        ("Blue Door", "merchant_name", "x" * 10_001),
    ],
)
def test_an_unusable_value_is_named_with_line_column_and_what_was_expected(found, column, value):
    [problem] = problems(HEADER + COFFEE + COFFEE.replace(found, value))
    assert (problem.line, problem.column) == (3, column)
    assert value.startswith(problem.value.removesuffix("..."))
    assert problem.wanted


def test_a_line_number_counts_lines_inside_quotes():
    content = HEADER + COFFEE.replace("Blue Door", '"Blue\n\nDoor"') + COFFEE.replace("4.50", "x")
    [problem] = problems(content)
    assert problem.line == 5


def test_every_missing_column_is_named():
    assert [problem.column for problem in problems("date,amount\n")] == ["account_id", "merchant_name"]
    assert [problem.column for problem in problems(b"")] == ["account_id", "date", "amount", "merchant_name"]


def test_a_column_that_comes_twice_is_refused():
    [problem] = problems(HEADER.replace("pending", "pending,amount"))
    assert (problem.line, problem.column) == (1, "amount")


def test_a_record_of_another_width_is_refused():
    [problem] = problems(HEADER + COFFEE.replace("Blue Door", "Blue, Door"))
    assert (problem.line, problem.value) == (2, "8 fields")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param((HEADER + COFFEE).encode("utf-16")[:-1], 2, id="half a character of UTF-16"),
        pytest.param((HEADER + COFFEE).encode() + b"a\x81b\n", 3, id="bytes of no encoding"),
        pytest.param(
            (HEADER + COFFEE.replace("Blue", "Café")).encode() + COFFEE.replace("Blue", "Café").encode("latin-1"),
            3,
            id="two encodings",
        ),
        pytest.param((HEADER + COFFEE + COFFEE).replace("Blue Door", "Blue\0Door").encode(), 2, id="NUL"),
        pytest.param((HEADER + COFFEE).encode() + b"x" * 10_000_000, 3, id="huge field"),
        pytest.param((HEADER + COFFEE + 'a,"b').encode(), 3, id="quote never closed"),
        pytest.param((HEADER + 'a,"b"c\n').encode(), 2, id="text after a quote"),
    ],
)
def test_a_hostile_file_is_refused_with_its_line(content, line):
    [problem] = problems(content)
    assert problem.line == line
    assert len(problem.value) < 200


def test_a_quote_never_closed_ends_the_reading_within_the_field_limit():
    endless = io.BytesIO((HEADER + COFFEE.replace("Blue Door", '"Blue Door') + COFFEE * 100_000).encode())
    with pytest.raises(UnreadableFileError) as unreadable:
        list(read_csv(endless))
    assert unreadable.value.problems[0].line == 2
    assert endless.tell() < 1_000_000


def test_rows_after_a_bad_one_are_read():
    good, bad, after = rows_of(HEADER + COFFEE + COFFEE.replace("4.50", "x") + COFFEE)
    assert good == after
    [problem] = bad.problems
    assert (problem.line, problem.row, problem.column) == (3, 2, "amount")


def test_a_formula_is_a_text():
    [row] = read(HEADER + COFFEE.replace("Blue Door", '"=HYPERLINK(""http://evil"",""x"")"'))
    assert row.merchant_name == '=HYPERLINK("http://evil","x")'


def test_a_record_with_a_cell_too_many_is_refused():
    [problem] = problems(HEADER + COFFEE.replace("\n", ",x\n"))
    assert problem.value == "8 fields"


def test_a_line_may_be_as_long_as_the_limit():
    padding = " " * (MAX_LINE_BYTES - len(COFFEE))
    assert len(read(HEADER + COFFEE.replace("Blue Door", "Blue Door" + padding))) == 1


names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30).filter(
    lambda name: name not in NOTHING and name[0] not in "{["
)
transactions = st.builds(
    Transaction,
    account_id=names,
    transaction_id=st.none() | names,
    date=st.dates(min_value=datetime.date(1000, 1, 1)),
    amount=st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=2).map(lambda amount: amount + 0),
    currency=st.sampled_from(sorted(TWO_DIGITS)),
    merchant_name=st.none() | names,
    payment_channel=st.sampled_from(PaymentChannel),
    category=names,
    pending=st.booleans(),
    **{name: st.just(unsaid) for name, unsaid in Transaction._field_defaults.items()},
)


@given(rows=st.lists(transactions, max_size=20), line_end=st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_wrote_is_read_back(rows, line_end):
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow([*NAMES, "transaction_id", "iso_currency_code"])
    for row in rows:
        writer.writerow(
            [
                row.account_id,
                row.date.isoformat(),
                row.amount,
                row.merchant_name,
                row.payment_channel.value,
                row.category,
                row.pending,
                row.transaction_id,
                row.currency,
            ]
        )
    assert read(text.getvalue()) == rows


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused_and_never_crash(tail):
    try:
        rows_of((HEADER + COFFEE).encode() + tail)
    except UnreadableFileError as unreadable:
        assert unreadable.problems
