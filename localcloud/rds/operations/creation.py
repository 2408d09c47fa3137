"""New DB instances: empty, from a snapshot, or from a point in time of another instance."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from localcloud.host import Host
from localcloud.machine.server_directories import remove_directory
from localcloud.moto import calls
from localcloud.protocol.wire import AwsRequest, AwsResponse
from localcloud.rds.backups.automated_backups import AutomatedBackups
from localcloud.rds.backups.snapshots import Snapshots
from localcloud.rds.moto_patches import records
from localcloud.rds.operations.instances import Instances
from localcloud.rds.operations.snapshots import SnapshotApi
from localcloud.rds.requests import checks, fields, settings
from localcloud.rds.server.database import Status
from localcloud.rds.server.restoration import Restoration


class CreationApi:
    """Creates and restores DB instances.

    moto validates and stores the records; the files needed are on disk before a creation is acknowledged.
    """

    def __init__(
        self,
        host: Host,
        instances: Instances,
        snapshots: Snapshots,
        snapshot_api: SnapshotApi,
        backups: AutomatedBackups,
    ) -> None:
        self._host = host
        self._instances = instances
        self._snapshots = snapshots
        self._snapshot_api = snapshot_api
        self._backups = backups

    async def create(self, request: AwsRequest) -> AwsResponse:
        """Answer CreateDBInstance. Errors: AwsError."""
        checks.check_creation(request.form)
        settings.check_names(request.form)
        settings.check_settings(request.form, self._host.region, None)
        async with self._instances.naming:
            version = fields.version(request.form)
            response = await self._host.moto.request(calls.with_fields(request, EngineVersion=version))
            if response.status != 200:
                return response
            record = await self._instances.record(fields.identifier(request.form))
            database = self._instances.add(record)
        await self._instances.begin_creation(database, record)
        return calls.with_text(response, "DBInstanceStatus", Status.CREATING)

    async def restore_snapshot(self, request: AwsRequest) -> AwsResponse:
        """Answer RestoreDBInstanceFromDBSnapshot. Errors: AwsError."""
        checks.check_restoration(request.form)
        settings.check_settings(request.form, self._host.region, None)
        checks.check_snapshot(request.form)
        snapshot = await self._snapshot_api.whole(request.form.get("DBSnapshotIdentifier", ""))
        if snapshot is None:
            return await self._host.moto.request(request)  # moto reports the error

        async def prepare(restoration: Restoration) -> None:
            restoration.prepare(self._snapshots.packed(snapshot), self._snapshots.place(snapshot), [], None)

        return await self._restore(request, fields.identifier(request.form), prepare)

    async def restore_to_point_in_time(self, request: AwsRequest) -> AwsResponse:
        """Answer RestoreDBInstanceToPointInTime. Errors: AwsError."""
        checks.check_restoration(request.form)
        settings.check_settings(request.form, self._host.region, None)
        moment = fields.moment(request.form)
        source = await self._host.moto.run(
            partial(records.source, self._host.account_id, self._host.region, request.form)
        )
        target = request.form.get("TargetDBInstanceIdentifier", "").lower()
        return await self._restore(request, target, partial(self._backups.prepare, *source, moment))

    async def _restore(
        self, request: AwsRequest, identifier: str, prepare: Callable[[Restoration], Awaitable[None]]
    ) -> AwsResponse:
        """Start a restoration.

        The files it needs are in place before it is acknowledged, because the source may be deleted right after.
        """
        async with self._instances.naming:
            if self._instances.find(identifier) is not None or not fields.IDENTIFIER.fullmatch(identifier):
                return await self._host.moto.request(request)  # moto reports the error
            directory = self._instances.directory / identifier
            await asyncio.to_thread(remove_directory, directory)
            directory.mkdir(mode=0o700)
            response: AwsResponse | None = None
            try:
                await prepare(Restoration(directory))
                response = await self._host.moto.request(request)
            finally:
                if response is None or response.status != 200:
                    await asyncio.to_thread(remove_directory, directory)
            if response.status != 200:
                return response
            record = await self._instances.record(identifier)
            database = self._instances.add(record)
        await self._instances.begin_restoration(database, record)
        return calls.with_text(response, "DBInstanceStatus", Status.CREATING)
