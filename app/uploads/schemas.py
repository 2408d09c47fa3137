"""Uploads on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from app.uploads.formats import Format


class Rejection(BaseModel):
    """Why a row was left out: where it is, what was found, what was wanted."""

    line: int | None = Field(description="Line in the file, from 1; null in JSON")
    row: int | None = Field(description="Place among the file's transactions, from 1")
    column: str | None
    value: str = Field(description="The beginning of what was found")
    wanted: str


class UploadReport(BaseModel):
    """What became of a file: of its `total` rows, `accepted` are new, `duplicates` were there already, and
    `rejected` cannot be used; `rejections` says why, for the first 100 values."""

    upload_id: UUID
    sha256: str = Field(description="Checksum of the file, hexadecimal")
    format: Format
    size_bytes: int
    total: int
    accepted: int
    duplicates: int
    rejected: int
    rejections: list[Rejection]
    created_at: datetime = Field(description="When the file came for the first time, UTC")
