"""Rows of OFX with odd leaves: merged rows, corrections, other leaves than usual, long notes."""

import datetime
from decimal import Decimal

import pytest

from app.transactions.model import Account, Removal
from app.uploads.formats.ofx_fields import EXPECTED_ACTION, EXPECTED_CORRECTED, NO_ACTION
from app.uploads.formats.ofx_format import EXPECTED_ONCE
from tests.unit.app.uploads.formats.exports import OFX_ROW, found_in, ofx, rejected, rows, said


@pytest.mark.parametrize(
    ("added", "column"),
    [
        ("<TRNAMT>-9.00\r\n", "TRNAMT"),
        ("<TRNAMT>-4.50\r\n", "TRNAMT"),
        ("<DTPOSTED>20260106\r\n", "DTPOSTED"),
        ("<FITID>2\r\n", "FITID"),
    ],
)
def test_two_rows_that_ran_into_one_are_rejected_and_not_one_of_them_taken(added, column):
    found = found_in(ofx(OFX_ROW.replace("</STMTTRN>", f"{added}</STMTTRN>") + OFX_ROW))
    assert [type(row).__name__ for row in found] == ["RejectedRow", "Transaction"]
    [problem] = found[0].problems  # type: ignore[union-attr]
    assert (problem.line, problem.column) == (15, column)
    assert f"{column}>{problem.value}" in added


def test_the_same_value_twice_in_a_row_of_ofx_loses_nothing():
    assert len(rows(ofx(OFX_ROW.replace("</STMTTRN>", "<DTPOSTED>20260105\r\n<NAME>OTHER\r\n</STMTTRN>")))) == 1


def test_a_problem_of_a_pending_rows_day_has_the_place_of_its_leaf():
    pending = OFX_ROW.replace("STMTTRN>", "STMTTRNP>").replace("DTPOSTED>20260105", "DTTRAN>5 January")
    [problem] = rejected(ofx(pending)).problems
    assert (problem.line, problem.position, problem.column, problem.value) == (11, 9, "DTPOSTED", "5 January")


def test_a_long_note_that_is_the_merchant_is_cut_to_a_name():
    note = "WORD " * 400
    [row] = rows(ofx(OFX_ROW.replace("<NAME>CAFE", f"<NAME>POS PURCHASE\r\n<MEMO>{note}")))
    assert row.merchant_name == note[:200].strip()
    assert row.memo == note[:1000].strip()


def corrected(leaves: str, row: str = OFX_ROW) -> str:
    return ofx(row.replace("</STMTTRN>", f"{leaves}</STMTTRN>"))


def test_a_correction_names_the_row_that_it_replaces():
    [row] = rows(corrected("<CORRECTFITID>0\r\n<CORRECTACTION>replace\r\n"))
    assert (row.transaction_id, row.pending_transaction_id, row.replacement) == ("1", "0", True)
    assert [row.replacement for row in rows(ofx())] == [False]


def test_a_correction_without_a_second_id_corrects_the_row_of_its_own_id():
    [row] = rows(corrected("<CORRECTACTION>REPLACE\r\n"))
    assert (row.transaction_id, row.pending_transaction_id, row.replacement) == ("1", "1", True)
    [row] = rows(corrected("<CORRECTFITID>0\r\n<CORRECTACTION>REPLACE\r\n", OFX_ROW.replace("<FITID>1\r\n", "")))
    assert (row.transaction_id, row.pending_transaction_id) == ("0", "0")


def test_a_correction_without_an_action_replaces_with_a_note():
    content = corrected("<CORRECTFITID>0\r\n")
    assert [row.replacement for row in rows(content)] == [True]
    assert said(content) == [NO_ACTION]


@pytest.mark.parametrize("closing", ["\r\n", "</CORRECTFITID>\r\n"], ids=["SGML", "XML"])
def test_a_deletion_is_the_removal_of_the_row_it_names(closing):
    [found] = [
        found
        for found in found_in(corrected(f"<CORRECTFITID>0{closing}<CORRECTACTION>Delete\r\n"))
        if not isinstance(found, Account)
    ]
    assert isinstance(found, Removal)
    assert (found.transaction_id, found.date, found.amount, found.merchant_name) == (
        "0", datetime.date(2026, 1, 5), Decimal("4.50"), "CAFE",
    )  # fmt: skip


def test_a_deletion_needs_no_other_value():
    content = ofx("<STMTTRN><TRNAMT>none<CORRECTFITID>0<CORRECTACTION>DELETE</STMTTRN>")
    removals = [found for found in found_in(content) if isinstance(found, Removal)]
    assert [(one.transaction_id, one.date, one.amount) for one in removals] == [("0", None, None)]


@pytest.mark.parametrize(
    ("leaves", "column", "wanted"),
    [
        ("<CORRECTFITID>0\r\n<CORRECTACTION>CANCEL\r\n", "CORRECTACTION", EXPECTED_ACTION),
        ("<CORRECTFITID>0\r\n<CORRECTFITID>2\r\n<CORRECTACTION>DELETE\r\n", "CORRECTFITID", EXPECTED_ONCE),
        ("<CORRECTFITID>0\r\n<CORRECTACTION>DELETE\r\n<CORRECTACTION>REPLACE\r\n", "CORRECTACTION", EXPECTED_ONCE),
    ],
)
def test_a_correction_that_cannot_be_understood_is_rejected(leaves, column, wanted):
    [problem] = rejected(corrected(leaves)).problems
    assert (problem.column, problem.wanted) == (column, wanted)


@pytest.mark.parametrize("action", ["REPLACE", "DELETE"])
def test_a_correction_that_names_no_row_is_rejected(action):
    content = corrected(f"<CORRECTACTION>{action}\r\n", OFX_ROW.replace("<FITID>1\r\n", ""))
    [problem] = rejected(content).problems
    assert (problem.column, problem.wanted) == ("CORRECTFITID", EXPECTED_CORRECTED)
