"""Files as banks and programs of several countries write them: each is accepted, or refused with place and reason."""

import pytest

from app.transactions.model import Transaction
from app.uploads.formats.reading import Note, RejectedRow, UnreadableFileError
from tests.unit.app.uploads.formats.exports import COFFEE, HEADER, OFX_HEAD, OFX_ROW, found_in, ofx, plaid_with, rows

NAMED = HEADER.strip() + ",iso_currency_code\n"


def line(amount: str = "4.50", currency: str = "USD", **cells: str) -> str:
    values = {"account": "c1", "date": "2026-01-05", "amount": amount, "name": "Cafe", **cells}
    return ",".join([*values.values(), "in store", "FOOD", "false", currency]) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("Account: Checking\nExported: 2026-01-31\n\n" + NAMED + line(), id="lines above the header"),
        pytest.param("sep=;\n" + (NAMED + line()).replace(",", ";"), id="a line for Excel"),
        pytest.param("," + NAMED + "0," + line(), id="an index without a name, as pandas writes"),
        pytest.param("Unnamed: 0," + NAMED + "0," + line(), id="an index with pandas' name"),
        pytest.param((NAMED + line()).replace("\n", "\r\r\n"), id="line ends doubled by a program of Windows"),
        pytest.param(NAMED + line() + "\x1a", id="the end of file of DOS"),
        pytest.param((NAMED + line()).replace(",", "|"), id="bars"),
        pytest.param(NAMED + line(date="2026/01/05"), id="slashes after the year"),
        pytest.param(NAMED + line(date="2026.01.05"), id="points after the year"),
        pytest.param(NAMED + line(date="2026-01-05 12:30 PM"), id="twelve hours"),
        pytest.param(NAMED + line(date="2026-01-05T23:59:59-08:00"), id="a moment that is the next day elsewhere"),
        pytest.param(NAMED.title() + line(), id="capitals in the header"),
        pytest.param(NAMED + "\n,,,,,,,\n" + line() + "\n", id="empty rows"),
        pytest.param(NAMED + line(amount="00004.50"), id="leading zeros"),
        pytest.param(NAMED + line(amount="+4.5"), id="plus"),
    ],
)
def test_what_a_program_put_around_the_rows_changes_none(content):
    [row] = rows(content)
    assert (str(row.date), str(row.amount), row.currency, row.merchant_name) == ("2026-01-05", "4.50", "USD", "Cafe")


def test_lines_above_the_header_are_noted_and_count():
    found = found_in("Account: Checking\n\n" + NAMED + line() + line(amount="four"))
    assert [(one.line, one.value) for one in found if isinstance(one, Note)] == [(1, "Account: Checking")]
    [bad] = [one for one in found if isinstance(one, RejectedRow)]
    assert (bad.problems[0].line, bad.problems[0].position) == (5, 15)


@pytest.mark.parametrize(
    "written",
    ["(4.50)", "4.50-", "$4.50", "-$4.50", "4.50 EUR", "4.50CR", "4.50 DR", "1 650.00", "1'650.00", '"1,650.00"',
     "1e2", "0x10", "1_000", "N/A", "-", "", "−4.50", "٤.50", "9999999999999.99"],
)  # fmt: skip
def test_an_amount_that_is_not_a_plain_number_is_rejected_with_its_place(written):
    [bad] = [one for one in found_in(NAMED + line() + line(amount=written)) if isinstance(one, RejectedRow)]
    [problem] = bad.problems
    assert (problem.line, problem.position, problem.column) == (3, 15, "amount")
    assert problem.value == written.strip('"')


@pytest.mark.parametrize(
    "written",
    ["01/05/2026", "05.01.2026", "01-05-26", "5-Jan-2026", "2026-1-5", "2026-13-01", "2026-02-30", "46027", "46027.5",
     "20260105", "2026-01-05T25:00", "2026-W02-1", "2026/01-05", "令和8年1月5日", "0000-00-00", "NaT"],
)  # fmt: skip
def test_a_date_whose_order_must_be_guessed_is_rejected_with_its_place(written):
    [bad] = [one for one in found_in(NAMED + line() + line(date=written)) if isinstance(one, RejectedRow)]
    [problem] = bad.problems
    assert (problem.line, problem.position, problem.column, problem.value) == (3, 4, "date", written)


