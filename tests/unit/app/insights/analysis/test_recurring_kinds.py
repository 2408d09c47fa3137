"""Kinds of recurring payments, each in several shapes, and kinds that only look recurring."""

import calendar
import datetime
import random
from collections.abc import Callable, Iterable
from decimal import Decimal
from uuid import UUID

import pytest

from app.insights.analysis.cadences import Cadence
from app.insights.analysis.recurring import Direction, recurring
from app.insights.analysis.rows import Row
from app.insights.analysis.unusual import unusual

Payment = tuple[datetime.date, str]


def monthly(day: int, amount: str, months: Iterable[int] = range(1, 13)) -> list[Payment]:
    return [(datetime.date(2025, month, min(day, calendar.monthrange(2025, month)[1])), amount) for month in months]


def every(days: int, start: str, amounts: Callable[[int], str], occurrences: int) -> list[Payment]:
    first = datetime.date.fromisoformat(start)
    return [(first + datetime.timedelta(days=days * index), amounts(index)) for index in range(occurrences)]


def rows_of(payments: list[Payment], name: str) -> list[Row]:
    return [
        Row(UUID(int=number), date, Decimal(amount), "USD", name, "OTHER", False)
        for number, (date, amount) in enumerate(payments, 1)
    ]


def found(payments: list[Payment], direction: Direction = Direction.OUT, name: str = "Merchant") -> list:
    series = recurring(rows_of(payments, name), direction)
    return sorted((one.cadence, len(one.transaction_ids), str(one.amount)) for one in series)


M = Cadence.MONTHLY
CHANCE = random.Random(5)  # noqa: S311 - prices of shopping, the same at each run


@pytest.mark.parametrize(
    ("payments", "wanted"),
    [
        (
            [*monthly(3, "9.99"), *monthly(12, "2.99"), *monthly(21, "4.99")],
            [(M, 12, "2.99"), (M, 12, "4.99"), (M, 12, "9.99")],
        ),
        ([*monthly(3, "9.99"), *monthly(8, "9.99")], [(M, 12, "9.99"), (M, 12, "9.99")]),
        ([*monthly(3, "9.99"), *monthly(5, "10.49")], [(M, 12, "10.49"), (M, 12, "9.99")]),
        (
            [*monthly(3, "9.99", range(1, 7)), *monthly(3, "12.99", range(7, 13)), *monthly(18, "2.99")],
            [(M, 12, "12.99"), (M, 12, "2.99")],
        ),
        ([*monthly(3, "9.99"), *monthly(18, "4.99", range(9, 13))], [(M, 12, "9.99"), (M, 4, "4.99")]),
    ],
    ids=["three prices", "one price on two days", "nearly one price", "one of them rises", "one of them is young"],
)
def test_each_contract_with_one_merchant_is_a_series(payments, wanted):
    assert found(payments) == sorted(wanted)


@pytest.mark.parametrize(
    "payments",
    [
        [*monthly(3, "59.99", range(1, 7)), *monthly(3, "29.99", range(7, 13))],
        [*monthly(3, "1.00", [1, 2]), *monthly(3, "14.99", range(3, 13))],
        [*monthly(3, "9.99", range(1, 5)), *monthly(3, "11.99", range(5, 9)), *monthly(3, "14.99", range(9, 13))],
        [*monthly(3, "9.99", range(1, 12)), *monthly(3, "13.99", [12])],
        [*monthly(3, "9.99", range(1, 7)), *monthly(20, "9.99", range(7, 13))],
    ],
    ids=["half the price", "a trial", "two rises", "a rise just now", "another due day"],
)
def test_a_contract_that_changed_is_one(payments):
    assert [(cadence, occurrences) for cadence, occurrences, _ in found(payments)] == [(M, 12)]


@pytest.mark.parametrize(
    ("payments", "occurrences"),
    [
        (monthly(6, "40.00", [1, 2, 3, 5, 6, 7, 8, 10, 11, 12]), 10),
        (monthly(6, "40.00", [1, 2, 3, 4, 5, 9, 10, 11, 12]), 9),
        ([*monthly(6, "40.00"), *monthly(20, "40.00", [4])], 12),
        (every(30, "2025-01-01", lambda _: "15.00", 13), 13),
    ],
    ids=["two missed", "a pause", "one too many", "every 30 days"],
)
def test_a_monthly_contract_may_be_interrupted_or_drift(payments, occurrences):
    assert found(payments) == [(M, occurrences, payments[-1][1])]


@pytest.mark.parametrize(
    ("days", "amount"),
    [([1, 15], "-2000.00"), ([5, 20], "-2000.00"), ([15, 31], "-2000.00")],
    ids=["1st and 15th", "5th and 20th", "15th and last"],
)
def test_pay_on_two_days_of_the_month_is_semi_monthly(days, amount):
    payments = sorted(payment for day in days for payment in monthly(day, amount))
    assert found(payments, Direction.IN) == [(Cadence.SEMI_MONTHLY, 24, "2000.00")]


