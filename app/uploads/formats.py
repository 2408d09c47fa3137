"""The formats an upload may have, told apart by how the file begins."""

from enum import StrEnum

from app.uploads.csv_format import read_csv
from app.uploads.json_format import read_json
from app.uploads.ofx_format import read_ofx
from app.uploads.reading import Reader

HEAD_BYTES = 512


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
    start = head[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"{", b"[")):
        return Format.JSON
    if start.upper().startswith((b"OFXHEADER", b"<?XML", b"<?OFX", b"<OFX>")):
        return Format.OFX
    return Format.CSV
