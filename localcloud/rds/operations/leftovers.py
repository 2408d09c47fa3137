"""Completes interrupted operations in the directories of instances, before any server starts."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud.machine import stored_files
from localcloud.rds.backups.snapshots import Snapshots
from localcloud.rds.moto_patches.records import Record, SnapshotRecord
from localcloud.rds.operations.snapshots import CREATING
from localcloud.rds.server.restoration import Restoration


@dataclass(frozen=True)
class Identity:
    """The part of instance.json that is needed here."""

    resource_id: str = ""


def follow_renames(directory: Path, known: Iterable[Record]) -> None:
    """Rename directories that still have the old name of an instance that the API has renamed."""
    names = {record.resource_id: record.identifier for record in known}
    for resource_id, place in list(_instances(directory)):
        target = directory / names.get(resource_id, place.name)
        if not target.exists():
            place.rename(target)


def adopt_deleted(
    directory: Path, snapshots: Snapshots, known: Iterable[Record], taken: Iterable[SnapshotRecord]
) -> None:
    """Adopt instances that the API has deleted before their final snapshot began."""
    alive = {record.identifier for record in known}
    final = {each.resource_id: each.identifier for each in taken if each.status == CREATING}
    for resource_id, place in list(_instances(directory)):
        if place.name not in alive and resource_id in final:
            snapshots.adopt(final[resource_id], place)


def finish_restorations(directory: Path) -> None:
    """Delete restored instances' links to backups, which may be deleted elsewhere."""
    for _, place in _instances(directory):
        restoration = Restoration(place)
        if not restoration.is_pending():
            restoration.clear()


def _instances(directory: Path) -> Iterator[tuple[str, Path]]:
    """Yield (resource id, directory) of each whole instance."""
    for path in sorted(directory.glob("[!.]*/instance.json")):
        try:
            resource_id = stored_files.restore(Identity, json.loads(path.read_text())).resource_id
        except stored_files.UNREADABLE:  # the start of the instance reports it by name
            continue
        yield resource_id, path.parent
