"""RDS: moto keeps the records, each DB instance among them is a real PostgreSQL server."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from localcloud import moto_calls, query_answers
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.rds import leftovers, operations, records, requests
from localcloud.rds.automated import AutomatedBackups
from localcloud.rds.creation import CreationApi
from localcloud.rds.database import Database, Status
from localcloud.rds.description_api import DescriptionApi
from localcloud.rds.instances import Instances
from localcloud.rds.modification import ModificationApi
from localcloud.rds.snapshot_api import SnapshotApi, not_available
from localcloud.rds.snapshots import Snapshots
from localcloud.server_directories import clear_orphans, remove_directory
from localcloud.wire import AwsRequest, AwsResponse

NEEDS_SERVERS = {
    "CopyDBSnapshot",
    "CreateDBInstance",
    "CreateDBSnapshot",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceToPointInTime",
}


class Databases:
    """The part and the overlay."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._snapshots = Snapshots(host.data_directory / "rds-snapshots", host.ledger)
        self._databases: dict[str, Database] = {}
        self._backups = AutomatedBackups(host, self._snapshots, self._databases)
        self._snapshot_api = SnapshotApi(host, self._snapshots, self._databases)
        self._instances = Instances(host, self._databases, self._backups)
        self._creation = CreationApi(host, self._instances, self._snapshots, self._snapshot_api, self._backups)
        self._descriptions = DescriptionApi(self._databases)
        self._modification = ModificationApi(host, self._instances, self._backups)

    async def start(self) -> None:
        """Start every instance that was not stopped by the API."""
        self._instances.directory.mkdir(mode=0o700, exist_ok=True)
        known = await self._host.moto.run(partial(records.records, *self._where))
        taken = await self._host.moto.run(partial(records.snapshots, *self._where))
        self._instances.endpoints.load()
        leftovers.follow_renames(self._instances.directory, known)
        leftovers.finish_restorations(self._instances.directory)
        self._snapshots.load({each.identifier for each in taken})
        lost = [each for each in taken if each.is_automated and not self._snapshots.is_whole(each.identifier)]
        if lost:  # of a version that kept records only
            await self._host.moto.change(
                partial(records.drop_snapshots, *self._where, [each.identifier for each in lost])
            )
        leftovers.adopt_deleted(self._instances.directory, self._snapshots, known, taken)
        clear_orphans(self._instances.directory, {record.identifier for record in known})
        if known or taken:
            await self._host.moto.run(partial(records.teach_truth, self._window))
        await asyncio.gather(*(self._instances.resume(record) for record in known))
        live = {each.resource_id for each in self._databases.values() if each.postgres.archive is not None}
        kept = {each.resource_id for each in taken if each.is_automated and each not in lost}
        self._backups.load(live | kept)
        self._snapshot_api.complete(taken)
        self._backups.start()

    async def stop(self) -> None:
        await self._backups.stop()
        await self._snapshot_api.stop()
        await asyncio.gather(*(database.end() for database in self._databases.values()))

    def status(self) -> dict[str, object]:
        failed = any(database.status is Status.FAILED for database in self._databases.values())
        return {
            "status": "failed" if failed else self._backups.status,
            "instances": {name: database.told() for name, database in self._databases.items()},
        }

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        values = operations.check(request)
        whole = operations.completed(request)
        if whole is not request:
            return await self.handle(whole) or await self.answered(whole, await self._host.moto.request(whole))
        if request.operation in operations.NONE_THERE:
            return query_answers.answer("rds", request.operation, operations.none_there(request.operation, values))
        if (told := self._descriptions.answer(request.operation, values, self._host.region)) is not None:
            return told
        if request.operation == "CreateDBInstanceReadReplica":
            await self._check_replica(request)
        if moto_calls.is_elsewhere(request, self._host.region):
            self._check_elsewhere(request)
            return None
        await self._host.moto.run(partial(records.teach_truth, self._window))
        match request.operation:
            case "CreateDBInstance":
                return await self._creation.create(request)
            case "ModifyDBInstance":
                return await self._modification.modify(request)
            case "DeleteDBInstance":
                return await self._delete(request)
            case "RebootDBInstance" | "StopDBInstance" | "StartDBInstance":
                return await self._cycle(request)
            case "RestoreDBInstanceFromDBSnapshot":
                return await self._creation.restore_snapshot(request)
            case "RestoreDBInstanceToPointInTime":
                return await self._creation.restore_to_point_in_time(request)
            case "CreateDBSnapshot":
                return await self._snapshot_api.create(request)
            case "CopyDBSnapshot":
                return await self._snapshot_api.copy(request)
            case "DeleteDBSnapshot":
                return await self._snapshot_api.delete(request)
            case "DeleteDBInstanceAutomatedBackup":
                return await self._delete_backups(request)
        return None  # DescribeDBInstanceAutomatedBackups and others: moto has learned the truth

    async def _check_replica(self, request: AwsRequest) -> None:
        """A record in another region, of an instance here. Errors: AwsError."""
        if not moto_calls.is_elsewhere(request, self._host.region):
            raise moto_calls.refuse(request)
        source = request.form.get("SourceDBInstanceIdentifier", "").rpartition(":db:")[2].lower()
        if source not in self._databases:
            raise AwsError("DBInstanceNotFound", f"DBInstance {source} not found.", 404)

    def _check_elsewhere(self, request: AwsRequest) -> None:
        """In other regions there are records only, such as a read replica's; no server. Errors: AwsError."""
        if request.operation in NEEDS_SERVERS:
            moto_calls.require_region(request, self._host.region)

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        if response.status == 400 and moto_calls.INVALID_MARKER in response.body:
            raise AwsError("InvalidParameterValue", f"The Marker {request.form.get('Marker', '')} is not valid.")
        return response

    async def _delete(self, request: AwsRequest) -> AwsResponse:
        snapshot = request.form.get("FinalDBSnapshotIdentifier", "").lower()
        if not snapshot and not requests.is_true(request.form, "SkipFinalSnapshot"):
            raise AwsError(
                "InvalidParameterCombination",
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            )
        # Until its directory is gone nobody gets the name: a crash would take one instance's data for the other's.
        async with self._instances.naming:
            return await self._delete_named(request, snapshot)

    async def _delete_named(self, request: AwsRequest, snapshot: str) -> AwsResponse:
        database = self._databases.get(requests.identifier(request.form))
        retains = request.form.get("DeleteAutomatedBackups", "true").lower() == "false"
        if database is not None and snapshot and not database.postgres.is_created():
            raise not_available(request)
        if database is not None and retains:
            await self._host.moto.run(partial(records.retain, *self._where, requests.identifier(request.form)))
        response = await self._host.moto.request(request)
        if response.status != 200 or database is None:
            return response
        del self._databases[requests.identifier(request.form)]
        await database.end()
        if snapshot:
            self._snapshots.adopt(snapshot, database.postgres.directory)
            self._snapshot_api.finish(snapshot)
        else:
            await asyncio.to_thread(remove_directory, database.postgres.directory)
        if not retains:
            await self._backups.forget(database.resource_id)
        return response

    async def _delete_backups(self, request: AwsRequest) -> AwsResponse:
        before = await self._host.moto.run(partial(records.snapshots, *self._where))
        response = await self._host.moto.request(request)
        left = {each.identifier for each in await self._host.moto.run(partial(records.snapshots, *self._where))}
        for resource_id in {each.resource_id for each in before if each.identifier not in left}:
            await self._backups.forget(resource_id)
        return response

    async def _cycle(self, request: AwsRequest) -> AwsResponse:
        """Reboot, stop or start; moto judges whether it may be stopped or started."""
        identifier = requests.identifier(request.form)
        database = self._databases.get(identifier)
        if database is None:
            return await self._host.moto.request(request)
        if request.operation == "RebootDBInstance" and database.status is not Status.AVAILABLE:
            raise AwsError("InvalidDBInstanceState", f"Instance {identifier} is not in available state.")
        forced = requests.is_true(request.form, "ForceFailover")
        if forced and not (await self._instances.record(identifier)).is_multi_az:
            raise AwsError(
                "InvalidParameterCombination",
                "The ForceFailover option cannot be specified: the DB instance is not a Multi-AZ deployment.",
            )
        response = await self._host.moto.request(request)
        if response.status != 200:
            return response
        password = (await self._instances.record(identifier)).password
        match request.operation:
            case "RebootDBInstance":
                status, operation = Status.REBOOTING, database.reboot(password)
            case "StartDBInstance":
                status, operation = Status.STARTING, database.start(password)
            case _:
                snapshot = request.form.get("DBSnapshotIdentifier", "").lower()
                back_up = partial(self._snapshot_api.take, snapshot, database) if snapshot else None
                status, operation = Status.STOPPING, database.shut_down(back_up)
        await database.in_background(status, operation)
        return moto_calls.with_text(response, "DBInstanceStatus", status)

    def identifiers(self) -> list[str]:
        """Of every instance."""
        return list(self._databases)

    async def fail_over(self, identifier: str, is_back: Callable[[], Awaitable[object]]) -> None:
        """As `Instances.fail_over`."""
        await self._instances.fail_over(identifier, is_back)

    def _window(self, resource_id: str, retention_days: int) -> records.Moments | None:
        window = self._backups.window(resource_id, retention_days)
        return (window.earliest, window.latest) if window else None

    @property
    def _where(self) -> tuple[str, str]:
        return self._host.account_id, self._host.region
