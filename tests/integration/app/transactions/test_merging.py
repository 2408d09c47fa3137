"""Merging a file's rows with those that are stored, on a real database."""

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest

from app.transactions.model import Account, Removal
from tests.integration.app.merged_store import CAFE, T1, Row, Store, day

# --- No row vanishes


def test_different_rows_under_one_id_in_one_file_are_different_rows(store):
    fee = T1._replace(amount=Decimal("3.00"), merchant_name="FEE")
    tram = T1._replace(amount=Decimal("41.20"), merchant_name="TRAM", date=day(7))
    assert store.counts(T1, fee, tram, T1._replace(transaction_id="t2")) == (4, 0, 0)
    assert store.counts(T1, fee, tram, T1._replace(transaction_id="t2")) == (0, 0, 0)
    assert store.counts(tram) == (0, 0, 0)
    assert len(store.rows()) == 4


def test_rows_under_one_id_that_differ_in_a_memo_alone_are_different_rows(store):
    rows = (T1._replace(memo="first"), T1._replace(memo="second"))
    assert store.counts(*rows) == (2, 0, 0)
    assert store.counts(*rows) == (0, 0, 0)


def test_an_equal_row_under_the_same_id_is_the_same_row_listed_twice(store):
    assert store.counts(T1, T1) == (1, 0, 0)


def test_a_further_row_under_an_id_that_is_not_one_is_a_new_row(store):
    store.merge(T1, T1._replace(amount=Decimal("3.00")))
    assert store.counts(T1._replace(amount=Decimal("7.00"))) == (1, 0, 0)
    assert len(store.rows()) == 3


def test_numbers_that_restart_with_each_statement_lose_no_row(store):
    january = [T1._replace(transaction_id=str(n), date=day(n), amount=Decimal(n)) for n in range(1, 6)]
    february = [row._replace(date=row.date + datetime.timedelta(days=31)) for row in january]
    next_day = [row._replace(date=row.date + datetime.timedelta(days=1), merchant_name="Shop") for row in january]
    for file in (january, february, next_day):
        assert store.counts(*file, ids_are_unique=False) == (5, 0, 0)
    for file in (january, february, next_day):
        assert store.counts(*file, ids_are_unique=False) == (0, 0, 0)


def test_rows_without_an_id_are_counted_among_their_equals(store):
    assert store.counts(CAFE, CAFE) == (2, 0, 0)
    assert store.counts(CAFE, CAFE, CAFE) == (1, 0, 0)
    assert store.counts(CAFE._replace(memo="read better now")) == (0, 0, 0)


def test_new_rows_have_ids_in_the_order_of_their_days_and_of_their_file(store):
    """So the indexes grow at their end, whatever order a file has."""
    days = [CAFE._replace(date=day(number)) for number in (3, 1, 2)]
    store.merge(*days, T1._replace(date=day(4)), CAFE._replace(date=day(5), amount=Decimal(2), pending=True))
    store.merge(CAFE._replace(date=day(6)), CAFE._replace(date=day(6), merchant_name="Later in the file"))
    ids = [row_id for row_id, _ in sorted(store.rows("id, date"), key=lambda row: row[1])]
    assert ids[:4] == sorted(ids[:4])
    assert ids[5:] == sorted(ids[5:]) and ids[5] > ids[0]
    assert [name for _, name in sorted(store.rows("id, merchant_name"))][-1] == "Later in the file"
    assert len(set(ids)) == 7


def test_money_is_summed_by_currency_and_direction(store):
    wages = CAFE._replace(amount=Decimal("-1000.00"))
    dinar = CAFE._replace(amount=Decimal("1.255"), currency="KWD")
    found = store.merge(CAFE, CAFE, wages, dinar)
    assert [(one.currency, one.money_in, one.money_out) for one in found.money] == [
        ("KWD", Decimal(0), Decimal("1.255")),
        ("USD", Decimal(1000), Decimal("9.00")),
    ]
    assert Decimal("1.255") in [row[0] for row in store.rows()]


