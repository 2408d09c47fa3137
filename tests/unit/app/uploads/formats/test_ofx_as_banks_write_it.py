"""OFX and encodings as banks write them."""

from decimal import Decimal

import pytest

from app.uploads.formats.reading import Rules, UnreadableFileError
from tests.unit.app.uploads.formats.exports import (
    OFX_HEAD,
    OFX_ROW,
    csv_with,
    found_in,
    ofx,
    rejected,
    rows,
    said,
)


def test_a_statement_without_currency_is_rejected_unless_the_sender_names_it():
    content = ofx(head=OFX_HEAD.replace("<CURDEF>USD", ""))
    assert rejected(content).problems[0].column == "CURDEF"
    assert rows(content, Rules(currency="EUR"))[0].currency == "EUR"


def test_bytes_that_are_no_utf8_are_windows_with_a_note():
    content = csv_with(merchant_name="Café €").encode("cp1252")
    assert rows(content)[0].merchant_name == "Café €"
    assert [note for note in said(content) if "Windows-1252" in note]


@pytest.mark.parametrize(
    ("named", "encoding", "name"),
    [
        ("CHARSET:1252", "cp1252", "Café €"),
        ("CHARSET:1252", "utf-8", "Café €"),
        ("CHARSET:8859-1", "cp1252", "Café"),
        ("CHARSET:NONE", "utf-8-sig", "Café"),
        ("CHARSET:UTF-8", "cp1252", "Café €"),
        ("CHARSET:1251", "cp1251", "Кафе Пі"),
        ("CHARSET:8859-2", "iso8859-2", "Łódź"),
        ("CHARSET:932", "cp932", "カフェ"),
        ("CHARSET:NONE", "utf-16", "Łódź"),
    ],
)
def test_ofx_is_read_in_the_encoding_its_header_names_or_its_bytes_are(named, encoding, name):
    content = ofx(OFX_ROW.replace("CAFE", name)).replace("CHARSET:1252", named)
    assert rows(content.encode(encoding))[0].merchant_name == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("A&W #5567", None),
        ("TRADING CO&LTD", None),
        ("PRINT&COPY SHOP", None),
        ("BUY&REGISTER", None),
        ("AT&amp;T", "AT&T"),
        ("CAF&eacute;", "CAFé"),
        ("A&#38;B", "A&B"),
        ("BOOKS <3 YEARS", None),
        ("JOE <THE> PLUMBER", None),
        ("<b>Bold</b> shop", None),
        ("A <B", None),
        ("<![CDATA[JOE & <SON>]]>", "JOE & <SON>"),
        ("A<!-- no -->B", "AB"),
    ],
)
def test_signs_of_markup_in_a_name_stay_as_they_are_written(written, name):
    first, second = rows(ofx(OFX_ROW.replace("CAFE", written) + OFX_ROW))
    assert (first.merchant_name, second.merchant_name) == (name or written, "CAFE")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(ofx().replace("<OFX>", "<OFX >"), id="blank in a tag"),
        pytest.param(ofx().replace("<OFX>", '<OFX xmlns="http://ofx.net">'), id="attribute"),
        pytest.param(
            ofx()[ofx().index("<OFX>") :].replace("</", "</o:").replace("<", "<o:").replace("<o:/", "</"), id="ns"
        ),
        pytest.param(ofx().replace("<STMTTRN>", "<stmttrn>").replace("<TRNAMT>", "<trnamt>"), id="lower case"),
        pytest.param(ofx()[ofx().index("<OFX>") :], id="no header"),
        pytest.param("DATA:OFXSGMLENCODING:UTF-8" + ofx()[ofx().index("<OFX>") :], id="half a header in one line"),
        pytest.param("\r\n" + ofx(), id="blank lines first"),
        pytest.param("<!-- <OFX> -->" + ofx(), id="comment first"),
        pytest.param(ofx().replace("\r\n", ""), id="one line"),
        pytest.param(ofx().replace("</STMTTRN>", ""), id="row not closed"),
        pytest.param(ofx().replace("</BANKTRANLIST>", ""), id="list not closed"),
        pytest.param(ofx().replace("</OFX>", ""), id="file not closed"),
    ],
)
def test_the_same_statement_in_other_clothes_is_the_same(content):
    assert rows(content) == rows(ofx())


def test_every_row_counts_where_none_is_closed():
    content = ofx((OFX_ROW * 3).replace("</STMTTRN>\r\n", ""))
    assert len(rows(content)) == 3


@pytest.mark.parametrize("cut", [OFX_ROW, OFX_ROW + OFX_ROW[:40], OFX_ROW + "</BANKTRANLI"])
def test_a_file_that_ends_inside_its_list_is_refused_and_says_so(cut):
    with pytest.raises(UnreadableFileError) as unreadable:
        found_in(OFX_HEAD + cut)
    assert "transactions may be missing" in unreadable.value.problems[0].wanted


def test_without_a_statement_each_row_is_rejected_with_what_it_lacks():
    content = "OFXHEADER:100\r\n\r\n<BANKTRANLIST>\r\n" + OFX_ROW + "</BANKTRANLIST>\r\n"
    assert [problem.column for problem in rejected(content).problems] == ["ACCTID", "CURDEF"]


def test_a_type_that_contradicts_the_sign_gets_a_note_and_the_sign_decides():
    content = ofx(OFX_ROW.replace("-4.50", "45.00"))
    assert rows(content)[0].amount == Decimal("-45.00")
    assert [note for note in said(content) if "TRNTYPE" in note]
