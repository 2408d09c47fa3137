"""What a crash left half done among the directories of instances, finished before any server starts."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud.machine import stored
from localcloud.rds.records import Record, SnapshotRecord
from localcloud.rds.restoration import Restoration
from localcloud.rds.snapshot_api import CREATING
from localcloud.rds.snapshots import Snapshots


@dataclass(frozen=True)
class Identity:
    """What of an instance.json is needed here."""

    resource_id: str = ""


def follow_renames(directory: Path, known: Iterable[Record]) -> None:
    """The API knows an instance's new name, its directory has the old one."""
    names = {record.resource_id: record.identifier for record in known}
    for resource_id, place in list(_instances(directory)):
        target = directory / names.get(resource_id, place.name)
        if not target.exists():
            place.rename(target)


def adopt_deleted(
    directory: Path, snapshots: Snapshots, known: Iterable[Record], taken: Iterable[SnapshotRecord]
) -> None:
    """The API has forgotten an instance whose final snapshot was not begun."""
    alive = {record.identifier for record in known}
    final = {each.resource_id: each.identifier for each in taken if each.status == CREATING}
    for resource_id, place in list(_instances(directory)):
        if place.name not in alive and resource_id in final:
            snapshots.adopt(final[resource_id], place)


def finish_restorations(directory: Path) -> None:
    """An instance is whole, and what it was restored from is still there: links to backups that others may drop."""
    for _, place in _instances(directory):
        restoration = Restoration(place)
        if not restoration.is_pending():
            restoration.clear()


def _instances(directory: Path) -> Iterator[tuple[str, Path]]:
    """(resource id, directory) of each that is whole."""
    for path in sorted(directory.glob("[!.]*/instance.json")):
        try:
            resource_id = stored.restore(Identity, json.loads(path.read_text())).resource_id
        except stored.UNREADABLE:  # whoever starts the instance says so, by name
            continue
        yield resource_id, path.parent
