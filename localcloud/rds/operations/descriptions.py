"""RDS's Describe operations: releases, classes, pending maintenance, and log files."""

from collections.abc import Iterable, Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol import query_responses
from localcloud.protocol.wire import AwsResponse
from localcloud.rds.requests import offerings
from localcloud.rds.requests.offered_operations import MOST_IN_A_PAGE
from localcloud.rds.server.database import Database
from localcloud.rds.server.log_files import LogFiles, portion

Values = Mapping[str, Any]


class DescriptionApi:
    """Handles operations that only describe. `databases`: by identifier; `region`: the region of the request."""

    def __init__(self, databases: Mapping[str, Database]) -> None:
        self._databases = databases

    def answer(self, operation: str, values: Values, region: str) -> AwsResponse | None:
        """Return the response; None for an operation handled elsewhere. Errors: AwsError."""
        match operation:
            case "DescribeCertificates":
                reported = self._certificates(values, region)
            case "DescribeDBEngineVersions":
                reported = self._versions(values)
            case "DescribeOrderableDBInstanceOptions":
                reported = self._orderable(values, region)
            case "DescribePendingMaintenanceActions":
                reported = self._pending(values)
            case "DescribeDBLogFiles":
                reported = self._log_files(values)
            case "DownloadDBLogFilePortion":
                reported = self._portion(values)
            case _:
                return None
        return query_responses.query_response("rds", operation, reported)

    def _certificates(self, values: Values, region: str) -> Values:
        named = values.get("CertificateIdentifier")
        found = [each for each in offerings.certificates(region) if named in (None, each["CertificateIdentifier"])]
        if named and not found:
            raise AwsError("CertificateNotFound", f"Certificate not found: {named}", 404)
        return {
            **_page("Certificates", found, values),
            "DefaultCertificateForNewLaunches": offerings.CA_CERTIFICATES[0],
        }

    def _versions(self, values: Values) -> Values:
        found = offerings.versions(include_all=_is_true(values, "IncludeAll"))
        if _is_true(values, "DefaultOnly"):
            found = (each for each in found if each["EngineVersion"] == offerings.DEFAULT)
        requested = {
            "Engine": values.get("Engine"),
            "DBParameterGroupFamily": values.get("DBParameterGroupFamily"),
        }
        version = values.get("EngineVersion")
        kept = [
            each
            for each in found
            if _is(each, requested)
            and version in (None, each["EngineVersion"], each["MajorEngineVersion"])
            and _passes(
                each,
                values,
                {
                    "db-parameter-group-family": "DBParameterGroupFamily",
                    "engine": "Engine",
                    "engine-version": "EngineVersion",
                    "status": "Status",
                },
            )
        ]
        return _page("DBEngineVersions", kept, values)

    def _orderable(self, values: Values, region: str) -> Values:
        requested = {name: values.get(name) for name in ("Engine", "EngineVersion", "DBInstanceClass", "LicenseModel")}
        if values.get("AvailabilityZoneGroup") not in (None, region) or values.get("Vpc", "true").lower() != "true":
            return _page("OrderableDBInstanceOptions", [], values)
        return _page(
            "OrderableDBInstanceOptions", [e for e in offerings.orderable(region) if _is(e, requested)], values
        )

    def _pending(self, values: Values) -> Values:
        """Return no pending maintenance: AWS does not maintain these servers."""
        if (arn := values.get("ResourceIdentifier")) is not None and arn.rpartition(":db:")[2] not in self._databases:
            raise AwsError("ResourceNotFoundFault", f"The specified resource {arn} was not found.", 404)
        return {"PendingMaintenanceActions": []}

    def _log_files(self, values: Values) -> Values:
        database = self._database(values)
        since, least = int(values.get("FileLastWritten", 0)), int(values.get("FileSize", 0))
        found = [
            {"LogFileName": each.name, "LastWritten": each.last_written_ms, "Size": each.size}
            for each in LogFiles.listed(database.postgres.directory)
            if values.get("FilenameContains", "") in each.name and each.last_written_ms >= since and each.size >= least
        ]
        return _page("DescribeDBLogFiles", found, values)

    def _portion(self, values: Values) -> Values:
        database, name = self._database(values), values["LogFileName"]
        content = LogFiles.read(database.postgres.directory, name)
        if content is None:
            raise AwsError("DBLogFileNotFoundFault", f"DBLog File: {name}, is not found on the DB instance", 404)
        lines = int(values["NumberOfLines"]) if "NumberOfLines" in values else None
        if lines is not None and lines < 1:
            raise AwsError("InvalidParameterValue", f"NumberOfLines must be 1 or more, got {lines}")
        found = portion(content, _offset(values, len(content)) if values.get("Marker") else None, lines)
        return {"LogFileData": found.text, "Marker": str(found.end), "AdditionalDataPending": found.has_more}

    def _database(self, values: Values) -> Database:
        identifier = values["DBInstanceIdentifier"].lower()
        if identifier not in self._databases:
            raise AwsError("DBInstanceNotFound", f"DBInstance {identifier} not found.", 404)
        return self._databases[identifier]


def _page(listed: str, found: list[dict[str, object]], values: Values) -> dict[str, object]:
    """Return one page; a marker is the number of entries before it."""
    begin, most = _offset(values, len(found)), int(values.get("MaxRecords", MOST_IN_A_PAGE))
    more = {"Marker": str(begin + most)} if begin + most < len(found) else {}
    return {listed: found[begin : begin + most], **more}


def _offset(values: Values, most: int) -> int:
    marker = str(values.get("Marker") or "0")
    if not (marker.isascii() and marker.isdecimal() and int(marker) <= most):
        raise AwsError("InvalidParameterValue", f"The Marker {marker[:100]} is not valid.")
    return int(marker)


def _is(each: Mapping[str, object], requested: Mapping[str, str | None]) -> bool:
    return all(wanted in (None, each[name]) for name, wanted in requested.items())


def _passes(each: Mapping[str, object], values: Values, names: Mapping[str, str]) -> bool:
    filters: Iterable[Mapping[str, Any]] = values.get("Filters") or ()
    for requested in filters:
        if requested["Name"] not in names:
            raise AwsError("InvalidParameterValue", f"Unrecognized filter name: {requested['Name'][:100]}")
        if each[names[requested["Name"]]] not in requested["Values"]:
            return False
    return True


def _is_true(values: Values, name: str) -> bool:
    return bool(values.get(name, "").lower() == "true")
