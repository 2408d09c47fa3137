"""The formats of uploads, distinguished by how the file begins."""

import re
from enum import StrEnum

from app.uploads.formats.csv_format import read_csv
from app.uploads.formats.json_format import read_json
from app.uploads.formats.ofx_format import read_ofx
from app.uploads.formats.reading import Reader
from app.uploads.formats.text_encoding import marked_encoding

HEAD_BYTES = 512
# Only OFX has these: its header, parts of which some programs omit, or its first element.
OFX = re.compile(r"OFXHEADER|OFXSGML|<OFX[\s>]", re.IGNORECASE)


class Format(StrEnum):
    """A format; its value is also the extension of the file name."""

    CSV = "csv"
    JSON = "json"
    OFX = "ofx"

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self]

    @property
    def reader(self) -> Reader:
        return READERS[self]


CONTENT_TYPES = {Format.CSV: "text/csv", Format.JSON: "application/json", Format.OFX: "application/x-ofx"}
READERS: dict[Format, Reader] = {Format.CSV: read_csv, Format.JSON: read_json, Format.OFX: read_ofx}


def format_of(head: bytes) -> Format:
    """Detect the format from the beginning of a file; anything that is neither JSON nor OFX is read as CSV."""
    text = head[:HEAD_BYTES].decode(marked_encoding(head) or "utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return Format.JSON
    if text.startswith("<") or OFX.search(text):
        return Format.OFX
    return Format.CSV
