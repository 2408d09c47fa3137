"""Rows without a bank's id that come again with another category or channel, on a real database."""

from decimal import Decimal

import pytest

from app.transactions.model import PaymentChannel
from tests.integration.app.merged_store import CAFE

FOOD, DINING, GIFT = (CAFE._replace(category=category) for category in ("FOOD", "DINING", "GIFT"))
COFFEE, TEA = (FOOD._replace(detailed_category=detail) for detail in ("FOOD_COFFEE", "FOOD_TEA"))
CHANGES = [
    pytest.param({"category": "DINING"}, id="category"),
    pytest.param({"payment_channel": PaymentChannel.ONLINE}, id="channel"),
    pytest.param({"detailed_category": "FOOD_COFFEE"}, id="detailed category"),
    pytest.param({"category": "DINING", "payment_channel": PaymentChannel.OTHER}, id="several"),
]


@pytest.mark.parametrize("pending", [False, True], ids=["booked", "pending"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_row_whose_category_or_channel_changed_is_updated(store, change, pending):
    before = FOOD._replace(pending=pending, detailed_category="FOOD_TEA")
    after = before._replace(**change)
    store.merge(before)
    ids = store.ids()
    store.query("UPDATE transactions SET user_category = 'MINE'")
    assert store.counts(after) == (0, 1, 0)
    assert store.ids() == ids
    assert store.rows(", ".join(change)) == [tuple(change.values())]
    assert store.rows("user_category") == [("MINE",)]
    assert store.versions("category, fate") == [("FOOD", "updated")]
    assert store.counts(after) == store.counts(before) == (0, 0, 0), "the older file is older still"
    assert store.rows(", ".join(change)) == [tuple(change.values())]


@pytest.mark.parametrize(
    ("stored", "file", "counts", "left"),
    [
        pytest.param([FOOD, DINING], [DINING, FOOD], (0, 0, 0), ["DINING", "FOOD"], id="another order"),
        pytest.param([FOOD], [DINING, FOOD], (1, 0, 0), ["DINING", "FOOD"], id="one more"),
        pytest.param([FOOD], [DINING, GIFT], (1, 1, 0), ["DINING", "GIFT"], id="one more, one changed"),
        pytest.param([FOOD, FOOD], [DINING, FOOD], (0, 1, 0), ["DINING", "FOOD"], id="one of two changed"),
        pytest.param([FOOD, FOOD], [DINING, DINING], (0, 2, 0), ["DINING", "DINING"], id="both changed"),
        pytest.param([FOOD, DINING], [DINING, GIFT], (0, 1, 0), ["DINING", "GIFT"], id="one stays, one changed"),
        pytest.param([FOOD, DINING], [FOOD], (0, 0, 0), ["DINING", "FOOD"], id="one fewer"),
        pytest.param([COFFEE, TEA], [TEA, COFFEE], (0, 0, 0), ["FOOD", "FOOD"], id="details in another order"),
        pytest.param([COFFEE, TEA], [TEA], (0, 0, 0), ["FOOD", "FOOD"], id="one fewer detail"),
        pytest.param([COFFEE, TEA], [FOOD, FOOD, FOOD], (1, 0, 0), ["FOOD"] * 3, id="without details, one more"),
        pytest.param([COFFEE], [FOOD, COFFEE], (1, 0, 0), ["FOOD", "FOOD"], id="with and without detail"),
    ],
)
def test_equal_payments_of_a_day_are_as_many_as_a_file_lists(store, stored, file, counts, left):
    assert store.counts(*stored) == (len(stored), 0, 0)
    assert store.counts(*file) == counts
    assert sorted(row[0] for row in store.rows("category")) == left
    assert store.counts(*file) == (0, 0, 0)


def test_a_former_state_and_the_present_one_in_one_file_are_two_payments(store):
    store.merge(FOOD)
    store.merge(DINING)
    assert store.counts(FOOD, DINING) == (1, 0, 0)
    assert store.counts(FOOD, DINING) == (0, 0, 0)


def test_former_states_of_one_row_stand_for_one_payment(store):
    for row in (FOOD, DINING, GIFT):
        store.merge(row)
    assert store.counts(FOOD, DINING) == (1, 0, 0)
    assert len(store.rows()) == 2


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"account_id": "card"}, id="account"),
        pytest.param({"amount": Decimal(5)}, id="amount"),
        pytest.param({"currency": "EUR"}, id="currency"),
        pytest.param({"merchant_name": "Bistro"}, id="name"),
        pytest.param({"date": CAFE.date.replace(day=6)}, id="day"),
    ],
)
def test_another_payment_is_a_new_row(store, other):
    store.merge(FOOD)
    assert store.counts(DINING._replace(**other)) == (1, 0, 0)


def test_a_pending_row_is_booked_whatever_category_it_had_meanwhile(store):
    pending = FOOD._replace(pending=True)
    store.merge(pending)
    assert store.counts(pending._replace(category="DINING")) == (0, 1, 0)
    assert store.counts(GIFT) == (0, 1, 0)
    for file in ([pending], [pending._replace(category="DINING")], [GIFT]):
        assert store.counts(*file) == (0, 0, 0)
    assert store.rows("category, pending") == [("GIFT", False)]


def test_pending_rows_that_are_still_listed_are_counted_whatever_details_they_have(store):
    pending = [row._replace(pending=True) for row in (COFFEE, TEA)]
    store.merge(*pending)
    assert store.counts(*pending, FOOD) == (1, 0, 0)


MANY = 20_000  # a join of all with all takes minutes


@pytest.mark.full
def test_many_rows_of_one_payment_take_no_quadratic_time(store):
    store.merge(*[FOOD] * MANY)
    assert store.counts(*[DINING] * MANY) == (0, MANY, 0)
    assert store.counts(*[FOOD] * MANY, *[DINING] * MANY) == (MANY, 0, 0)
    assert store.counts(*(FOOD._replace(detailed_category=str(n)) for n in range(MANY))) == (0, MANY, 0)
