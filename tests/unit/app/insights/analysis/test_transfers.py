"""Money that is income, spending, or neither."""

import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from app.insights.analysis.cash_flow import MonthFlow, cash_flow
from app.insights.analysis.rows import Row
from app.insights.analysis.totals import Grouping, totals
from app.insights.analysis.transfers import flow_of

SEPTEMBER = datetime.date(2025, 9, 1)


def row(number: int, amount: str, account: str, merchant: str, category: str = "UNCATEGORIZED", **more: object) -> Row:
    """Make a booked row of the first of September; `later` is in days."""
    later = int(str(more.pop("later", 0)))
    created = Row(
        id=UUID(int=number),
        date=SEPTEMBER + datetime.timedelta(days=later),
        amount=Decimal(amount),
        currency="USD",
        merchant=merchant,
        category=category,
        pending=False,
        account_id=account,
    )
    return created._replace(**more)  # type: ignore[arg-type] # what a test says of it


def month_of_a_household() -> list[Row]:
    """Make the same month as the case ins_transfers: 3,000 earned, 1,700 spent, 50 refunded."""
    shops = [row(10 + n, "50.00", "card", f"Shop {n}", "GENERAL_MERCHANDISE", later=3 + n) for n in range(10)]
    return [
        row(1, "-3000.00", "chk", "Acme Payroll", "INCOME"),
        row(2, "1200.00", "chk", "Harbor Property", "RENT_AND_UTILITIES", later=1),
        *shops,
        row(3, "500.00", "chk", "CARD AUTOPAY", "LOAN_PAYMENTS", later=19),
        row(4, "-500.00", "card", "PAYMENT THANK YOU", "LOAN_PAYMENTS", later=19),
        row(5, "400.00", "chk", "Transfer to savings", "TRANSFER_OUT", later=19),
        row(6, "-400.00", "sav", "Transfer from checking", "TRANSFER_IN", later=19),
        row(7, "-50.00", "card", "Shop 3", "GENERAL_MERCHANDISE", later=21),
    ]


def only_month(rows: list[Row]) -> MonthFlow:
    [month] = cash_flow(rows).months
    return month


def test_transfers_and_card_payments_are_neither_income_nor_spending_and_refunds_lower_spending():
    rows = month_of_a_household()
    month = only_month(rows)
    assert (month.income, month.spending, month.net) == (Decimal(3000), Decimal(1650), Decimal(1350))
    assert {row_id.int for row_id in month.moved_ids} == {3, 4, 5, 6}
    [total] = totals(rows, Grouping.MONTH)
    assert (total.spent, total.received, total.net) == (Decimal(1650), Decimal(3000), Decimal(-1350))
    by_category = {one.group: one.spent for one in totals(rows, Grouping.CATEGORY)}
    assert by_category == {"GENERAL_MERCHANDISE": Decimal(450), "INCOME": 0, "RENT_AND_UTILITIES": Decimal(1200)}


def test_without_categories_names_and_amounts_identify_transfers_and_refunds():
    rows = [one._replace(category="UNCATEGORIZED") for one in month_of_a_household()]
    month = only_month(rows)
    assert (month.income, month.spending) == (Decimal(3000), Decimal(1650))


@pytest.mark.parametrize("apart", [-5, -1, 0, 3, 5])
def test_both_sides_of_a_transfer_may_be_days_apart(apart):
    sides = [
        row(1, "400.00", "chk", "To savings", "TRANSFER_OUT", later=10),
        row(2, "-400.00", "sav", "X", later=10 + apart),
    ]
    assert {one.id.int for one in flow_of(sides).moved} == {1, 2}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(row(2, "-400.00", "chk", "Transfer", "TRANSFER_IN"), id="the same account"),
        pytest.param(row(2, "-400.01", "sav", "Transfer", "TRANSFER_IN"), id="another amount"),
        pytest.param(row(2, "-400.00", "sav", "Transfer", "TRANSFER_IN", later=6), id="too late"),
        pytest.param(row(2, "-400.00", "sav", "Transfer", "TRANSFER_IN", currency="EUR"), id="another currency"),
        pytest.param(row(2, "-400.00", "sav", "Employer", "INCOME"), id="wages of the same amount"),
    ],
)
def test_a_transfer_without_its_other_side_counts(other):
    flow = flow_of([row(1, "400.00", "chk", "Transfer", "TRANSFER_OUT"), other])
    assert [one.id.int for one in flow.spending] == [1]
    assert [one.id.int for one in flow.income] == [2]


