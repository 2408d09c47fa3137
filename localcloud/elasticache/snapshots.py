"""Cache snapshots: moto stores the records; the data is Redis's own file, kept until the snapshot is deleted."""

import asyncio
import shutil
from pathlib import Path

from localcloud.elasticache import records
from localcloud.elasticache.redis import Redis
from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.machine import stored_files
from localcloud.machine.server_directories import clear_orphans
from localcloud.moto import calls
from localcloud.protocol.wire import AwsRequest, AwsResponse


class Snapshots:
    """The snapshot files below `<data>/elasticache-snapshots/`, one per snapshot."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._directory = host.data_directory / "elasticache-snapshots"

    async def start(self) -> None:
        """Delete files without a record: the local cloud was killed between the two writes."""
        stored_files.directory(self._directory)
        known = await self._host.moto.run(lambda: records.snapshot_names(self._host.account_id, self._host.region))
        clear_orphans(self._directory, {f"{name}.rdb" for name in known})

    async def take(self, request: AwsRequest, redis: Redis) -> AwsResponse:
        """Answer CreateSnapshot for the cache of this server.

        The data is on disk before the record exists, so every listed snapshot can be restored.
        """
        name = request.form.get("SnapshotName", "")
        path = self._path(name)
        if path.exists():
            return await self._host.moto.request(request)  # moto reports that it exists
        try:
            saved = await redis.save()
        except CannotStart as error:
            raise AwsError("InvalidReplicationGroupState", str(error)) from error
        try:
            await asyncio.to_thread(_copy, saved, path)
            response = await self._host.moto.request(request)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        if response.status != 200:
            path.unlink(missing_ok=True)
        return calls.with_text(response, "SnapshotStatus", "creating")

    async def delete(self, request: AwsRequest) -> AwsResponse:
        response = await self._host.moto.request(request)
        if response.status == 200:
            self._path(request.form["SnapshotName"]).unlink(missing_ok=True)
            response = calls.with_text(response, "SnapshotStatus", "deleting")
        return response

    def data_of(self, name: str) -> Path:
        """Return the file with a snapshot's data. Errors: AwsError SnapshotNotFoundFault."""
        path = self._path(name)
        if not path.is_file():
            raise AwsError("SnapshotNotFoundFault", f"Snapshot {name} not found.", 404)
        return path

    def _path(self, name: str) -> Path:
        if not records.IDENTIFIER.fullmatch(name):
            raise AwsError("InvalidParameterValue", f"The snapshot name {name!r} is not valid")
        return self._directory / f"{name}.rdb"


def _copy(source: Path, target: Path) -> None:
    """Copy, so that a file with the final name is always whole."""
    unfinished = target.with_suffix(".unfinished")
    shutil.copyfile(source, unfinished)
    unfinished.replace(target)
