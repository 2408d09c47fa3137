"""Operations on log streams and events: their parameters and their responses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.cloudwatch.logs.filter_patterns import InvalidPattern, compiled
from localcloud.cloudwatch.logs.operations.account import Response, invalid, without_none
from localcloud.cloudwatch.logs.operations.pages import TOKEN_INVALID
from localcloud.cloudwatch.logs.store import Event, LogStore, NewEvent, Stream, event_id
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import (
        FilterLogEventsRequestTypeDef,
        GetLogEventsRequestTypeDef,
        InputLogEventTypeDef,
        PutLogEventsRequestTypeDef,
    )


MOST_EVENTS = 10_000
MAX_BATCH_BYTES = 1_048_576
EVENT_OVERHEAD_BYTES = 26
MAX_ANSWER_BYTES = 1_048_576
SCANNED_AT_ONCE = 10_000
SCANNED_AT_MOST = 100_000  # Per FilterLogEvents call; the rest follows by nextToken, as on AWS.
HOUR_MS = 3_600_000
END_OF_TIME_MS = 2**60

STREAMS_AFTER = datetime(2024, 1, 1, tzinfo=UTC)
"""FilterLogEvents returns the latest events first only from this time on."""

Position = tuple[int, int]


def described(stream: Stream, group_arn: str) -> Response:
    """Return a stream as DescribeLogStreams shows it."""
    return without_none(
        {
            "logStreamName": stream.name,
            "arn": f"{group_arn}:log-stream:{stream.name}",
            "creationTime": stream.created_ms,
            "firstEventTimestamp": stream.first_ms,
            "lastEventTimestamp": stream.last_ms,
            "lastIngestionTime": stream.ingested_ms,
            "uploadSequenceToken": None if stream.ingested_ms is None else str(stream.ingested_ms),
            "storedBytes": 0,
        }
    )


def put_events(
    store: LogStore, parameters: PutLogEventsRequestTypeDef, *, now_ms: int, retention_ms: int
) -> tuple[list[NewEvent], int, Response]:
    """Store events -> those stored, the number of the first, and the response, which reports events too old or too new.

    `retention_ms` 0: events never expire.
    """
    group, stream = parameters["logGroupName"], parameters["logStreamName"]
    events = _checked_batch(parameters["logEvents"])
    if not store.has_stream(group, stream):
        raise missing_stream()
    times = [event["timestamp"] for event in events]
    too_new = sum(time_ms > now_ms + 2 * HOUR_MS for time_ms in times)
    too_old = sum(time_ms < now_ms - 14 * 24 * HOUR_MS for time_ms in times)
    expired = sum(time_ms < now_ms - retention_ms for time_ms in times) if retention_ms else 0
    # Events are in chronological order, so the rejected ones are at the beginning and the end.
    in_time = events[max(too_old, expired) : len(events) - too_new]
    kept = [NewEvent(group, stream, event["timestamp"], event["message"]) for event in in_time]
    first = store.add(kept, now_ms)
    rejected = {
        "tooNewLogEventStartIndex": len(events) - too_new if too_new else None,
        "tooOldLogEventEndIndex": too_old or None,
        "expiredLogEventEndIndex": expired or None,
    }
    response: Response = {"nextSequenceToken": str(now_ms)}
    if rejections := without_none(rejected):
        response["rejectedLogEventsInfo"] = rejections
    return kept, first, response


def get_events(store: LogStore, parameters: GetLogEventsRequestTypeDef) -> Response:
    """Answer GetLogEvents. Tokens are positions: `f/` for later events, `b/` for earlier ones."""
    group, stream = parameters["logGroupName"], parameters["logStreamName"]
    if not store.has_stream(group, stream):
        raise missing_stream()
    direction, position = _token(parameters.get("nextToken"))
    backward = direction == "b" if direction else not parameters.get("startFromHead", False)
    found = store.events(
        group,
        [stream],
        first_ms=parameters.get("startTime", 0),
        last_ms=parameters.get("endTime", END_OF_TIME_MS) - 1,
        after=position if direction == "f" else None,
        before=position if direction == "b" else None,
        newest_first=backward,
        limit=parameters.get("limit") or MOST_EVENTS,
    )
    page = _within_answer(found)
    if backward:
        page.reverse()
    if page:
        first, last = page[0].position, page[-1].position
    else:  # Resume from here: forward with new events, backward with the event at the position itself.
        at, number = position or (0, 0)
        first, last = ((at, number + 1), (at, number)) if direction != "b" else ((at, number), (at, number - 1))
    return {
        "events": [
            {"timestamp": event.timestamp_ms, "message": event.message, "ingestionTime": event.ingested_ms}
            for event in page
        ],
        "nextForwardToken": f"f/{last[0]}/{last[1]}",
        "nextBackwardToken": f"b/{first[0]}/{first[1]}",
    }


def filter_events(store: LogStore, parameters: FilterLogEventsRequestTypeDef) -> Response:
    """Return events of all or the named streams in time order; the latest first when `startFromHead` is false.

    Here, too, tokens are positions, and their direction applies to the following pages.
    """
    group = parameters["logGroupName"]
    names = _requested_streams(store, group, parameters)
    try:
        test = compiled(parameters.get("filterPattern", ""))
    except InvalidPattern as error:
        raise invalid(f"Invalid filter pattern: {error}") from error
    limit = parameters.get("limit") or MOST_EVENTS
    direction, position = _token(parameters.get("nextToken"))
    newest_first = direction == "b" if direction else not parameters.get("startFromHead", True)
    if newest_first and parameters.get("startTime", 0) < STREAMS_AFTER.timestamp() * 1000:
        raise invalid(
            f"startFromHead can be false only when startTime is {STREAMS_AFTER:%b %d, %Y %H:%M:%S UTC} or later."
        )
    found: list[Event] = []
    scanned, more = 0, True
    while more and len(found) < limit and scanned < SCANNED_AT_MOST:
        some = store.events(
            group,
            names,
            first_ms=parameters.get("startTime", 0),
            last_ms=parameters.get("endTime", END_OF_TIME_MS),
            after=None if newest_first else position,
            before=position if newest_first else None,
            newest_first=newest_first,
            limit=SCANNED_AT_ONCE,
        )
        more = len(some) == SCANNED_AT_ONCE
        scanned += len(some)
        for event in some:
            position = event.position
            if test(event.message):
                found.append(event)
                if len(found) == limit:
                    more = more or event is not some[-1]
                    break
    page = _within_answer(found)
    if len(page) < len(found):
        more, position = True, page[-1].position
    response: Response = {
        "events": [
            {
                "logStreamName": event.stream,
                "timestamp": event.timestamp_ms,
                "message": event.message,
                "ingestionTime": event.ingested_ms,
                "eventId": event_id(event.timestamp_ms, event.id),
            }
            for event in page
        ],
        "searchedLogStreams": [],
    }
    if more and position is not None:
        response["nextToken"] = f"{'b' if newest_first else 'f'}/{position[0]}/{position[1]}"
    return response


def _requested_streams(store: LogStore, group: str, parameters: FilterLogEventsRequestTypeDef) -> list[str]:
    names, prefix = parameters.get("logStreamNames"), parameters.get("logStreamNamePrefix")
    if names and prefix:
        raise invalid("logStreamNamePrefix and logStreamNames are mutually exclusive parameters.")
    if not names:
        return [stream.name for stream in store.streams(group, prefix or "")]
    if not all(store.has_stream(group, name) for name in names):
        raise missing_stream()
    return list(dict.fromkeys(names))


def _checked_batch(events: Sequence[InputLogEventTypeDef]) -> Sequence[InputLogEventTypeDef]:
    sizes = [len(event["message"].encode(errors="replace")) + EVENT_OVERHEAD_BYTES for event in events]
    if max(sizes) > MAX_BATCH_BYTES:
        raise invalid(f"Log event too large: {max(sizes)} bytes exceeds limit of {MAX_BATCH_BYTES}")
    if sum(sizes) > MAX_BATCH_BYTES:
        raise invalid(f"Upload too large: {sum(sizes)} bytes exceeds limit of {MAX_BATCH_BYTES}")
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        raise invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if times[-1] - times[0] > 24 * HOUR_MS:
        raise invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    return events


def _token(token: str | None) -> tuple[str, Position | None]:
    if token is None:
        return "", None
    found = re.fullmatch(r"([fb])/([0-9]{1,18})/(-?[0-9]{1,18})", token)
    if found is None:
        raise invalid(TOKEN_INVALID)
    return found[1], (int(found[2]), int(found[3]))


def _within_answer(events: list[Event]) -> list[Event]:
    """Cut the list to the maximum size of a response, but keep at least one event."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.message) + EVENT_OVERHEAD_BYTES
        if size > MAX_ANSWER_BYTES and count:
            return events[:count]
    return events


def missing_stream() -> AwsError:
    return AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
