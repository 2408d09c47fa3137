"""The OFX reader, against what banks write and against an independent reader (ofxtools)."""

import datetime
import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.transactions.model import UNCATEGORIZED, PaymentChannel, Transaction
from app.uploads.formats.ofx_format import read_ofx
from app.uploads.formats.reading import NO_RULES, Found, Note, RejectedRow, Rules, UnreadableFileError
from app.uploads.formats.text_encoding import CHUNK_BYTES

SGML = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:USASCII\r\nCHARSET:1252\r\n"
    "COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)
XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
)
START = (
    "<OFX><SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><DTSERVER>20260201</DTSERVER>"
    "<LANGUAGE>ENG</LANGUAGE></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><TRNUID>1</TRNUID><STATUS>"
    "<CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS><STMTRS><CURDEF>USD</CURDEF><BANKACCTFROM><BANKID>121000358</BANKID>"
    "<ACCTID>000111222333</ACCTID><ACCTTYPE>CHECKING</ACCTTYPE></BANKACCTFROM><BANKTRANLIST><DTSTART>20260101</DTSTART>"
    "<DTEND>20260131</DTEND>\n"
)
END = (
    "</BANKTRANLIST><LEDGERBAL><BALAMT>100.00</BALAMT><DTASOF>20260201</DTASOF></LEDGERBAL></STMTRS></STMTTRNRS>"
    "</BANKMSGSRSV1></OFX>"
)
COFFEE = (
    "<STMTTRN><TRNTYPE>POS</TRNTYPE><DTPOSTED>20260105233000.000[-8:PST]</DTPOSTED><TRNAMT>-4.50</TRNAMT>"
    "<FITID>f1</FITID><NAME>Blue Door &amp; Co</NAME></STMTTRN>\n"
)
LEAVES = ("CODE", "SEVERITY", "DTSERVER", "LANGUAGE", "TRNUID", "CURDEF", "BANKID", "ACCTID", "ACCTTYPE", "DTSTART")
LEAVES += ("DTEND", "BALAMT", "DTASOF", "TRNTYPE", "DTPOSTED", "TRNAMT", "FITID", "NAME", "MEMO")


def sgml(body: str) -> str:
    """Convert the elements to version 1: leaves are not closed."""
    for leaf in LEAVES:
        body = body.replace(f"</{leaf}>", "\r\n")
    return SGML + body


def found_in(text: str | bytes, rules: Rules = NO_RULES) -> list[Found]:
    return list(read_ofx(io.BytesIO(text if isinstance(text, bytes) else text.encode()), rules))


def rows_of(text: str | bytes, rules: Rules = NO_RULES) -> list[Transaction | RejectedRow]:
    return [row for row in found_in(text, rules) if isinstance(row, Transaction | RejectedRow)]


def notes_of(text: str | bytes) -> list[Note]:
    return [row for row in found_in(text) if isinstance(row, Note)]


def one(body: str) -> Transaction:
    [row] = rows_of(XML + START + body + END)
    assert isinstance(row, Transaction), row
    return row


@pytest.mark.parametrize("text", [XML + START + COFFEE + END, sgml(START + COFFEE + END)], ids=["XML", "SGML"])
def test_both_versions_are_read_the_same_way_with_money_out_positive_and_the_banks_own_day(text):
    [row] = rows_of(text)
    assert row == Transaction(
        account_id=row.account_id,
        transaction_id="f1",
        date=datetime.date(2026, 1, 5),
        amount=Decimal("4.50"),
        currency="USD",
        merchant_name="Blue Door & Co",
        payment_channel=PaymentChannel.IN_STORE,
        category=UNCATEGORIZED,
        pending=False,
        original_name="Blue Door & Co",
        transaction_type="POS",
    )
    assert "000111222333" not in row.account_id
    assert row.account_id.endswith("-2333")


@pytest.mark.parametrize(
    ("found", "put", "field", "value"),
    [
        ("-4.50", "+1,234.50".replace(",", ""), "amount", Decimal("-1234.50")),
        ("-4.50", "-4,50", "amount", Decimal("4.50")),
        ("-4.50", "-4.5000", "amount", Decimal("4.50")),
        ("-4.50", "0", "amount", Decimal("0.00")),
        ("20260105233000.000[-8:PST]", "20260105", "date", datetime.date(2026, 1, 5)),
        ("<NAME>Blue Door &amp; Co</NAME>", "<MEMO>note</MEMO>", "merchant_name", "note"),
        ("<NAME>", "<CURRENCY><CURRATE>1.1</CURRATE><CURSYM>EUR</CURSYM></CURRENCY><NAME>", "currency", "EUR"),
        ("<NAME>", "<ORIGCURRENCY><CURRATE>1</CURRATE><CURSYM>EUR</CURSYM></ORIGCURRENCY><NAME>", "currency", "USD"),
        (
            "<NAME>",
            "<BANKACCTTO><NAME>No</NAME></BANKACCTTO><NAME>",
            "merchant_name",
            "Blue Door & Co",
        ),
        ("<NAME>Blue Door &amp; Co</NAME>", "<PAYEE><NAME>Payee</NAME></PAYEE>", "merchant_name", "Payee"),
        ("STMTTRN>", "STMTTRNP>", "pending", True),
    ],
)
def test_variants_of_banks_are_read(found, put, field, value):
    assert getattr(one(COFFEE.replace(found, put)), field) == value


