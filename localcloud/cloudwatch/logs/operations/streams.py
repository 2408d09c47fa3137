"""Log streams and their events."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from localcloud.cloudwatch.logs.operations import events
from localcloud.cloudwatch.logs.operations.account import Account, Call, Operation, Response, invalid
from localcloud.cloudwatch.logs.operations.pages import position, token
from localcloud.cloudwatch.logs.store import LogStore, NewEvent, Stream
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import (
        FilterLogEventsRequestTypeDef,
        GetLogEventsRequestTypeDef,
        PutLogEventsRequestTypeDef,
    )


DAY_MS = 86_400_000
MOST_STREAMS = 50


class LogStreams:
    """Handles stream operations. `observe` gets stored events and the number of the first, in the store's thread."""

    def __init__(self, account: Account, observe: Callable[[list[NewEvent], int], None]) -> None:
        self._account = account
        self._observe = observe
        self.operations: dict[str, Operation] = {
            "CreateLogStream": self._create,
            "DeleteLogStream": self._delete,
            "DescribeLogStreams": self._describe,
            "PutLogEvents": self._put_events,
            "GetLogEvents": self._get_events,
            "FilterLogEvents": self._filter_events,
        }

    async def _create(self, call: Call) -> Response:
        key = await self._key(call)

        def create(store: LogStore) -> None:
            if not store.add_stream(key, call.parameters["logStreamName"], _now_ms()):
                raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")

        await self._account.in_store(create)
        return {}

    async def _delete(self, call: Call) -> Response:
        key = await self._key(call)

        def delete(store: LogStore) -> None:
            if not store.delete_stream(key, call.parameters["logStreamName"]):
                raise events.missing_stream()

        await self._account.in_store(delete)
        return {}

    async def _describe(self, call: Call) -> Response:
        parameters = call.parameters
        name = await self._account.group(call)
        prefix, by_time = parameters.get("logStreamNamePrefix", ""), parameters.get("orderBy") == "LastEventTime"
        if prefix and by_time:
            raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        after, size = position(call), parameters.get("limit") or MOST_STREAMS
        key, arn = self._account.key(call.region, name), self._account.arn(call.region, name)
        streams = await self._account.in_store(lambda store: store.streams(key, prefix))

        def place(stream: Stream) -> list[object]:
            return [(stream.last_ms or 0) if by_time else 0, stream.name]

        descending = bool(parameters.get("descending"))
        ordered = sorted(streams, key=place, reverse=descending)
        if after is not None:
            ordered = [each for each in ordered if (place(each) < after if descending else place(each) > after)]
        response: Response = {"logStreams": [events.described(stream, arn) for stream in ordered[:size]]}
        if len(ordered) > size:
            response["nextToken"] = token(call, place(ordered[size - 1]))
        return response

    async def _put_events(self, call: Call) -> Response:
        key = await self._key(call)
        days = await self._account.look(
            call.region, lambda backend: backend.groups[call.parameters["logGroupName"]].retention_in_days
        )
        parameters = {**call.parameters, "logGroupName": key}

        def put(store: LogStore) -> Response:
            kept, first, response = events.put_events(
                store,
                cast("PutLogEventsRequestTypeDef", parameters),
                now_ms=_now_ms(),
                retention_ms=int(days or 0) * DAY_MS,
            )
            self._observe(kept, first)
            return response

        return await self._account.in_store(put)

    async def _get_events(self, call: Call) -> Response:
        parameters = {**call.parameters, "logGroupName": await self._key(call)}
        return await self._account.in_store(
            lambda store: events.get_events(store, cast("GetLogEventsRequestTypeDef", parameters))
        )

    async def _filter_events(self, call: Call) -> Response:
        parameters = {**call.parameters, "logGroupName": await self._key(call)}
        return await self._account.in_store(
            lambda store: events.filter_events(store, cast("FilterLogEventsRequestTypeDef", parameters))
        )

    async def _key(self, call: Call) -> str:
        return self._account.key(call.region, await self._account.group(call))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
