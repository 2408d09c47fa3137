"""A year of one household with two accounts and a card: what every insight should say about it, and why.

- Wages of 3,000 on the 25th are the only income, and the only series of money in.
- The rent of 1,200 on the 1st and the stream of 9.99 on the card are the series of money out. Saving 400 on the 26th
  and paying the card on the 20th recur each month too, but are not bills: the money stays the user's, and the card's
  purchases already count.
- 5,000 from the savings in July, and the card's bill of a month, are not unusual charges.
- In March a purchase of 80 was refunded, in June one occurrence of the stream: both lower the spending.
"""

import datetime
from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest

from app.insights.analysis.cash_flow import cash_flow
from app.insights.analysis.changes import changes
from app.insights.analysis.recurring import Direction, recurring
from app.insights.analysis.refunds import settled_ids
from app.insights.analysis.rows import Row, month_of
from app.insights.analysis.totals import Grouping, totals
from app.insights.analysis.transfers import classified, flow_of, moved_ids
from app.insights.analysis.unusual import unusual
from app.insights.category_months import without_moves
from app.insights.schemas import CategoryMonth

SHOPPING = [Decimal(f"{20 + 7 * number % 23}.50") for number in range(12)]


def a_year(*, categories: bool) -> list[Row]:
    """Make all rows, with Plaid's categories or, as in OFX, without any."""
    found: list[Row] = []

    def pay(month: int, day: int, amount: Decimal | str, account: str, merchant: str, category: str) -> None:
        found.append(
            Row(
                id=UUID(int=len(found) + 1),
                date=datetime.date(2025, month, day),
                amount=Decimal(amount),
                currency="USD",
                merchant=merchant,
                category=category if categories else "UNCATEGORIZED",
                pending=False,
                account_id=account,
                account_type="credit" if account == "card" else "depository",
            )
        )

    for month in range(1, 13):
        pay(month, 1, "1200.00", "checking", "Harbor Property", "RENT_AND_UTILITIES")
        pay(month, 25, "-3000.00", "checking", "Acme Payroll", "INCOME")
        bought = [*SHOPPING, Decimal("9.99")]
        for number, price in enumerate(SHOPPING):
            pay(month, 3 + number, price, "card", f"Shop {'ABCDE'[number % 5]}", "GENERAL_MERCHANDISE")
        pay(month, 14, "9.99", "card", "Streamly", "ENTERTAINMENT")
        if month == 3:
            pay(3, 5, "80.00", "card", "Shop A", "GENERAL_MERCHANDISE")
            pay(3, 17, "-80.00", "card", "Shop A", "GENERAL_MERCHANDISE")
        if month == 6:
            pay(6, 16, "-9.99", "card", "Streamly", "ENTERTAINMENT")
            bought.append(Decimal("-9.99"))
        pay(month, 20, sum(bought), "checking", "CARD AUTOPAY", "LOAN_PAYMENTS")
        pay(month, 21, -sum(bought), "card", "PAYMENT - THANK YOU", "INCOME" if month % 2 else "LOAN_PAYMENTS")
        pay(month, 26, "400.00", "checking", "Transfer to savings", "TRANSFER_OUT")
        pay(month, 27, "-400.00", "savings", "Transfer from checking", "TRANSFER_IN")
    pay(7, 30, "5000.00", "savings", "Transfer to checking", "TRANSFER_OUT")
    pay(8, 1, "-5000.00", "checking", "Transfer from savings", "TRANSFER_IN")
    return found


SPENT = 12 * (Decimal(1200) + sum(SHOPPING) + Decimal("9.99")) - Decimal("9.99")


@pytest.fixture(params=[True, False], ids=["categories", "no categories"])
def year(request: pytest.FixtureRequest) -> list[Row]:
    return a_year(categories=request.param)


def test_income_and_spending_are_the_same_sums_in_every_view(year):
    months = cash_flow(year).months
    assert (sum(month.income for month in months), sum(month.spending for month in months)) == (36_000, SPENT)
    for grouping in Grouping:
        found = totals(year, grouping)
        assert (sum(one.received for one in found), sum(one.spent for one in found)) == (36_000, SPENT)
    assert sum(group.total for group in summary_of(year)) == SPENT - 36_000
    by_month = {one.group: one.net for one in totals(year, Grouping.MONTH)}
    found = {month: sum(one.after for one in changes(year) if one.month == month) for month in by_month}
    assert found == by_month | {"2025-01": 0}


def test_no_view_has_a_category_of_moves(year):
    views = [
        {one.category for one in changes(year)},
        {group.category for group in summary_of(year)},
        {one.group for one in totals(year, Grouping.CATEGORY)},
    ]
    assert not set.union(*views) & {"TRANSFER_IN", "TRANSFER_OUT", "LOAN_PAYMENTS"}