@pytest.mark.parametrize(
    ("months", "cadence"),
    [(range(1, 13), M), ([1, 3, 5, 7, 9, 11], Cadence.TWO_MONTHLY), ([1, 4, 7, 10], Cadence.QUARTERLY)],
)
def test_a_bill_that_follows_the_season_is_recurring_and_has_no_price_change(months, cadence):
    season = [310, 280, 190, 90, 40, 20, 18, 19, 35, 95, 180, 290]
    payments = [payment for month in months for payment in monthly(20, f"{season[month - 1]}.40", [month])]
    assert [(one, occurrences) for one, occurrences, _ in found(payments)] == [(cadence, len(payments))]


@pytest.mark.parametrize(
    "payments",
    [
        every(7, "2025-01-04", lambda _: f"{CHANCE.uniform(40, 160):.2f}", 52),
        every(7, "2025-01-04", lambda _: f"{CHANCE.uniform(88, 92):.2f}", 52),
        every(14, "2025-01-04", lambda _: f"{CHANCE.uniform(80, 160):.2f}", 26),
        every(10, "2025-01-04", lambda _: f"{CHANCE.uniform(45, 60):.2f}", 36),
        [payment for payment in every(1, "2025-01-06", lambda _: "4.50", 300) if payment[0].weekday() < 5],
        monthly(15, "35.00", [1, 2]),
    ],
    ids=["groceries", "much the same groceries", "every other week", "fuel", "a coffee each workday", "twice"],
)
def test_shopping_is_not_a_contract(payments):
    assert found(payments) == []


@pytest.mark.parametrize("days", [(1, 16), (5, 19), (5, 20), (15, 30), (1, 15)])
@pytest.mark.parametrize("months", [range(1, 13), range(1, 4)])
def test_two_payments_a_month_of_one_price_are_two_monthly_contracts(days, months):
    payments = sorted(payment for day in days for payment in monthly(day, "9.99", months))
    assert found(payments) == [(M, len(months), "9.99")] * 2


@pytest.mark.parametrize("occurrences", [2, 3, 4])
def test_a_few_payments_15_days_apart_are_nothing_yet(occurrences):
    assert found(every(15, "2025-03-01", lambda _: "50.00", occurrences)) == []


@pytest.mark.parametrize("occurrences", [3, 4, 6, 26])
@pytest.mark.parametrize("direction", Direction)
def test_every_other_week_stays_so(occurrences, direction):
    sign = "-" if direction is Direction.IN else ""
    payments = every(14, "2025-01-03", lambda _: f"{sign}1500.00", occurrences)
    assert found(payments, direction) == [(Cadence.FORTNIGHTLY, occurrences, "1500.00")]


def test_wages_of_one_month_with_a_bonus_did_not_rise():
    rows = rows_of(monthly(25, "-3000.00", range(1, 12)) + monthly(25, "-9000.00", [12]), "Employer")
    [wages] = recurring(rows, Direction.IN)
    assert (len(wages.transaction_ids), wages.usual_amount, wages.price_change) == (12, 3000, None)


def test_a_yearly_fee_after_months_is_not_a_turn_of_the_monthly_contract():
    assert found(monthly(8, "9.99", range(1, 7)) + monthly(8, "99.00", [7])) == [(M, 6, "9.99")]


@pytest.mark.parametrize("name", ["ATM WITHDRAWAL 0412", "Cash Machine", "Geldautomat Mitte", "RETRAIT DAB"])
def test_cash_is_not_a_contract_however_regular(name):
    payments = every(7, "2025-01-03", lambda _: "100.00", 20)
    assert found(payments, name=name) == []
    twice = [row._replace(id=UUID(int=number)) for number, row in enumerate(rows_of(payments[:2] * 2, name), 1)]
    assert unusual(twice) == []


def test_the_same_charge_on_two_accounts_on_one_day_is_not_a_double_charge():
    one, two = rows_of([(datetime.date(2025, 3, 5), "80.00")] * 2, "Theatre")
    others = rows_of(every(5, "2025-01-01", lambda index: f"{20 + index}.00", 20), "Shop")
    others = [row._replace(id=UUID(int=100 + number)) for number, row in enumerate(others)]
    assert [len(found.transaction_ids) for found in unusual([one, two, *others])] == [2]
    assert unusual([one, two._replace(account_id="his"), *others]) == []


def of_two_years(free: set[int], amounts: Callable[[int], str]) -> list[Payment]:
    days = [datetime.date(year, month, 5) for year in (2024, 2025) for month in range(1, 13) if month not in free]
    return [(day, amounts(index)) for index, day in enumerate(days)]


@pytest.mark.parametrize("free", [{8}, {7, 8}, {12}, {7, 8, 12}, {6, 7, 8}, {4, 7, 8, 12}])
@pytest.mark.parametrize("varying", [0, 13], ids=["one price", "a bill"])
def test_what_is_paid_in_term_time_is_monthly(free, varying):
    payments = of_two_years(free, lambda index: f"{60 + index * 7 % (varying or 1)}.00")
    [(cadence, occurrences, _)] = found(payments, name="School Meals")
    assert (cadence, occurrences) == (M, 24 - 2 * len(free))


def test_months_that_were_missed_once_are_no_holidays():
    payments = of_two_years(set(), lambda index: f"{60 + index * 7 % 13}.00")
    missed = {2, 5, 9, 13, 16, 20}
    assert found([one for number, one in enumerate(payments) if number not in missed], name="Shop") == []
