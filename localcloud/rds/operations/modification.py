"""Changes of a DB instance: its password, its name, and whether it keeps backups."""

from collections.abc import Awaitable, Callable

from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.moto import calls
from localcloud.protocol.wire import AwsRequest, AwsResponse
from localcloud.rds.backups.automated_backups import AutomatedBackups
from localcloud.rds.moto_patches import records
from localcloud.rds.operations.instances import Instances
from localcloud.rds.operations.replicas import SAME_AS_ITS_PARENTS
from localcloud.rds.requests import checks, fields, offerings, settings
from localcloud.rds.server.database import ANSWERING, Database, Status

CHANGES_OF_PASSWORD = ("MasterUserPassword", "ManageMasterUserPassword", "RotateMasterUserPassword")


class ModificationApi:
    """Applies the changes that affect a server; moto stores those that are only shown.

    `reconnect`: lets replicas follow an instance to its new endpoint.
    """

    def __init__(
        self,
        host: Host,
        instances: Instances,
        backups: AutomatedBackups,
        reconnect: Callable[[], Awaitable[None]],
    ) -> None:
        self._host = host
        self._instances = instances
        self._backups = backups
        self._reconnect = reconnect

    async def modify(self, request: AwsRequest) -> AwsResponse:
        """Answer ModifyDBInstance. Errors: AwsError."""
        if request.form.get("DBPortNumber", "false") != "false":
            raise AwsError("InvalidParameterValue", "DBPortNumber: the local cloud does not offer this change yet")
        if "EngineVersion" in request.form:
            version = fields.version(request.form)
            if request.form["EngineVersion"] != offerings.MAJOR:  # the major release alone requests no change
                request = calls.with_fields(request, EngineVersion=version)
        checks.check_class(request.form)
        checks.check_backups(request.form)
        database = self._instances.find(fields.identifier(request.form))
        if database is None:
            return await self._host.moto.request(request)
        before = await self._instances.record(fields.identifier(request.form))
        settings.check_settings(request.form, self._host.region, before.storage)
        if (identifier := fields.new_identifier(request.form)) is not None:
            return await self._rename(request, database, identifier)
        changes_password = any(field in request.form for field in CHANGES_OF_PASSWORD)
        if "MasterUserPassword" in request.form:
            checks.check_password(request.form["MasterUserPassword"])
        if changes_password and before.primary:
            raise AwsError("InvalidParameterCombination", SAME_AS_ITS_PARENTS)
        if changes_password and database.status not in ANSWERING:
            raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
        if before.is_managed and fields.is_true(request.form, "ManageMasterUserPassword"):
            request = calls.without_fields(request, "ManageMasterUserPassword")  # moto would make a second secret
        upgrades = fields.upgrades(request.form, before.version)
        response = await self._host.moto.request(request)
        if response.status != 200:
            return response
        record = await self._instances.record(fields.identifier(request.form))
        if upgrades and database.status is Status.AVAILABLE:
            await database.in_background(Status.UPGRADING, database.reboot(record.password, Status.UPGRADING))
            return calls.with_text(response, "DBInstanceStatus", Status.UPGRADING)
        if changes_password and record.password is not None:
            await database.postgres.apply_master(record.password)
        return await self._switch_backups(response, database, record)

    async def _switch_backups(self, response: AwsResponse, database: Database, record: records.Record) -> AwsResponse:
        """Turn backups on or off; either restarts the server, as on AWS."""
        had, postgres = database.postgres.archive is not None, database.postgres
        if had == bool(record.retention_days):
            return response
        postgres.archive = self._backups.archive(record.resource_id) if record.retention_days else None
        if had:
            await self._backups.forget(record.resource_id)
        if database.status is not Status.AVAILABLE:  # the next start applies it
            return response
        back_up = None if had else self._instances.daily_backup(database)
        await database.in_background(Status.MODIFYING, database.reboot(record.password, Status.MODIFYING, back_up))
        return calls.with_text(response, "DBInstanceStatus", Status.MODIFYING)

    async def _rename(self, request: AwsRequest, database: Database, identifier: str) -> AwsResponse:
        """Rename an instance. Errors: AwsError.

        The endpoint belongs to the name, so another instance can take this one's place.
        """
        async with self._instances.naming:
            if self._instances.find(identifier) is not None:
                raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
            if database.status is not Status.AVAILABLE:
                raise AwsError("InvalidDBInstanceState", "Database instance is not in available state.")
            response: AwsResponse | None = None
            # Set before the new name is known: nobody may see the old endpoint as available under the new name.
            await database.begin_renaming()
            try:
                response = await self._host.moto.request(calls.with_fields(request, NewDBInstanceIdentifier=identifier))
            finally:
                if response is None or response.status != 200:
                    await database.keep_name()
            if response.status != 200:
                return response
            await self._instances.rename(fields.identifier(request.form), identifier)
        await self._reconnect()
        record = await self._instances.record(identifier)
        await database.in_background(Status.RENAMING, database.start(record.password, Status.RENAMING))
        return calls.with_text(response, "DBInstanceStatus", Status.RENAMING)
