"""RDS in one region: moto stores the records, and each DB instance is a real PostgreSQL server."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

from localcloud.errors import AwsError, CannotStart
from localcloud.host import Host
from localcloud.machine import stored_files
from localcloud.machine.server_directories import clear_orphans, remove_directory
from localcloud.moto import calls
from localcloud.protocol import query_responses
from localcloud.protocol.wire import AwsRequest, AwsResponse
from localcloud.rds.backups.automated_backups import AutomatedBackups
from localcloud.rds.backups.snapshots import Snapshots
from localcloud.rds.moto_patches import records
from localcloud.rds.moto_patches.backups import WindowOf
from localcloud.rds.operations import leftovers
from localcloud.rds.operations.creation import CreationApi
from localcloud.rds.operations.descriptions import DescriptionApi
from localcloud.rds.operations.instances import Instances
from localcloud.rds.operations.modification import ModificationApi
from localcloud.rds.operations.replicas import EveryRegion, ReplicaApi
from localcloud.rds.operations.snapshots import SnapshotApi, not_available
from localcloud.rds.requests import fields, keys, named_resources, offerings
from localcloud.rds.server import replication
from localcloud.rds.server.database import Database, RunningServer, Status


class RegionDatabases:
    """The instances, backups and snapshots of one region.

    `host`: of this region, with its own data directory. `window`: searches all regions.
    """

    def __init__(self, host: Host, everywhere: EveryRegion, window: WindowOf) -> None:
        self._host = host
        self._window_of_all = window
        self._snapshots = Snapshots(host.data_directory / "rds-snapshots", host.ledger)
        self.databases: dict[str, Database] = {}
        self._backups = AutomatedBackups(host, self._snapshots, self.databases)
        self._snapshot_api = SnapshotApi(host, self._snapshots, self.databases)
        self._instances = Instances(host, self.databases, self._backups)
        self._creation = CreationApi(host, self._instances, self._snapshots, self._snapshot_api, self._backups)
        self._descriptions = DescriptionApi(self.databases)
        self._modification = ModificationApi(host, self._instances, self._backups, everywhere.reconnect_replicas)
        self._replicas = ReplicaApi(host, self._instances, everywhere)

    async def start(self) -> None:
        """Start every instance that the API has not stopped."""
        stored_files.directory(self._instances.directory)
        await self._host.moto.change(partial(records.replace_lost_secrets, *self._where))
        known = await self._host.moto.run(partial(records.records, *self._where))
        taken = await self._host.moto.run(partial(records.snapshots, *self._where))
        self._instances.endpoints.load()
        leftovers.follow_renames(self._instances.directory, known)
        leftovers.finish_restorations(self._instances.directory)
        self._snapshots.load({each.identifier: each for each in taken})
        lost = [each for each in taken if each.is_automated and not self._snapshots.is_whole(each.identifier)]
        if lost:  # records of a version that had no servers
            await self._host.moto.change(
                partial(records.drop_snapshots, *self._where, [each.identifier for each in lost])
            )
        leftovers.adopt_deleted(self._instances.directory, self._snapshots, known, taken)
        clear_orphans(self._instances.directory, {record.identifier for record in known})
        if known or taken:
            await self._host.moto.run(partial(records.patch_records, self._window_of_all))
        await asyncio.gather(*(self._instances.resume(record, self._replicas.follow) for record in known))
        live = {each.resource_id for each in self.databases.values() if each.postgres.archive is not None}
        kept = {each.resource_id for each in taken if each.is_automated and each not in lost}
        self._backups.load(live | kept)
        self._snapshot_api.complete(taken)
        self._backups.start()

    async def stop(self) -> None:
        await self._backups.stop()
        await self._snapshot_api.stop()
        await asyncio.gather(*(database.end() for database in self.databases.values()))

    def status(self) -> dict[str, object]:
        # Between two attempts to start again its status is `starting`, although it has failed.
        failed = any(each.status is Status.FAILED or each.server.failure for each in self.databases.values())
        return {"status": "failed" if failed else self._backups.status}

    def instances(self) -> dict[str, dict[str, object]]:
        """Return the state of each instance for the local cloud's health report."""
        return {name: database.report() for name, database in self.databases.items()}

    async def replica_lags(self) -> dict[str, float]:
        """Return identifier -> lag in seconds, for the replicas that respond."""
        found: dict[str, float] = {}
        for name, database in list(self.databases.items()):
            if database.postgres.follows is not None and database.status is Status.AVAILABLE:
                with contextlib.suppress(CannotStart):  # it has just ended: no datum then
                    found[name] = await replication.lag_s(database.postgres)
        return found

    async def running(self) -> dict[str, RunningServer]:
        """Return identifier -> server, for those that run and are available."""
        storage = await self._host.moto.run(partial(records.storage_gib, *self._where))
        return {
            name: RunningServer(each.server.pid, each.postgres.data, storage[name])
            for name, each in self.databases.items()
            if each.status is Status.AVAILABLE and each.server.pid and name in storage
        }

    async def reconnect_replicas(self) -> None:
        """Reconnect running replicas to their primaries; see `ReplicaApi.reconnect`."""
        await self._replicas.reconnect()

    async def handle(self, request: AwsRequest, values: dict[str, object]) -> AwsResponse | None:
        """Handle a request; None: moto handles it. `values`: the parameters by the model's names."""
        if (report := self._descriptions.answer(request.operation, values, self._host.region)) is not None:
            return report
        await self._host.moto.run(partial(records.patch_records, self._window_of_all))
        await self._host.moto.run(partial(keys.check, *self._where, request.operation, values))
        await self._host.moto.run(partial(named_resources.check, *self._where, request.operation, values))
        if "OptionGroupName" in request.form:  # it is RDS's own, which moto does not know
            request = calls.without_fields(request, "OptionGroupName")
        match request.operation:
            case "CreateDBInstance":
                return await self._creation.create(request)
            case "DescribeValidDBInstanceModifications":
                return await self._valid_changes(request)
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
            case "CreateDBInstanceReadReplica":
                return await self._replicas.create(request)
            case "PromoteReadReplica":
                return await self._replicas.promote(request)
            case "DeleteDBInstanceAutomatedBackup":
                return await self._delete_backups(request)
        return None  # DescribeDBInstanceAutomatedBackups and others: moto's patches know the response

    async def _valid_changes(self, request: AwsRequest) -> AwsResponse:
        identifier = fields.identifier(request.form)
        if identifier not in self.databases:
            raise AwsError("DBInstanceNotFound", f"DBInstance {identifier} not found.", 404)
        storage = (await self._instances.record(identifier)).storage
        valid = {"Storage": offerings.storage_changes(storage.gib), "ValidProcessorFeatures": []}
        return query_responses.query_response("rds", request.operation, {"ValidDBInstanceModificationsMessage": valid})

    async def _delete(self, request: AwsRequest) -> AwsResponse:
        snapshot = request.form.get("FinalDBSnapshotIdentifier", "").lower()
        if not snapshot and not fields.is_true(request.form, "SkipFinalSnapshot"):
            raise AwsError(
                "InvalidParameterCombination",
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            )
        # The name stays locked until its directory is gone: otherwise a crash could mix up the data of two instances.
        async with self._instances.naming:
            return await self._delete_named(request, snapshot)

    async def _delete_named(self, request: AwsRequest, snapshot: str) -> AwsResponse:
        database = self.databases.get(fields.identifier(request.form))
        record = await self._instances.record(fields.identifier(request.form)) if database is not None else None
        if record is not None and record.primary and snapshot:
            raise AwsError(
                "InvalidParameterCombination",
                "FinalDBSnapshotIdentifier can not be specified when deleting a read replica.",
            )
        retains = request.form.get("DeleteAutomatedBackups", "true").lower() == "false"
        if database is not None and snapshot and not database.postgres.is_created():
            raise not_available(request)
        if database is not None and retains:
            await self._host.moto.run(partial(records.retain, *self._where, fields.identifier(request.form)))
        replicas = await self._host.moto.run(partial(records.replicas, *self._where, fields.identifier(request.form)))
        response = await self._host.moto.request(request)
        if response.status != 200 or database is None:
            return response
        await self._replicas.leave(database)
        del self.databases[fields.identifier(request.form)]
        await database.end()
        if snapshot:
            self._snapshots.adopt(snapshot, database.postgres.directory)
            self._snapshot_api.finish(snapshot)
        else:
            await asyncio.to_thread(remove_directory, database.postgres.directory)
        if not retains:
            await self._backups.forget(database.resource_id)
        await self._replicas.orphan(replicas)
        return response

    async def _delete_backups(self, request: AwsRequest) -> AwsResponse:
        before = await self._host.moto.run(partial(records.snapshots, *self._where))
        response = await self._host.moto.request(request)
        left = {each.identifier for each in await self._host.moto.run(partial(records.snapshots, *self._where))}
        for resource_id in {each.resource_id for each in before if each.identifier not in left}:
            await self._backups.forget(resource_id)
        return response

    async def _cycle(self, request: AwsRequest) -> AwsResponse:
        """Reboot, stop or start an instance; moto decides whether it may be stopped or started."""
        identifier = fields.identifier(request.form)
        database = self.databases.get(identifier)
        if database is None:
            return await self._host.moto.request(request)
        if request.operation == "RebootDBInstance" and database.status is not Status.AVAILABLE:
            raise AwsError("InvalidDBInstanceState", f"Instance {identifier} is not in available state.")
        forced = fields.is_true(request.form, "ForceFailover")
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
        return calls.with_text(response, "DBInstanceStatus", status)

    async def fail_over(self, identifier: str, is_back: Callable[[], Awaitable[object]]) -> None:
        """Fail over an instance; see `Instances.fail_over`."""
        await self._instances.fail_over(identifier, is_back)

    def window(self, resource_id: str, retention_days: int) -> records.Moments | None:
        window = self._backups.window(resource_id, retention_days)
        return (window.earliest, window.latest) if window else None

    @property
    def _where(self) -> tuple[str, str]:
        return self._host.account_id, self._host.region
