"""Corrections of rows whose id is shared by others, on a real database."""

from decimal import Decimal

import pytest

from app.transactions.model import Removal
from tests.integration.app.merged_store import T1, day

FEE = T1._replace(amount=Decimal("3.00"), merchant_name="FEE")
TRAM = T1._replace(amount=Decimal("41.20"), merchant_name="TRAM", date=day(7))
FITIDS = {"ids_are_unique": False}
both_kinds_of_id = pytest.mark.parametrize("unique", [False, True], ids=["FITID", "Plaid's id"])


@both_kinds_of_id
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"amount": Decimal("3.50")}, id="amount"),
        pytest.param({"merchant_name": "Fee for abroad"}, id="merchant"),
        pytest.param({"category": "BANK_FEES"}, id="category"),
        pytest.param({"memo": "1.5 %"}, id="a detail"),
    ],
)
def test_the_one_row_that_changed_among_those_of_an_id_is_updated(store, unique, change):
    how = {"ids_are_unique": unique}
    before, after = [T1, FEE, TRAM], [T1, FEE._replace(**change), TRAM]
    assert store.counts(*before, **how) == (3, 0, 0)
    ids = set(store.ids())
    store.query("UPDATE transactions SET user_category = 'MINE'")
    for file, counts in ((after, (0, 1, 0)), (after, (0, 0, 0)), (before, (0, 0, 0)), (after, (0, 0, 0))):
        assert store.counts(*file, **how) == counts
        assert set(store.ids()) == ids
    columns = ", ".join(change)
    assert tuple(change.values()) in store.rows(columns)
    assert store.versions(columns) == [tuple(getattr(FEE, name) for name in change)]
    assert store.rows("user_category") == [("MINE",)] * 3


@pytest.mark.parametrize("place", [0, 2])
def test_the_changed_row_may_be_anywhere_in_its_file(store, place):
    rows = [T1, FEE, TRAM]
    store.merge(*rows, **FITIDS)
    rows[place] = rows[place]._replace(amount=Decimal(9))
    assert store.counts(*rows, **FITIDS) == (0, 1, 0)


def test_several_corrections_one_after_the_other_are_of_the_same_row(store):
    store.merge(T1, FEE, **FITIDS)
    for amount in ("3.10", "3.20", "3.30"):
        assert store.counts(T1, FEE._replace(amount=Decimal(amount)), **FITIDS) == (0, 1, 0)
    assert store.counts(T1, FEE._replace(amount=Decimal("3.10")), **FITIDS) == (0, 0, 0)
    assert [row[0] for row in store.rows("amount")] == [Decimal("3.30"), Decimal("4.50")]


@both_kinds_of_id
@pytest.mark.parametrize(
    "file",
    [
        pytest.param([FEE._replace(amount=Decimal("3.50"))], id="alone in its file"),
        pytest.param([T1._replace(amount=Decimal(5)), FEE._replace(amount=Decimal(4)), TRAM], id="two changed"),
        pytest.param([T1, FEE, TRAM, FEE._replace(amount=Decimal(4))], id="one more than before"),
        pytest.param([T1, FEE._replace(amount=Decimal("3.50"))], id="another is missing"),
        pytest.param([T1, FEE._replace(date=day(30), amount=Decimal(9)), TRAM], id="too far apart"),
        pytest.param([T1, FEE._replace(account_id="other"), TRAM], id="another account"),
    ],
)
def test_what_is_not_clearly_a_correction_is_a_new_row(store, unique, file):
    store.merge(T1, FEE, TRAM, ids_are_unique=unique)
    new = [row for row in file if row not in (T1, FEE, TRAM)]
    assert store.counts(*file, ids_are_unique=unique) == (len(new), 0, 0)
    assert len(store.rows()) == 3 + len(new)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"date": day(6)}, id="another day"),
        pytest.param({"amount": Decimal(9), "merchant_name": "Other"}, id="another amount and name"),
    ],
)
def test_a_fitid_is_trusted_no_further_than_where_one_row_has_it(store, change):
    store.merge(T1, FEE, **FITIDS)
    assert store.counts(T1, FEE._replace(**change), **FITIDS) == (1, 0, 0)
    assert store.counts(T1, FEE._replace(**change), **FITIDS) == (0, 0, 0)


