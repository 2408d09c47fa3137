"""The requests about log streams and events: what they ask, what they are answered."""

import json
import re
from typing import Any

from localcloud.cloudwatch.filter_patterns import InvalidPattern, compiled
from localcloud.cloudwatch.log_store import Event, LogStore, NewEvent
from localcloud.errors import AwsError
from localcloud.host import Host

GROUP_MISSING = "The specified log group does not exist."
STREAM_MISSING = "The specified log stream does not exist."

MAX_BATCH_EVENTS = 10_000
MAX_BATCH_BYTES = 1_048_576
EVENT_OVERHEAD_BYTES = 26
MAX_ANSWER_BYTES = 1_048_576
SCANNED_AT_ONCE = 10_000
SCANNED_AT_MOST = 100_000  # in one FilterLogEvents; the rest by its nextToken, as AWS does
HOUR_MS = 3_600_000
END_OF_TIME_MS = 2**60

RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)

Position = tuple[int, int]


def parameters(body: bytes) -> dict[str, Any]:
    """Errors: AwsError SerializationException."""
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", str(error)) from error
    if not isinstance(asked, dict):
        raise AwsError("SerializationException", "the request should be a JSON object")
    return asked


def check_retention(asked: dict[str, Any]) -> None:
    """Errors: AwsError InvalidParameterException for a number that AWS has not."""
    if asked.get("retentionInDays") not in RETENTION_DAYS:
        raise _invalid(f"retentionInDays {asked.get('retentionInDays')} is not one of {sorted(RETENTION_DAYS)}")


def group_name(asked: dict[str, Any]) -> str:
    """From logGroupName or logGroupIdentifier, which may be an ARN."""
    name = asked.get("logGroupName") or asked.get("logGroupIdentifier")
    if not isinstance(name, str):
        raise _invalid("Log group name is required.")
    return re.sub(r"^arn:[^:]*:logs:[^:]*:[^:]*:log-group:([^:]+)(:\*)?$", r"\1", name)


def stream_name(asked: dict[str, Any]) -> str:
    name = asked.get("logStreamName")
    if not isinstance(name, str) or not re.fullmatch(r"[^:*]{1,512}", name):
        raise _invalid(
            f"1 validation error detected: Value '{name}' at 'logStreamName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [^:*]*"
        )
    return name


def describe_streams(store: LogStore, host: Host, asked: dict[str, Any]) -> dict[str, Any]:
    group, prefix = asked["logGroupName"], asked.get("logStreamNamePrefix", "")
    order = asked.get("orderBy", "LogStreamName")
    if order not in ("LogStreamName", "LastEventTime"):
        raise _invalid(f"orderBy: should be LogStreamName or LastEventTime, got {order!r}")
    if prefix and order == "LastEventTime":
        raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
    limit = _limit(asked, 50)
    streams = store.streams(group, prefix)
    if order == "LastEventTime":
        streams.sort(key=lambda stream: (stream.last_ms or 0, stream.name))
    if asked.get("descending"):
        streams.reverse()
    start = int(asked.get("nextToken") or 0)
    page = [
        {
            "logStreamName": stream.name,
            "arn": f"arn:aws:logs:{host.region}:{host.account_id}:log-group:{group}:log-stream:{stream.name}",
            "creationTime": stream.created_ms,
            "firstEventTimestamp": stream.first_ms,
            "lastEventTimestamp": stream.last_ms,
            "lastIngestionTime": stream.ingested_ms,
            "uploadSequenceToken": str(stream.ingested_ms or 0),
            "storedBytes": 0,
        }
        for stream in streams[start : start + limit]
    ]
    answer: dict[str, Any] = {"logStreams": [_without_none(stream) for stream in page]}
    if start + limit < len(streams):
        answer["nextToken"] = str(start + limit)
    return answer


def put_events(
    store: LogStore, asked: dict[str, Any], *, now_ms: int, retention_ms: int
) -> tuple[list[NewEvent], dict[str, Any]]:
    """-> what was kept, and the answer: events too old or too new are left out and told. `retention_ms` 0: for ever."""
    group, stream = asked["logGroupName"], stream_name(asked)
    events = _checked_batch(asked.get("logEvents"))
    if not store.has_stream(group, stream):
        raise AwsError("ResourceNotFoundException", STREAM_MISSING)
    times = [event["timestamp"] for event in events]
    too_new = sum(time_ms > now_ms + 2 * HOUR_MS for time_ms in times)
    too_old = sum(time_ms < now_ms - 14 * 24 * HOUR_MS for time_ms in times)
    expired = sum(time_ms < now_ms - retention_ms for time_ms in times) if retention_ms else 0
    # In chronological order, so that those left out are the first and the last ones.
    in_time = events[max(too_old, expired) : len(events) - too_new]
    kept = [NewEvent(group, stream, event["timestamp"], event["message"]) for event in in_time]
    store.add(kept, now_ms)
    rejected = {
        "tooNewLogEventStartIndex": len(events) - too_new if too_new else None,
        "tooOldLogEventEndIndex": too_old or None,
        "expiredLogEventEndIndex": expired or None,
    }
    answer: dict[str, Any] = {"nextSequenceToken": str(now_ms)}
    if told := _without_none(rejected):
        answer["rejectedLogEventsInfo"] = told
    return kept, answer