def test_a_purchase_and_wages_of_one_amount_are_no_transfer():
    rows = [row(1, "50.00", "card", "Shop"), row(2, "-50.00", "chk", "Employer")]
    assert flow_of(rows).moved == []


@pytest.mark.parametrize("kind", ["XFER", "PAYMENT"])
def test_a_banks_own_word_for_a_transfer_is_enough_on_one_side(kind):
    rows = [row(1, "80.00", "chk", "A 17", transaction_type=kind), row(2, "-80.00", "sav", "B 17")]
    assert {one.id.int for one in flow_of(rows).moved} == {1, 2}


@pytest.mark.parametrize("kind", ["SAVINGS", "ACCOUNT_TRANSFER", "INVESTMENT_AND_RETIREMENT_FUNDS"])
def test_a_detailed_category_of_own_accounts_needs_no_other_side(kind):
    one = row(1, "400.00", "chk", "Broker", "TRANSFER_OUT", detailed_category=f"TRANSFER_OUT_{kind}")
    assert flow_of([one]).moved == [one]


def test_a_payment_of_a_card_is_moved_when_the_card_is_among_the_accounts():
    paid = row(1, "500.00", "chk", "Bank", "LOAN_PAYMENTS", detailed_category="LOAN_PAYMENTS_CREDIT_CARD_PAYMENT")
    bought = row(2, "20.00", "card", "Shop", "GENERAL_MERCHANDISE", account_type="credit")
    assert flow_of([paid, bought]).moved == [paid]
    assert flow_of([paid]).spending == [paid]


def test_a_payment_seen_on_the_card_alone_is_not_income():
    one = row(1, "-500.00", "card", "PAYMENT - THANK YOU", account_type="credit")
    assert flow_of([one]).moved == [one]


def test_the_users_own_category_decides():
    sides = [row(1, "400.00", "chk", "Transfer", "GIFTS", chosen=True), row(2, "-400.00", "sav", "Transfer")]
    assert flow_of(sides).moved == []
    mine = row(3, "400.00", "chk", "Anna", "TRANSFER_OUT", chosen=True)
    assert flow_of([mine]).moved == [mine]


def test_money_in_of_a_category_of_ones_own_is_income_unless_one_spends_in_it():
    wages = row(1, "-900.00", "chk", "Studio", "FREELANCE", chosen=True)
    assert flow_of([wages]).income == [wages]
    back = row(2, "-20.00", "chk", "Toys", "CHILDREN", chosen=True)
    spent = row(3, "60.00", "chk", "Books", "CHILDREN", chosen=True)
    assert flow_of([back, spent]).income == []


def test_money_back_beyond_what_was_spent_at_an_uncategorized_merchant_is_income():
    bought, back = row(1, "50.00", "chk", "Shop"), row(2, "-80.00", "chk", "Shop", later=1)
    assert flow_of([bought, back]).income == [back]
    interest = row(3, "-1.00", "chk", "Shop", transaction_type="INT", later=2)
    assert interest in flow_of([bought, interest]).income


def test_twenty_thousand_equal_rows_are_parted_in_time():
    rows = [row(n, "50.00" if n % 2 else "-50.00", f"a{n % 3}", "Transfer", later=n % 2) for n in range(20_000)]
    assert len(flow_of(rows).moved) > 10_000
