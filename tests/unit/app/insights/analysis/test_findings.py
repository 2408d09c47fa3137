"""The insights as functions of rows: examples, and what holds for any rows."""

import datetime
from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.analysis.cash_flow import cash_flow
from app.insights.analysis.changes import changes
from app.insights.analysis.recurring import Cadence, Direction, recurring
from app.insights.analysis.rows import Row
from app.insights.analysis.totals import Grouping, totals
from tests.unit.app.insights.analysis.rows import START, any_rows, row


def monthly(amounts: list[str], day: int = 15, **other: object) -> list[Row]:
    return [row(n, datetime.date(2026, n, day), amount, **other) for n, amount in enumerate(amounts, 1)]


@given(any_rows(), st.sampled_from(Grouping))
@settings(max_examples=60)
def test_totals_are_the_sum_of_their_rows_whatever_the_grouping(rows, grouping):
    by_id = {one.id: one for one in rows}
    found = totals(rows, grouping)
    for total in found:
        members = [by_id[row_id] for row_id in total.transaction_ids]
        assert total.net == sum(member.amount for member in members) == total.spent - total.received
        # Refunds may exceed what was spent.
        assert total.received >= 0
        assert total.count == len(members) > 0
        assert {member.currency for member in members} == {total.currency}
    named = Counter(row_id for total in found for row_id in total.transaction_ids)
    assert named == Counter(one.id for one in rows if not one.pending)


@given(any_rows())
@settings(max_examples=60)
def test_cash_flow_has_every_booked_row_once_and_adds_up(rows):
    flow = cash_flow(rows)
    booked = [one for one in rows if not one.pending]
    for currency in ("USD", "EUR"):
        months = [month for month in flow.months if month.currency == currency]
        assert sum(month.net for month in months) == -sum(one.amount for one in booked if one.currency == currency)
    named = [row_id for month in flow.months for row_id in (*month.income_ids, *month.spending_ids)]
    assert Counter(named) == Counter(one.id for one in booked if one.amount)
    for income in flow.income:
        assert 0 <= income.regular_share <= 1


@given(any_rows())
@settings(max_examples=60)
def test_changes_telescope_from_the_first_month_to_the_last(rows):
    found = changes(rows)
    by_id = {one.id: one for one in rows}
    for change in found:
        assert change.after - change.before == change.change
        assert change.after == sum(by_id[row_id].amount for row_id in change.transaction_ids)
        assert change.before == sum(by_id[row_id].amount for row_id in change.before_transaction_ids)


