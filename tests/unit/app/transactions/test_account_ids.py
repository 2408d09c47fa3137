"""Account ids under a key: which are replaced, by what, and in COPY lines."""

import io
import re

import pytest

from app.transactions.account_ids import CANDIDATES, AccountIds, KeyedRows

IDS = AccountIds("k" * 32)
OFX = "ofx-0123456789abcdef-2333"
CARD = "4111111111111111"
REPLACED = [
    OFX,
    "ofx-0123456789abcdef-x\\y",
    "ofx-0123456789abcdef-é",
    CARD,
    "4111 1111 1111 1111",
    "3782-822463-10005",
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
]


@pytest.mark.parametrize("account_id", REPLACED)
def test_an_id_that_reveals_the_number_is_replaced_and_shows_its_end(account_id):
    found = IDS.of(account_id)
    assert re.fullmatch(r"acct-[0-9a-f]{32}-.{1,4}", found)
    assert account_id.endswith(found[38:])
    assert IDS.of(found) == found, "what was exported is the same account"
    assert AccountIds("l" * 32).of(account_id) != found


@pytest.mark.parametrize("account_id", KEPT)
def test_any_other_id_stays(account_id):
    assert IDS.of(account_id) == account_id


def test_a_card_is_one_account_however_its_number_is_written():
    assert IDS.of("4111 1111 1111 1111") == IDS.of("4111-1111-1111-1111") == IDS.of(CARD) != IDS.of("4242424242424242")


@pytest.mark.parametrize("account_id", REPLACED)
def test_the_database_finds_every_id_that_is_replaced(account_id):
    assert re.search(CANDIDATES, account_id)


def test_a_fingerprint_is_of_one_key():
    assert IDS.fingerprint == AccountIds("k" * 32).fingerprint != AccountIds("l" * 32).fingerprint


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
