"""StartLiveTail: streams new events as messages, once a second."""

import asyncio
import json
import random
import struct
import time
import uuid
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from localcloud.cloudwatch.logs.filter_patterns import FilterPattern
from localcloud.cloudwatch.logs.operations.account import Account, Call, Response, invalid
from localcloud.cloudwatch.logs.operations.metric_filters import pattern_of
from localcloud.cloudwatch.logs.store import NewEvent
from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsResponse

EVERY_S = 1.0
LONGEST_S = 3 * 3600.0
MOST_SESSIONS = 15
MOST_EVENTS = 500
MOST_WAITING = 5000
STRING = 7
"""Type code of a string header value in a message."""


@dataclass
class Session:
    """One client's session: for the named streams, those with one of the prefixes, or all."""

    groups: Mapping[str, str]
    """Key in the store -> ARN."""
    names: Sequence[str]
    prefixes: Sequence[str]
    pattern: FilterPattern
    waiting: list[Response] = field(default_factory=list)

    def offer(self, event: NewEvent, ingested_ms: int) -> None:
        """Keep the event if it matches the session."""
        arn = self.groups.get(event.group)
        if arn is None or not self._is_of_stream(event.stream) or not self.pattern(event.message):
            return
        self.waiting.append(
            {
                "logStreamName": event.stream,
                "logGroupIdentifier": arn,
                "message": event.message,
                "timestamp": event.timestamp_ms,
                "ingestionTime": ingested_ms,
            }
        )
        del self.waiting[:-MOST_WAITING]

    def take(self) -> Response:
        """Return an update with the events since the previous one."""
        waiting, self.waiting = self.waiting, []
        sampled = len(waiting) > MOST_EVENTS
        if sampled:
            chosen = sorted(random.sample(range(len(waiting)), MOST_EVENTS))
            waiting = [waiting[place] for place in chosen]
        return {"sessionMetadata": {"sampled": sampled}, "sessionResults": waiting}

    def _is_of_stream(self, stream: str) -> bool:
        if self.names:
            return stream in self.names
        return not self.prefixes or stream.startswith(tuple(self.prefixes))


class LiveTail:
    """The open sessions. Everything here belongs to the event loop's thread."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._sessions: list[Session] = []

    @property
    def is_watched(self) -> bool:
        return bool(self._sessions)

    def observe(self, events: Sequence[NewEvent]) -> None:
        now_ms = time.time_ns() // 1_000_000
        for session in self._sessions:
            for event in events:
                session.offer(event, now_ms)

    async def start(self, call: Call) -> AwsResponse:
        """Open a session. Errors: AwsError."""
        session = await self._session(call)
        if len(self._sessions) >= MOST_SESSIONS:
            raise AwsError("LimitExceededException", f"{MOST_SESSIONS} Live Tail sessions are open.")
        headers = {"content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": str(uuid.uuid4())}
        return AwsResponse(200, headers, b"", self._messages(session, call))

    async def _session(self, call: Call) -> Session:
        parameters = call.parameters
        names, prefixes = parameters.get("logStreamNames") or [], parameters.get("logStreamNamePrefixes") or []
        identifiers = parameters["logGroupIdentifiers"]
        if names and prefixes:
            raise invalid("logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.")
        if (names or prefixes) and len(identifiers) != 1:
            raise invalid("Log streams can be given only for one log group.")
        wrong = next((each for each in identifiers if not each.startswith("arn:") or each.endswith("*")), None)
        if wrong is not None:
            raise invalid(f"{wrong} is not the ARN of a log group, which does not end with *.")
        pattern = pattern_of(parameters.get("logEventFilterPattern", ""), "Invalid filter pattern")
        groups = [self._account.identified(call.region, each) for each in identifiers]
        await self._account.require(call.region, *groups)
        keys = {self._account.key(call.region, name): self._account.arn(call.region, name) for name in groups}
        return Session(keys, names, prefixes, pattern)

    async def _messages(self, session: Session, call: Call) -> AsyncIterator[bytes]:
        """Yield messages until the client disconnects or the session times out after three hours."""
        self._sessions.append(session)
        try:
            yield message("initial-response", {})
            start: Response = {"requestId": str(uuid.uuid4()), "sessionId": str(uuid.uuid4())}
            yield message("sessionStart", start | dict(call.parameters))
            deadline = time.monotonic() + LONGEST_S
            while time.monotonic() < deadline:
                await asyncio.sleep(EVERY_S)
                yield message("sessionUpdate", session.take())
            yield message("SessionTimeoutException", {"message": "Session has timed out."}, kind="exception")
        finally:
            self._sessions.remove(session)


def message(name: str, body: Mapping[str, object], kind: str = "event") -> bytes:
    """Encode one message of AWS's event stream: lengths, checksum, headers, body, checksum."""
    headers = b"".join(
        struct.pack(">B", len(key)) + key.encode() + struct.pack(">BH", STRING, len(value)) + value.encode()
        for key, value in (
            (f":{kind}-type", name),
            (":content-type", "application/json"),
            (":message-type", kind),
        )
    )
    payload = json.dumps(body, separators=(",", ":")).encode()
    prelude = struct.pack(">II", len(headers) + len(payload) + 16, len(headers))
    whole = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return whole + struct.pack(">I", zlib.crc32(whole))
