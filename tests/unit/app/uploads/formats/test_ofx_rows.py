"""Rows of OFX with odd leaves: merged rows, other leaves than usual, long notes."""

import pytest

from tests.unit.app.uploads.formats.exports import OFX_ROW, found_in, ofx, rejected, rows


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
