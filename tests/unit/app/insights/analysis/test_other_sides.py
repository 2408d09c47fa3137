"""The other side of a move: in another currency, on a card or a loan, and among several candidates."""

import datetime
import itertools
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

import pytest

from app.insights.analysis.cash_flow import cash_flow
from app.insights.analysis.rows import Role, Row
from app.insights.analysis.transfers import roles_of

CARD_PAYMENT = "LOAN_PAYMENTS_CREDIT_CARD_PAYMENT"
NUMBERS = itertools.count(1)


def row(
    day: int, amount: str, account: str, category: str = "UNCATEGORIZED", merchant: str = "X", **more: object
) -> Row:
    """Make a booked row of a day of January, in USD unless the amount names its currency. Accounts tell their type."""
    value, _, currency = amount.partition(" ")
    created = Row(
        id=UUID(int=next(NUMBERS)),
        date=datetime.date(2026, 1, 1) + datetime.timedelta(days=day - 1),
        amount=Decimal(value),
        currency=currency or "USD",
        merchant=merchant,
        category=category,
        pending=False,
        account_id=account,
        account_type={"card": "credit", "loan": "loan"}.get(account.rstrip("2"), "depository"),
    )
    return created._replace(**more)  # type: ignore[arg-type] # what a test says of it


def paid(day: int, amount: str, account: str = "chk") -> Row:
    """Make a payment of a card as Plaid describes it."""
    return row(day, amount, account, "LOAN_PAYMENTS", "Bank", detailed_category=CARD_PAYMENT)


def moved(rows: Iterable[Row]) -> list[bool]:
    """Return for each row whether it moved, however the rows are ordered."""
    found = list(rows)
    roles = roles_of(found)
    assert roles == roles_of(found[::-1])
    return [roles[one.id] is Role.MOVED for one in found]


def out_and_in(out: str, other: str, **more: object) -> list[Row]:
    """Make both sides of a transfer. more: fields of the second."""
    second = row(6, other, "eur", "TRANSFER_IN")._replace(**more)  # type: ignore[arg-type] # as above
    return [row(5, out, "chk", "TRANSFER_OUT"), second]


@pytest.mark.parametrize(
    ("out", "other"),
    [("500", "-460 EUR"), ("460 EUR", "-500"), ("1000", "-150000 JPY"), ("1000 KWD", "-3250"), ("900 CHF", "-950 EUR")],
)
def test_a_transfer_between_own_accounts_in_two_currencies_is_moved(out, other):
    rows = out_and_in(out, other)
    assert moved(rows) == [True, True]
    assert {(month.income, month.spending) for month in cash_flow(rows).months} == {(0, 0)}


@pytest.mark.parametrize("apart", [-5, 0, 5])
def test_sides_in_two_currencies_may_be_days_apart_in_either_order(apart):
    assert (
        moved([row(10, "500", "chk", "TRANSFER_OUT"), row(10 + apart, "-460 EUR", "eur", "TRANSFER_IN")]) == [True] * 2
    )


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(out_and_in("500", "-46 EUR"), id="an amount that cannot be worth the same"),
        pytest.param(out_and_in("500", "-500 EUR"), id="the same figure"),
        pytest.param(out_and_in("500", "-460 XTS"), id="a currency of unknown worth"),
        pytest.param(out_and_in("500", "-460 EUR", account_id="chk"), id="the same account"),
        pytest.param(out_and_in("500", "-460 EUR", account_id=""), id="no account"),
        pytest.param(out_and_in("500", "-460 EUR", date=datetime.date(2026, 1, 11)), id="too late"),
        pytest.param(out_and_in("500", "-460 EUR", category="INCOME"), id="wages"),
        pytest.param(out_and_in("500", "-460 EUR", category="UNCATEGORIZED", merchant="Transfer"), id="only a name"),
        pytest.param(out_and_in("500", "-460 EUR", detailed_category="TRANSFER_IN_DEPOSIT"), id="cash"),
        pytest.param(out_and_in("500", "-460 EUR", category="GIFTS", chosen=True), id="the user says otherwise"),
    ],
)
def test_rows_in_two_currencies_that_may_be_anything_else_count(rows):
    assert moved(rows) == [False, False]


def test_sides_in_two_currencies_with_several_candidates_count():
    rows = out_and_in("500", "-460 EUR")
    assert moved([*rows, row(8, "-455 EUR", "eur2", "TRANSFER_IN")]) == [False] * 3
    assert moved([*rows, row(4, "510", "sav", "TRANSFER_OUT")]) == [False] * 3
    assert moved([*rows, row(8, "-455 EUR", "chk", "TRANSFER_IN")]) == [True, True, False]


