"""Which rows are the same row."""

import datetime
from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.transactions.identity import Identities
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
    # The same characters, cut elsewhere.
    COFFEE._replace(merchant_name="Blue Doorin", payment_channel=PaymentChannel.IN_STORE),
)
rows = st.lists(st.sampled_from((COFFEE, *OTHERS)), max_size=30)


def identities(file: list[Transaction]) -> list[str]:
    names = Identities()
    return [names.of(row) for row in file]


def test_each_field_counts():
    assert len(set(identities([COFFEE, *OTHERS]))) == len(OTHERS) + 1


def test_a_transaction_id_outweighs_every_other_field():
    first = COFFEE._replace(transaction_id="t1")
    assert len(set(identities([first, first._replace(merchant_name="renamed", pending=True)]))) == 1
    assert len(set(identities([first, first._replace(account_id="savings")]))) == 2


@given(rows)
def test_the_same_file_has_the_same_identities(file):
    assert identities(file) == identities(file)


@given(rows.map(lambda file: [row for row in file if row.transaction_id is None]))
def test_equal_rows_of_one_file_are_different_rows(file):
    assert len(set(identities(file))) == len(file)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_a_file_does_not_matter(file, chance):
    shuffled = list(file)
    chance.shuffle(shuffled)
    assert Counter(identities(file)) == Counter(identities(shuffled))