@pytest.mark.parametrize(
    ("content", "missing"),
    [
        pytest.param(
            "Transaction Date,Post Date,Description,Category,Type,Amount\n01/05/2026,01/06/2026,CAFE,Food,Sale,-4\n",
            {"account_id", "amount"},
            id="US",
        ),
        pytest.param(
            '"Auftragskonto";"Buchungstag";"Betrag";"Waehrung"\n"DE12";"05.01.26";"-1.200,00";"EUR"\n',
            {"account_id", "date", "amount", "merchant_name"},
            id="DE",
        ),
        pytest.param("Number,Date,Account,Amount,Memo\n,05/01/2026,20-00-00,-4.50,CAFE\n", {"account_id"}, id="UK"),
        pytest.param("Date;Libellé;Débit;Crédit\n05/01/2026;CAFÉ;4,50;\n", {"account_id", "amount"}, id="FR"),
        pytest.param("Txn Date,Description,Debit,Credit,Balance\n", {"account_id"}, id="IN"),
        pytest.param("日付,内容,出金,入金\n2026/01/05,ローソン,500,\n".encode("cp932"), {"date", "amount"}, id="JP"),
        pytest.param("Data,Lançamento,Valor\n05/01/2026,CAFÉ,\"-4,50\"\n", {"date", "amount"}, id="BR"),
        pytest.param("Date,Account Number,Description,Amount\n", {"amount"}, id="the way of an amount"),
    ],
)  # fmt: skip
def test_a_banks_own_columns_are_refused_by_their_ambiguous_names(content, missing):
    with pytest.raises(UnreadableFileError) as error:
        found_in(content)
    assert {problem.column for problem in error.value.problems} >= missing
    assert {problem.line for problem in error.value.problems} == {1}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"PK\x03\x04\x14", "workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"{\\rtf1 hello}", "RTF"),
        (b"{1:F01AAAABB99BSMK}{2:I}\n:20:START\n", "MT940"),
        (b"!Type:Bank\nD1/5'26\n", "QIF"),
        (b"<html><body><table></table></body></html>", "web page"),
        (b'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>', "20022"),
    ],
)
def test_another_kind_of_file_is_called_what_it_is(content, kind):
    with pytest.raises(UnreadableFileError) as error:
        found_in(content)
    [problem] = error.value.problems
    assert (kind in problem.value, "CSV, JSON or OFX" in problem.wanted) == (True, True)


@pytest.mark.parametrize(
    ("written", "amount"), [("4,50", "4.50"), ("1.65", "1.65"), ("-4,5", "-4.50"), ("1650,00", "1650.00")]
)
def test_between_semicolons_a_comma_is_the_decimal_point(written, amount):
    assert str(rows((NAMED + line(amount="@")).replace(",", ";").replace("@", written))[0].amount) == amount


@pytest.mark.parametrize("written", ["1.650", "1,650", "1.650,00", "1,650.00"])
def test_between_semicolons_what_may_be_thousands_is_rejected(written):
    found = found_in((NAMED + line(amount="@")).replace(",", ";").replace("@", written))
    [problem] = found[0].problems
    assert (problem.column, problem.value) == ("amount", written)


def test_euro_signs_of_iso_8859_15_are_no_currency_signs():
    [row] = rows((HEADER + COFFEE.replace("Corner Cafe", "5 € Café")).encode("iso8859-15"))
    assert row.merchant_name == "5 € Café"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        pytest.param(ofx(OFX_ROW + OFX_ROW.replace("-4.50", "four")).replace("\r\n", "\r"), (19, 9), id="OFX, CR"),
        pytest.param(ofx(OFX_ROW + OFX_ROW.replace("-4.50", "four")), (19, 9), id="OFX, CRLF"),
        pytest.param(plaid_with(amount="four").replace(', "', ',\r"'), (4, 11), id="JSON, CR"),
    ],
)
def test_places_count_the_lines_of_every_system(content, place):
    [bad] = [one for one in found_in(content) if isinstance(one, RejectedRow)]
    assert (bad.problems[0].line, bad.problems[0].position) == place


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(plaid_with(merchant_name="Cafe").encode().replace(b"Cafe", b"Caf\xe9"), id="JSON"),
        pytest.param(
            ofx(OFX_ROW.replace("CAFE", "Caf@"), OFX_HEAD.replace("1252", "Shift_JIS")).encode().replace(b"@", b"\xff"),
            id="OFX",
        ),
    ],
)
def test_bytes_that_are_no_text_have_their_place(content):
    with pytest.raises(UnreadableFileError) as error:
        found_in(content)
    [problem] = error.value.problems
    before = content[: content.index(b"Caf") + 3].decode().rpartition("\n")[2]
    assert (problem.position, problem.value[:2]) == (len(before) + 1, "\\x")


def test_a_response_in_which_the_bank_reports_an_error_says_so():
    status = "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>15500<SEVERITY>ERROR</STATUS></SONRS></SIGNONMSGSRSV1></OFX>"
    [note] = [one for one in found_in(OFX_HEAD.partition("<OFX>")[0] + status) if isinstance(one, Note)]
    assert (note.column, "could not provide" in note.said) == ("SEVERITY", True)


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("a payee with an address", OFX_ROW.replace("<NAME>CAFE", "<PAYEE><NAME>CAFE<ADDR1>1 St<CITY>X</PAYEE>")),
        ("closed leaves", OFX_ROW.replace("CAFE", "CAFE</NAME>").replace("4.50", "4.50</TRNAMT>")),
        ("Brazil: no name", OFX_ROW.replace("<NAME>", "<MEMO>")),
        ("a time zone", OFX_ROW.replace("20260105", "20260105000000[-03:EST]")),
        ("a comma", OFX_ROW.replace("4.50", "4,50")),
        ("small letters", OFX_ROW.lower().replace("cafe", "CAFE")),
        ("the amount abroad", OFX_ROW.replace("</S", "<ORIGCURRENCY><CURRATE>1.1<CURSYM>EUR</ORIGCURRENCY></S")),
    ],
)  # fmt: skip
def test_a_row_of_ofx_is_the_same_in_every_dialect(kind, row):
    [found] = [one for one in found_in(ofx(row)) if isinstance(one, Transaction)]
    assert (str(found.date), str(found.amount), found.currency, found.merchant_name) == (
        "2026-01-05", "4.50", "USD", "CAFE",
    ), kind  # fmt: skip
