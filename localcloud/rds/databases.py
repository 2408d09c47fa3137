"""RDS: moto keeps the records, each DB instance among them is a real PostgreSQL server."""

import asyncio
import re
import secrets
import string
from collections.abc import Awaitable, Callable
from functools import partial

from localcloud import moto_calls
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.rds import records
from localcloud.rds.database import Database, Status
from localcloud.rds.postgres import SUPERUSER, VERSION, Instance, Postgres
from localcloud.rds.snapshots import Snapshots
from localcloud.server_directories import clear_orphans, remove_directory
from localcloud.wire import AwsRequest, AwsResponse

# They would make databases, or copies of databases, out of nothing. Nothing restores the final snapshots that are kept.
NOT_OFFERED = {
    "CopyDBSnapshot",
    "CreateDBCluster",
    "CreateDBInstanceReadReplica",
    "CreateDBSnapshot",
    "PromoteReadReplica",
    "RestoreDBClusterFromSnapshot",
    "RestoreDBClusterToPointInTime",
    "RestoreDBInstanceFromDBSnapshot",
    "RestoreDBInstanceFromS3",
    "RestoreDBInstanceToPointInTime",
}
CHANGES_NOT_OFFERED = ("NewDBInstanceIdentifier", "DBPortNumber")
CHANGES_OF_PASSWORD = ("MasterUserPassword", "ManageMasterUserPassword", "RotateMasterUserPassword")
PASSWORD = re.compile(r"[!-~]{8,128}")
PASSWORD_WITHOUT = frozenset('/"@')