def test_amounts_distinguish_two_exchanges_of_one_day():
    assert moved([*out_and_in("500", "-460 EUR"), *out_and_in("2000", "-1840 EUR")]) == [True] * 4


def test_a_row_with_its_other_side_in_its_own_currency_is_not_one_of_another_currency():
    own = [row(5, "500", "chk", "TRANSFER_OUT"), row(9, "-500", "sav", "TRANSFER_IN")]
    assert moved([*own, row(5, "-460 EUR", "eur", "TRANSFER_IN")]) == [True, True, False]
    assert moved([*own, *out_and_in("520", "-460 EUR")]) == [True] * 4


def test_a_card_in_another_currency_is_paid():
    rows = [paid(5, "500"), row(6, "-460 EUR", "card", "INCOME", "PAYMENT - THANK YOU")]
    assert moved(rows) == [True, True]


@pytest.mark.parametrize("days", [(5, 6), (6, 5), (5, 10), (5, 5)])
@pytest.mark.parametrize("merchant", ["Payment thank you", "X"])
@pytest.mark.parametrize(
    "category", ["INCOME", "GENERAL_SERVICES", "BANK_FEES", "Payments", "TRANSFER_IN", "LOAN_PAYMENTS"]
)
def test_money_in_on_the_own_card_beside_its_payment_is_moved_whatever_its_category(days, merchant, category):
    rows = [paid(days[0], "800"), row(days[1], "-800", "card", category, merchant)]
    assert moved(rows) == [True, True]
    [month] = cash_flow(rows).months
    assert (month.income, month.spending) == (0, 0)


@pytest.mark.parametrize(
    "payment",
    [
        pytest.param(row(5, "800", "chk", CARD_PAYMENT), id="the detailed category as the only one"),
        pytest.param(row(5, "800", "chk", "LOAN_PAYMENTS"), id="the primary category alone"),
        pytest.param(row(5, "800", "chk", "TRANSFER_OUT"), id="a transfer"),
        pytest.param(row(5, "800", "chk", merchant="CARD AUTOPAY"), id="a name"),
        pytest.param(row(5, "800", "chk", "LOAN_PAYMENTS", chosen=True, detailed_category=CARD_PAYMENT), id="both"),
        pytest.param(row(5, "800", "chk", "CREDIT_CARD_PAYMENT", chosen=True), id="chosen by the user"),
    ],
)
def test_any_payment_of_a_card_has_its_other_side_there_though_the_bank_calls_it_income(payment):
    assert moved([payment, row(6, "-800", "card", "INCOME")]) == [True, True]


def test_a_payment_that_the_bank_calls_a_service_is_moved_when_the_card_shows_it_too():
    payment = row(5, "800", "chk", "GENERAL_SERVICES", "CREDIT CARD PAYMENT")
    assert moved([payment, row(6, "-800", "card", "LOAN_PAYMENTS", "PAYMENT")]) == [True, True]
    assert moved([payment]) == [False]


@pytest.mark.parametrize("category", ["INCOME", "Payments and credits", "UNCATEGORIZED"])
def test_a_payment_seen_on_the_card_alone_is_known_by_its_name(category):
    assert moved([row(6, "-800", "card", category, "PAYMENT - THANK YOU")]) == [True]


def test_of_an_account_of_unknown_type_the_name_shows_that_it_is_the_card():
    payment, other = paid(5, "800"), row(6, "-800", "other", "INCOME", "Payment thank you", account_type=None)
    assert moved([payment, other]) == [True, True]
    assert moved([payment, other._replace(merchant="Employer")]) == [False, False]
    assert moved([payment, other._replace(account_type="depository")]) == [False, False]


def test_a_reward_and_a_refund_on_the_card_beside_no_payment_of_their_amount_count():
    rows = [paid(5, "800"), row(6, "-25", "card", "INCOME", "Cashback"), row(6, "-79", "card", "GENERAL_MERCHANDISE")]
    assert moved(rows) == [True, False, False]
    [month] = cash_flow(rows).months
    assert (month.income, month.spending) == (25, -79)


def test_the_user_decides_what_money_in_on_the_card_is():
    assert moved([paid(5, "800"), row(6, "-800", "card", "INCOME", "Payment", chosen=True)]) == [True, False]


