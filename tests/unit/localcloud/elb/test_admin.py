"""Questions to an admin that answers, goes away and comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from localcloud.elb.admin import Admin

ANSWER = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"


@asynccontextmanager
async def envoy(*, answers: int = 1000) -> AsyncIterator[str]:
    """One that hangs up after so many answers; -> its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for _ in range(answers):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(ANSWER)
        except asyncio.IncompleteReadError:  # the other end hung up
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()
        yield f"{host}:{port}"


async def test_questions_at_once_get_each_their_answer() -> None:
    async with envoy() as address:
        admin = Admin(lambda: address)
        assert await asyncio.gather(*(admin.ask("/stats") for _ in range(5))) == [b"abcdef"] * 5
        admin.close()


async def test_a_connection_that_was_closed_is_opened_again() -> None:
    async with envoy(answers=1) as address:
        admin = Admin(lambda: address)
        assert [await admin.ask("/stats") for _ in range(3)] == [b"abcdef"] * 3
        admin.close()


@pytest.mark.parametrize("address", ["", "127.0.0.1", "127.0.0.1:"])
async def test_an_address_that_is_not_written_yet_is_no_connection(address: str) -> None:
    with pytest.raises(ConnectionError, match="no address yet"):
        await Admin(lambda: address).ask("/stats")
