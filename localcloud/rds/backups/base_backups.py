"""Base backups: a packed cluster that can be started, taken from a running or an ended server."""

import json
from pathlib import Path

from localcloud.machine import commands
from localcloud.machine.ledger import Ledger
from localcloud.rds.backups.retention import position, segment
from localcloud.rds.server.postgres import Postgres
from localcloud.rds.server.programs import binaries, environment, make_directory, unprivileged

LONG_S = 3600.0
"""Real seconds, for programs that read or write a whole database."""

CLUSTER, LOG, MANIFEST = "base.tar.gz", "pg_wal.tar.gz", "backup_manifest"


async def take(postgres: Postgres, ledger: Ledger, directory: Path) -> None:
    """Back up a running server into an empty `directory`. Errors: CannotStart."""
    make_directory(directory)
    await commands.run(
        f"{postgres.name} pg_basebackup",
        ledger,
        unprivileged(
            str(binaries() / "pg_basebackup"),
            f"--pgdata={directory}",
            "--format=tar",
            "--compress=client-gzip:1",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-password",
        ),
        env=postgres.client_environment(),
        timeout_s=LONG_S,
    )


async def pack(data: Path, name: str, ledger: Ledger, directory: Path) -> None:
    """Pack the cluster of a server that has ended, cleanly or not: its log allows recovery. Errors: CannotStart."""
    make_directory(directory)
    await commands.run(
        f"{name} tar",
        ledger,
        unprivileged(
            "tar", "-czf", str(directory / CLUSTER), "-C", str(data), "--exclude=./postmaster.pid",
            "--exclude=./postmaster.opts", ".",
        ),
        env=environment(GZIP="-1"),
        timeout_s=LONG_S,
    )  # fmt: skip


async def unpack(directory: Path, name: str, ledger: Ledger, data: Path) -> None:
    """Create `data`, which must not exist, as the cluster of a base backup. Errors: CannotStart."""
    make_directory(data)
    for packed, target in ((directory / CLUSTER, data), (directory / LOG, data / "pg_wal")):
        if packed.exists():
            await commands.run(
                f"{name} tar",
                ledger,
                unprivileged("tar", "-xzf", str(packed), "-C", str(target)),
                env=environment(),
                timeout_s=LONG_S,
            )


def first_segment(directory: Path) -> str:
    """Return the first log segment that a base backup of a running server needs, from its manifest."""
    ranges = json.loads((directory / MANIFEST).read_text())["WAL-Ranges"]
    return segment(ranges[0]["Timeline"], position(ranges[0]["Start-LSN"]))