def test_each_statement_has_its_own_account_and_currency():
    second = START[START.index("<STMTTRNRS>") :].replace("USD", "EUR").replace("000111222333", "999")
    text = XML + START + COFFEE + END.replace("</BANKMSGSRSV1></OFX>", "") + second + COFFEE + END
    first_row, second_row = rows_of(text)
    assert (first_row.currency, second_row.currency) == ("USD", "EUR")
    assert first_row.account_id != second_row.account_id


def test_a_windows_code_page_is_read_when_the_header_names_it():
    [row] = rows_of(sgml(START + COFFEE.replace("Blue", "Café") + END).encode("cp1252"))
    assert row.merchant_name == "Café Door & Co"


@pytest.mark.parametrize(
    ("found", "put", "column"),
    [
        ("-4.50", "four", "TRNAMT"),
        ("-4.50", "1_0", "TRNAMT"),
        ("-4.50", "NaN", "TRNAMT"),
        ("-4.50", "1" * 13, "TRNAMT"),
        ("20260105233000.000[-8:PST]", "20260230", "DTPOSTED"),
        ("20260105233000.000[-8:PST]", "", "DTPOSTED"),
        ("f1", "x" * 256, "FITID"),
        ("Blue Door", "a\0", "NAME"),
    ],
)
def test_an_unusable_value_is_named_with_its_line_and_row(found, put, column):
    good, bad = rows_of(XML + START + COFFEE + COFFEE.replace(found, put) + END)
    assert isinstance(good, Transaction)
    [problem] = bad.problems
    assert (problem.line, problem.row, problem.column) == (5, 2, column)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param(XML, id="header alone"),
        pytest.param(XML + START + COFFEE, id="cut off"),
        pytest.param((XML + START + "Café").encode("latin-1"), id="not the encoding it says"),
        pytest.param(XML + START + COFFEE + "<![CDATA[x" + END, id="CDATA without end"),
        pytest.param(XML + START + "<NAME" + "x" * 10_000_000, id="endless tag"),
        pytest.param(XML + START + "<NAME>" + "x" * 10_000_000, id="endless value"),
        pytest.param("OFXHEADER:100\n" + "x" * 10_000_000, id="endless header"),
        pytest.param(XML + START + "<STMTTRN>" + "".join(f"<A{n}>1" for n in range(10_000)) + END, id="endless row"),
    ],
)
def test_a_file_bad_in_its_structure_is_unreadable(text):
    with pytest.raises(UnreadableFileError) as unreadable:
        rows_of(text)
    assert len(unreadable.value.problems[0].value) < 100


def test_entities_of_a_document_type_are_not_expanded():
    bomb = '<!DOCTYPE OFX [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    [row] = rows_of(XML + bomb + START + COFFEE.replace("&amp;", "&b;") + END)
    assert row.merchant_name == "Blue Door &b; Co"


def test_pieces_cut_anywhere_make_the_same_rows():
    body = "".join(COFFEE.replace("f1", f"f{n}").replace("Blue", "Blüe") for n in range(2000))
    text = (XML + START + body + END).encode()
    assert len(text) > 3 * CHUNK_BYTES
    assert [row.transaction_id for row in rows_of(text)] == [f"f{n}" for n in range(2000)]


words = st.text("abc XYZ&<>'\"", min_size=1, max_size=20).map(str.strip).filter(bool)
charges = st.lists(
    st.tuples(
        st.dates(datetime.date(1990, 1, 1), datetime.date(2090, 1, 1)),
        st.decimals(min_value=-(10**8), max_value=10**8, places=2).filter(bool),
        words,
    ),
    min_size=1,
    max_size=6,
)


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(charges)
@settings(max_examples=40, deadline=None)
def test_an_independent_reader_finds_the_same_rows(found):
    from ofxtools.Parser import OFXTree  # slow to import, and each worker imports every module of tests

    body = "".join(
        f"<STMTTRN><TRNTYPE>DEBIT</TRNTYPE><DTPOSTED>{day:%Y%m%d}</DTPOSTED><TRNAMT>{amount}</TRNAMT>"
        f"<FITID>f{place}</FITID><NAME>{escaped(name)}</NAME></STMTTRN>\n"
        for place, (day, amount, name) in enumerate(found)
    )
    text = XML + START + body + END
    tree = OFXTree()
    tree.parse(io.BytesIO(text.encode()))
    theirs = tree.convert().statements[0].transactions
    ours = rows_of(text)
    assert [(row.transaction_id, row.date, -row.amount) for row in ours] == [
        (one.fitid, one.dtposted.date(), one.trnamt) for one in theirs
    ]
    assert [row.merchant_name for row in ours] == [" ".join(one.name.split()) for one in theirs]


@given(st.text("<>/&;STMTRNAO X1-.\n", max_size=200))
@settings(max_examples=100)
def test_any_text_is_read_or_refused_and_never_crashes(middle):
    try:
        rows_of(XML + START + COFFEE + middle + END)
    except UnreadableFileError as unreadable:
        assert unreadable.problems
