"""The formats an upload may have, told apart by how the file begins."""

import re
from enum import StrEnum

from app.uploads.csv_format import read_csv
from app.uploads.json_format import read_json
from app.uploads.ofx_format import read_ofx
from app.uploads.reading import Reader
from app.uploads.text_encoding import marked_encoding

HEAD_BYTES = 512
# What only OFX has: its header, of which programs leave out parts, or its first element.
OFX = re.compile(r"OFXHEADER|OFXSGML|<OFX[\s>]", re.IGNORECASE)


class Format(StrEnum):
    """A format; the value is the file name's ending too."""

    CSV = "csv"
    JSON = "json"
    OFX = "ofx"

    @property
    def content_type(self) -> str:
        """Its media type."""
        return CONTENT_TYPES[self]

    @property
    def reader(self) -> Reader:
        """What reads it."""
        return READERS[self]


CONTENT_TYPES = {Format.CSV: "text/csv", Format.JSON: "application/json", Format.OFX: "application/x-ofx"}
READERS: dict[Format, Reader] = {Format.CSV: read_csv, Format.JSON: read_json, Format.OFX: read_ofx}


def format_of(head: bytes) -> Format:
    """The format of a file with this beginning; what is neither JSON nor OFX is read as CSV."""
    text = head[:HEAD_BYTES].decode(marked_encoding(head) or "utf-8", "replace").lstrip("\ufeff \t\r\n")
    if text.startswith(("{", "[")):
        return Format.JSON
    if text.startswith("<") or OFX.search(text):
        return Format.OFX
    return Format.CSV
