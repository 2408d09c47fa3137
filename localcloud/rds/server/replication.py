"""Read replicas: a physical standby that streams its primary's log through a slot of its own."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.machine import commands, stored_files
from localcloud.machine.files import write_atomically, write_json
from localcloud.machine.ledger import Ledger
from localcloud.rds.server import superuser
from localcloud.rds.server.postgres import SUPERUSER, Postgres
from localcloud.rds.server.programs import binaries, give, make_directory, unprivileged

LONG_S = 3600.0
"""Real seconds for copying a whole database."""

ALTERED = "postgresql.auto.conf"
"""The file of ALTER SYSTEM, which nothing else uses here: only the superuser may, and no client is one."""

DROP_SLOT = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{slot}';"
END_SENDER = "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '{slot}' AND active;"
LAG = (
    "SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') THEN -1 "
    "WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 "
    "ELSE COALESCE(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) END"
)


@dataclass(frozen=True, kw_only=True)
class Primary:
    """A replica's primary as stored in primary.json: only what a new name does not change."""

    resource_id: str
    slot: str


def slot_of(resource_id: str) -> str:
    """Return the name of a replica's slot, from its own resource id."""
    return f"rds_{resource_id.lower().replace('-', '_')}"


def kept(directory: Path) -> Primary | None:
    """Return the primary stored in an instance's directory; None when it is not a replica."""
    return stored_files.read_record(directory / "primary.json", Primary, "recreated from the instance's record")


def keep(replica: Postgres, of: Primary) -> Primary:
    """Store a replica's primary, and return it."""
    write_json(replica.directory / "primary.json", asdict(of))
    return of


async def copy(primary: Postgres, replica: Postgres, of: Primary, ledger: Ledger) -> None:
    """Copy the primary's cluster, starting over after an interrupted attempt. Errors: CannotStart."""
    replica.directory.mkdir(mode=0o700, exist_ok=True)
    if replica.data.exists():
        shutil.rmtree(replica.data)
    keep(replica, of)
    superuser.copy(primary.directory, replica.directory)
    await drop_slot(primary, of.slot)
    make_directory(replica.data)
    await commands.run(
        f"{replica.name} pg_basebackup",
        ledger,
        unprivileged(
            str(binaries() / "pg_basebackup"),
            f"--pgdata={replica.data}",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-password",
            "--create-slot",
            f"--slot={of.slot}",
        ),
        env=primary.client_environment(),
        timeout_s=LONG_S,
    )
    signal_file = replica.data / "standby.signal"
    signal_file.touch()
    give(signal_file)


def settings(replica: Postgres, of: Primary, find: Callable[[Primary], Postgres | None]) -> dict[str, str]:
    """Return the standby's settings; the primary's address is in a file, which a server rereads without a restart."""
    primary = find(of)
    is_there = primary is not None and primary.is_created()  # otherwise the received data stays readable
    connection = _connection(replica, of, primary) if primary is not None and is_there else ""
    write_atomically(replica.data / ALTERED, f"primary_conninfo = '{_doubled(connection)}'\n".encode())
    give(replica.data / ALTERED)
    return {"hot_standby": "on", "primary_slot_name": of.slot}


async def reload(replica: Postgres) -> None:
    """Make a running standby reload its settings. Errors: CannotStart."""
    await replica.run_sql("SELECT pg_reload_conf();")


def _connection(replica: Postgres, of: Primary, primary: Postgres) -> str:
    """Return the connection string.

    The password is in a separate file, so that no process list and no setting shows it.
    """
    instance = primary.instance
    password_file = replica.directory / "primary.pass"
    password = primary.superuser_password()
    if superuser.kept(replica.directory) is None:
        superuser.copy(primary.directory, replica.directory)
    write_atomically(password_file, f"*:*:*:{SUPERUSER}:{password}\n".encode())
    give(password_file)
    return (
        f"host={instance.address} port={instance.port} user={SUPERUSER} sslmode=disable "
        f"passfile={_quoted(password_file)} application_name={of.slot}"
    )


def _quoted(path: Path) -> str:
    """Quote a value for a connection string."""
    return "'" + str(path).replace("\\", r"\\").replace("'", r"\'") + "'"


def _doubled(text: str) -> str:
    """Escape a text between quotes in a settings file."""
    return text.replace("\\", r"\\").replace("'", "''")


async def promote(replica: Postgres) -> None:
    """Make a replica writable, and wait until it is. Errors: CannotStart."""
    await replica.run_sql("SELECT pg_promote(true, 300);")
    (replica.directory / "primary.json").unlink(missing_ok=True)
    (replica.directory / "primary.pass").unlink(missing_ok=True)


async def drop_slot(primary: Postgres, slot: str) -> None:
    """Stop keeping log for a former replica. Errors: CannotStart."""
    await primary.run_sql(END_SENDER.format(slot=slot))
    await primary.run_sql(DROP_SLOT.format(slot=slot))


async def lag_s(replica: Postgres) -> float:
    """Return the replica's lag in seconds; -1 when nothing arrives, as in RDS. Errors: CannotStart."""
    return float((await replica.run_sql(LAG)).strip() or 0)
