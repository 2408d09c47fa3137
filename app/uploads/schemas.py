"""Uploads on the wire."""

from uuid import UUID

from pydantic import BaseModel


class UploadReport(BaseModel):
    """What became of a file: of its `total` rows, `accepted` are new and `duplicates` were there already."""

    upload_id: UUID
    sha256: str
    total: int
    accepted: int
    duplicates: int