def test_a_row_that_was_taken_for_a_correction_comes_back_when_a_file_has_both(store):
    store.merge(T1, **FITIDS)
    assert store.counts(T1._replace(amount=Decimal(9)), **FITIDS) == (0, 1, 0)
    assert store.counts(T1, T1._replace(amount=Decimal(9)), **FITIDS) == (1, 0, 0)
    assert [row[0] for row in store.rows("amount")] == [Decimal("4.50"), Decimal(9)]


def test_pending_and_booked_rows_of_a_shared_id_are_distinguished(store):
    pending = [row._replace(pending=True) for row in (T1, FEE)]
    assert store.counts(*pending, TRAM) == (3, 0, 0)
    assert store.counts(pending[0], pending[1]._replace(amount=Decimal(4)), TRAM) == (0, 1, 0)
    assert sorted(store.rows("amount, pending")) == [
        (Decimal(4), True),
        (Decimal("4.50"), True),
        (Decimal("41.20"), False),
    ]


WAITING = T1._replace(date=day(25), amount=Decimal("7.00"), merchant_name="Red Door", pending=True)


@both_kinds_of_id
@pytest.mark.parametrize("listed", [[], [WAITING]], ids=["alone", "with the pending row"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"amount": Decimal("4.60")}, id="amount"),
        pytest.param({"category": "GIFTS"}, id="category"),
        pytest.param({"merchant_name": "Cafe of the corner"}, id="merchant"),
    ],
)
def test_a_booked_row_is_corrected_beside_a_pending_one_of_its_id(store, unique, listed, change):
    how = {"ids_are_unique": unique}
    store.merge(T1, **how)
    assert store.counts(WAITING, **how) == (1, 0, 0)
    corrected = T1._replace(**change)
    assert store.counts(*listed, corrected, **how) == (0, 1, 0)
    assert store.counts(*listed, corrected, **how) == (0, 0, 0)
    assert store.rows("pending") == [(False,), (True,)]


@both_kinds_of_id
def test_a_pending_row_is_corrected_and_booked_beside_a_booked_one_of_its_id(store, unique):
    how = {"ids_are_unique": unique}
    store.merge(T1, **how)
    store.merge(WAITING, **how)
    assert store.counts(WAITING._replace(amount=Decimal(8)), **how) == (0, 1, 0)
    assert store.counts(WAITING._replace(amount=Decimal(8), pending=False, date=day(26)), **how) == (0, 1, 0)
    assert store.rows() == [(Decimal("4.50"), "Corner Cafe", False), (Decimal("8.00"), "Red Door", False)]


def test_a_booked_row_that_may_be_either_is_a_new_row(store):
    store.merge(T1)
    store.merge(WAITING._replace(amount=T1.amount, merchant_name=T1.merchant_name))
    assert store.counts(T1._replace(date=day(15))) == (1, 0, 0)


def test_a_row_that_says_less_than_the_stored_one_changes_nothing(store):
    store.merge(T1, FEE._replace(memo="1.5 %"), **FITIDS)
    for _ in range(2):
        assert store.counts(T1, FEE, **FITIDS) == (0, 0, 0)
    assert store.versions() == []


def test_a_modified_row_of_sync_updates_the_stored_row_that_its_page_does_not_list_as_added(store):
    store.merge(T1, FEE)
    modified = FEE._replace(amount=Decimal(4), correction=True)
    assert store.counts(T1, modified) == (0, 1, 0)
    assert [row[0] for row in store.rows("amount")] == [Decimal(4), Decimal("4.50")]
    assert store.counts(T1, FEE._replace(correction=True)) == (0, 1, 0), "the bank may go back to what was"
    assert store.counts(modified) == (1, 0, 0), "nothing says of which row"


def test_rows_of_a_shared_id_that_were_removed_come_again(store):
    store.merge(T1, FEE)
    store.merge(T1, FEE._replace(amount=Decimal(4)))
    assert store.counts(Removal("t1", "chk")) == (0, 0, 1)
    assert store.counts(T1, FEE) == (2, 0, 0)