# --- A row that changes


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"amount": Decimal("5.50")}, id="amount"),
        pytest.param({"category": "GIFTS"}, id="category"),
        pytest.param({"detailed_category": "FOOD_AND_DRINK_COFFEE"}, id="detailed category"),
        pytest.param({"merchant_name": "Cafe at the Corner"}, id="merchant"),
        pytest.param({"currency": "EUR"}, id="currency"),
        pytest.param({"date": day(7)}, id="date"),
        pytest.param({"date": day(7), "amount": Decimal("5.50"), "merchant_name": "Cafe"}, id="several"),
    ],
)
def test_what_the_bank_corrects_under_an_id_is_updated_and_what_it_was_is_kept(store, change):
    store.merge(T1)
    [row_id] = store.ids()
    corrected = T1._replace(**change)
    assert store.counts(corrected) == (0, 1, 0)
    assert store.ids() == [row_id]
    for name, value in change.items():
        assert store.rows(name) == [(value,)]
        assert store.versions(name) == [(getattr(T1, name),)]
    assert store.counts(corrected) == (0, 0, 0)
    # The older file again is older still.
    assert store.counts(T1) == (0, 0, 0)
    assert store.rows(", ".join(change)) == [tuple(change.values())]


def test_a_detail_that_a_file_does_not_contain_stays(store):
    store.merge(T1._replace(memo="note"))
    assert store.counts(T1) == (0, 0, 0)
    assert store.counts(T1._replace(amount=Decimal("5.00"))) == (0, 1, 0)
    assert store.rows("memo") == [("note",)]


def test_a_fitid_corrects_on_its_own_day_only(store):
    store.merge(T1, ids_are_unique=False)
    assert store.counts(T1._replace(amount=Decimal("5.00")), ids_are_unique=False) == (0, 1, 0)
    assert store.counts(T1._replace(date=day(8)), ids_are_unique=False) == (1, 0, 0)


def test_a_fitid_does_not_make_one_row_of_two_that_share_nothing_else(store):
    store.merge(T1, ids_are_unique=False)
    assert store.counts(T1._replace(amount=Decimal("45.00"), merchant_name="Fuel"), ids_are_unique=False) == (1, 0, 0)
    assert len(store.rows()) == 2


def test_a_pending_row_is_booked_under_its_id(store):
    pending = T1._replace(pending=True, amount=Decimal("20.00"))
    booked = T1._replace(date=day(25), amount=Decimal("24.00"))
    store.merge(pending)
    assert store.counts(booked) == (0, 1, 0)
    assert store.counts(pending) == (0, 0, 0)
    assert store.rows() == [(Decimal("24.00"), "Corner Cafe", False)]
    assert store.versions() == [(Decimal("20.00"), True, "updated")]


def test_a_pending_row_of_another_amount_comes_too_late_for_its_booked_one(store):
    store.merge(T1)
    assert store.counts(T1._replace(pending=True, amount=Decimal("4.00"))) == (0, 0, 0)


def test_both_states_of_one_payment_in_one_file_are_one_row(store):
    assert store.counts(T1, T1._replace(pending=True)) == (1, 1, 0)
    assert store.rows() == [(Decimal("4.50"), "Corner Cafe", False)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1)], ids=str)
def test_a_booked_row_replaces_the_pending_one_it_names_in_any_order(store, order):
    pending = T1._replace(transaction_id="p1", pending=True)
    booked = T1._replace(transaction_id="q1", date=day(7), amount=Decimal("24.00"), pending_transaction_id="p1")
    for place in order:
        store.merge((pending, booked)[place])
    assert store.rows("transaction_id, pending") == [("q1", False)]


def test_a_named_pending_row_in_the_same_file_is_replaced(store):
    pending = T1._replace(transaction_id="p1", pending=True)
    booked = T1._replace(transaction_id="q1", pending_transaction_id="p1")
    assert store.counts(booked, pending) == (1, 1, 0)
    assert store.rows("transaction_id, pending") == [("q1", False)]


def test_a_pending_row_is_named_only_within_its_account(store):
    store.merge(T1._replace(transaction_id="p1", pending=True, account_id="other"))
    assert store.counts(T1._replace(transaction_id="q1", pending_transaction_id="p1")) == (1, 0, 0)


def test_a_booked_row_that_was_stored_before_it_named_its_pending_one_takes_over_its_category(store):
    store.merge(T1._replace(transaction_id="p1", pending=True), T1._replace(transaction_id="q1"))
    store.query("UPDATE transactions SET user_category = 'MINE' WHERE transaction_id = 'p1'")
    assert store.counts(T1._replace(transaction_id="q1", pending_transaction_id="p1")) == (0, 1, 0)
    assert store.rows("transaction_id, user_category") == [("q1", "MINE")]
    assert store.versions() == [(Decimal("4.50"), False, "updated"), (Decimal("4.50"), True, "replaced")]


