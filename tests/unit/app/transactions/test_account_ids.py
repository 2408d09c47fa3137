"""Account ids under a key: which are replaced, by what, and in COPY lines."""

import io
import re
from uuid import UUID

import pytest

from app.transactions.account_ids import CANDIDATES, AccountIds, KeyedRows, UsersAccountIds

ALICE, BOB = UUID(int=1), UUID(int=2)
KEY = AccountIds("k" * 32)
IDS = UsersAccountIds(KEY, ALICE)
SHARED = "acct-0123456789abcdef0123456789abcdef-2333"
OFX = "ofx-0123456789abcdef-2333"
CARD = "4111111111111111"
REPLACED = [
    OFX,
    "ofx-0123456789abcdef-x\\y",
    "ofx-0123456789abcdef-é",
    CARD,
    "4111 1111 1111 1111",
    "3782-822463-10005",
    SHARED,
]
KEPT = [
    "checking",
    "ofx-0123456789abcdef",
    "ofx-0123456789ABCDEF-2333",
    "ofx-0123456789abcdef-12345",
    "4111111111111112",
    "411111111111",
    "41111111111111111111",
    "acct 4111111111111111",
    "٤١١١١١١١١١١١١١١١",
    "BxBXxLj1m4HMXBm9WZZmCWVbPjX16EHwv99vp",
    "acct-0123456789abcdef-2333",
    "acct2-0123456789abcdef0123456789abcdef-2333",
]


@pytest.mark.parametrize("account_id", REPLACED)
def test_an_id_that_reveals_the_number_or_is_shared_is_replaced_and_shows_its_end(account_id):
    found = IDS.of(account_id)
    assert re.fullmatch(r"acct2-[0-9a-f]{32}-.{1,4}", found)
    assert account_id.endswith(found[39:])
    assert IDS.of(found) == IDS.of_stored(found) == found, "what was exported is the same account"
    assert UsersAccountIds(AccountIds("l" * 32), ALICE).of(account_id) != found


@pytest.mark.parametrize("account_id", REPLACED)
def test_no_two_users_have_the_same_id(account_id):
    of_bob = UsersAccountIds(KEY, BOB)
    assert IDS.of(account_id) != of_bob.of(account_id)
    assert IDS.of_stored(account_id) != of_bob.of_stored(account_id)


def test_what_was_stored_in_the_shared_form_becomes_what_a_file_with_the_number_gets():
    assert IDS.of_stored(KEY.shared(CARD)) == IDS.of(CARD)


def test_a_shared_id_names_the_account_only_for_a_user_who_had_it():
    shared = KEY.shared(CARD)
    assert IDS.of(shared) != IDS.of(CARD)
    assert UsersAccountIds(KEY, ALICE, frozenset({IDS.of(CARD)})).of(shared) == IDS.of(CARD)
    assert UsersAccountIds(KEY, BOB, frozenset({IDS.of(CARD)})).of(shared) != IDS.of(CARD)


@pytest.mark.parametrize("account_id", KEPT)
def test_any_other_id_stays(account_id):
    assert IDS.of(account_id) == IDS.of_stored(account_id) == account_id


def test_a_card_is_one_account_however_its_number_is_written():
    assert IDS.of("4111 1111 1111 1111") == IDS.of("4111-1111-1111-1111") == IDS.of(CARD) != IDS.of("4242424242424242")


@pytest.mark.parametrize("account_id", REPLACED)
def test_the_database_finds_every_id_that_is_replaced(account_id):
    assert re.search(CANDIDATES, account_id)


def test_a_fingerprint_is_of_one_key():
    assert KEY.fingerprint == AccountIds("k" * 32).fingerprint != AccountIds("l" * 32).fingerprint


def line(account_id: str, rest: str = OFX) -> str:
    return f"row\t1\t1\t{account_id}\t{rest}\n"


@pytest.mark.parametrize("size", [-1, 1, 40, 64, 100_000])
def test_rows_are_the_same_but_for_the_account_wherever_a_piece_ends(size):
    ids = [*REPLACED, *KEPT, OFX, OFX]
    written = "".join(line(each.replace("\\", "\\\\")) for each in ids) + line("\\N")
    rows, pieces = KeyedRows(io.BytesIO(written.encode()), IDS), []
    while piece := rows.read(size):
        pieces.append(piece)
    wanted = "".join(line(IDS.of(each).replace("\\", "\\\\")) for each in ids) + line("\\N")
    assert b"".join(pieces).decode() == wanted
