"""RDS: moto keeps the records, each DB instance among them is a real PostgreSQL server."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from localcloud import moto_calls
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.rds import base_backups, leftovers, records, requests
from localcloud.rds.automated import AutomatedBackups
from localcloud.rds.database import ANSWERING, Backup, Database, Status
from localcloud.rds.endpoints import Endpoints
from localcloud.rds.postgres import VERSION, Instance, Postgres
from localcloud.rds.restoration import Restoration
from localcloud.rds.snapshot_api import SnapshotApi, not_available
from localcloud.rds.snapshots import Snapshots
from localcloud.server_directories import clear_orphans, remove_directory
from localcloud.wire import AwsRequest, AwsResponse

# They would make databases, or copies of databases, out of nothing.
NOT_OFFERED = {
    "CreateDBCluster",
    "CreateDBInstanceReadReplica",
    "PromoteReadReplica",
    "RestoreDBClusterFromSnapshot",
    "RestoreDBClusterToPointInTime",
    "RestoreDBInstanceFromS3",
}
NEEDS_SERVERS = {
    "CopyDBSnapshot",
    "CreateDBInstance",
    "CreateDBSnapshot",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceToPointInTime",
}
CHANGES_OF_PASSWORD = ("MasterUserPassword", "ManageMasterUserPassword", "RotateMasterUserPassword")


class Databases:
    """The part and the overlay."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._directory = host.data_directory / "rds"
        self._snapshots = Snapshots(host.data_directory / "rds-snapshots", host.ledger)
        self._endpoints = Endpoints(host.data_directory / "rds-endpoints.json", host.addresses)
        self._databases: dict[str, Database] = {}
        self._backups = AutomatedBackups(host, self._snapshots, self._databases)
        self._snapshot_api = SnapshotApi(host, self._snapshots, self._databases)
        self._naming = asyncio.Lock()
        """Held while an identifier is given to an instance."""

    async def start(self) -> None:
        """Start every instance that was not stopped by the API."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        known = await self._host.moto.run(partial(records.records, *self._where))
        taken = await self._host.moto.run(partial(records.snapshots, *self._where))
        self._endpoints.load()
        leftovers.follow_renames(self._directory, known)
        self._snapshots.load({each.identifier for each in taken})
        lost = [each for each in taken if each.is_automated and not self._snapshots.is_whole(each.identifier)]
        if lost:  # of a version that kept records only
            await self._host.moto.change(
                partial(records.drop_snapshots, *self._where, [each.identifier for each in lost])
            )
        leftovers.adopt_deleted(self._directory, self._snapshots, known, taken)
        clear_orphans(self._directory, {record.identifier for record in known})
        if known or taken:
            await self._host.moto.run(partial(records.teach_truth, self._window))
        await asyncio.gather(*(self._resume(record) for record in known))
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
            "instances": {
                name: {"status": database.status, "pid": database.server.pid, "restarts": database.server.restarts}
                for name, database in self._databases.items()
            },
        }

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        if moto_calls.is_elsewhere(request, self._host.region):
            self._check_elsewhere(request)
            return None
        if request.operation in NOT_OFFERED:
            raise moto_calls.refuse(request)
        await self._host.moto.run(partial(records.teach_truth, self._window))
        match request.operation:
            case "CreateDBInstance":
                return await self._create(request)
            case "ModifyDBInstance":
                return await self._modify(request)
            case "DeleteDBInstance":
                return await self._delete(request)
            case "RebootDBInstance" | "StopDBInstance" | "StartDBInstance":
                return await self._cycle(request)
            case "RestoreDBInstanceFromDBSnapshot":
                return await self._restore_snapshot(request)
            case "RestoreDBInstanceToPointInTime":
                return await self._restore_to_point_in_time(request)
            case "CreateDBSnapshot":
                return await self._snapshot_api.create(request)
            case "CopyDBSnapshot":
                return await self._snapshot_api.copy(request)
            case "DeleteDBSnapshot":
                return await self._snapshot_api.delete(request)
            case "DeleteDBInstanceAutomatedBackup":
                return await self._delete_backups(request)
        return None  # DescribeDBInstanceAutomatedBackups and others: moto has learned the truth

    def _check_elsewhere(self, request: AwsRequest) -> None:
        """In other regions there are records only, such as a read replica's; no server. Errors: AwsError."""
        if request.operation in (NEEDS_SERVERS | NOT_OFFERED) - {"CreateDBInstanceReadReplica"}:
            moto_calls.require_region(request, self._host.region)

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    async def _create(self, request: AwsRequest) -> AwsResponse:
        requests.check_creation(request.form)
        async with self._naming:
            response = await self._host.moto.request(moto_calls.with_fields(request, EngineVersion=VERSION))
            if response.status != 200:
                return response
            record = await self._record(_identifier(request))
            database = self._add(record)
        await self._begin_creation(database, record)
        return moto_calls.with_text(response, "DBInstanceStatus", Status.CREATING)

    async def _begin_creation(self, database: Database, record: records.Record) -> None:
        creation = database.create(self._new_instance(record), record.password, self._daily_backup(database))
        await database.in_background(Status.CREATING, creation)

    async def _restore_snapshot(self, request: AwsRequest) -> AwsResponse:
        requests.check_restoration(request.form)
        snapshot = await self._snapshot_api.whole(request.form.get("DBSnapshotIdentifier", ""))
        if snapshot is None:
            return await self._host.moto.request(request)  # which says what is wrong

        async def prepare(restoration: Restoration) -> None:
            restoration.prepare(self._snapshots.packed(snapshot), self._snapshots.superuser(snapshot), [], None)

        return await self._restore(request, _identifier(request), prepare)

    async def _restore_to_point_in_time(self, request: AwsRequest) -> AwsResponse:
        requests.check_restoration(request.form)
        moment = requests.moment(request.form)
        source = await self._host.moto.run(partial(records.source, *self._where, request.form))
        target = request.form.get("TargetDBInstanceIdentifier", "").lower()
        return await self._restore(request, target, partial(self._backups.prepare, *source, moment))

    async def _restore(
        self, request: AwsRequest, identifier: str, prepare: Callable[[Restoration], Awaitable[None]]
    ) -> AwsResponse:
        """What is needed is there before it is acknowledged: the source may be gone the moment after."""
        async with self._naming:
            if identifier in self._databases or not requests.IDENTIFIER.fullmatch(identifier):
                return await self._host.moto.request(request)  # which says what is wrong
            directory = self._directory / identifier
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
            record = await self._record(identifier)
            database = self._add(record)
        await self._begin_restoration(database, record)
        return moto_calls.with_text(response, "DBInstanceStatus", Status.CREATING)

    async def _begin_restoration(self, database: Database, record: records.Record) -> None:
        postgres = database.postgres

        async def unpack(backup: Path, data: Path) -> None:
            await base_backups.unpack(backup, postgres.name, self._host.ledger, data)

        restoration = database.restore(self._new_instance(record), unpack, self._daily_backup(database))
        await database.in_background(Status.CREATING, restoration)

    async def _modify(self, request: AwsRequest) -> AwsResponse:
        if request.form.get("DBPortNumber", "false") != "false":
            raise AwsError("InvalidParameterValue", "DBPortNumber: the local cloud does not offer this change yet")
        if "EngineVersion" in request.form:
            requests.check_version(request.form)
            request = moto_calls.with_fields(request, EngineVersion=VERSION)
        requests.check_retention(request.form)
        database = self._databases.get(_identifier(request))
        if database is None:
            return await self._host.moto.request(request)
        if (identifier := requests.new_identifier(request.form)) is not None:
            return await self._rename(request, database, identifier)
        changes_password = any(field in request.form for field in CHANGES_OF_PASSWORD)
        if "MasterUserPassword" in request.form:
            requests.check_password(request.form["MasterUserPassword"])
        if changes_password and database.status not in ANSWERING:
            raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
        response = await self._host.moto.request(request)
        if response.status != 200:
            return response
        record = await self._record(_identifier(request))
        if changes_password and record.password is not None:
            await database.postgres.apply_master(record.password)
        return await self._switch_backups(response, database, record)

    async def _switch_backups(self, response: AwsResponse, database: Database, record: records.Record) -> AwsResponse:
        """Between none and some the server starts anew, as on AWS."""
        had, postgres = database.postgres.archive is not None, database.postgres
        if had == bool(record.retention_days):
            return response
        postgres.archive = self._backups.archive(record.resource_id) if record.retention_days else None
        if had:
            await self._backups.forget(record.resource_id)
        if database.status is not Status.AVAILABLE:  # the next start finds it so
            return response
        back_up = None if had else self._daily_backup(database)
        await database.in_background(Status.MODIFYING, database.reboot(record.password, Status.MODIFYING, back_up))
        return moto_calls.with_text(response, "DBInstanceStatus", Status.MODIFYING)

    async def _rename(self, request: AwsRequest, database: Database, identifier: str) -> AwsResponse:
        """The endpoint goes with the name, so another instance can take this one's place. Errors: AwsError."""
        async with self._naming:
            if identifier in self._databases:
                raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
            if database.status is not Status.AVAILABLE:
                raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
            response: AwsResponse | None = None
            # From before the new name is known: nobody may find the old endpoint available under it.
            await database.begin_renaming()
            try:
                response = await self._host.moto.request(
                    moto_calls.with_fields(request, NewDBInstanceIdentifier=identifier)
                )
            finally:
                if response is None or response.status != 200:
                    await database.keep_name()
            if response.status != 200:
                return response
            self._databases[identifier] = self._databases.pop(_identifier(request))
            await database.server.stop()
            address = self._endpoints.address(identifier, database.postgres.instance.port)
            database.postgres.move(self._directory / identifier, address)
        record = await self._record(identifier)
        await database.in_background(Status.RENAMING, database.start(record.password, Status.RENAMING))
        return moto_calls.with_text(response, "DBInstanceStatus", Status.RENAMING)

    async def _delete(self, request: AwsRequest) -> AwsResponse:
        snapshot = request.form.get("FinalDBSnapshotIdentifier", "").lower()
        if not snapshot and not requests.is_true(request.form, "SkipFinalSnapshot"):
            raise AwsError(
                "InvalidParameterCombination",
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            )
        database = self._databases.get(_identifier(request))
        retains = request.form.get("DeleteAutomatedBackups", "true").lower() == "false"
        if database is not None and snapshot and not database.postgres.is_created():
            raise not_available(request)
        if database is not None and retains:
            await self._host.moto.run(partial(records.retain, *self._where, _identifier(request)))
        response = await self._host.moto.request(request)
        if response.status != 200 or database is None:
            return response
        del self._databases[_identifier(request)]
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
        identifier = _identifier(request)
        database = self._databases.get(identifier)
        if database is None:
            return await self._host.moto.request(request)
        if request.operation == "RebootDBInstance" and database.status is not Status.AVAILABLE:
            raise AwsError("InvalidDBInstanceState", f"Instance {identifier} is not in available state.")
        response = await self._host.moto.request(request)
        if response.status != 200:
            return response
        password = (await self._record(identifier)).password
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
        """Lose an instance's server now and start it again once `is_back` returns. Errors: AwsError, KeyError.

        Returns when connections are gone. To clients it is a failover to a standby: the same endpoint and data.
        """
        password = (await self._record(identifier)).password
        database = self._databases[identifier]
        if database.status is not Status.AVAILABLE:
            raise AwsError("InvalidDBInstanceState", f"Instance {identifier} is not in available state.")
        gone = asyncio.Event()

        async def back() -> None:
            gone.set()
            await is_back()

        async def operation() -> None:
            await self._tell(identifier, records.FAILOVER_STARTED)
            await database.fail_over(password, back)
            await self._tell(identifier, records.RESTARTED)
            await self._tell(identifier, records.FAILOVER_COMPLETED)

        await database.in_background(Status.REBOOTING, operation())
        await gone.wait()

    async def _tell(self, identifier: str, event: str) -> None:
        where = (*self._where, identifier)
        await self._host.moto.run(lambda: records.add_event(*where, event))

    async def _resume(self, record: records.Record) -> None:
        database = self._add(record)
        postgres = database.postgres
        if postgres.restoration.is_pending():
            await self._begin_restoration(database, record)
            return
        if not postgres.is_created():  # its creation was interrupted
            await self._begin_creation(database, record)
            return
        instance = postgres.instance
        address = self._endpoints.adopt(record.identifier, instance.address)
        if address != instance.address:  # its renaming was interrupted
            postgres.move(postgres.directory, address)
        if record.status in (Status.STOPPED, Status.STOPPING):
            await database.shut_down()
        else:
            await database.start(record.password)

    def _add(self, record: records.Record) -> Database:
        postgres = Postgres(f"rds/{record.identifier}", self._directory / record.identifier, self._host.ledger)
        resource_id = postgres.instance.resource_id if postgres.is_created() else record.resource_id
        if record.retention_days:
            postgres.archive = self._backups.archive(resource_id)

        async def show(status: Status) -> None:
            instance = postgres.instance if postgres.is_created() else None
            where = (*self._where, postgres.directory.name)
            await self._host.moto.run(lambda: records.show(*where, status, instance))

        database = self._databases[record.identifier] = Database(postgres, self._host.ledger, show, resource_id)
        return database

    def _new_instance(self, record: records.Record) -> Instance:
        return Instance(
            address=self._endpoints.address(record.identifier, record.port),
            port=record.port,
            master_username=record.master_username,
            database=record.database,
            resource_id=record.resource_id,
        )

    def _daily_backup(self, database: Database) -> Backup:
        return partial(self._backups.take, database.postgres) if database.postgres.archive is not None else None

    def _window(self, resource_id: str, retention_days: int) -> records.Moments | None:
        window = self._backups.window(resource_id, retention_days)
        return (window.earliest, window.latest) if window else None

    async def _record(self, identifier: str) -> records.Record:
        return await self._host.moto.run(lambda: records.record(*self._where, identifier))

    @property
    def _where(self) -> tuple[str, str]:
        return self._host.account_id, self._host.region


def _identifier(request: AwsRequest) -> str:
    return request.form.get("DBInstanceIdentifier", "").lower()
