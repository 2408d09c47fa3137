"""TLS before a server that has none: PostgreSQL's own way of asking for it, or from the first byte as Redis does."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DEADLINE_S = 30
# PostgreSQL's SSLRequest: its own length, and a number no protocol version has.
SSL_REQUEST = bytes.fromhex("0000000804d2162f")


class Front:
    """Takes connections on a port of its own and hands them on. `encrypted`: how many came with TLS to their end."""

    def __init__(self, target: tuple[str, int], certificate: tuple[Path, Path], *, asks_first: bool) -> None:
        self.target = target
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*certificate)
        self.asks_first = asks_first
        self.encrypted = 0
        self.port = 0

    async def serve(self, listening: threading.Event, ended: asyncio.Event) -> None:
        server = await asyncio.start_server(self.take, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        await ended.wait()
        server.close()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; close it if the client does not request TLS."""
        with suppress(ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
            if self.asks_first:
                if await reader.readexactly(len(SSL_REQUEST)) != SSL_REQUEST:
                    return
                writer.write(b"S")
                await writer.drain()
            await writer.start_tls(self.context)
            self.encrypted += 1
            inner_reader, inner_writer = await asyncio.open_connection(*self.target)
            try:
                await asyncio.gather(pipe(reader, inner_writer), pipe(inner_reader, writer))
            except asyncio.CancelledError:  # the front goes while somebody is connected
                for each in (writer, inner_writer):
                    each.transport.abort()
                return
        writer.close()


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except (ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.close()


@contextmanager
def tls_before(
    port: int, certificate: tuple[Path, Path], *, host: str = "127.0.0.1", asks_first: bool = False
) -> Iterator[Front]:
    """A front of the server on this port, with this certificate and key, gone after the block."""
    front = Front((host, port), certificate, asks_first=asks_first)
    loop = asyncio.new_event_loop()
    listening, ended = threading.Event(), asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(front.serve(listening, ended),), daemon=True)
    thread.start()
    assert listening.wait(DEADLINE_S), "the TLS front does not listen"
    try:
        yield front
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(DEADLINE_S)
        if left := asyncio.all_tasks(loop):
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.wait(left))
        loop.run_until_complete(asyncio.sleep(0))  # what was aborted is closed in the next round
        loop.close()
