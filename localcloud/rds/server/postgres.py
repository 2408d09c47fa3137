"""One PostgreSQL 16 server: its cluster on disk, its process, its roles."""

import asyncio
import functools
import json
import shutil
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import psutil

from localcloud.errors import CannotStart
from localcloud.machine import commands, stored_files
from localcloud.machine.addresses import can_bind
from localcloud.machine.files import write_atomically, write_json
from localcloud.machine.ledger import Ledger
from localcloud.machine.server_directories import remove_directory
from localcloud.machine.servers import Launch
from localcloud.machine.set_aside import report, set_aside
from localcloud.rds.server import roles, scram, superuser
from localcloud.rds.server.archive import ARCHIVE_VARIABLE, Archive
from localcloud.rds.server.programs import binaries, environment, give, make_directory, unprivileged
from localcloud.rds.server.restoration import Restoration

VERSION = "16.10"
SUPERUSER = "rdsadmin"  # RDS's own name for it; clients never get it

# Tasks have addresses all over 127.0.0.0/8. `all` does not include base backups.
HOST_BASED_AUTHENTICATION = f"""\
host all all 127.0.0.0/8 scram-sha-256
host replication {SUPERUSER} 127.0.0.0/8 scram-sha-256
"""
RECOVERY_SIGNAL = "recovery.signal"  # PostgreSQL removes it after replaying the log
STANDBY_SIGNAL = "standby.signal"  # PostgreSQL removes it at the promotion
RECOVERY_TIMEOUT_S = 3600.0


@dataclass(frozen=True, kw_only=True)
class Instance:
    """The content of instance.json."""

    address: str
    port: int
    master_username: str
    database: str
    resource_id: str
    """RDS's DbiResourceId."""


