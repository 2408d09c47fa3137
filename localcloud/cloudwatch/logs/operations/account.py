"""Shared by all operations: a request, the store of events, moto's log groups."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from localcloud.cloudwatch.logs.store import LogStore
from localcloud.errors import AwsError
from localcloud.host import Host

if TYPE_CHECKING:
    from moto.logs.models import LogGroup, LogsBackend


T = TypeVar("T")

GROUP_MISSING = "The specified log group does not exist."
GROUP_ARN = re.compile(r"arn:[\w-]+:logs:(?P<region>[\w-]+):(?P<account>\d{12}):log-group:(?P<name>[^:]+)(?::\*)?")
Response = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request; `parameters` have passed the checks of the service's model."""

    operation: str
    region: str
    parameters: Mapping[str, Any]


Operation = Callable[[Call], Awaitable[Response]]


class InStore(Protocol):
    def __call__(self, function: Callable[[LogStore], T], /) -> Awaitable[T]:
        """Call the function in the thread that owns the store, after storing the buffered events."""


class Account:
    """All log groups of one account, in every region. moto stores them; their streams and events are in our store."""

    def __init__(self, host: Host, in_store: InStore) -> None:
        self.host = host
        self.in_store = in_store

    def key(self, region: str, group: str) -> str:
        """Return the group's key in the store; group names themselves contain no colon."""
        return group if region == self.host.region else f"{region}:{group}"

    def region_of(self, key: str) -> str:
        """Return a group's region from its key in the store."""
        return key.partition(":")[0] if ":" in key else self.host.region

    def arn(self, region: str, group: str) -> str:
        return f"arn:aws:logs:{region}:{self.host.account_id}:log-group:{group}"

    async def look(self, region: str, function: Callable[[LogsBackend], T]) -> T:
        """Read from moto's backend of a region, in moto's thread."""
        return await self.host.moto.run(lambda: function(self._backend(region)))

    async def change(self, region: str, function: Callable[[LogsBackend], T]) -> T:
        """Change moto's backend of a region; on return the change is on disk."""
        return await self.host.moto.change(lambda: function(self._backend(region)))

    async def group(self, call: Call) -> str:
        """Return the name of the requested group, which exists. Errors: AwsError."""
        name = self.name(call.region, call.parameters)
        await self.require(call.region, name)
        return name

    async def require(self, region: str, *names: str) -> None:
        """Require that all groups exist. Errors: AwsError ResourceNotFoundException."""
        if not await self.look(region, lambda backend: all(name in backend.groups for name in names)):
            raise missing_group()

    def name(self, region: str, parameters: Mapping[str, Any]) -> str:
        """Return the name from logGroupName or logGroupIdentifier; exactly one must be present. Errors: AwsError."""
        name, identifier = parameters.get("logGroupName"), parameters.get("logGroupIdentifier")
        if name is not None and identifier is not None:
            raise AwsError("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters.")
        if name is None and identifier is None:
            raise invalid("Either logGroupName or logGroupIdentifier is required.")
        return str(name) if identifier is None else self.identified(region, identifier)

    def identified(self, region: str, identifier: str) -> str:
        """Return a group's name from its name or ARN.

        Errors: AwsError ResourceNotFoundException for another region or account.
        """
        if not identifier.startswith("arn:"):
            return identifier
        found = GROUP_ARN.fullmatch(identifier)
        if found is None or (found["region"], found["account"]) != (region, self.host.account_id):
            raise missing_group()
        return found["name"]

    def _backend(self, region: str) -> LogsBackend:
        from moto.logs.models import logs_backends

        try:
            return logs_backends[self.host.account_id][region]
        except KeyError as error:
            raise AwsError(
                "UnrecognizedClientException", f"{region} is not a region of AWS; sign the request for one that is"
            ) from error


def kept(backend: LogsBackend, name: str) -> dict[str, Any]:
    """Return a table of ours that is stored with moto's backend."""
    table: dict[str, Any] = backend.__dict__.setdefault(name, {})
    return table


def group_of(backend: LogsBackend, name: str) -> LogGroup:
    """Return moto's log group. Errors: AwsError ResourceNotFoundException."""
    group = backend.groups.get(name)
    if group is None:
        raise missing_group()
    return group


def missing_group() -> AwsError:
    return AwsError("ResourceNotFoundException", GROUP_MISSING)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)


def without_none(values: Mapping[str, object]) -> Response:
    return {name: value for name, value in values.items() if value is not None}
