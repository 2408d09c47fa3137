"""Requests to an admin interface that answers, disappears and returns."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from localcloud.elb.envoy.admin import Admin

ANSWER = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"


@asynccontextmanager
async def envoy(*, answers: int = 1000) -> AsyncIterator[Path]:
    """A server that hangs up after so many responses; -> its socket."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for _ in range(answers):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:  # the client hung up
            return
        finally:
            writer.close()

    with tempfile.TemporaryDirectory() as directory:  # pytest's own path may be too long for a socket
        socket = Path(directory) / "admin"
        server = await asyncio.start_unix_server(serve, socket)
        async with server:
            yield socket


async def test_questions_at_once_get_each_their_answer() -> None:
    async with envoy() as socket:
        admin = Admin(socket)
        assert await asyncio.gather(*(admin.ask("/stats") for _ in range(5))) == [b"abcdef"] * 5
        admin.close()


async def test_a_connection_that_was_closed_is_opened_again() -> None:
    async with envoy(answers=1) as socket:
        admin = Admin(socket)
        assert [await admin.ask("/stats") for _ in range(3)] == [b"abcdef"] * 3
        admin.close()


async def test_a_socket_that_does_not_exist_yet_is_not_a_connection(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await Admin(tmp_path / "admin").ask("/stats")
