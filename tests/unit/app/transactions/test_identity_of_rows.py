"""The identity of rows: when two are the same row."""

import datetime
from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.transactions.copy_text import COLUMNS, copy_line
from app.transactions.identity import Place, Places
from app.transactions.model import PaymentChannel, Transaction

COFFEE = Transaction(
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
OTHERS = (
    COFFEE._replace(account_id="savings"),
    COFFEE._replace(date=datetime.date(2026, 1, 6)),
    COFFEE._replace(amount=Decimal("-4.50")),
    COFFEE._replace(currency="EUR"),
    COFFEE._replace(merchant_name=None),
    COFFEE._replace(payment_channel=PaymentChannel.OTHER),
    COFFEE._replace(category="RENT"),
    COFFEE._replace(pending=True),
    COFFEE._replace(transaction_id="t1"),
    # The same characters, split differently.
    COFFEE._replace(merchant_name="Blue Doorin", payment_channel=PaymentChannel.IN_STORE),
)
rows = st.lists(st.sampled_from((COFFEE, *OTHERS)), max_size=30)


def places_of(file: list[Transaction]) -> list[Place]:
    places = Places()
    lines = [copy_line(places, row).split("\t") for row in file]
    return [Place(int(line[COLUMNS.index("occurrence")]), int(line[COLUMNS.index("variant")])) for line in lines]


def test_each_field_counts():
    assert set(places_of([COFFEE, *OTHERS])) == {Place(1, 1)}


def test_rows_that_differ_under_one_id_are_variants_of_it():
    first = COFFEE._replace(transaction_id="t1")
    others = [first._replace(merchant_name="renamed"), first._replace(memo="noted"), first]
    assert places_of([first, *others]) == [Place(1, 1), Place(1, 2), Place(1, 3), Place(2, 3)]


def test_another_account_another_state_and_a_correction_are_no_variants():
    first = COFFEE._replace(transaction_id="t1")
    others = [
        first._replace(account_id="savings"),
        first._replace(pending=True),
        first._replace(category="RENT", correction=True),
        first._replace(correction=True),
    ]
    assert set(places_of([first, *others])) == {Place(1, 1)}


@given(rows)
def test_equal_rows_are_counted(file):
    assert [place.occurrence for place in places_of(file)] == [
        file[: number + 1].count(row) for number, row in enumerate(file)
    ]


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_a_file_does_not_matter(file, chance):
    shuffled = list(file)
    chance.shuffle(shuffled)
    occurrences = [
        Counter((row, place.occurrence) for row, place in zip(order, places_of(order), strict=True))
        for order in (file, shuffled)
    ]
    assert occurrences[0] == occurrences[1]
