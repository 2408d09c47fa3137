"""Log groups: create, describe, set retention and deletion protection, delete."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.cloudwatch.logs.log_classes import class_of
from localcloud.cloudwatch.logs.operations.account import (
    Account,
    Call,
    Operation,
    Response,
    group_of,
    invalid,
    missing_group,
)
from localcloud.cloudwatch.logs.operations.pages import page
from localcloud.cloudwatch.logs.operations.tags import check_tags
from localcloud.errors import AwsError, not_offered
from localcloud.moto.kms_keys import why_not

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend


RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
RETENTION_YEARS_DAYS = (1096, 1827, 2192, 2557, 2922, 3288, 3653)
MOST_LISTED = 50
KEY_MISSING = "The specified KMS Key Id could not be found."
LIST_NOT_OFFERED = ("dataSources", "fieldIndexNames")


class LogGroups:
    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: dict[str, Operation] = {
            "CreateLogGroup": self._create,
            "DeleteLogGroup": self._delete,
            "DescribeLogGroups": self._describe,
            "ListLogGroups": self._list,
            "PutRetentionPolicy": self._put_retention,
            "DeleteRetentionPolicy": self._delete_retention,
            "PutLogGroupDeletionProtection": self._put_protection,
            "AssociateKmsKey": self._associate_key,
            "DisassociateKmsKey": self._disassociate_key,
        }

    async def _create(self, call: Call) -> Response:
        parameters, name = call.parameters, call.parameters["logGroupName"]
        tags = parameters.get("tags") or {}
        check_tags(tags)

        def create(backend: LogsBackend) -> None:
            if name in backend.groups:
                raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
            _check_key(backend, parameters.get("kmsKeyId"))
            group = backend.create_log_group(name, tags, kmsKeyId=parameters.get("kmsKeyId"))
            vars(group)["log_group_class"] = parameters.get("logGroupClass", "STANDARD")
            vars(group)["is_protected"] = bool(parameters.get("deletionProtectionEnabled"))

        await self._account.change(call.region, create)
        return {}

    async def _delete(self, call: Call) -> Response:
        name = call.parameters["logGroupName"]

        def delete(backend: LogsBackend) -> None:
            group = group_of(backend, name)
            if getattr(group, "is_protected", False):
                raise AwsError(
                    "ValidationException", "The log group is protected against deletion: disable the protection first."
                )
            backend.tagger.delete_all_tags_for_resource(group.arn)
            stored = backend.filters.metric_filters
            stored[:] = [each for each in stored if each["logGroupName"] != name]
            backend.delete_log_group(name)

        await self._account.change(call.region, delete)
        return {}

    async def _describe(self, call: Call) -> Response:
        parameters = call.parameters
        prefix, pattern = parameters.get("logGroupNamePrefix"), parameters.get("logGroupNamePattern")
        if prefix is not None and pattern is not None:
            raise invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        identifiers = parameters.get("logGroupIdentifiers")
        if identifiers is not None and (prefix is not None or pattern is not None):
            raise invalid("LogGroup identifiers and LogGroup name prefix or pattern are mutually exclusive parameters.")
        self._check_account(parameters)
        names = None
        if identifiers is not None:
            names = {self._account.identified(call.region, identifier) for identifier in identifiers}

        def describe(backend: LogsBackend) -> list[Response]:
            if names is not None and not names <= set(backend.groups):
                raise missing_group()
            return [
                _described(backend, group)
                for name, group in backend.groups.items()
                if (names is None or name in names)
                and name.startswith(prefix or "")
                and (pattern or "").lower() in name.lower()
                and parameters.get("logGroupClass") in (None, class_of(group))
            ]

        found = await self._account.look(call.region, describe)
        if pattern is not None:  # AWS leaves these fields out in this case (recorded 2026-02-03).
            left_out = ("storedBytes", "deletionProtectionEnabled")
            found = [{name: value for name, value in each.items() if name not in left_out} for each in found]
        return page(call, "logGroups", found, key=lambda each: each["logGroupName"], most=MOST_LISTED)

    async def _list(self, call: Call) -> Response:
        """`logGroupNamePattern` is a regular expression in one of a few forms: `^/ecs|worker`."""
        parameters = call.parameters
        self._check_account(parameters)
        for name in LIST_NOT_OFFERED:
            if parameters.get(name):
                raise not_offered(f"ListLogGroups: {name}")
        pattern = re.compile(parameters.get("logGroupNamePattern", ""))
        requested_tags = parameters.get("logGroupTags") or []

        def listed(backend: LogsBackend) -> list[Response]:
            return [
                {"logGroupName": name, "logGroupArn": group.arn, "logGroupClass": class_of(group)}
                for name, group in backend.groups.items()
                if pattern.search(name)
                and parameters.get("logGroupClass") in (None, class_of(group))
                and _has_tags(backend.list_tags_for_resource(group.arn), requested_tags)
            ]

        found = await self._account.look(call.region, listed)
        return page(call, "logGroups", found, key=lambda each: each["logGroupName"], most=MOST_LISTED)

    def _check_account(self, parameters: Mapping[str, Any]) -> None:
        """Refuse other accounts: there is only one here."""
        accounts = parameters.get("accountIdentifiers") or []
        if accounts and not parameters.get("includeLinkedAccounts"):
            raise invalid("accountIdentifiers can be given only when includeLinkedAccounts is true.")
        others = sorted(set(accounts) - {self._account.host.account_id})
        if others:
            raise invalid(f"The account {others[0]} is not linked to this account.")

    async def _put_retention(self, call: Call) -> Response:
        days = call.parameters["retentionInDays"]
        allowed = RETENTION_DAYS + RETENTION_YEARS_DAYS
        if days not in allowed:
            words = ", ".join(str(number) for number in allowed)
            raise invalid(
                f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{words}]"
            )
        return await self._set(call, await self._account.group(call), "retention_in_days", days)

    async def _delete_retention(self, call: Call) -> Response:
        return await self._set(call, await self._account.group(call), "retention_in_days", None)

    async def _put_protection(self, call: Call) -> Response:
        name = self._account.identified(call.region, call.parameters["logGroupIdentifier"])
        return await self._set(call, name, "is_protected", call.parameters["deletionProtectionEnabled"])

    async def _associate_key(self, call: Call) -> Response:
        name, key = self._keyed_group(call), call.parameters["kmsKeyId"]

        def associate(backend: LogsBackend) -> None:
            group = group_of(backend, name)
            _check_key(backend, key)
            group.kms_key_id = key

        await self._account.change(call.region, associate)
        return {}

    async def _disassociate_key(self, call: Call) -> Response:
        return await self._set(call, self._keyed_group(call), "kms_key_id", None)

    def _keyed_group(self, call: Call) -> str:
        """Return the name of the group that gets a key. Keys for query results are refused: nothing is encrypted."""
        identifier = call.parameters.get("resourceIdentifier")
        if identifier is None:
            return self._account.name(call.region, call.parameters)
        if ":query-result:" in identifier:
            raise AwsError("InvalidAction", f"{call.operation}: this local cloud does not encrypt query results", 501)
        return self._account.identified(call.region, identifier)

    async def _set(self, call: Call, name: str, attribute: str, value: object) -> Response:
        await self._account.change(call.region, lambda backend: setattr(group_of(backend, name), attribute, value))
        return {}


def _check_key(backend: LogsBackend, key: str | None) -> None:
    """Check the key that is to encrypt a group; it is named by its ARN. Errors: AwsError."""
    if key is None:
        return
    if not key.startswith("arn:"):
        raise invalid(KEY_MISSING)
    why = why_not(backend.account_id, backend.region_name, key)
    if why is not None:
        raise invalid(
            KEY_MISSING if why[0] == "NotFoundException" else f"The specified KMS Key Id cannot be used: {why[1]}"
        )


def _described(backend: LogsBackend, group: Any) -> Response:
    from moto.core.utils import unix_time_millis

    filters = sum(each["logGroupName"] == group.name for each in backend.filters.metric_filters)
    response: Response = {
        "logGroupName": group.name,
        "creationTime": int(unix_time_millis(group.creation_time)),
        "metricFilterCount": filters,
        "arn": f"{group.arn}:*",
        "storedBytes": 0,
        "logGroupClass": class_of(group),
        "logGroupArn": group.arn,
        "deletionProtectionEnabled": bool(getattr(group, "is_protected", False)),
    }
    if group.retention_in_days:
        response["retentionInDays"] = int(group.retention_in_days)
    if group.kms_key_id:
        response["kmsKeyId"] = group.kms_key_id
    return response


def _has_tags(tags: Mapping[str, str], requested: list[Mapping[str, Any]]) -> bool:
    """Return whether each filter's key is present with one of its values; `*` and a leading `!` are supported."""
    return all(
        each["key"] in tags and (not each.get("values") or _is_one_of(tags[each["key"]], each["values"]))
        for each in requested
    )


def _is_one_of(value: str, patterns: list[str]) -> bool:
    def matches(pattern: str) -> bool:
        parts = [re.escape(part) for part in pattern.removeprefix("!").split("*")]
        return (re.fullmatch(".*".join(parts), value) is not None) is not pattern.startswith("!")

    return any(matches(pattern) for pattern in patterns)
