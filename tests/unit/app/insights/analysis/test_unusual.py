"""Unusual charges: examples, and what holds for any rows."""

import datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.insights.analysis.rows import Row
from app.insights.analysis.unusual import Reason, unusual
from tests.unit.app.insights.analysis.rows import START, any_rows, row


@given(any_rows(), st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_unusual_charges_do_not_depend_on_the_order_of_the_rows(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert unusual(shuffled) == unusual(rows)


@given(any_rows())
@settings(max_examples=60)
def test_unusual_charges_are_booked_rows_of_money_out(rows):
    by_id = {one.id: one for one in rows}
    for finding in unusual(rows):
        members = [by_id[row_id] for row_id in finding.transaction_ids]
        assert sum(member.amount for member in members) == finding.amount > finding.usual > 0
        assert not any(member.pending for member in members)


def test_a_charge_far_above_its_categorys_others_is_unusual():
    usual = [row(n, START + datetime.timedelta(days=n), f"{20 + n % 5}.00", "Shop") for n in range(12)]
    large = row(99, START, "400.00", "Shop")
    [finding] = unusual([*usual, large])
    assert (finding.reason, finding.transaction_ids, finding.usual) == (
        Reason.LARGE_FOR_CATEGORY,
        (large.id,),
        Decimal("22.00"),
    )


def test_the_same_charge_twice_on_one_day_is_unusual_but_two_coffees_are_not():
    coffees = [row(n, START, "4.50", "Blue Door") for n in (1, 2)]
    charges = [row(n, START, "59.00", "Gym") for n in (3, 4)]
    [finding] = unusual([*coffees, *charges])
    assert (finding.reason, finding.merchant, finding.amount) == (Reason.SAME_DAY_TWICE, "Gym", Decimal("118.00"))


def everyday() -> list[Row]:
    """Make a year of rent, two bills and coffee."""
    bills = [
        row(100 * number + month, datetime.date(2025, month, day), amount, merchant, category="HOME")
        for number, (merchant, day, amount) in enumerate(
            [("Landlord", 1, "1450.00"), ("Power", 5, "62.00"), ("Net", 9, "45.00")]
        )
        for month in range(1, 13)
    ]
    coffees = [
        row(
            1000 + n,
            datetime.date(2025, 1, 1) + datetime.timedelta(days=6 * n),
            f"{4 + n % 5}.50",
            "Cafe",
            category="FOOD",
        )
        for n in range(60)
    ]
    return [*bills, *coffees]


@pytest.mark.parametrize("months", [12, 2, 1])
def test_the_rent_is_never_unusual_however_few_months_there_are(months):
    assert unusual(one for one in everyday() if one.date.month <= months) == []


def test_the_rent_of_a_new_home_is_not_unusual_and_its_deposit_is():
    old = [one for one in everyday() if one.merchant != "Landlord" or one.date.month < 7]
    new = [row(2000 + m, datetime.date(2025, m, 1), "1800.00", "New Home", category="HOME") for m in range(7, 13)]
    assert unusual([*old, *new]) == []
    deposit = row(3000, datetime.date(2025, 6, 20), "4350.00", "New Home", category="HOME")
    assert [one.transaction_ids for one in unusual([*old, *new, deposit])] == [(deposit.id,)]


@pytest.mark.parametrize("others", [0, 3])
def test_a_large_bill_in_a_category_with_few_charges_is_unusual(others):
    small = [
        row(4000 + n, datetime.date(2025, 2 + n, 3), "20.00", "Pharmacy", category="MEDICAL") for n in range(others)
    ]
    bill = row(5000, datetime.date(2025, 12, 3), "3000.00", "Dentist", category="MEDICAL")
    [finding] = unusual([*everyday(), *small, bill])
    assert (finding.reason, finding.transaction_ids) == (Reason.LARGE_OVERALL, (bill.id,))


def test_a_bill_many_times_its_merchants_usual_one_is_unusual():
    rows = [one._replace(amount=Decimal(480)) if one.id == UUID(int=109) else one for one in everyday()]
    [finding] = unusual(rows)
    assert (finding.reason, finding.merchant, finding.usual) == (Reason.LARGE_FOR_MERCHANT, "Power", Decimal("62.00"))


def test_a_double_charge_under_two_references_is_one():
    twice = [row(6000 + n, datetime.date(2025, 3, 1), "75.00", f"SHOE BARN {n}83451") for n in range(2)]
    [finding] = unusual([*everyday(), *twice])
    assert (finding.reason, finding.amount) == (Reason.SAME_DAY_TWICE, Decimal("150.00"))


def test_what_is_paid_twice_on_many_days_is_intended():
    tickets = [
        row(7000 + 2 * n + other, datetime.date(2025, 3, 1 + n), "24.00", "Ferry")
        for n in range(5)
        for other in range(2)
    ]
    assert unusual([*everyday(), *tickets]) == []


def test_a_charge_that_was_refunded_is_not_unusual():
    bill = row(8000, datetime.date(2025, 3, 1), "3000.00", "Travel Co", category="TRAVEL")
    refund = row(8001, datetime.date(2025, 3, 20), "-3000.00", "Travel Co", category="TRAVEL")
    assert unusual([*everyday(), bill, refund]) == []
