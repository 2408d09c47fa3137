"""Read replicas: a physical standby that streams its primary's log through a slot of its own."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.machine import commands, stored
from localcloud.machine.files import write_atomically, write_json
from localcloud.machine.ledger import Ledger
from localcloud.rds import superuser
from localcloud.rds.postgres import SUPERUSER, Postgres
from localcloud.rds.programs import binaries, give, make_directory, unprivileged

LONG_S = 3600.0
"""Real seconds for the copy of a whole database."""

ALTERED = "postgresql.auto.conf"
"""The file of ALTER SYSTEM, which nobody else uses here: only the superuser might, and clients are none."""

DROP_SLOT = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{slot}';"
END_SENDER = "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '{slot}' AND active;"
LAG = (
    "SELECT CASE WHEN NOT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming') THEN -1 "
    "WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0 "
    "ELSE COALESCE(extract(epoch FROM now() - pg_last_xact_replay_timestamp()), 0) END"
)


@dataclass(frozen=True, kw_only=True)
class Primary:
    """What a replica keeps of its primary, in primary.json: what a new name does not change."""

    resource_id: str
    slot: str


def slot_of(resource_id: str) -> str:
    """Of a replica, by its own resource id."""
    return f"rds_{resource_id.lower().replace('-', '_')}"


def kept(directory: Path) -> Primary | None:
    """Of an instance's directory; None when it is no replica."""
    return stored.read_record(directory / "primary.json", Primary, "made anew from the instance's record")


def keep(replica: Postgres, of: Primary) -> Primary:
    """Write down whom it follows; -> the same."""
    write_json(replica.directory / "primary.json", asdict(of))
    return of


async def copy(primary: Postgres, replica: Postgres, of: Primary, ledger: Ledger) -> None:
    """Copy the primary's cluster, anew where an earlier attempt was cut short. Errors: CannotStart."""
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
    """The standby's; where its primary is stands in a file, which a server reads anew without a start."""
    primary = find(of)
    is_there = primary is not None and primary.is_created()  # else what has arrived stays readable
    connection = _connection(replica, of, primary) if primary is not None and is_there else ""
    write_atomically(replica.data / ALTERED, f"primary_conninfo = '{_doubled(connection)}'\n".encode())
    give(replica.data / ALTERED)
    return {"hot_standby": "on", "primary_slot_name": of.slot}


async def reload(replica: Postgres) -> None:
    """Let a running standby read its settings again. Errors: CannotStart."""
    await replica.run_sql("SELECT pg_reload_conf();")


def _connection(replica: Postgres, of: Primary, primary: Postgres) -> str:
    """The password is in a file of its own, so that no list of processes and no setting shows it."""
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
    """As a connection string has a value."""
    return "'" + str(path).replace("\\", r"\\").replace("'", r"\'") + "'"


def _doubled(text: str) -> str:
    """As a file of settings has a text between quotes."""
    return text.replace("\\", r"\\").replace("'", "''")


async def promote(replica: Postgres) -> None:
    """Let it take writes; on return it does. Errors: CannotStart."""
    await replica.run_sql("SELECT pg_promote(true, 300);")
    (replica.directory / "primary.json").unlink(missing_ok=True)
    (replica.directory / "primary.pass").unlink(missing_ok=True)


async def drop_slot(primary: Postgres, slot: str) -> None:
    """Keep the log no longer for a replica that is none any more. Errors: CannotStart."""
    await primary.run_sql(END_SENDER.format(slot=slot))
    await primary.run_sql(DROP_SLOT.format(slot=slot))


async def lag_s(replica: Postgres) -> float:
    """How far the replica's data is behind; -1 when nothing comes, as RDS tells it. Errors: CannotStart."""
    return float((await replica.run_sql(LAG)).strip() or 0)