def get_events(store: LogStore, asked: dict[str, Any]) -> dict[str, Any]:
    """Tokens are positions: `f/` for what comes after, `b/` for what came before."""
    group, stream = asked["logGroupName"], stream_name(asked)
    if not store.has_stream(group, stream):
        raise AwsError("ResourceNotFoundException", STREAM_MISSING)
    direction, position = _token(asked.get("nextToken"))
    backward = direction == "b" if direction else not asked.get("startFromHead", False)
    found = store.events(
        group,
        [stream],
        first_ms=int(asked.get("startTime", 0)),
        last_ms=int(asked.get("endTime", END_OF_TIME_MS)) - 1,
        after=position if direction == "f" else None,
        before=position if direction == "b" else None,
        newest_first=backward,
        limit=_limit(asked, 10_000),
    )
    page = _within_answer(found)
    if backward:
        page.reverse()
    if page:
        first, last = page[0].position, page[-1].position
    else:  # ask again from here: forward what is added, backward what lies at the position itself
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


def filter_events(store: LogStore, asked: dict[str, Any]) -> dict[str, Any]:
    """Events of all streams, or of those named, in order of time."""
    group = asked["logGroupName"]
    names = _streams_asked_for(store, group, asked)
    try:
        test = compiled(asked.get("filterPattern", ""))
    except InvalidPattern as error:
        raise _invalid(f"Invalid filter pattern: {error}") from error
    limit = _limit(asked, 10_000)
    position: Position | None = _token(asked.get("nextToken"))[1]
    found: list[Event] = []
    scanned, more = 0, True
    while more and len(found) < limit and scanned < SCANNED_AT_MOST:
        some = store.events(
            group,
            names,
            first_ms=int(asked.get("startTime", 0)),
            last_ms=int(asked.get("endTime", END_OF_TIME_MS)),
            after=position,
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
    answer: dict[str, Any] = {
        "events": [
            {
                "logStreamName": event.stream,
                "timestamp": event.timestamp_ms,
                "message": event.message,
                "ingestionTime": event.ingested_ms,
                "eventId": f"{event.timestamp_ms:016d}{event.id:040d}",  # AWS's have 56 digits, too
            }
            for event in page
        ],
        "searchedLogStreams": [],
    }
    if more and position is not None:
        answer["nextToken"] = f"f/{position[0]}/{position[1]}"
    return answer


def _streams_asked_for(store: LogStore, group: str, asked: dict[str, Any]) -> list[str]:
    names, prefix = asked.get("logStreamNames"), asked.get("logStreamNamePrefix")
    if names and prefix:
        raise _invalid("logStreamNamePrefix and logStreamNames: only one of them may be given")
    if not names:
        return [stream.name for stream in store.streams(group, prefix or "")]
    if not all(store.has_stream(group, name) for name in names):
        raise AwsError("ResourceNotFoundException", STREAM_MISSING)
    return list(names)


def _checked_batch(events: Any) -> list[dict[str, Any]]:
    if not isinstance(events, list) or not 1 <= len(events) <= MAX_BATCH_EVENTS:
        raise _invalid(f"logEvents: should be 1 to {MAX_BATCH_EVENTS} events")
    for event in events:
        if not isinstance(event.get("timestamp"), int) or not isinstance(event.get("message"), str):
            raise _invalid("logEvents: each should have a timestamp (milliseconds) and a message")
    if sum(len(event["message"].encode()) + EVENT_OVERHEAD_BYTES for event in events) > MAX_BATCH_BYTES:
        raise _invalid(f"Upload too large: {MAX_BATCH_BYTES} bytes at the most")
    times = [event["timestamp"] for event in events]
    if times != sorted(times):
        raise _invalid("Log events in a single PutLogEvents request must be in chronological order.")
    if times[-1] - times[0] > 24 * HOUR_MS:
        raise _invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
    return events


def _token(token: str | None) -> tuple[str, Position | None]:
    if token is None:
        return "", None
    found = re.fullmatch(r"([fb])/(\d+)/(-?\d+)", token)
    if found is None:
        raise _invalid("The specified nextToken is invalid.")
    return found[1], (int(found[2]), int(found[3]))


def _limit(asked: dict[str, Any], most: int) -> int:
    limit = asked.get("limit", most)
    if not isinstance(limit, int) or not 1 <= limit <= most:
        raise _invalid(f"limit: should be 1 to {most}, got {limit!r}")
    return limit


def _within_answer(events: list[Event]) -> list[Event]:
    """As many as an answer may hold, one at least."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.message) + EVENT_OVERHEAD_BYTES
        if size > MAX_ANSWER_BYTES and count:
            return events[:count]
    return events


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