def test_saving_and_paying_the_card_are_no_series(year):
    assert {one.merchant for one in recurring(year, Direction.OUT)} >= {"Harbor Property", "Streamly"}
    named = {one.merchant for way in Direction for one in recurring(year, way)}
    assert not {name for name in named if "ransfer" in name or "PAY" in name}
    [wages] = recurring(year, Direction.IN)
    assert (wages.merchant, len(wages.transaction_ids)) == ("Acme Payroll", 12)


def test_large_moves_are_no_unusual_charges(year):
    assert [one.merchant for one in unusual(year)] == []


def test_what_came_back_is_settled_and_still_a_turn_of_its_series(year):
    by_id = {row.id: row for row in year}
    settled = [by_id[row_id] for row_id in settled_ids(flow_of(year).spending)]
    assert Counter((row.merchant, abs(row.amount)) for row in settled) == {
        ("Shop A", Decimal(80)): 2,
        ("Streamly", Decimal("9.99")): 2,
    }
    [stream] = [one for one in recurring(year, Direction.OUT) if one.merchant == "Streamly"]
    assert len(stream.transaction_ids) == 12


def test_a_row_means_the_same_whatever_days_are_requested(year):
    """The other side of a transfer, and the refunded charge, may lie outside."""
    roles = {row.id: row.role for row in classified(year)}
    flow = cash_flow(row for row in classified(year) if row.date.month == 7)
    assert {roles[row_id] for row_id in flow.months[0].moved_ids} == {"moved"}
    assert (flow.months[0].income, flow.months[0].spending) == (3000, 1200 + sum(SHOPPING) + Decimal("9.99"))


def summary_of(rows: list[Row]) -> list[CategoryMonth]:
    """Make the summary as the database and the service do."""
    groups = [
        CategoryMonth(
            month=month, category=category, currency="USD", total=sum(members), count=len(members), pending_count=0
        )
        for month, category in sorted({(month_of(row), row.category) for row in rows})
        if (members := [row.amount for row in rows if (month_of(row), row.category) == (month, category)])
    ]
    moved = moved_ids(rows)
    return without_moves(groups, [row for row in rows if row.id in moved])


@pytest.mark.parametrize(
    ("merchants", "is_refund"),
    [
        (("SHOP 81231", "SHOP 99123"), True),
        (("Shop GmbH", "SHOP"), True),
        (("Shop", "Employer"), False),
    ],
)
def test_a_refund_is_known_by_its_merchant_however_it_is_spelt(merchants, is_refund):
    paid, back = (
        Row(UUID(int=number), datetime.date(2025, 5, number), Decimal(amount), "USD", merchant, "UNCATEGORIZED", False)
        for number, amount, merchant in zip((1, 2), ("60.00", "-60.00"), merchants, strict=True)
    )
    assert (back in flow_of([paid, back]).spending) is is_refund
    assert ({paid.id, back.id} == settled_ids(flow_of([paid, back]).spending)) is is_refund


@pytest.mark.parametrize("category", ["OTHER", "Misc", "UNCATEGORIZED"])
def test_a_category_that_says_nothing_makes_no_wages_a_refund(category):
    rows = [
        Row(UUID(int=1), datetime.date(2025, 5, 1), Decimal(60), "USD", "Shop", category, False),
        Row(UUID(int=2), datetime.date(2025, 5, 2), Decimal(-900), "USD", "Employer", category, False),
    ]
    assert flow_of(rows).income == [rows[1]]


@pytest.mark.parametrize(("days", "is_refund"), [(90, True), (91, False)])
def test_money_back_long_after_the_charge_is_not_a_refund_unless_its_category_says_so(days, is_refund):
    paid = Row(UUID(int=1), datetime.date(2025, 1, 1), Decimal(60), "USD", "Shop", "UNCATEGORIZED", False)
    back = paid._replace(id=UUID(int=2), date=paid.date + datetime.timedelta(days=days), amount=Decimal(-60))
    assert (back in flow_of([paid, back]).spending) is is_refund
    named = [row._replace(category="TRAVEL") for row in (paid, back)]
    assert flow_of(named).income == []


@pytest.mark.parametrize(("currency", "shown"), [("JPY", "1500"), ("KWD", "1500.000"), ("USD", "1500.00")])
def test_amounts_have_the_decimal_places_of_their_currency(currency, shown):
    def row(number: int, amount: str, merchant: str) -> Row:
        day = datetime.date(2025, number % 12 + 1, 5)
        return Row(UUID(int=number), day, Decimal(amount), currency, merchant, "FOOD_AND_DRINK", False, "c")

    rows = [row(number, "1500", "Shop") for number in range(12)]
    [series] = recurring(rows, Direction.OUT)
    assert str(series.usual_amount) == shown
    assert str(totals(rows[:1], Grouping.MONTH)[0].spent) == shown
    assert str(cash_flow(rows[:1]).months[0].spending) == shown
    large = [
        *(row(number, f"1{number:02}", f"Shop {chr(65 + number)}") for number in range(20)),
        row(99, "1500000", "Elsewhere"),
    ]
    [finding] = unusual(large)
    digits = str(finding.usual).partition(".")[2]
    assert len(digits) == len(shown.partition(".")[2])
