"""Request and response models of uploads."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.platform import api
from app.transactions.merging import Merged
from app.uploads.formats.detection import Format

STATUS_PATH = f"{api.PREFIX}/announced-uploads"
FILE_LIMIT_BYTES = 50 * 1024 * 1024


class Rejection(BaseModel):
    """The reason why a row was rejected: its place, the value found, and what was expected."""

    line: int | None = Field(description="Line in the file, counted from 1: the value's own line where it is known")
    position: int | None = Field(default=None, description="The value's first character in its line, counted from 1")
    row: int | None = Field(description="Position among the file's transactions, counted from 1")
    column: str | None
    value: str = Field(description="The beginning of what was found")
    wanted: str = Field(description="What was expected there")


class Note(BaseModel):
    """A remark about irregular values that can be used; the position is that of the first one."""

    line: int | None
    position: int | None
    row: int | None
    column: str | None
    value: str
    said: str = Field(examples=["rounded to its currency's number of decimal places"])
    count: int = Field(description="How many values of this column this applies to")


class MoneyOfCurrency(BaseModel):
    """The sums of a file's rows in one currency, both positive. If income counts as money out, its signs are wrong."""

    currency: str = Field(examples=["USD"])
    money_in: Decimal = Field(examples=["3000.00"])
    money_out: Decimal = Field(examples=["4.50"])


class UploadReport(BaseModel):
    """The result of an upload. Each of its `total` rows is in one of the five counts.

    `accepted` rows are new, `updated` ones changed a stored row (the pending state of a payment, or a correction by the
    bank), `removed` ones removed one that the bank withdrew, `duplicates` were already known or remove a row that is
    not stored, and `rejected` ones cannot be used: `rejections` says why, for the first 100 values.
    """

    upload_id: UUID
    sha256: str = Field(description="Checksum of the file, hexadecimal")
    format: Format
    size_bytes: int
    total: int
    accepted: int
    updated: int
    removed: int
    duplicates: int
    rejected: int
    rejections: list[Rejection]
    notes: list[Note]
    money: list[MoneyOfCurrency] = Field(description="Sums of the rows that are not rejected, by currency")
    created_at: datetime = Field(description="When the file was first uploaded, UTC")

    def of_this_time(self, merged: Merged, *, rows: int) -> "UploadReport":
        """Copy the report with the counts of one attempt only. rows: how many were merged."""
        known = rows - merged.accepted - merged.updated - merged.removed
        counts = {
            "accepted": merged.accepted,
            "updated": merged.updated,
            "removed": merged.removed,
            "duplicates": known,
        }
        return self.model_copy(update=counts)


def number(value: object) -> object:
    """Refuse other values that pydantic accepts as a number. JSON's 1.0 is a whole number."""
    if isinstance(value, str | bool):
        raise ValueError("should be a whole number")
    return value


class Announcement(BaseModel):
    """A file that is going to be stored without passing through this service."""

    model_config = ConfigDict(extra="forbid")

    size_bytes: Annotated[int, Field(ge=1, le=FILE_LIMIT_BYTES, examples=[31_457_280]), BeforeValidator(number)]
    sha256: str = Field(
        pattern="^[0-9a-f]{64}$",
        description="Checksum of the file, hexadecimal",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )


class AnnouncedUpload(BaseModel):
    """The URL to send the announced file to, and its expiry."""

    id: UUID
    url: str = Field(
        description="PUT the file here with the headers below. Keep the URL secret: it needs no token",
        examples=["https://spendsense-data.s3.us-west-1.amazonaws.com/announced/...&X-Amz-Signature=..."],
    )
    headers: dict[str, str] = Field(
        description="Send them unchanged; the storage refuses other headers",
        examples=[
            {
                "Content-Length": "31457280",
                "x-amz-checksum-sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
            }
        ],
    )
    url_expires_at: datetime = Field(description="The PUT must start before this, UTC")
    expires_at: datetime = Field(description="The upload must be completed before this, UTC")


class UploadState(StrEnum):
    """The state of an announced upload."""

    ANNOUNCED = "announced"
    PROCESSING = "processing"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class UploadStatus(BaseModel):
    """The progress of an announced upload, or of one that takes longer than its request.

    `done`: `report` has the result. `refused`: `problem` has the `detail`, and the `errors` if any, that the request
    would have been answered with; nothing was stored. `processing` continues by itself.
    """

    id: UUID
    state: UploadState
    report: UploadReport | None
    problem: dict[str, Any] | None
