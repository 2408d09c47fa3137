"""Files as banks, programs and people write them: what is right for each, and why."""

import datetime
import io
import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from app.transactions.currencies import DECIMAL_PLACES, NO_MONEY
from app.transactions.model import UNCATEGORIZED, PaymentChannel, Removal
from app.uploads.formats.reading import Rules, UnreadableFileError
from app.uploads.staging import NO_ROWS, OnError, stage
from tests.unit.app.uploads.formats.exports import (
    COFFEE,
    HEADER,
    OFX_HEAD,
    OFX_ROW,
    PLAID,
    csv_with,
    found_in,
    ofx,
    plaid_with,
    rejected,
    rows,
    said,
)

AMOUNT_IN: dict[str, Callable[[str], str]] = {
    "csv": lambda text: csv_with(amount=text),
    "json": lambda text: plaid_with().replace("4.5,", f"{text},"),
    "ofx": lambda text: ofx(OFX_ROW.replace("-4.50", text).replace("DEBIT", "OTHER")),
}


@pytest.mark.parametrize("form", AMOUNT_IN)
@pytest.mark.parametrize(
    ("written", "amount"),
    [("54.199999999999996", "54.20"), ("-294.87704011307176", "-294.88"), ("4.505", "4.50"), ("4.515", "4.52")],
)
def test_more_decimals_than_the_currency_has_are_rounded_half_even_with_a_note_or_refused_by_choice(
    form, written, amount
):
    content = AMOUNT_IN[form](written)
    [row] = rows(content)
    assert row.amount * (-1 if form == "ofx" else 1) == Decimal(amount)
    assert "rounded to its currency's number of decimal places" in said(content)
    [problem] = rejected(content, Rules(exact=True)).problems
    assert problem.value == written


@pytest.mark.parametrize("form", AMOUNT_IN)
def test_trailing_zeros_are_no_further_decimals(form):
    content = AMOUNT_IN[form]("4.5000")
    assert abs(rows(content)[0].amount) == Decimal("4.50")
    assert "rounded to its currency's number of decimal places" not in said(content)


@pytest.mark.parametrize(("form", "written"), [("csv", "-.50"), ("csv", ".5"), ("ofx", "-.50"), ("ofx", "-,50")])
def test_a_number_may_begin_with_its_point(form, written):
    assert abs(rows(AMOUNT_IN[form](written))[0].amount) == Decimal("0.50")


@pytest.mark.parametrize(
    "written", ["-1,650", "-1,650.00", "-1.650,00", "-1,650,000", "5.00-", "(5.00)", "$5.00", "- 5"]
)
def test_what_may_be_a_thousands_separator_is_refused_and_never_a_decimal_point(written):
    [problem] = rejected(ofx(OFX_ROW.replace("-4.50", written))).problems
    assert (problem.line, problem.position, problem.column, problem.value) == (12, 9, "TRNAMT", written)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_seen_in_the_header_and_let_a_comma_be_the_point(delimiter):
    content = (HEADER + COFFEE).replace(",", delimiter)
    assert rows(content.replace("4.50", "4,50")) == rows(content) == rows(HEADER + COFFEE)
    for doubtful in ("1,234", "1.234", "1.234,50"):
        assert rejected(content.replace("4.50", doubtful)).problems[0].column == "amount"


@pytest.mark.parametrize("form", ["csv", "ofx"])
@pytest.mark.parametrize("written", ["1.650", "-12.000"])
def test_a_point_before_three_digits_is_refused_for_a_currency_without_decimals(form, written):
    content = AMOUNT_IN[form](written).replace("USD", "JPY")
    content = content if form == "ofx" else in_currency(content, "JPY")
    [problem] = rejected(content).problems
    assert (problem.value, "thousands separator" in problem.wanted) == (written, True)


def in_currency(content: str, code: str) -> str:
    header, row = content.splitlines()
    return f"{header},iso_currency_code\n{row},{code}\n"


def test_a_comma_in_a_file_of_commas_is_not_a_decimal_point():
    assert rejected(csv_with(amount='"4,50"')).problems[0].value == "4,50"


@pytest.mark.parametrize(
    ("code", "written", "amount"),
    [("KWD", "1.255", "1.255"), ("JPY", "1200", "1200"), ("JPY", "1200.00", "1200"), ("CLF", "1.2345", "1.2345")],
)
def test_a_currency_has_its_own_decimal_places(code, written, amount):
    assert str(rows(csv_with(amount=written, iso_currency_code=code))[0].amount) == amount
    assert rows(ofx(OFX_ROW.replace("4.50", written), OFX_HEAD.replace("USD", code)))[0].currency == code


@pytest.mark.parametrize("code", ["XXX", "XTS", "XAU", "ZZZ", "BTC", "usd", "US$", "", "nan"])
def test_what_is_not_a_currency_of_iso_4217_is_rejected_and_never_called_dollars(code):
    assert rejected(csv_with(iso_currency_code=code)).problems[0].column == "iso_currency_code"
    assert rejected(plaid_with(iso_currency_code=code)).problems[0].column == "iso_currency_code"