@pytest.mark.parametrize("later", [0, 2, 10])
def test_without_ids_a_booked_row_replaces_its_pending_one(store, later):
    pending = CAFE._replace(pending=True)
    booked = CAFE._replace(date=day(5 + later), merchant_name="CORNER CAFE", category="FOOD")
    store.merge(pending)
    [row_id] = store.ids()
    assert store.counts(booked) == (0, 1, 0)
    assert (store.ids(), store.rows("pending")) == ([row_id], [(False,)])
    assert store.counts(booked) == store.counts(pending) == (0, 0, 0)


@pytest.mark.parametrize(
    "booked",
    [
        pytest.param([CAFE._replace(amount=Decimal("5.00"))], id="another amount"),
        pytest.param([CAFE._replace(account_id="card")], id="another account"),
        pytest.param([CAFE._replace(merchant_name="Other Cafe")], id="another merchant"),
        pytest.param([CAFE._replace(currency="EUR")], id="another currency"),
        pytest.param([CAFE._replace(date=day(4))], id="an earlier day"),
        pytest.param([CAFE._replace(date=day(16))], id="too late"),
        pytest.param([CAFE, CAFE._replace(pending=True)], id="still listed as pending"),
    ],
)
def test_without_ids_a_pending_row_stays_when_it_cannot_be_said_that_it_was_booked(store, booked):
    store.merge(CAFE._replace(pending=True))
    assert store.counts(*booked) == (1, 0, 0)
    assert sorted(store.rows("pending")) == [(False,), (True,)]


def test_of_equal_pending_rows_as_many_are_replaced_as_are_booked(store):
    pending = CAFE._replace(pending=True)
    store.merge(pending, pending, pending)
    # One is listed still, one is booked: the third waits on.
    assert store.counts(pending, CAFE) == (0, 1, 0)
    assert sorted(store.rows("pending")) == [(False,), (True,), (True,)]
    assert store.counts(CAFE, CAFE, CAFE, CAFE) == (1, 2, 0)


def test_a_daily_habit_is_matched_day_by_day(store):
    pending = [CAFE._replace(pending=True, date=day(number)) for number in (5, 6, 6)]
    earlier = [CAFE._replace(date=day(number)) for number in (1, 2, 3)]
    store.merge(*earlier, *pending)
    assert store.counts(*earlier, *(CAFE._replace(date=day(number)) for number in (5, 5, 6, 6))) == (1, 3, 0)
    assert [row[0] for row in store.rows("date")] == [day(number) for number in (1, 2, 3, 5, 5, 6, 6)]


def test_a_pending_row_without_an_id_is_booked_with_one(store):
    store.merge(CAFE._replace(pending=True))
    assert store.counts(T1) == (0, 1, 0)
    assert store.rows("transaction_id, pending") == [("t1", False)]


def test_the_users_own_category_outlives_every_change_of_the_row(store):
    store.merge(CAFE._replace(pending=True), T1, T1._replace(transaction_id="p1", pending=True, amount=Decimal(9)))
    store.query("UPDATE transactions SET user_category = 'MINE'")
    store.merge(
        CAFE,
        T1._replace(category="OTHER"),
        T1._replace(transaction_id="q1", pending_transaction_id="p1", amount=Decimal(9)),
    )
    assert store.rows("user_category, pending") == [("MINE", False)] * 3


# --- /transactions/sync


def test_a_correction_updates_whatever_changed_and_an_unknown_one_is_added(store):
    far = T1._replace(date=day(300), amount=Decimal(9), correction=True)
    store.merge(T1)
    assert store.counts(far, T1._replace(transaction_id="t0", correction=True)) == (1, 1, 0)
    # The bank may go back to what was.
    assert store.counts(T1._replace(correction=True)) == (0, 1, 0)
    assert sorted(store.rows("transaction_id, amount")) == [("t0", Decimal("4.50")), ("t1", Decimal("4.50"))]


def test_the_last_of_several_corrections_in_one_file_holds(store):
    first, last = (T1._replace(amount=Decimal(number), correction=True) for number in (5, 6))
    assert store.counts(T1, first, last) == (1, 1, 0)
    assert store.rows("amount") == [(Decimal(6),)]


def test_a_row_that_the_bank_withdraws_is_removed_and_kept_as_a_version(store):
    store.merge(T1, T1._replace(transaction_id="t2"), T1._replace(transaction_id="t3"))
    removals = (Removal("t1", "chk"), Removal("t2", None), Removal("t3", "other"), Removal("unknown", "chk"))
    assert store.counts(*removals) == (0, 0, 2)
    assert store.rows("transaction_id") == [("t3",)]
    assert sorted(store.versions("transaction_id, fate")) == [("t1", "removed"), ("t2", "removed")]
    assert store.counts(*removals) == (0, 0, 0)
    assert store.counts(T1) == (1, 0, 0)


