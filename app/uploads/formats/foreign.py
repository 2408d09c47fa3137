"""Files that are mistaken for exports but are something else altogether, recognized by how they begin."""

from app.uploads.formats.reading import Problem, UnreadableFileError

EXPECTED_FORMATS = "CSV, JSON or OFX: export the transactions as one of them"
BEGINNINGS = (
    (b"PK\x03\x04", "a workbook or an archive (ZIP)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"!Type:", "a QIF file"),
    (b"!Account", "a QIF file"),
    (b"!Option", "a QIF file"),
    (b":20:", "an MT940 statement"),
    (b"{1:", "an MT940 statement"),
    (b"ISA*", "an EDI file (X12)"),
)
ELEMENTS = {
    "HTML": "a web page (HTML)",
    "DOCUMENT": "an ISO 20022 message (camt or pain)",
    "WORKBOOK": "an Excel workbook in XML",
}


def refuse_foreign(head: bytes) -> None:
    """Refuse such a file. Errors: UnreadableFileError."""
    for beginning, kind in BEGINNINGS:
        if head.startswith(beginning):
            raise foreign(kind)


def foreign(kind: str) -> UnreadableFileError:
    return UnreadableFileError(Problem(line=1, row=None, column=None, value=kind, wanted=EXPECTED_FORMATS))
