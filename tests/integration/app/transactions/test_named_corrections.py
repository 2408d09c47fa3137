"""Rows that an OFX statement corrects or deletes by their FITID, on a real database."""

from decimal import Decimal

import pytest

from app.transactions.model import Removal
from tests.integration.app.merged_store import T1, Row, Store, day

FIRST = T1._replace(transaction_id="1", amount=Decimal(5))
SECOND = FIRST._replace(
    transaction_id="2", amount=Decimal(6), pending_transaction_id="1", replacement=True, category="OTHER"
)
THIRD = SECOND._replace(transaction_id="3", amount=Decimal(7), pending_transaction_id="2")
DELETION = Removal("1", "chk")


def counts(store: Store, *rows: Row) -> tuple[int, int, int]:
    return store.counts(*rows, ids_are_unique=False)


def amounts(store: Store) -> list[Decimal]:
    return [row[0] for row in store.rows("amount")]


def test_the_named_row_is_updated_and_its_former_state_and_the_users_category_are_kept(store):
    counts(store, FIRST)
    ids = store.ids()
    store.query("UPDATE transactions SET user_category = 'MINE'")
    assert counts(store, SECOND) == (0, 1, 0)
    assert store.ids() == ids
    assert store.rows("transaction_id, amount, user_category") == [("2", Decimal(6), "MINE")]
    assert store.versions("transaction_id, amount, fate") == [("1", Decimal(5), "updated")]
    for file in ([FIRST], [SECOND], [FIRST, SECOND]):
        assert counts(store, *file) == (0, 0, 0), "files may come again in any order"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_a_row_and_its_correction_may_be_in_one_file(store, order):
    file = [(FIRST, SECOND)[place] for place in order]
    assert counts(store, *file) == (1, 1, 0)
    assert amounts(store) == [6]
    assert counts(store, *file) == (0, 0, 0)


def test_the_correction_of_an_unknown_row_is_a_new_row(store):
    assert counts(store, SECOND) == (1, 0, 0)
    assert counts(store, FIRST) == (0, 0, 0), "it was corrected before it came"
    assert amounts(store) == [6]


@pytest.mark.parametrize(
    ("files", "left"),
    [
        pytest.param([[FIRST], [SECOND], [THIRD]], 7, id="a correction of the correction"),
        pytest.param([[FIRST, SECOND, THIRD]], 7, id="in one file"),
        pytest.param([[THIRD, SECOND, FIRST]], 7, id="in one file, the latest first"),
        pytest.param([[SECOND, THIRD]], 7, id="of an unknown row"),
        pytest.param([[FIRST], [SECOND], [THIRD._replace(pending_transaction_id="1")]], 7, id="of the first id"),
        pytest.param([[FIRST, SECOND, THIRD._replace(pending_transaction_id="1")]], 7, id="of the first id at once"),
        pytest.param([[FIRST], [SECOND._replace(transaction_id="1")]], 6, id="under its own id"),
        pytest.param([[FIRST, SECOND._replace(transaction_id="1")]], 6, id="under its own id at once"),
    ],
)
def test_corrections_of_corrections_leave_one_row(store, files, left):
    for file in files:
        counts(store, *file)
    assert amounts(store) == [left]
    for file in files:
        assert counts(store, *file) == (0, 0, 0)
    assert amounts(store) == [left]


def test_a_deleted_row_is_removed_and_kept_as_a_version(store):
    counts(store, FIRST)
    assert counts(store, DELETION, Removal("unknown", "chk"), Removal("1", "other")) == (0, 0, 1)
    assert store.rows() == []
    assert store.versions("transaction_id, fate") == [("1", "removed")]
    assert counts(store, DELETION) == (0, 0, 0)
    assert counts(store, FIRST) == (0, 0, 0), "an older file brings nothing back"


def test_a_row_and_its_deletion_may_be_in_one_file(store):
    assert counts(store, DELETION, FIRST) == (1, 0, 1)
    assert counts(store, DELETION, FIRST) == (0, 0, 0)
    assert store.rows() == []


@pytest.mark.parametrize("named", ["1", "2"])
def test_a_corrected_row_is_deleted_by_either_of_its_ids(store, named):
    assert counts(store, FIRST, SECOND, Removal(named, "chk")) == (1, 1, 1)
    assert store.rows() == []


def test_of_rows_that_share_a_fitid_the_nearest_one_is_meant(store):
    january = FIRST._replace(amount=Decimal(50), merchant_name="Rent")
    march = FIRST._replace(date=day(65), merchant_name="Shoes")
    fee = march._replace(amount=Decimal(1), merchant_name="Fee")
    counts(store, january, march, fee)
    assert counts(store, SECOND._replace(date=day(65), merchant_name="Shoes")) == (0, 1, 0)
    assert counts(store, Removal("1", "chk")) == (0, 0, 0), "it may mean either"
    assert counts(store, Removal("1", "chk", day(65), Decimal(1), "Fee")) == (0, 0, 1)
    assert sorted(amounts(store)) == [6, 50]


def test_a_row_of_a_later_statement_with_a_reused_fitid_is_not_taken_for_the_corrected_one(store):
    counts(store, FIRST)
    counts(store, SECOND)
    assert counts(store, FIRST._replace(date=day(40), amount=Decimal(9))) == (1, 0, 0)


MANY = 20_000  # a join of all with all takes minutes


@pytest.mark.full
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(lambda n: SECOND._replace(transaction_id=f"c{n}"), id="corrections of one row"),
        pytest.param(
            lambda n: SECOND._replace(transaction_id=f"c{n}", pending_transaction_id=f"c{n - 1}"), id="one chain"
        ),
        pytest.param(lambda n: Removal("1", "chk", day(5), Decimal(n)), id="deletions of one id"),
    ],
)
def test_many_corrections_take_no_quadratic_time(store, row):
    counts(store, *(FIRST._replace(amount=Decimal(n)) for n in range(MANY)))
    for _ in range(2):
        counts(store, *map(row, range(MANY)))