class Postgres:
    """A server in `directory`, which contains `data/` (the cluster), `superuser` (its password), `master` (the last
    password set for that role, and the version of its rights), `instance.json`; and `unfinished` until the cluster is
    made.

    `archive`: the archive of its log; None when none is kept.
    """

    def __init__(self, name: str, directory: Path, ledger: Ledger, archive: Archive | None = None) -> None:
        self._name = name
        self.directory = directory
        self.archive = archive
        self.follows: Callable[[], Mapping[str, str]] | None = None
        """The settings of a read replica, read at each start."""
        self._ledger = ledger

    @property
    def name(self) -> str:
        return self._name

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def restoration(self) -> Restoration:
        return Restoration(self.directory)

    @functools.cached_property
    def instance(self) -> Instance:
        """Return the stored instance; read once. Errors: CannotStart when the file is not what this version wrote."""
        path = self.directory / "instance.json"
        try:
            return stored_files.restore(Instance, json.loads(path.read_text()))
        except stored_files.UNREADABLE as error:
            raise CannotStart(f"{path}: should contain the keys of an instance: {error}; restore the file") from error

    def repair(self, make: Callable[[], Instance]) -> None:
        """Recreate a lost `instance.json` where there is a cluster."""
        path, consequence = self.directory / "instance.json", "recreated from its record"
        was_there = path.exists()
        if not self.is_created() or stored_files.read_record(path, Instance, consequence) is not None:
            return
        if not was_there:
            report(path, f"is gone: {consequence}")
        self._keep(make())

    def is_created(self) -> bool:
        """Return whether `create`, or the restoration begun by `restore`, was completed.

        A cluster alone counts as complete, too: it is somebody's data, whichever file beside it is lost.
        """
        is_there = (self.directory / "instance.json").exists() or self.data.exists()
        return is_there and not self._unfinished.exists() and not self.restoration.is_pending()

    @property
    def _unfinished(self) -> Path:
        return self.directory / "unfinished"

    async def create(self, instance: Instance) -> None:
        """Make the cluster, after removing what an interrupted creation left."""
        await asyncio.to_thread(remove_directory, self.directory)
        self.directory.mkdir(mode=0o700)
        self._unfinished.touch()
        make_directory(self.data)
        password_file = superuser.keep(self.directory, superuser.new())
        await commands.run(
            f"{self._name} initdb",
            self._ledger,
            unprivileged(
                str(binaries() / "initdb"),
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ),
            env=environment(),
        )
        self._keep(instance)

    async def unpack(self, instance: Instance, unpack: Callable[[Path, Path], Awaitable[None]]) -> None:
        """Make the cluster from what `restoration` contains, starting over after an interrupted attempt.

        `unpack`: (base backup, directory of the cluster to make). The server then follows the log at its next start.
        """
        self._unfinished.touch()
        if self.data.exists():
            await asyncio.to_thread(self._end_leftovers)
            await asyncio.to_thread(shutil.rmtree, self.data)
        await unpack(self.restoration.backup, self.data)
        if self.restoration.follows_log:
            signal_file = self.data / RECOVERY_SIGNAL
            signal_file.touch()
            give(signal_file)
        self._keep(instance)

    async def replicate(self, instance: Instance, copy: Callable[["Postgres"], Awaitable[None]]) -> None:
        """Make the cluster a standby; `copy` fills the directory with the primary's data."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self._unfinished.touch()
        await asyncio.to_thread(self._end_leftovers)
        await copy(self)
        self._keep(instance)

    def move(self, directory: Path, address: str) -> None:
        """Move a server that is not running to another directory, which gives it its name, and to another endpoint."""
        instance = replace(self.instance, address=address)
        if directory != self.directory:
            self.directory.rename(directory)
        self.directory = directory
        self._name = f"rds/{directory.name}"
        self._keep(instance)

    def _keep(self, instance: Instance) -> None:
        write_json(self.directory / "instance.json", asdict(instance))
        self._unfinished.unlink(missing_ok=True)
        self.__dict__.pop("instance", None)

    async def launch(self) -> Launch:
        instance = self.instance
        if (self.data / "postmaster.pid").exists():
            await asyncio.to_thread(self._end_leftovers)
        self._write_authentication()
        if not can_bind(instance.address, instance.port):
            raise CannotStart(
                f"{self._name}: {instance.address}:{instance.port} is in use by another program; "
                f"find it with `ss -ltnp`, end it, and start again"
            )
        settings = {
            "listen_addresses": instance.address,
            "port": instance.port,
            "unix_socket_directories": "",
            "wal_level": "replica",
            "max_slot_wal_keep_size": "2GB",  # rather lose a replica that is away for long than fill the disk
            "log_line_prefix": "%t:%r:%u@%d:[%p]:",
        }
        more: dict[str, str] = {}
        if self.archive is not None:
            self.archive.prepare()
            settings |= self.archive.settings()
            more[ARCHIVE_VARIABLE] = str(self.archive.directory)
        if self.follows is not None and (self.data / STANDBY_SIGNAL).exists():
            settings |= self.follows()
            if self.archive is not None:
                settings["archive_mode"] = "always"  # archives received log, too
        recovers = (self.data / RECOVERY_SIGNAL).exists()
        if not recovers and not (self.data / STANDBY_SIGNAL).exists() and superuser.kept(self.directory) is None:
            await self._recreate_superuser()
        if recovers:
            settings |= self.restoration.settings()
            more |= self.restoration.environment()
        options = [argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")]
        return Launch(
            argv=unprivileged(str(binaries() / "postgres"), "-D", str(self.data), *options),
            env=environment(**more),
            start_timeout_s=RECOVERY_TIMEOUT_S if recovers else Launch.start_timeout_s,
            stop_signal=signal.SIGINT,  # "fast" shutdown: ends sessions, flushes data
        )

    async def is_ready(self) -> bool:
        # The last line of the file reports when connections are accepted; reading it needs no connection.
        try:
            lines = (self.data / "postmaster.pid").read_text(errors="replace").splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    async def apply_master(self, password: str) -> None:
        """Create or update the master role and its database; idempotent.

        The server gets the password's verifier, so that no statement that it may log contains the password itself.
        """
        record = self.directory / "master"
        is_so = stored_files.read(
            record, lambda content: _is_master(content.decode().split(), password), "the role's password is set again"
        )
        if is_so:
            return
        verifier = scram.verifier(password)
        await self._psql(
            f"\\set verifier '{verifier}'\n{roles.MASTER}",
            f"--set=role={self.instance.master_username}",
            f"--set=database={self.instance.database}",
        )
        write_atomically(record, f"{verifier}\n{roles.DIGEST}\n".encode())

    async def close_segment(self) -> None:
        """Archive the open log segment now, and later ones in time. Errors: CannotStart.

        After a crash PostgreSQL would archive it only once more is written. After each start, the process that archives
        may sleep for as long as five minutes, because it looked while the server was still coming up: a requested
        checkpoint wakes it.
        """
        await self._psql("CHECKPOINT;")
        await self._psql("SELECT pg_switch_wal() WHERE NOT pg_is_in_recovery();")  # a replica's log is its primary's

    def note_end(self) -> None:
        """Record, after a stop, that everything is archived up to now if the server ended by itself."""
        if self.archive is not None and self.is_created() and not (self.data / "postmaster.pid").exists():
            self.archive.all_until(self.data / "pg_wal", time.time())

    def client_environment(self) -> Mapping[str, str]:
        """Return the environment of a program that connects as the superuser."""
        return environment(
            PGHOST=self.instance.address,
            PGPORT=str(self.instance.port),
            PGUSER=SUPERUSER,
            PGPASSWORD=self.superuser_password(),
        )

    def superuser_password(self) -> str:
        """Return the superuser's password. Errors: CannotStart when it is lost."""
        password = superuser.kept(self.directory)
        if password is None:
            raise CannotStart(
                f"{self.directory / superuser.NAME}: the superuser's password is lost; it is recreated when the "
                "instance is rebooted"
            )
        return password

    async def _recreate_superuser(self) -> None:
        """Set a new superuser password while the server is not running: its single-user mode needs no connection."""
        password = superuser.new()
        output = await commands.run(
            f"{self._name} postgres --single",
            self._ledger,
            unprivileged(str(binaries() / "postgres"), "--single", "-D", str(self.data), "postgres"),
            env=environment(),
            standard_input=f"ALTER ROLE {SUPERUSER} PASSWORD '{scram.verifier(password)}'\n".encode(),
        )
        if "ERROR" in output:
            raise CannotStart(f"{self._name}: the superuser's password cannot be recreated: {output}")
        report(superuser.keep(self.directory, password), "was lost: the superuser gets a new password")

    async def run_sql(self, statement: str) -> str:
        """Run a statement as the superuser; -> its result, a line per row. Errors: CannotStart."""
        return await self._psql(statement, "--tuples-only", "--no-align")

    async def _psql(self, script: str, *options: str) -> str:
        return await commands.run(
            f"{self._name} psql",
            self._ledger,
            [
                str(binaries() / "psql"),
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--dbname=postgres",
                *options,
            ],
            env=self.client_environment(),
            standard_input=script.encode(),
        )

    def _write_authentication(self) -> None:
        """Write the authentication rules, which allow nobody else."""
        path, rules = self.data / "pg_hba.conf", HOST_BASED_AUTHENTICATION.encode()
        if path.is_dir():
            set_aside(path, "should be a file: recreated")
        if not path.exists() or path.read_bytes() != rules:
            path.write_bytes(rules)
            give(path)

    def _end_leftovers(self) -> None:
        """End processes that a killed server left: a backend inside a long query keeps the cluster's shared memory.

        Also delete the stale postmaster.pid, whose number may by now be another process's. Only this local cloud, which
        locks the data directory, uses this cluster.
        """
        leftovers = [process for process in psutil.process_iter() if _works_in(process, self.data)]
        for process in leftovers:
            process.kill()
        psutil.wait_procs(leftovers, timeout=5)
        (self.data / "postmaster.pid").unlink(missing_ok=True)


def _is_master(known: list[str], password: str) -> bool:
    return known[1:] == [roles.DIGEST] and scram.matches(known[0], password)


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return Path(process.cwd()) == directory.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
