"""Browsers' uploads to S3: a POST whose form has the object's key, a signed policy, and at its end the file.

Source: S3 API Reference, "POST Object".
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from localcloud.protocol.wire import AwsRequest

CONTENT = "multipart/form-data"
LARGEST = 64 * 1024
"""Bytes of the fields before the file (S3 accepts 20 KB), and of the end that is searched for the last line."""
BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
NAME = re.compile(r'\bname="([^"]*)"', re.IGNORECASE)
FILE_NAME = re.compile(r'\bfilename="([^"]*)"', re.IGNORECASE)
FILE = "file"


@dataclass(frozen=True, kw_only=True)
class UploadForm:
    """The form of an upload. `fields`: those before the file, by names in lower case; `size`: of the file, in bytes."""

    bucket: str
    fields: Mapping[str, str]
    size: int
    file_name: str

    @property
    def key(self) -> str:
        """Return the key that the object gets."""
        return self.fields.get("key", "").replace("${filename}", self.file_name)


def upload_form(request: AwsRequest) -> UploadForm | None:
    """Read the form of an upload, with its body as it was sent; None for any other request, and without a file."""
    content_type = request.headers.get("content-type", "")
    boundary = BOUNDARY.search(content_type)
    if request.method != "POST" or boundary is None or not content_type.lower().startswith(CONTENT):
        return None
    delimiter = f"--{boundary[1]}".encode("latin-1")
    start, end, length = _ends(request)
    fields: dict[str, str] = {}
    at = start.find(delimiter)
    while at >= 0:
        begin = start.find(b"\r\n\r\n", at) + 4
        head = start[at:begin].decode("utf-8", "replace")
        name = NAME.search(head)
        if begin < 4 or name is None:
            return None
        if name[1].lower() == FILE:
            file_name = FILE_NAME.search(head)
            after = len(end) - end.rfind(b"\r\n" + delimiter)
            return UploadForm(
                bucket=_bucket(request),
                fields=fields,
                size=max(0, length - begin - after),
                file_name=re.split(r"[/\\]", file_name[1])[-1] if file_name else "",
            )
        at = start.find(b"\r\n" + delimiter, begin - 2)
        fields.setdefault(name[1].lower(), start[begin:at].decode("utf-8", "replace"))
        at += 2 if at >= 0 else 0
    return None


def _ends(request: AwsRequest) -> tuple[bytes, bytes, int]:
    """Return the beginning and the end of the body, and its length."""
    file = request.body_file or BytesIO(request.body)
    length = file.seek(0, os.SEEK_END)
    file.seek(max(0, length - LARGEST))
    end = file.read()
    file.seek(0)
    start = file.read(LARGEST)
    file.seek(0)
    return start, end, length


def _bucket(request: AwsRequest) -> str:
    return request.path.strip("/").partition("/")[0]
