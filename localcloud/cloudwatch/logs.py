"""CloudWatch Logs: groups, retention, tags and filters are moto's; streams and events are ours."""

import asyncio
import logging
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from localcloud.cloudwatch import log_requests
from localcloud.cloudwatch.log_metrics import LogMetrics, MetricFilter, metric_filters
from localcloud.cloudwatch.log_requests import GROUP_MISSING, STREAM_MISSING
from localcloud.cloudwatch.log_store import LogStore, NewEvent
from localcloud.cloudwatch.metric_store import MetricStore
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.own_requests import json_request
from localcloud.wire import AwsRequest, AwsResponse, json_response

log = logging.getLogger(__name__)
T = TypeVar("T")

FLUSH_AFTER_S = 0.05
FLUSH_EVENTS = 500
MAX_WAITING_BYTES = 10 * 2**20
"""Of one stream's lines that are not stored yet: awslogs' `max-buffer-size`. What comes beyond is lost, as there."""
EVENT_BYTES = 256
"""What an event takes here beside its text."""
HOUSEKEEPING_INTERVAL_S = 60.0
DAY_MS = 86_400_000


class Logs:
    """The part and the overlay. One thread owns the store; every question there first stores what is buffered.

    `put` belongs to the event loop's thread. Metrics that lines bear go to `measured`.
    """

    def __init__(self, host: Host, measured: MetricStore | None = None) -> None:
        self._host = host
        self._metrics = LogMetrics(measured or MetricStore(host.clock.speed))
        self._path = host.data_directory / "logs.sqlite"
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="logs")
        self._store: LogStore
        self._buffer: list[NewEvent] = []
        self._flush_timer: asyncio.TimerHandle | None = None
        self._waiting_bytes: Counter[tuple[str, str]] = Counter()
        """(group, stream) -> of its lines that are not stored yet."""
        self._losing: set[tuple[str, str]] = set()
        self._retention_days: dict[str, int | None] = {}  # of every group there is
        self._dropped_groups: set[str] = set()
        self._fault = ""
        self._housekeeper: asyncio.Task[None] | None = None
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "CreateLogStream": self._create_stream,
            "DeleteLogStream": self._delete_stream,
            "DescribeLogStreams": lambda asked: log_requests.describe_streams(self._store, self._host, asked),
            "PutLogEvents": self._put_events,
            "GetLogEvents": lambda asked: log_requests.get_events(self._store, asked),
            "FilterLogEvents": lambda asked: log_requests.filter_events(self._store, asked),
        }

    async def start(self) -> None:
        self._retention_days = await self._host.moto.run(lambda: _groups(self._host))
        self._metrics.filters = await self._host.moto.run(lambda: _filters(self._host))
        await self._in_thread(self._open)
        self._housekeeper = asyncio.create_task(self._keep_house(), name="logs housekeeping")

    async def stop(self) -> None:
        """Store what is buffered."""
        if self._housekeeper is not None:
            self._housekeeper.cancel()
            await asyncio.gather(self._housekeeper, return_exceptions=True)
            await self._in_thread(self._store.close)
        await asyncio.to_thread(self._executor.shutdown)

    def status(self) -> dict[str, object]:
        return {"status": "failed" if self._fault else "ready", "fault": self._fault, "buffered": len(self._buffer)}

    def group_exists(self, group: str) -> bool:
        return group in self._retention_days

    async def create_group(self, group: str) -> None:
        """As a client would; one that is there stays as it is."""
        target = "Logs_20140328.CreateLogGroup"
        request = json_request("logs", self._host.region, target, {"logGroupName": group})
        await self.answered(request, await self._host.moto.request(request))

    def put(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """Buffer one event; the stream is made when it is new.

        Dropped are events of a group that is not there, and of a stream that grows faster than it is stored.
        """
        if group not in self._retention_days:
            if group not in self._dropped_groups:
                self._dropped_groups.add(group)
                log.warning(
                    "Log lines for a missing group are dropped", extra={"action": "lines_dropped", "group": group}
                )
            return
        if not self._has_room(group, stream, message):
            return
        self._buffer.append(NewEvent(group, stream, _now_ms() if timestamp_ms is None else timestamp_ms, message))
        if len(self._buffer) == FLUSH_EVENTS:
            self._flush()
        elif self._flush_timer is None:
            self._flush_timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self._flush)

    async def last_lines(self, group: str, stream: str, count: int) -> list[str]:
        """The newest lines of a stream, oldest first; none when it does not exist."""

        def read() -> list[str]:
            found = self._store.events(group, [stream], first_ms=0, last_ms=2**60, newest_first=True, limit=count)
            return [event.message for event in reversed(found)]

        return await self._in_thread(read)

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        operation = self._operations.get(request.operation)
        if request.operation == "PutRetentionPolicy":
            log_requests.check_retention(log_requests.parameters(request.body))
        if operation is None:
            return None
        asked = log_requests.parameters(request.body)
        group = log_requests.group_name(asked)
        if group not in self._retention_days:
            raise AwsError("ResourceNotFoundException", GROUP_MISSING)
        asked["logGroupName"] = group
        return json_response(await self._in_thread(lambda: operation(asked)))

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        if response.status == 200 and request.operation.endswith("MetricFilter"):
            self._metrics.filters = await self._host.moto.run(lambda: _filters(self._host))
        if response.status == 200 and request.operation.endswith(("LogGroup", "RetentionPolicy")):
            self._retention_days = await self._host.moto.run(lambda: _groups(self._host))
            self._dropped_groups -= set(self._retention_days)
            if request.operation == "DeleteLogGroup":
                await self._in_thread(lambda: self._store.delete_groups_except(self._retention_days))
        return response

    def _open(self) -> None:
        self._store = LogStore(self._path)
        self._store.delete_groups_except(self._retention_days)

    def _create_stream(self, asked: dict[str, Any]) -> dict[str, Any]:
        name = log_requests.stream_name(asked)
        if not self._store.add_stream(asked["logGroupName"], name, _now_ms()):
            raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
        return {}

    def _delete_stream(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not self._store.delete_stream(asked["logGroupName"], log_requests.stream_name(asked)):
            raise AwsError("ResourceNotFoundException", STREAM_MISSING)
        return {}

    def _put_events(self, asked: dict[str, Any]) -> dict[str, Any]:
        days = self._retention_days.get(asked["logGroupName"])
        retention_ms = (days or 0) * DAY_MS
        kept, answer = log_requests.put_events(self._store, asked, now_ms=_now_ms(), retention_ms=retention_ms)
        self._metrics.observe(kept)
        return answer

    def _flush(self) -> None:
        """Hand what is buffered to the store's thread: all that is asked of it later finds the events."""
        if self._flush_timer is not None:
            self._flush_timer.cancel()
            self._flush_timer = None
        events, self._buffer = self._buffer, []
        if events:
            loop = asyncio.get_running_loop()
            adding = self._executor.submit(self._add, events)
            adding.add_done_callback(lambda _: loop.call_soon_threadsafe(self._stored, events))

    def _has_room(self, group: str, stream: str, message: str) -> bool:
        key, size = (group, stream), _bytes_of(message)
        if self._waiting_bytes[key] + size <= MAX_WAITING_BYTES:
            self._waiting_bytes[key] += size
            return True
        if key not in self._losing:
            self._losing.add(key)
            log.warning(
                "Lines come faster than they are stored: some are lost",
                extra={"action": "lines_lost", "group": group, "stream": stream},
            )
        return False

    def _stored(self, events: list[NewEvent]) -> None:
        for event in events:
            key = (event.group, event.stream)
            self._waiting_bytes[key] -= _bytes_of(event.message)
            if self._waiting_bytes[key] <= 0:
                del self._waiting_bytes[key]
                self._losing.discard(key)

    def _add(self, events: list[NewEvent]) -> None:
        try:
            self._store.add(events, _now_ms())
            self._fault = ""
        except sqlite3.Error as error:
            self._fault = f"{len(events)} log lines were lost: {error}"
            log.exception("Log lines were lost", extra={"action": "lines_lost", "lines": len(events)})
        self._metrics.observe(events)

    async def _keep_house(self) -> None:
        while True:
            try:
                await self._in_thread(self._expire)
            except sqlite3.Error:  # a disk that is full: the next round tries again
                log.exception("Old log lines are kept", extra={"action": "lines_not_expired"})
            await asyncio.sleep(HOUSEKEEPING_INTERVAL_S)

    def _expire(self) -> None:
        now_ms = _now_ms()
        for group, days in self._retention_days.items():
            if days:
                self._store.expire(group, now_ms - days * DAY_MS)
        self._store.trim()

    async def _in_thread(self, function: Callable[[], T]) -> T:
        self._flush()
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)


def _bytes_of(message: str) -> int:
    return len(message) + EVENT_BYTES


def _groups(host: Host) -> dict[str, int | None]:
    """Name -> retention in days (None: for ever); in moto's thread."""
    if "moto.logs.models" not in sys.modules:
        return {}
    from moto.logs.models import logs_backends

    groups: dict[str, Any] = logs_backends[host.account_id][host.region].groups
    return {name: int(group.retention_in_days) if group.retention_in_days else None for name, group in groups.items()}


def _filters(host: Host) -> dict[str, list[MetricFilter]]:
    """By log group; in moto's thread."""
    if "moto.logs.models" not in sys.modules:
        return {}
    from moto.logs.models import logs_backends

    return metric_filters(logs_backends[host.account_id][host.region].filters.metric_filters)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
