"""Line ends, encodings and long names: no row is lost because of them, or falsified without a note."""

import json

import pytest

from app.transactions.model import Account, Transaction
from app.uploads.formats.reading import Note, UnreadableFileError
from tests.unit.app.uploads.formats.exports import (
    COFFEE,
    HEADER,
    OFX_HEAD,
    OFX_ROW,
    PLAID,
    csv_with,
    found_in,
    ofx,
    plaid_with,
    rejected,
    rows,
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "mac-roman"])
@pytest.mark.parametrize("rows_in_file", [1, 1000])
def test_lines_may_end_as_on_old_macs(encoding, rows_in_file):
    content = HEADER + COFFEE.replace("Corner Cafe", "Café Zoé") * rows_in_file
    found = rows(content.replace("\n", "\r").encode(encoding))
    assert len(found) == rows_in_file
    assert {row.merchant_name for row in found} == {"Café Zoé"}


def test_a_problem_in_a_file_with_other_line_ends_has_its_line():
    content = (HEADER + COFFEE + COFFEE.replace("4.50", "four")).replace("\n", "\r")
    [problem] = rejected(content).problems
    assert (problem.line, problem.column, problem.position) == (3, "amount", 15)
    quoted = HEADER + COFFEE.replace("Corner Cafe", '"Corner\rCafe"').replace("false", "no")
    [problem] = rejected(quoted.replace("\n", "\r")).problems
    assert (problem.line, problem.column) == (3, "pending")


MARK = "\ufeff"
ROW = json.dumps(PLAID)
PAGE = json.dumps({"accounts": [], "transactions": [PLAID]})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("content", "count"),
    [
        pytest.param(MARK + HEADER + COFFEE + MARK + HEADER + COFFEE, 2, id="two CSV files joined"),
        pytest.param(MARK + MARK + HEADER + COFFEE, 1, id="CSV with two marks"),
        pytest.param(HEADER + COFFEE + MARK + COFFEE, 2, id="a mark before a row"),
        pytest.param(MARK + PAGE + MARK + PAGE, 2, id="two pages joined"),
        pytest.param(MARK + MARK + PAGE, 1, id="JSON with two marks"),
        pytest.param(f"[{MARK}{PAGE},{MARK}{PAGE}{MARK}]", 2, id="a mark before each page of a list"),
        pytest.param(f"[{MARK}{ROW}, {MARK}{ROW}]", 2, id="a mark before each row of a list"),
    ],
)
def test_a_byte_order_mark_may_stand_wherever_files_were_joined(content, count, encoding):
    assert len(rows(content.encode(encoding))) == count


@pytest.mark.parametrize("write", [csv_with, plaid_with], ids=["CSV", "JSON"])
@pytest.mark.parametrize("column", ["merchant_name", "name"])
def test_a_long_name_is_cut_with_a_note_and_its_row_kept(write, column):
    written = {"merchant_name": "Shop", "name": "Shop"} | {column: "Long Name " * 30}
    found = found_in(write(**written))
    [row] = [one for one in found if isinstance(one, Transaction)]
    [note] = [one for one in found if isinstance(one, Note) and one.column == column]
    kept = row.merchant_name if column == "merchant_name" else row.original_name
    assert kept == ("Long Name " * 20).strip() and "cut" in note.said


def test_long_names_and_notes_of_ofx_and_long_categories_are_cut_with_a_note():
    long = ("Long Name " * 120).strip()
    found = found_in(ofx(OFX_ROW.replace("CAFE", f"{long}\r\n<MEMO>{long}")))
    [row] = [one for one in found if isinstance(one, Transaction)]
    assert (row.merchant_name, row.original_name, row.memo) == (long[:199], long[:199], long[:999])
    assert {one.column for one in found if isinstance(one, Note)} == {"NAME", "MEMO"}
    found = found_in(csv_with(personal_finance_category="X" * 300))
    assert [one.category for one in found if isinstance(one, Transaction)] == ["X" * 200]


def test_a_long_identifier_is_rejected_and_never_cut_into_anothers():
    assert rows(csv_with(transaction_id="t" * 255))[0].transaction_id == "t" * 255
    assert rejected(csv_with(transaction_id="t" * 256)).problems[0].column == "transaction_id"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp932", "セブン-イレブン 東京"),
        ("cp932", "ローソン"),
        ("cp1252", "Café “Zoé” – Köln"),
        ("cp1252", "TRANSAÇÃO DÉBITO AÇÕES"),
        ("mac-roman", "Café Zoé"),
    ],
)
def test_text_in_another_encoding_is_read_as_what_it_looks_like_with_a_note(encoding, name):
    content = (HEADER + COFFEE.replace("Corner Cafe", name)).encode(encoding)
    found = found_in(content.replace(b"\n", b"\r") if encoding == "mac-roman" else content)
    assert [one.merchant_name for one in found if isinstance(one, Transaction)] == [name]
    assert [one.line for one in found if isinstance(one, Note) and "UTF-8" in one.said] == [2]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1251", "ПЯТЁРОЧКА МОСКВА"), ("koi8-r", "Пятёрочка"), ("gb2312", "北京超市支付"), ("euc-kr", "서울마트결제"),
     ("cp1253", "ΣΚΛΑΒΕΝΙΤΗΣ"), ("big5", "全家便利商店")],
)  # fmt: skip
def test_text_in_an_unrecognizable_encoding_is_refused_and_not_falsified(encoding, name):
    with pytest.raises(UnreadableFileError) as error:
        found_in((HEADER + COFFEE.replace("Corner Cafe", name)).encode(encoding))
    assert (error.value.problems[0].line, "UTF-8" in error.value.problems[0].wanted) == (2, True)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (OFX_HEAD.replace("</BANKACCTFROM>", "<ACCTTYPE>SAVINGS</BANKACCTFROM>"), ("depository", "savings")),
        (OFX_HEAD.replace("STMTRS>", "CCSTMTRS>").replace("BANKACCTFROM", "CCACCTFROM"), ("credit", "credit card")),
    ],
)
def test_what_an_account_is_comes_from_its_statement(head, kind):
    accounts = [one for one in found_in(ofx(OFX_ROW * 2, head)) if isinstance(one, Account)]
    assert [(one.type, one.subtype) for one in accounts] == [kind]


def test_ofx_that_names_no_encoding_may_be_shift_jis():
    content = ofx(OFX_ROW.replace("CAFE", "ローソン"), OFX_HEAD.replace("1252", "NONE").replace("USASCII", "UNKNOWN"))
    found = found_in(content.encode("cp932"))
    assert [one.merchant_name for one in found if isinstance(one, Transaction)] == ["ローソン"]
    assert ["Shift-JIS" in one.said for one in found if isinstance(one, Note)] == [True]
