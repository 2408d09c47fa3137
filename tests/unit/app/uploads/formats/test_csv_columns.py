"""Columns of CSV files: Plaid's, banks' and programs' names, and what a file may lack."""

from decimal import Decimal

import pytest

from app.transactions.model import UNCATEGORIZED, PaymentChannel
from app.uploads.formats.reading import Rules, UnreadableFileError
from tests.unit.app.uploads.formats.exports import COFFEE, HEADER, csv_with, rejected, rows, said

BOTH = "Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit\n"


def of_card(debit: str = "4.50", credit: str = "") -> str:
    return f"2026-01-04,2026-01-05,1234,CORNER CAFE,Dining,{debit},{credit}\n"


def test_a_banks_file_with_a_column_for_each_way_goes_in():
    purchase, refund = rows(BOTH + of_card() + of_card("", "7.25"), Rules(currency="USD"))
    assert (purchase.account_id, str(purchase.date), purchase.merchant_name) == ("1234", "2026-01-05", "CORNER CAFE")
    assert (purchase.category, purchase.payment_channel, purchase.pending) == ("Dining", PaymentChannel.OTHER, False)
    assert (purchase.amount, refund.amount) == (Decimal("4.50"), Decimal("-7.25"))


@pytest.mark.parametrize(
    ("out", "back"),
    [
        ("Debit Amount", "Credit Amount"),
        ("Withdrawals", "Deposits"),
        ("Paid out", "Paid in"),
        ("MONEY OUT", "Money In"),
        ("Outflow", "Inflow"),
    ],
)
def test_both_columns_have_many_names(out, back):
    header = BOTH.replace("Debit", out).replace("Credit", back)
    assert [row.amount for row in rows(header + of_card() + of_card("", "7.25"))] == [Decimal("4.50"), Decimal("-7.25")]


@pytest.mark.parametrize(("debit", "credit"), [("4.50", "0.00"), ("4.50", "0"), ("4.50", "NaN"), ("004.50", "0,00")])
def test_the_other_way_may_be_nothing(debit, credit):
    content = BOTH + of_card(debit, credit).replace("0,00", '"0,00"')
    assert rows(content)[0].amount == Decimal("4.50")


def test_a_row_of_nothing_either_way_is_a_row():
    assert rows(BOTH + of_card("0.00", ""))[0].amount == 0


@pytest.mark.parametrize(
    ("debit", "credit", "column"),
    [
        ("4.50", "7.25", "debit"),
        ("-4.50", "", "debit"),
        ("", "-7.25", "credit"),
        ("", "", "debit"),
        ("(4.50)", "", "debit"),
        ("four", "", "debit"),
        ("", "1 650.00", "credit"),
    ],
)
def test_a_row_of_unknown_direction_is_rejected_in_its_column(debit, credit, column):
    content = BOTH + of_card() + of_card(debit, credit)
    [problem] = rejected(content).problems
    position = {"debit": 47, "credit": 48 + len(debit)}[column]
    assert (problem.line, problem.position, problem.column) == (3, position, column)


@pytest.mark.parametrize("more", ["", ",Type", ",Balance"])
def test_a_banks_amount_alone_is_never_taken_for_plaids(more):
    with pytest.raises(UnreadableFileError) as error:
        rows(f"Account Number,Date,Payee,Amount{more}\n1,2026-01-05,CAFE,-4.50{more and ',x'}\n")
    [problem] = error.value.problems
    assert problem.column == "amount"
    assert "direction of the money" in problem.wanted


def test_beside_both_ways_a_banks_amount_does_not_count():
    content = BOTH.replace("Category", "Amount") + of_card().replace("Dining", "-4.50")
    assert rows(content)[0].amount == Decimal("4.50")


def test_plaids_amount_counts_beside_other_columns_for_both_ways():
    content = HEADER.replace("\n", ",debit,credit\n") + COFFEE.replace("\n", ",,9.00\n")
    assert rows(content)[0].amount == Decimal("4.50")


def test_a_name_of_plaids_counts_before_a_banks():
    content = HEADER.replace("\n", ",payee,posting date\n") + COFFEE.replace("\n", ",OTHER,2026-02-01\n")
    assert rows(content) == rows(HEADER + COFFEE)
    nameless = HEADER.replace("\n", ",payee\n") + COFFEE.replace("Corner Cafe", "").replace("\n", ",OTHER\n")
    assert rows(nameless)[0].merchant_name is None, "a row that came before stays the same row"


@pytest.mark.parametrize("joined", ["personal_finance_category.{}", "category_{}", "{}_category", "pfc_{}"])
def test_both_categories_may_be_in_columns_of_their_own(joined):
    header = HEADER.replace("personal_finance_category", f"{joined.format('primary')},{joined.format('detailed')}")
    row = COFFEE.replace("FOOD_AND_DRINK", "FOOD_AND_DRINK,FOOD_AND_DRINK_COFFEE")
    [found] = rows(header + row)
    assert (found.category, found.detailed_category) == ("FOOD_AND_DRINK", "FOOD_AND_DRINK_COFFEE")


@pytest.mark.parametrize("category", ["INCOME", "TRANSFER_IN"])
def test_a_note_says_that_money_in_counted_as_money_out_as_signs_may_be_reversed(category):
    content = csv_with(personal_finance_category=category, amount="2500.00")
    assert rows(content)[0].amount == 2500
    assert any("category means money in" in text for text in said(content))
    assert not any("category" in text for text in said(content.replace("2500", "-2500")))


def test_a_column_for_the_currency_is_not_passed_over():
    content = HEADER.replace("\n", ",Currency\n") + COFFEE.replace("\n", ",EUR\n")
    assert [row.currency for row in rows(content)] == ["EUR"]
    assert rejected(content.replace("EUR", "euro")).problems[0].value == "euro"


@pytest.mark.parametrize(
    "spelled",
    [
        "accountId,date,amount,merchantName,paymentChannel,personalFinanceCategory,pending",
        "account-id,Date,AMOUNT,merchant-name,Payment-Channel,personal-finance-category,pending",
        "AccountID,Date,Amount,Merchant Name,Payment Channel,Personal Finance Category,Pending",
    ],
)
def test_names_are_plaids_however_their_words_are_joined(spelled):
    assert rows(f"{spelled}\n{COFFEE}") == rows(HEADER + COFFEE)


@pytest.mark.parametrize("nothing", ["\\N", "#N/A", "NULL", "None"])
def test_what_databases_and_spreadsheets_write_for_nothing_is_neither_a_name_nor_an_id(nothing):
    content = HEADER.replace("\n", ",transaction_id\n") + COFFEE.replace("Corner Cafe", nothing).replace(
        "\n", f",{nothing}\n"
    )
    assert [(row.merchant_name, row.transaction_id) for row in rows(content)] == [(None, None)]


def test_what_a_file_has_no_column_for_is_noted():
    content = "account_id,date,amount,name,iso_currency_code\nc1,2026-01-05,4.50,Corner Cafe,USD\n"
    [row] = rows(content)
    assert (row.payment_channel, row.category, row.pending) == (PaymentChannel.OTHER, UNCATEGORIZED, False)
    assert [text.split(":")[0] for text in said(content)] == ["the file has no such column"] * 3
    assert rejected(content.replace("4.50", "x")).problems[0].position == 15


@pytest.mark.parametrize(
    ("written", "pending"),
    [("t", True), ("f", False), ("1", True), ("0", False), ("TRUE", True), ("", False), ("NaN", False)],
)
def test_pending_is_read_as_databases_and_programs_write_it(written, pending):
    assert rows(csv_with(pending=written))[0].pending is pending
