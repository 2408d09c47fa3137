"""Ids of new rows."""

import time
from uuid import RFC_4122, UUID

from app.transactions.row_ids import NUMBER_DIGITS, beginning_of_ids
from app.uploads.staging import MAX_ROWS


def test_ids_of_one_statement_are_uuids_of_version_7_in_the_order_of_its_rows():
    beginning = beginning_of_ids()
    ids = [UUID(f"{beginning}{number:0{NUMBER_DIGITS}x}") for number in (1, 2, 15, 16, MAX_ROWS)]
    assert ids == sorted(ids)
    assert {(each.version, each.variant) for each in ids} == {(7, RFC_4122)}


def test_ids_say_when_their_rows_came():
    written = int(beginning_of_ids()[:12], 16)
    assert 0 <= time.time() * 1000 - written < 60_000


def test_no_two_statements_share_the_beginning_of_their_ids():
    assert len({beginning_of_ids() for _ in range(1000)}) == 1000


def test_every_row_of_the_largest_file_has_a_number():
    assert MAX_ROWS < 16**NUMBER_DIGITS
