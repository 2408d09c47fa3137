"""Read a large file in a process of its own, and hand its rows on while it reads."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import IO

import app
from app.errors import InvalidInputError
from app.uploads.staging import OUT_OF_MEMORY, OnError, Staged

log = logging.getLogger(__name__)

CHUNK_BYTES = 256 * 1024
IMPORT_ROOT = Path(app.__file__).parent.parent


class ReaderFailedError(Exception):
    """The reading process ended in a way that no file should bring about."""


async def stage_in_child(
    file: IO[bytes], on_error: OnError, take: Callable[[AsyncIterator[bytes]], Awaitable[None]]
) -> Staged:
    """As staging.stage, for a file on disk; `take` gets the lines in pieces.

    Errors: InvalidInputError when reading needs more memory than any bank export; those of `take`.
    """
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # the child shares the position
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.uploads.staging",
        on_error.value,
        cwd=IMPORT_ROOT,
        env={name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "LD_LIBRARY_PATH")},
        stdin=file.fileno(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - narrows the types
    account = asyncio.create_task(process.stderr.read())
    try:
        await take(pieces(process.stdout))
        text = (await account).decode()
        status = await process.wait()
    finally:
        account.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status == OUT_OF_MEMORY:
        raise InvalidInputError("The file was not stored: one of its values is too large")
    if status != 0:
        raise ReaderFailedError(f"the reading process ended with {status}: {text}")
    return Staged.from_json(text)


async def pieces(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """What comes, as it comes."""
    while piece := await stream.read(CHUNK_BYTES):
        yield piece