class Databases:
    """The part and the overlay."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._directory = host.data_directory / "rds"
        self._snapshots = Snapshots(host.data_directory / "rds-snapshots")
        self._databases: dict[str, Database] = {}

    async def start(self) -> None:
        """Start every instance that was not stopped by the API."""
        self._directory.mkdir(mode=0o700, exist_ok=True)
        known = await self._host.moto.run(partial(records.records, self._host.account_id, self._host.region))
        existing = {record.identifier for record in known}
        taken = await self._host.moto.run(partial(records.snapshots, self._host.account_id, self._host.region))
        self._snapshots.complete(
            {name: self._directory / instance for name, instance in taken.items() if instance not in existing}
        )
        clear_orphans(self._directory, existing)
        if known:
            await self._host.moto.run(records.teach_endpoint)
        await asyncio.gather(*(self._resume(record) for record in known))

    async def stop(self) -> None:
        await asyncio.gather(*(database.end() for database in self._databases.values()))

    def status(self) -> dict[str, object]:
        failed = any(database.status is Status.FAILED for database in self._databases.values())
        return {
            "status": "failed" if failed else "ready",
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
        match request.operation:
            case "CreateDBInstance":
                return await self._create(request)
            case "ModifyDBInstance":
                return await self._modify(request)
            case "DeleteDBInstance":
                return await self._delete(request)
            case "RebootDBInstance" | "StopDBInstance" | "StartDBInstance":
                return await self._cycle(request)
            case "DeleteDBSnapshot":
                return await self._delete_snapshot(request)
        return None

    def _check_elsewhere(self, request: AwsRequest) -> None:
        """In other regions there are records only, such as a read replica's; no server. Errors: AwsError."""
        if request.operation in {"CreateDBInstance", *NOT_OFFERED} - {"CreateDBInstanceReadReplica"}:
            moto_calls.require_region(request, self._host.region)

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    async def _create(self, request: AwsRequest) -> AwsResponse:
        _check_creation(request)
        await self._host.moto.run(records.teach_endpoint)
        response = await self._host.moto.request(moto_calls.with_fields(request, EngineVersion=VERSION))
        if response.status != 200:
            return response
        record = await self._record(_identifier(request))
        database = self._add(record.identifier)
        instance = self._new_instance(record)
        await database.in_background(Status.CREATING, database.create(instance, record.password))
        response = moto_calls.with_text(response, "DbiResourceId", instance.resource_id)
        return moto_calls.with_text(response, "DBInstanceStatus", Status.CREATING)

    async def _modify(self, request: AwsRequest) -> AwsResponse:
        for field in CHANGES_NOT_OFFERED:
            if request.form.get(field, "false") != "false":
                raise AwsError("InvalidParameterValue", f"{field}: the local cloud does not offer this change yet")
        if "EngineVersion" in request.form:
            _check_version(request)
            request = moto_calls.with_fields(request, EngineVersion=VERSION)
        database = self._databases.get(_identifier(request))
        if database is None or not any(field in request.form for field in CHANGES_OF_PASSWORD):
            return await self._host.moto.request(request)
        if "MasterUserPassword" in request.form:
            _check_password(request.form["MasterUserPassword"])
        if database.status is not Status.AVAILABLE:
            raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
        response = await self._host.moto.request(request)
        if response.status == 200:
            await database.postgres.apply_master((await self._record(_identifier(request))).password)
        return response

    async def _delete(self, request: AwsRequest) -> AwsResponse:
        snapshot = request.form.get("FinalDBSnapshotIdentifier", "").lower()
        if not snapshot and request.form.get("SkipFinalSnapshot", "").lower() != "true":
            raise AwsError(
                "InvalidParameterCombination",
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.",
            )
        response = await self._host.moto.request(request)
        database = self._databases.pop(_identifier(request), None) if response.status == 200 else None
        if database is not None:
            await database.end()
            if database.postgres.is_created():
                self._host.addresses.release(database.postgres.instance.address)
            if snapshot:
                self._snapshots.keep(snapshot, database.postgres.directory)
            else:
                await asyncio.to_thread(remove_directory, database.postgres.directory)
        return response

    async def _delete_snapshot(self, request: AwsRequest) -> AwsResponse:
        response = await self._host.moto.request(request)
        if response.status == 200:
            await asyncio.to_thread(self._snapshots.remove, request.form.get("DBSnapshotIdentifier", "").lower())
        return response

    async def _cycle(self, request: AwsRequest) -> AwsResponse:
        """Reboot, stop or start; moto judges whether it may be stopped or started."""
        identifier = _identifier(request)
        database = self._databases.get(identifier)
        if database is None:
            return await self._host.moto.request(request)
        if request.operation == "StopDBInstance" and "DBSnapshotIdentifier" in request.form:
            raise AwsError("InvalidParameterValue", "DBSnapshotIdentifier: the local cloud does not offer this yet")
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
                status, operation = Status.STOPPING, database.shut_down()
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
        where = (self._host.account_id, self._host.region, identifier)
        await self._host.moto.run(lambda: records.add_event(*where, event))

    async def _resume(self, record: records.Record) -> None:
        database = self._add(record.identifier)
        if not database.postgres.is_created():  # its creation was interrupted
            await database.in_background(Status.CREATING, database.create(self._new_instance(record), record.password))
            return
        self._host.addresses.claim(database.postgres.instance.address)
        if record.status in (Status.STOPPED, Status.STOPPING):
            await database.shut_down()
        else:
            await database.start(record.password)

    def _add(self, identifier: str) -> Database:
        postgres = Postgres(f"rds/{identifier}", self._directory / identifier, self._host.ledger)

        async def show(status: Status) -> None:
            instance = postgres.instance if postgres.is_created() else None
            where = (self._host.account_id, self._host.region, identifier)
            await self._host.moto.run(lambda: records.show(*where, status, instance))

        database = self._databases[identifier] = Database(postgres, self._host.ledger, show)
        return database

    def _new_instance(self, record: records.Record) -> Instance:
        return Instance(
            address=self._host.addresses.take([record.port]),
            port=record.port,
            master_username=record.master_username,
            database=record.database,
            resource_id="db-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(26)),
        )

    async def _record(self, identifier: str) -> records.Record:
        where = (self._host.account_id, self._host.region, identifier)
        return await self._host.moto.run(lambda: records.record(*where))


def _identifier(request: AwsRequest) -> str:
    return request.form.get("DBInstanceIdentifier", "").lower()


def _check_creation(request: AwsRequest) -> None:
    form = request.form
    if form.get("Engine") != "postgres":
        raise AwsError("InvalidParameterValue", f"Engine {form.get('Engine')!r}: the local cloud runs postgres only")
    _check_version(request)
    user = form.get("MasterUsername", "")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,62}", user) or user in (SUPERUSER, "public"):
        raise AwsError("InvalidParameterValue", f"The parameter MasterUsername is not valid: {user!r}")
    if form.get("ManageMasterUserPassword", "false") != "true":
        _check_password(form.get("MasterUserPassword", ""))
    elif "MasterUserPassword" in form:
        raise AwsError(
            "InvalidParameterCombination",
            "You can't specify MasterUserPassword when ManageMasterUserPassword is enabled.",
        )


def _check_version(request: AwsRequest) -> None:
    version = request.form.get("EngineVersion", VERSION)
    if version not in (VERSION, VERSION.partition(".")[0]):
        raise AwsError("InvalidParameterCombination", f"Cannot find version {version} for postgres")


def _check_password(password: str) -> None:
    if not PASSWORD.fullmatch(password) or PASSWORD_WITHOUT & set(password):
        raise AwsError(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides "
            "'/', '@', '\"', ' ' may be used, 8 to 128 of them.",
        )