def test_a_removal_of_the_pending_row_that_was_replaced_takes_nothing(store):
    store.merge(T1._replace(transaction_id="p1", pending=True))
    booked = T1._replace(transaction_id="q1", pending_transaction_id="p1")
    assert store.counts(booked, Removal("p1", "chk")) == (0, 1, 0)
    assert store.rows("transaction_id") == [("q1",)]


@pytest.mark.parametrize("corrected", [False, True], ids=["added", "modified"])
def test_the_users_own_category_returns_with_a_row_that_the_bank_removed(store, corrected):
    store.merge(T1, T1._replace(transaction_id="t2"))
    store.query("UPDATE transactions SET user_category = 'MINE' WHERE transaction_id = 't1'")
    for _ in range(2):
        store.merge(Removal("t1", "chk"), Removal("t2", "chk"))
        store.merge(*(T1._replace(transaction_id=name, correction=corrected) for name in ("t1", "t2")))
        assert sorted(store.rows("transaction_id, user_category")) == [("t1", "MINE"), ("t2", None)]
    store.query("UPDATE transactions SET user_category = NULL")
    store.merge(Removal("t1", "chk"))
    store.merge(T1, T1._replace(account_id="other"))
    assert {row[0] for row in store.rows("user_category")} == {None}, "the user took it back"


def test_a_booked_row_takes_over_the_category_of_its_removed_pending_row(store):
    store.merge(T1._replace(transaction_id="p1", pending=True))
    store.query("UPDATE transactions SET user_category = 'MINE'")
    store.merge(Removal("p1", "chk"))
    store.merge(T1._replace(transaction_id="q1", pending_transaction_id="p1"), T1._replace(transaction_id="q2"))
    assert sorted(store.rows("transaction_id, user_category")) == [("q1", "MINE"), ("q2", None)]


# --- Accounts, others' rows, and files made to be slow


def test_accounts_are_kept_and_completed(store):
    store.merge(CAFE, Account("chk", "depository", None, "Checking"))
    store.merge(CAFE, Account("chk", None, "savings", None), Account("chk", None, "checking", None))
    found = store.query("SELECT account_id, type, subtype, name FROM accounts WHERE user_id = $1", store.user_id)
    assert [tuple(row) for row in found] == [("chk", "depository", "checking", "Checking")]


def test_another_users_rows_are_neither_compared_nor_changed(store):
    other = Store(store.url)
    other.query("INSERT INTO users (id, email) VALUES ($1, $2)", other.user_id, "other@example.com")
    pending = T1._replace(pending=True)
    for one in (store, other):
        assert one.counts(pending, CAFE._replace(pending=True), Account("chk", "credit", None, None)) == (2, 0, 0)
    store.merge(T1._replace(amount=Decimal(9)), CAFE, Removal("t1", None), Account("chk", "depository", None, None))
    assert other.rows("pending") == [(True,), (True,)]
    assert [row["type"] for row in other.query("SELECT type FROM accounts ORDER BY type")] == ["credit", "depository"]


MANY = 20_000  # a join of all with all takes minutes, and the statements have no limit here


@pytest.mark.full
@pytest.mark.parametrize(
    "row",
    [
        pytest.param(lambda n: T1._replace(amount=Decimal(n)), id="one id"),
        pytest.param(lambda n: T1._replace(memo=str(n)), id="one id and content"),
        pytest.param(lambda n: T1._replace(memo=str(n), pending=True), id="one pending id"),
        pytest.param(lambda n: T1._replace(amount=Decimal(n), correction=True), id="corrections"),
        pytest.param(lambda n: T1._replace(transaction_id=str(n), pending_transaction_id="p"), id="one named"),
        pytest.param(lambda _: CAFE, id="no id"),
        pytest.param(lambda _: CAFE._replace(pending=True), id="no id, pending"),
        pytest.param(lambda n: CAFE._replace(date=day(n % 3), merchant_name="cAfe" if n % 2 else "Cafe"), id="alike"),
        pytest.param(lambda _: Removal("t1", None), id="removals"),
    ],
)
def test_a_file_of_one_thing_many_times_takes_no_quadratic_time(store, row: Callable[[int], Row]):
    pendings = [CAFE._replace(pending=True, date=day(n % 3), merchant_name="Cafe") for n in range(MANY)]
    store.merge(*(T1._replace(amount=Decimal(n)) for n in range(MANY)), *pendings)
    store.merge(*(T1._replace(transaction_id="p", pending=True, memo=str(n)) for n in range(MANY)))
    for _ in range(2):
        store.merge(*map(row, range(MANY)))