@pytest.mark.parametrize("day", [5, 6])
@pytest.mark.parametrize("category", ["GENERAL_MERCHANDISE", "UNCATEGORIZED"])
@pytest.mark.parametrize(
    "payment", [("INCOME", "Payment thank you"), ("GENERAL_SERVICES", "Autopay"), ("LOAN_PAYMENTS", "X")]
)
def test_a_refund_of_the_amount_of_a_payment_stays_one_if_the_payment_is_there(day, category, payment):
    bought = row(2, "80", "card", category, "Shop")
    refund = row(day, "-80", "card", category, "Shop")
    rows = [bought, paid(5, "80"), refund, row(8, "-80", "card", *payment)]
    assert moved(rows) == [False, True, False, True]
    assert sum(month.spending for month in cash_flow(rows).months) == 0


def test_a_refund_beside_a_transfer_to_somebody_is_not_a_payment():
    refund = row(6, "-80", "card", "GENERAL_MERCHANDISE", "Shop")
    assert moved([row(5, "80", "chk", "TRANSFER_OUT", "Anna"), refund]) == [False, False]
    loan = row(5, "80", "chk", "LOAN_PAYMENTS", "Bank", detailed_category="LOAN_PAYMENTS_CAR_PAYMENT")
    assert moved([loan, refund]) == [False, False]


@pytest.mark.parametrize("later", [3, 10, 15])
def test_two_payments_of_one_amount_in_a_month_are_both_moved(later):
    rows = [
        paid(5, "80"),
        row(6, "-80", "card", "INCOME"),
        paid(5 + later, "80"),
        row(6 + later, "-80", "card", "INCOME"),
    ]
    assert moved(rows) == [True] * 4


@pytest.mark.parametrize("late", range(-5, 6))
def test_equal_transfers_of_each_week_are_moved_however_late_they_arrive(late):
    weeks = range(10, 80, 7)
    rows = [side for day in weeks for side in (row(day, "80", "chk", "TRANSFER_OUT"), row(day + late, "-80", "sav"))]
    assert moved(rows) == [True] * len(rows)


def test_payments_of_two_cards_of_one_amount_are_both_moved():
    rows = [paid(5, "80"), paid(5, "80"), row(6, "-80", "card", "INCOME"), row(7, "-80", "card2", "TRAVEL")]
    assert moved(rows) == [True] * 4


def test_the_wages_of_the_amount_of_a_payment_stay_income():
    assert moved([paid(5, "800"), row(6, "-800", "sav", "INCOME"), row(6, "-800", "card", "INCOME")]) == [
        True,
        False,
        True,
    ]


def test_a_row_that_is_called_a_transfer_goes_before_one_that_only_may_be_one():
    rows = [row(5, "400", "chk", "TRANSFER_OUT"), row(5, "-400", "sav"), row(7, "-400", "sav", "TRANSFER_IN")]
    assert moved(rows) == [True, False, True]


def test_a_transfer_to_somebody_does_not_take_the_other_side_of_a_payment():
    rows = [paid(5, "800"), row(6, "800", "chk", "TRANSFER_OUT", "Anna"), row(6, "-800", "card", "LOAN_PAYMENTS")]
    assert moved(rows) == [True, False, True]


@pytest.mark.parametrize("category", ["INCOME", "LOAN_PAYMENTS", "UNCATEGORIZED", "GENERAL_SERVICES", "TRANSFER_IN"])
@pytest.mark.parametrize("detail", [None, "LOAN_PAYMENTS_CAR_PAYMENT", "LOAN_PAYMENTS_MORTGAGE_PAYMENT"])
def test_a_payment_of_the_own_loan_is_moved_whatever_the_loans_side_is_called(category, detail):
    rows = [row(5, "300", "chk", "LOAN_PAYMENTS", "Lender", detailed_category=detail), row(4, "-300", "loan", category)]
    assert moved(rows) == [True, True]


def test_a_payment_seen_on_the_loan_alone_is_not_income_and_of_a_loan_not_seen_is_spending():
    assert moved([row(5, "-300", "loan", "LOAN_PAYMENTS")]) == [True]
    payment = row(5, "300", "chk", "LOAN_PAYMENTS", detailed_category="LOAN_PAYMENTS_CAR_PAYMENT")
    assert moved([payment, row(5, "-300", "card", "INCOME", "Cashback")]) == [False, False]


@pytest.mark.parametrize("category", ["UNCATEGORIZED", "TRANSFER_OUT"])
def test_many_equal_rows_of_two_currencies_are_parted_in_time(category):
    rows = [row(n % 3, "50" if n % 2 else "-46 EUR", f"a{n % 5}", category) for n in range(20_000)]
    assert not any(moved(rows))


@pytest.mark.long
def test_many_equal_rows_of_one_account_are_parted_in_time():
    rows = [row(n % 9, "50" if n % 2 else "-50", "chk", "TRANSFER_OUT") for n in range(20_000)]
    assert not any(moved([*rows, row(30, "-50", "sav")]))