def test_every_currency_has_a_code_and_few_decimal_places():
    assert all(len(code) == 3 and code.isupper() and 0 <= digits <= 4 for code, digits in DECIMAL_PLACES.items())
    assert not NO_MONEY & set(DECIMAL_PLACES)


# ISO 4217's lists one and three, as the packages iso4217 1.16.20260101 and Babel have them.
@pytest.mark.parametrize(
    ("digits", "codes"),
    [
        (0, "JPY KRW CLP VND UYI XOF ISK ADP MGF TRL ITL"),
        (2, "EUR BGN HRK ANG XCG ZWG ZWL USN CHE CHW COU MXV BOV XAD AFA BGL ECS RUR TJR TPE SLE SLL"),
        (3, "BHD IQD JOD KWD LYD OMR TND"),
        (4, "CLF UYW"),
    ],
)
def test_a_currency_has_the_decimal_places_of_iso_4217_even_after_it_was_withdrawn(digits, codes):
    assert {code: DECIMAL_PLACES.get(code) for code in codes.split()} == dict.fromkeys(codes.split(), digits)


@pytest.mark.parametrize("code", sorted(NO_MONEY))
def test_a_code_that_nobody_pays_with_is_rejected_and_says_why(code):
    [problem] = rejected(csv_with(iso_currency_code=code)).problems
    assert problem.value == code and "not of money" in problem.wanted


def test_an_unofficial_currency_is_rejected_with_its_place():
    for content in (
        csv_with(iso_currency_code="", unofficial_currency_code="BTC"),
        plaid_with(iso_currency_code=None, unofficial_currency_code="BTC"),
    ):
        [problem] = rejected(content, Rules(currency="EUR")).problems
        assert (problem.column, problem.value) == ("unofficial_currency_code", "BTC")


def test_a_row_without_currency_has_its_accounts():
    accounts = [{"account_id": "c1", "balances": {"iso_currency_code": "CHF"}}]
    content = json.dumps({"accounts": accounts, "transactions": [PLAID | {"iso_currency_code": None}]})
    assert rows(content)[0].currency == "CHF"


@pytest.mark.parametrize(
    "written", ["2026-01-05 03:04:56", "2026-01-05T00:00:00Z", "2026-01-05T23:59:59.999-08:00", "2026-01-05T00:00"]
)
def test_of_a_moment_the_day_counts_as_it_is_written(written):
    day = datetime.date(2026, 1, 5)
    assert rows(csv_with(date=written))[0].date == rows(plaid_with(date=written))[0].date == day


@pytest.mark.parametrize("written", ["01/05/2026", "20260105", "2026-01-05T25:00:00", "2026-02-30", "46027"])
def test_a_date_that_may_mean_another_day_is_refused(written):
    assert rejected(csv_with(date=written)).problems[0].column == "date"


@pytest.mark.parametrize("written", ["in_store", "In-Store", "IN STORE"])
def test_a_known_channel_may_be_spelled_otherwise(written):
    assert rows(csv_with(payment_channel=written))[0].payment_channel is PaymentChannel.IN_STORE


@pytest.mark.parametrize("written", ["ACH", "mobile", "contactless", "atm_withdrawal", ""])
def test_an_unknown_channel_is_other_with_a_note(written):
    for content in (csv_with(payment_channel=written), plaid_with(payment_channel=written)):
        assert rows(content)[0].payment_channel is PaymentChannel.OTHER
        assert [note for note in said(content) if "`other`" in note]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(json.dumps({"added": [PLAID], "modified": [], "removed": []}), id="sync"),
        pytest.param(json.dumps([{"transactions": [PLAID]}]), id="list of pages"),
        pytest.param(json.dumps([{"accounts": [], "added": [PLAID]}, {"transactions": []}]), id="mixed pages"),
        pytest.param(
            json.dumps({"transactions": []}) + "\n" + json.dumps({"added": [PLAID]}), id="one after the other"
        ),
        pytest.param(json.dumps([PLAID]), id="plain list"),
        pytest.param(json.dumps(PLAID), id="one alone"),
        pytest.param(json.dumps({"data": {"transactions": [PLAID]}}), id="wrapped"),
        pytest.param(("\ufeff" + plaid_with()).encode(), id="byte order mark"),
        pytest.param(plaid_with().encode("utf-16"), id="UTF-16"),
    ],
)
def test_plaids_answers_are_read_in_whatever_they_are_kept(content):
    assert rows(content) == rows(plaid_with())


def test_sync_reports_corrections_and_removals():
    content = json.dumps(
        {"added": [], "modified": [PLAID], "removed": [{"transaction_id": "gone", "account_id": "c1"}]}
    )
    assert [row.correction for row in rows(content)] == [True]
    assert Removal("gone", "c1") in found_in(content)
    assert rejected(json.dumps({"added": [], "removed": ["gone"]})).problems[0].value == "gone"


