"""Tags of log groups and destinations, through the older operations (by group name) and the newer ones (by ARN)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from localcloud.cloudwatch.logs.operations.account import (
    GROUP_ARN,
    Account,
    Call,
    Operation,
    Response,
    group_of,
    invalid,
)
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend


MOST_TAGS = 50


class LogTags:
    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: dict[str, Operation] = {
            "TagLogGroup": self._tag_group,
            "UntagLogGroup": self._untag_group,
            "ListTagsLogGroup": self._list_of_group,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._list,
        }

    async def _tag_group(self, call: Call) -> Response:
        tags = call.parameters["tags"]
        check_tags(tags)

        def tag(backend: LogsBackend) -> None:
            _add(backend, group_of(backend, call.parameters["logGroupName"]).arn, tags, "InvalidParameterException")

        await self._account.change(call.region, tag)
        return {}

    async def _untag_group(self, call: Call) -> Response:
        def untag(backend: LogsBackend) -> None:
            backend.untag_resource(group_of(backend, call.parameters["logGroupName"]).arn, call.parameters["tags"])

        await self._account.change(call.region, untag)
        return {}

    async def _list_of_group(self, call: Call) -> Response:
        def tags(backend: LogsBackend) -> Any:
            return backend.list_tags_for_resource(group_of(backend, call.parameters["logGroupName"]).arn)

        return {"tags": await self._account.look(call.region, tags)}

    async def _tag(self, call: Call) -> Response:
        tags = call.parameters["tags"]
        check_tags(tags)

        def tag(backend: LogsBackend) -> None:
            _add(backend, self._resource(backend, call), tags, "TooManyTagsException")

        await self._account.change(call.region, tag)
        return {}

    async def _untag(self, call: Call) -> Response:
        def untag(backend: LogsBackend) -> None:
            backend.untag_resource(self._resource(backend, call), call.parameters["tagKeys"])

        await self._account.change(call.region, untag)
        return {}

    async def _list(self, call: Call) -> Response:
        def tags(backend: LogsBackend) -> Any:
            return backend.list_tags_for_resource(self._resource(backend, call))

        return {"tags": await self._account.look(call.region, tags)}

    def _resource(self, backend: LogsBackend, call: Call) -> str:
        """Return the ARN of an existing resource. Errors: AwsError."""
        arn = str(call.parameters["resourceArn"])
        if not arn.startswith("arn:"):
            raise invalid(f"The ARN {arn} is not valid.")
        found = GROUP_ARN.fullmatch(arn)
        if found is not None and found["name"] in backend.groups:
            group_arn = str(backend.groups[found["name"]].arn)
            if arn.removesuffix(":*") == group_arn:
                return group_arn
        others = (backend.delivery_destinations, backend.delivery_sources, backend.deliveries)
        if arn in backend.destinations or any(arn == each.arn for table in others for each in table.values()):
            return arn
        raise AwsError("ResourceNotFoundException", "The specified resource does not exist.")


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse tag keys that AWS reserves. Errors: AwsError."""
    reserved = sorted(key for key in tags if key.lower().startswith("aws:"))
    if reserved:
        raise invalid(f"The tag key {reserved[0]} begins with aws:, which is reserved.")


def _add(backend: LogsBackend, arn: str, tags: Mapping[str, str], code: str) -> None:
    if len(backend.list_tags_for_resource(arn).keys() | tags.keys()) > MOST_TAGS:
        raise AwsError(code, f"The resource would have more than {MOST_TAGS} tags.")
    backend.tag_resource(arn, dict(tags))