@given(any_rows(), st.sampled_from(Direction), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_series_do_not_share_rows_and_do_not_depend_on_their_order(rows, direction, chance):
    found = recurring(rows, direction)
    ids = [row_id for series in found for row_id in series.transaction_ids]
    assert len(ids) == len(set(ids))
    assert all(len(series.transaction_ids) >= 3 and series.amount > 0 for series in found)
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert recurring(shuffled, direction) == found


@given(any_rows(), st.sampled_from(Direction), st.integers(-200, 200))
@settings(max_examples=60)
def test_unrelated_merchants_change_no_series(rows, direction, cents):
    named = [one for one in rows if one.merchant]
    strangers = [
        one._replace(
            id=UUID(int=10_000 + one.id.int), merchant="Quite another", amount=one.amount + Decimal(cents) / 100
        )
        for one in named
    ]
    found = recurring([*named, *strangers], direction)
    assert [one for one in found if one.merchant != "Quite another"] == recurring(named, direction)


@given(st.integers(-500, 500), st.sampled_from([7, 14, 28]), st.integers(3, 30))
@settings(max_examples=60)
def test_weeks_earlier_or_later_a_weekly_series_is_the_same(weeks, step, occurrences):
    rows = [row(n, START + datetime.timedelta(days=step * n), "9.99") for n in range(occurrences)]
    shift = datetime.timedelta(weeks=weeks)
    [series] = recurring(rows, Direction.OUT)
    [shifted] = recurring([one._replace(date=one.date + shift) for one in rows], Direction.OUT)
    assert (shifted.cadence, shifted.status, shifted.missed) == (series.cadence, series.status, series.missed)
    assert shifted.next_date == series.next_date + shift


@given(any_rows(), st.sampled_from(Direction), st.sampled_from([2, 10, 1000]))
@settings(max_examples=60)
def test_in_another_unit_of_money_the_series_are_the_same(rows, direction, factor):
    scaled = [one._replace(amount=one.amount * factor) for one in rows]
    assert [one.transaction_ids for one in recurring(scaled, direction)] == [
        one.transaction_ids for one in recurring(rows, direction)
    ]


@pytest.mark.parametrize(
    ("distance_days", "cadence"),
    [
        (7, Cadence.WEEKLY),
        (14, Cadence.FORTNIGHTLY),
        (30, Cadence.MONTHLY),
        (91, Cadence.QUARTERLY),
        (365, Cadence.YEARLY),
    ],
)
def test_a_cadence_is_detected_from_intervals(distance_days, cadence):
    rows = [row(n, START + datetime.timedelta(days=distance_days * n), "9.99") for n in range(4)]
    [series] = recurring(rows, Direction.OUT)
    assert (series.cadence, series.amount, len(series.transaction_ids)) == (cadence, Decimal("9.99"), 4)


def test_a_subscription_whose_price_rose_says_from_when():
    [series] = recurring(monthly(["15.99", "15.99", "17.99", "17.99"]), Direction.OUT)
    assert series.price_change is not None
    assert (series.price_change.before, series.price_change.after) == (Decimal("15.99"), Decimal("17.99"))
    assert series.price_change.since == datetime.date(2026, 3, 15)
    assert series.next_date == datetime.date(2026, 5, 15)


def test_due_on_the_31st_comes_on_the_last_day_of_shorter_months():
    dates = [datetime.date(2026, 1, 31), datetime.date(2026, 2, 28), datetime.date(2026, 3, 31)]
    [series] = recurring([row(n, date, "9.99") for n, date in enumerate(dates)], Direction.OUT)
    assert series.next_date == datetime.date(2026, 4, 30)


def test_a_cancelled_subscription_has_no_next_date():
    later = row(99, datetime.date(2026, 8, 1), "3.00", "Shop")
    [series] = recurring([*monthly(["15.99"] * 3), later], Direction.OUT)
    assert series.next_date is None


def test_two_contracts_with_one_merchant_are_two_series():
    small = monthly(["0.99"] * 4)
    large = [one._replace(id=UUID(int=100 + n), amount=Decimal("9.99")) for n, one in enumerate(small)]
    assert [series.amount for series in recurring([*small, *large], Direction.OUT)] == [
        Decimal("0.99"),
        Decimal("9.99"),
    ]


def test_a_shop_visited_by_chance_is_not_a_subscription():
    days = [0, 3, 11, 13, 30, 36, 51]
    rows = [row(n, START + datetime.timedelta(days=day), f"{10 + 7 * n}.00", "Shop") for n, day in enumerate(days)]
    assert recurring(rows, Direction.OUT) == []


def test_where_none_of_the_income_is_regular_its_share_is_zero_without_a_sign():
    [income] = cash_flow([row(1, START, "-100.00", "Grandmother", category="INCOME")]).income
    assert str(income.regular_share) == "0.00"


def test_refunds_are_no_recurring_income():
    charges = [row(n, datetime.date(2026, n, 3), "50.00", "Shop") for n in range(1, 5)]
    refunds = [row(10 + n, datetime.date(2026, n, 20), "-50.00", "Shop") for n in range(1, 5)]
    assert recurring([*charges, *refunds], Direction.IN) == []


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["PAYPAL *SPOTIFY 4029357733", "PayPal *Spotify 9982001"], "PayPal *Spotify"),
        (["NETFLIX.COM 866-579-7172", "NETFLIX.COM", "Netflix"], None),
        (["Rent 01/2026", "Rent 02/2026"], "Rent"),
        (["Telco Inc.", "TELCO"], None),
        (["O2 1234567", "O2 7654321"], "O2"),
    ],
)
def test_a_merchant_is_one_however_its_name_is_written(names, shown):
    rows = [row(n, datetime.date(2026, n, 15), "9.99", names[n % len(names)]) for n in range(1, 10)]
    [series] = recurring(rows, Direction.OUT)
    assert len(series.transaction_ids) == 9
    assert shown in {None, series.merchant}


def test_numbers_that_are_part_of_a_name_distinguish_merchants():
    rows = [
        row(20 * shop + n, datetime.date(2026, n, 3 + shop), "50.00", f"Shop {shop}")
        for shop in range(9)
        for n in range(1, 5)
    ]
    assert [series.merchant for series in recurring(rows, Direction.OUT)] == [f"Shop {shop}" for shop in range(9)]


def test_a_merchant_with_very_many_rows_takes_no_quadratic_time():
    rows = [row(n, START, str(Decimal(n + 1) * 2), "Shop") for n in range(20_000)]
    assert recurring(rows, Direction.OUT) == []


def test_wages_are_recurring_income_and_a_gift_is_not():
    wages = monthly(["-3000.00", "-3000.00", "-3100.00"], merchant="Employer", category="INCOME")
    gift = row(50, datetime.date(2026, 2, 2), "-910.00", "Grandmother", category="INCOME")
    flow = cash_flow([*wages, gift])
    [income] = flow.income
    assert (income.regular_share, income.irregular_ids) == (Decimal("0.91"), (gift.id,))
    assert [series.cadence for series in income.series] == [Cadence.MONTHLY]
    assert [(month.month, month.income, month.net) for month in flow.months][:2] == [
        ("2026-01", Decimal("3000.00"), Decimal("3000.00")),
        ("2026-02", Decimal("3910.00"), Decimal("3910.00")),
    ]


def test_changes_between_rows_thousands_of_years_apart_are_few():
    ends = [datetime.date.min, datetime.date.max]
    rows = [row(n, ends[n % 2], "1.00", category=f"C{n}") for n in range(2000)]
    assert len(changes(rows)) == 2000
    assert recurring([row(n, datetime.date.max, "1.00") for n in range(5)], Direction.OUT) == []


def test_a_category_that_stopped_is_a_change_too():
    found = changes([row(1, datetime.date(2026, 1, 5), "10.00"), row(2, datetime.date(2026, 3, 5), "30.00")])
    assert [(change.month, change.change, change.percent) for change in found] == [
        ("2026-02", Decimal("-10.00"), Decimal("-100.0")),
        ("2026-03", Decimal("30.00"), None),
    ]


def test_a_fall_too_small_to_show_has_no_sign():
    rows = [row(1, datetime.date(2026, 1, 5), "1000.00"), row(2, datetime.date(2026, 2, 5), "999.90")]
    assert [str(change.percent) for change in changes(rows)] == ["0.0"]