@pytest.mark.parametrize(
    ("category", "amount", "expected"),
    [
        (["Food and Drink", "Restaurants"], 4.5, ("FOOD_AND_DRINK", "Food and Drink > Restaurants")),
        (["Payment", "Credit Card"], 4.5, ("LOAN_PAYMENTS", "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT")),
        (["Transfer"], 4.5, ("TRANSFER_OUT", None)),
        (["Transfer", "Deposit"], -4.5, ("TRANSFER_IN", "Transfer > Deposit")),
        (["Transfer", "Payroll"], -4.5, ("INCOME", "Transfer > Payroll")),
        (None, 4.5, (UNCATEGORIZED, None)),
    ],
)
def test_older_lists_of_categories_become_todays(category, amount, expected):
    [row] = rows(plaid_with(personal_finance_category=None, category=category, amount=amount))
    assert (row.category, row.detailed_category) == expected
    [row] = rows(csv_with(personal_finance_category=f'"{category or ""}"', amount=str(amount)))
    assert (row.category, row.detailed_category) == expected


def test_what_pandas_writes_is_read():
    content = (
        ",account_id,date,amount,name,merchant_name,payment_channel,personal_finance_category,pending\n"
        "0,c1,2026-01-05,1200.0,CHECK 1090,NaN,other,\"{'detailed': 'RENT_X', 'primary': 'RENT'}\",False\n"
    )
    [row] = rows(content)
    assert (row.merchant_name, row.category, row.detailed_category) == ("CHECK 1090", "RENT", "RENT_X")
    assert rows(plaid_with(merchant_name=float("nan")))[0].merchant_name == "CORNER CAFE 12"
    assert rows(csv_with(transaction_id="None"))[0].transaction_id is None, "else all such rows would be the same one"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(HEADER + COFFEE + ",,,,,,\n,,,,,,\n", id="rows without values"),
        pytest.param((HEADER + COFFEE).replace("\n", ",,\n"), id="columns without names"),
        pytest.param(HEADER + COFFEE.replace("\n", ",,\n"), id="cells without columns"),
        pytest.param(HEADER.replace("\n", ",,\n") + COFFEE, id="names without cells"),
        pytest.param("sep=;\n" + (HEADER + COFFEE).replace(",", ";"), id="delimiter named first"),
        pytest.param('"' + HEADER.strip().replace(",", '","') + '"\n' + COFFEE, id="quoted header"),
        pytest.param(HEADER.replace("_", " ").title() + COFFEE, id="header in words"),
        pytest.param((HEADER + COFFEE).encode("utf-16"), id="UTF-16"),
        pytest.param((HEADER + COFFEE).encode("utf-16-be"), id="UTF-16 without mark"),
    ],
)
def test_what_spreadsheets_write_is_read(content):
    assert rows(content) == rows(HEADER + COFFEE)


@pytest.mark.parametrize("content", [b"PK\x03\x04..", b"%PDF-1.7", b"!Type:Bank\n", b"<html></html>", b"\x1f\x8b\x08"])
def test_a_file_of_another_kind_is_called_what_it_is(content):
    with pytest.raises(UnreadableFileError) as unreadable:
        found_in(content)
    [problem] = unreadable.value.problems
    assert "OFX" in problem.wanted and "column" not in problem.wanted


def test_a_problem_has_the_place_of_its_value():
    [problem] = rejected(HEADER + 'c1,2026-01-05,4.50,"Two\nlines",in store,FOOD,maybe\n').problems
    assert (problem.line, problem.position) == (3, 22)
    text = json.dumps({"transactions": [PLAID, PLAID | {"amount": "x"}]}, indent=2)
    [problem] = rejected(text).problems
    line = text.splitlines()[problem.line - 1]
    assert line[problem.position - 1 :].startswith('"x"')
    with pytest.raises(UnreadableFileError) as unreadable:
        found_in('{"transactions": [\n {"amount": 4.5,, "b": 1}]}')
    assert (unreadable.value.problems[0].line, unreadable.value.problems[0].position) == (2, 17)


def staged(content: str, on_error: OnError = OnError.FAIL):
    return stage(io.BytesIO(content.encode()), lambda _: None, on_error)


def test_a_problem_of_an_older_category_has_its_place_once():
    content = json.dumps(
        {"transactions": [dict(PLAID, category=["Food and Drink", 7], personal_finance_category=None)]}
    )
    [problem] = rejected(content).problems
    assert content[(problem.position or 0) - 1 :].startswith('["Food and Drink", 7]')


def test_all_problems_are_counted_and_the_first_twenty_shown():
    account = staged(HEADER + COFFEE.replace("4.50", "x") * 50)
    assert (len(account.problems), account.problem_count, account.rejected) == (20, 50, 50)


def test_notes_are_counted_by_what_they_say():
    account = staged(HEADER + COFFEE.replace("in store", "ACH") * 50)
    [note] = [one for one in account.notes if one.note.column == "payment_channel"]
    assert (note.count, note.note.line, note.note.value) == (50, 2, "ACH")


def test_a_file_without_rows_says_so():
    assert [one.note.said for one in staged(json.dumps({"transactions": []})).notes] == [NO_ROWS]
