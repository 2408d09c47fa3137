"""Take a bank export: check it whole, keep the raw file, merge its rows."""

import hashlib
import os
import tempfile
from dataclasses import asdict, dataclass
from typing import IO
from uuid import UUID

import anyio.to_thread

from app.errors import InvalidInputError
from app.resources import Resources
from app.transactions import repository as transactions
from app.transactions.copy_text import copy_line
from app.transactions.identity import Identities
from app.uploads import repository as uploads
from app.uploads.csv_format import CsvRejectedError, read_transactions
from app.uploads.schemas import UploadReport

STAGED_IN_MEMORY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """What a first reading of a good file found."""

    sha256: bytes
    size_bytes: int
    row_count: int


async def take_upload(resources: Resources, user_id: UUID, file: IO[bytes]) -> UploadReport:
    """Store a CSV file and its rows; nothing of either when the file is not good.

    The raw file goes first: rows that are acknowledged always have it. Should the database fail then,
    it stays under a key made of its content, where the next attempt finds its place taken by itself.
    Errors: InvalidInputError with the first problems, UnavailableError.
    """
    with tempfile.SpooledTemporaryFile(STAGED_IN_MEMORY_BYTES) as staged:
        checked = await anyio.to_thread.run_sync(stage, file, staged, limiter=resources.parsers)
        key = f"uploads/{user_id}/{checked.sha256.hex()}.csv"
        await resources.storage.put(key, file, size=checked.size_bytes, sha256=checked.sha256, content_type="text/csv")
        upload = uploads.NewUpload(
            user_id=user_id,
            sha256=checked.sha256.hex(),
            storage_key=key,
            size_bytes=checked.size_bytes,
            row_count=checked.row_count,
        )
        async with resources.database.transaction() as connection:
            upload_id = await uploads.record(connection, upload)
            accepted = await transactions.merge(connection, staged, user_id=user_id, upload_id=upload_id)
    return UploadReport(
        upload_id=upload_id,
        sha256=upload.sha256,
        total=checked.row_count,
        accepted=accepted,
        duplicates=checked.row_count - accepted,
    )


def stage(file: IO[bytes], staged: IO[bytes]) -> CheckedFile:
    """Read `file`, write its rows to `staged` for COPY, and leave `file` at its start. Keeps a CPU busy."""
    file.seek(0)
    identities = Identities()
    row_count = 0
    try:
        for row in read_transactions(file):
            staged.write(copy_line(identities.of(row), row).encode())
            row_count += 1
    except CsvRejectedError as exc:
        raise InvalidInputError(
            "The file was not stored: correct it and upload it again",
            errors=[asdict(problem) for problem in exc.problems],
        ) from None
    size_bytes = file.seek(0, os.SEEK_END)
    file.seek(0)
    sha256 = hashlib.sha256()
    while chunk := file.read(1024 * 1024):
        sha256.update(chunk)
    file.seek(0)
    return CheckedFile(sha256=sha256.digest(), size_bytes=size_bytes, row_count=row_count)
