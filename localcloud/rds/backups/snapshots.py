"""DB snapshots on disk, manual, automated and final: base backups with their records and superuser passwords."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from localcloud.machine import stored_files
from localcloud.machine.files import write_json
from localcloud.machine.ledger import Ledger
from localcloud.machine.server_directories import clear_orphans, remove_directory
from localcloud.machine.set_aside import SUFFIX, report
from localcloud.rds.backups import base_backups
from localcloud.rds.backups.retention import Base
from localcloud.rds.moto_patches.records import SnapshotRecord
from localcloud.rds.server import superuser
from localcloud.rds.server.postgres import Postgres

PACKED = "base_backup"  # no instance identifier contains an underscore
RECORD = "snapshot.json"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The content of snapshot.json, which is written last: with it, a snapshot is whole."""

    resource_id: str
    is_automated: bool
    restorable_from: str
    """ISO 8601: with the log, any moment from this one on can be restored."""
    first_segment: str
    """Empty where no log can follow."""
    size: int
    """Bytes."""


class Snapshots:
    """The snapshots: a directory each below `directory`, by identifier, with backup, superuser password and record."""

    def __init__(self, directory: Path, ledger: Ledger) -> None:
        self._directory = directory
        self._ledger = ledger
        self._kept: dict[str, Kept] = {}

    def load(self, known: Mapping[str, SnapshotRecord]) -> None:
        """Load whole snapshots, and delete those that the API does not know."""
        stored_files.directory(self._directory)
        clear_orphans(self._directory, known.keys())
        for identifier, record in known.items():
            path = self.place(identifier) / RECORD
            kept = stored_files.read_record(path, Kept, "recreated from the backup itself") or self._recreated(record)
            if kept is None:
                continue
            self._kept[identifier] = kept
            for beside in path.parent.iterdir():  # the directory of an instance whose deletion was interrupted
                if beside.is_dir() and beside.name != PACKED and SUFFIX not in beside.name:
                    shutil.rmtree(beside)

    def _recreated(self, record: SnapshotRecord) -> Kept | None:
        """Recreate the lost record of a whole backup; None when it is not whole, or too much is lost.

        The moment from which it can be rolled forward is taken to be that of its last write: it cannot be later.
        """
        packed, path = self.packed(record.identifier), self.place(record.identifier) / RECORD
        if not (packed / base_backups.MANIFEST).is_file():
            return None
        try:
            first = base_backups.first_segment(packed)
        except stored_files.UNREADABLE as error:
            report(packed, f"neither its manifest nor {RECORD} can be read ({type(error).__name__})")
            return None
        written = max(each.stat().st_mtime for each in packed.iterdir())
        kept = Kept(
            resource_id=record.resource_id,
            is_automated=record.is_automated,
            restorable_from=_second_after(datetime.fromtimestamp(written, UTC)),
            first_segment=first,
            size=_size(packed),
        )
        write_json(path, asdict(kept))
        report(path, "was lost: recreated from the backup itself")
        return kept

    def is_whole(self, identifier: str) -> bool:
        return identifier in self._kept

    def place(self, identifier: str) -> Path:
        return self._directory / identifier

    def packed(self, identifier: str) -> Path:
        return self.place(identifier) / PACKED

    def bases(self, resource_id: str) -> list[Base]:
        """Return the automated base backups of an instance, from which it can be rolled forward."""
        return [
            Base(
                snapshot=identifier,
                restorable_from=datetime.fromisoformat(kept.restorable_from),
                first_segment=kept.first_segment,
                size=kept.size,
            )
            for identifier, kept in list(self._kept.items())
            if kept.is_automated and kept.resource_id == resource_id
        ]

    async def take(self, identifier: str, postgres: Postgres, *, is_automated: bool) -> None:
        """Take a snapshot of a running server. Errors: CannotStart."""
        place = await self._begin(identifier)
        await base_backups.take(postgres, self._ledger, place / PACKED)
        first = base_backups.first_segment(place / PACKED)
        self._finish(identifier, postgres, first_segment=first, is_automated=is_automated)

    async def pack(self, identifier: str, postgres: Postgres) -> None:
        """Take a snapshot of a server that has ended. Errors: CannotStart."""
        place = await self._begin(identifier)
        await base_backups.pack(postgres.data, postgres.name, self._ledger, place / PACKED)
        self._finish(identifier, postgres, first_segment="", is_automated=False)

    def adopt(self, identifier: str, instance: Path) -> None:
        """Adopt the directory of a deleted instance; `pack_adopted` makes it a snapshot."""
        place = self.place(identifier)
        place.mkdir(mode=0o700, exist_ok=True)
        if instance.exists():
            instance.rename(place / instance.name)

    def adopted(self, identifier: str) -> Path | None:
        """Return the directory that `adopt` moved here; None once it is packed."""
        place = self.place(identifier)
        return next((path.parent for path in place.glob("*/data")), None) if place.exists() else None

    async def pack_adopted(self, identifier: str) -> None:
        """Complete an adopted snapshot, also after an interruption. Errors: CannotStart."""
        instance = self.adopted(identifier)
        if instance is None:
            return
        postgres = Postgres(f"rds/{instance.name}", instance, self._ledger)
        await asyncio.to_thread(shutil.rmtree, self.packed(identifier), ignore_errors=True)
        await base_backups.pack(postgres.data, postgres.name, self._ledger, self.packed(identifier))
        self._finish(identifier, postgres, first_segment="", is_automated=False)
        await asyncio.to_thread(remove_directory, instance)

    def copy(self, source: str, target: str) -> None:
        """Copy a snapshot by hard links: a snapshot never changes."""
        kept = self._kept[source]
        shutil.copytree(self.place(source), self.place(target), copy_function=os.link)
        self._kept[target] = Kept(**{**asdict(kept), "is_automated": False})
        # Needs a file of its own: writing to a link would change the source's record.
        (self.place(target) / RECORD).unlink()
        write_json(self.place(target) / RECORD, asdict(self._kept[target]))

    def remove(self, identifier: str) -> None:
        self._kept.pop(identifier, None)
        remove_directory(self.place(identifier))

    async def _begin(self, identifier: str) -> Path:
        """Return an empty directory; the remains of an earlier attempt are deleted."""
        place = self.place(identifier)
        await asyncio.to_thread(remove_directory, place)
        place.mkdir(mode=0o700)
        return place

    def _finish(self, identifier: str, postgres: Postgres, *, first_segment: str, is_automated: bool) -> None:
        place = self.place(identifier)
        superuser.copy(postgres.directory, place)
        kept = Kept(
            resource_id=postgres.instance.resource_id,
            is_automated=is_automated,
            restorable_from=_second_after(datetime.now(UTC)),
            first_segment=first_segment,
            size=_size(place / PACKED),
        )
        write_json(place / RECORD, asdict(kept))
        self._kept[identifier] = kept


def _second_after(moment: datetime) -> str:
    """Return the next whole second: moments in the API are whole seconds."""
    return (moment + timedelta(seconds=1)).replace(microsecond=0).isoformat()


def _size(packed: Path) -> int:
    return sum(path.stat().st_size for path in packed.iterdir())
