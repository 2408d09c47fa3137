"""CloudWatch Logs: moto stores groups, tags and filters, and we act on them; streams, events and queries are ours."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar, cast

from localcloud.cloudwatch.logs.checks import read
from localcloud.cloudwatch.logs.log_classes import (
    DELIVERY,
    DELIVERY_DAYS,
    STANDARD,
    check_class,
    class_of,
    named_groups,
)
from localcloud.cloudwatch.logs.metric_extraction import LogMetrics, metric_filters
from localcloud.cloudwatch.logs.operations import deliveries
from localcloud.cloudwatch.logs.operations.account import GROUP_ARN, Account, Call, Operation
from localcloud.cloudwatch.logs.operations.exports import ExportTasks
from localcloud.cloudwatch.logs.operations.groups import LogGroups
from localcloud.cloudwatch.logs.operations.live_tail import LiveTail
from localcloud.cloudwatch.logs.operations.metric_filters import MetricFilters
from localcloud.cloudwatch.logs.operations.policies import LogPolicies
from localcloud.cloudwatch.logs.operations.queries import LogQueries
from localcloud.cloudwatch.logs.operations.query_definitions import QueryDefinitions
from localcloud.cloudwatch.logs.operations.streams import LogStreams
from localcloud.cloudwatch.logs.operations.subscriptions import Subscriptions
from localcloud.cloudwatch.logs.operations.tags import LogTags
from localcloud.cloudwatch.logs.store import LogStore, NewEvent
from localcloud.cloudwatch.metrics.store import RegionalStores
from localcloud.errors import AwsError
from localcloud.host import Host
from localcloud.machine.background import Background
from localcloud.protocol.caller import Caller
from localcloud.protocol.own_requests import json_request
from localcloud.protocol.wire import CREDENTIAL_SCOPE, AwsRequest, AwsResponse, json_response

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend
    from types_boto3_logs.type_defs import MetricFilterTypeDef


log = logging.getLogger(__name__)
T = TypeVar("T")

FLUSH_AFTER_S = 0.05
FLUSH_EVENTS = 500
MAX_WAITING_BYTES = 10 * 2**20
"""Limit on the lines of one stream that are not stored yet: awslogs' `max-buffer-size`. Excess is lost, as there."""
EVENT_BYTES = 256
"""Memory that an event takes in addition to its text."""
HOUSEKEEPING_INTERVAL_S = 60.0
DAY_MS = 86_400_000
CONFIGURATION_OPERATIONS = ("LogGroup", "RetentionPolicy", "MetricFilter", "SubscriptionFilter", "Destination")
"""Suffixes of the operations that change how lines are processed."""


class Logs:
    """The environment's part and the endpoint's overlay for logs.

    One thread owns the store; every read there first stores the buffered events. `put` belongs to the event loop's
    thread. Metrics extracted from lines go to `measured`, in the region of their log group.
    """

    def __init__(self, host: Host, measured: RegionalStores | None = None) -> None:
        self._host = host
        self._measured = measured or RegionalStores(host.clock.speed, host.region)
        self._metrics: dict[str, LogMetrics] = {}
        """The metric extraction of each region."""
        self._path = host.data_directory / "logs.sqlite"
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="logs")
        self._store: LogStore
        self._loop: asyncio.AbstractEventLoop
        self._buffer: list[NewEvent] = []
        self._flush_timer: asyncio.TimerHandle | None = None
        self._waiting_bytes: Counter[tuple[str, str]] = Counter()
        """(group, stream) -> bytes of its lines that are not stored yet."""
        self._losing: set[tuple[str, str]] = set()
        self._retention_days: dict[str, int | None] = {}
        """Every existing group, by its key in the store."""
        self._classes: dict[str, str] = {}
        """The groups of another class than Standard, by their key in the store."""
        self._dropped_groups: set[str] = set()
        self._fault = ""
        self._expiry = Background()
        self._deliverer = Background()
        self._account = Account(host, lambda function: self._in_thread(lambda: function(self._store)))
        self._tail = LiveTail(self._account)
        self._subscriptions = Subscriptions(self._account)
        self._exports = ExportTasks(self._account)
        self._queries = LogQueries(self._account, self._path)
        self._operations: dict[str, Operation] = {
            **LogGroups(self._account).operations,
            **LogTags(self._account).operations,
            **LogStreams(self._account, self._observe).operations,
            **MetricFilters(self._account).operations,
            **LogPolicies(self._account).operations,
            **QueryDefinitions(self._account).operations,
            **self._queries.operations,
            **self._exports.operations,
            **self._subscriptions.operations,
        }

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._host.moto.run(lambda: self._exports.end_left(_backends(self._host)))
        await self._restore()
        await self._in_thread(self._open)
        self._expiry.start(self._expire_forever(), "log expiry")
        self._deliverer.start(self._subscriptions.deliver_forever(), "log subscriptions")

    async def stop(self) -> None:
        """Stop, after storing the buffered events."""
        await self._exports.stop()
        await self._queries.stop()
        await self._deliverer.stop()
        if self._expiry.status == "ready":
            await self._expiry.stop()
            await self._in_thread(self._store.close)
        await asyncio.to_thread(self._executor.shutdown)

    def status(self) -> dict[str, object]:
        return {
            "status": "failed" if self._fault else "ready",
            "fault": self._fault,
            "buffered": len(self._buffer),
        }

    def group_exists(self, group: str) -> bool:
        return group in self._retention_days

    async def create_group(self, group: str, caller: Caller) -> None:
        """Create a group as a client would; an existing one stays unchanged."""
        target = "Logs_20140328.CreateLogGroup"
        try:
            await self.handle(json_request("logs", self._host.region, target, {"logGroupName": group}, caller))
        except AwsError as error:
            if error.code != "ResourceAlreadyExistsException":
                raise

    def put(self, group: str, stream: str, message: str, timestamp_ms: int | None = None) -> None:
        """Buffer one event; a new stream is created.

        Events are dropped when their group does not exist or their stream grows faster than it can be stored.
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
        """Return the newest lines of a stream, oldest first; none when the stream does not exist."""

        def read() -> list[str]:
            found = self._store.events(group, [stream], first_ms=0, last_ms=2**60, newest_first=True, limit=count)
            return [event.message for event in reversed(found)]

        return await self._in_thread(read)

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        parameters = read(request)
        call = Call(request.operation, _region(request, self._host), parameters)
        self._check_classes(call)
        if request.operation == "StartLiveTail":
            return await self._tail.start(call)
        operation = self._operations.get(request.operation)
        if operation is None:
            if deliveries.is_delivery(request.operation):
                deliveries.check_delivery(call, self._host.account_id)
                return None
            raise AwsError(
                "InvalidAction",
                f"{request.operation}: this local cloud does not offer this operation of CloudWatch Logs",
                501,
            )
        response = await operation(call)
        if request.operation.endswith(CONFIGURATION_OPERATIONS):
            await self._restore()
            if request.operation == "DeleteLogGroup":
                await self._in_thread(lambda: self._store.delete_groups_except(self._retention_days))
        return json_response(response)

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response

    def _check_classes(self, call: Call) -> None:
        """Errors: AwsError for an operation that a named group's class does not support."""
        if not self._classes:
            return
        for named in named_groups(call.parameters):
            found = GROUP_ARN.fullmatch(named)
            name, region = (found["name"], found["region"]) if found else (named, call.region)
            check_class(call.operation, self._classes.get(self._account.key(region, name), STANDARD))

    async def _restore(self) -> None:
        """Load the groups and filters that moto stores, so that they apply to incoming lines."""

        def taken() -> None:
            backends = _backends(self._host)
            groups = {
                self._account.key(region, name): group
                for region, backend in backends.items()
                for name, group in backend.groups.items()
            }
            self._classes = {key: found for key, group in groups.items() if (found := class_of(group)) != STANDARD}
            self._retention_days = {
                key: DELIVERY_DAYS if self._classes.get(key) == DELIVERY else int(group.retention_in_days or 0) or None
                for key, group in groups.items()
            }
            self._subscriptions.follow(backends)
            for region, backend in backends.items():
                stored = metric_filters(cast("list[MetricFilterTypeDef]", backend.filters.metric_filters))
                self._metrics_in(region).filters = {self._account.key(region, name): stored[name] for name in stored}

        await self._host.moto.run(taken)
        self._dropped_groups -= set(self._retention_days)

    def _open(self) -> None:
        self._store = LogStore(self._path)
        self._store.delete_groups_except(self._retention_days)

    def _observe(self, events: Sequence[NewEvent], first: int) -> None:
        """Process stored events. Runs in the store's thread."""
        by_region: defaultdict[str, list[NewEvent]] = defaultdict(list)
        for event in events:
            if event.group not in self._classes:  # no metrics are extracted from the others
                by_region[self._account.region_of(event.group)].append(event)
        for region, found in by_region.items():
            self._metrics_in(region).observe(found)
        self._subscriptions.observe(events, first)
        if self._tail.is_watched:
            self._loop.call_soon_threadsafe(self._tail.observe, events)

    def _metrics_in(self, region: str) -> LogMetrics:
        return self._metrics.setdefault(region, LogMetrics(self._measured.of(region)))

    def _flush(self) -> None:
        """Hand the buffered events to the store's thread: every later read there finds them."""
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
                "Lines arrive faster than they can be stored: some are lost",
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
            first = self._store.add(events, _now_ms())
            self._fault = ""
        except sqlite3.Error as error:
            self._fault = f"{len(events)} log lines were lost: {error}"
            log.exception("Log lines were lost", extra={"action": "lines_lost", "lines": len(events)})
            first = 0
        self._observe(events, first)

    async def _expire_forever(self) -> None:
        while True:
            try:
                await self._in_thread(self._expire)
            except sqlite3.Error:  # The disk is full: the next round tries again.
                log.exception("Old log lines could not be deleted", extra={"action": "lines_not_expired"})
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


def _backends(host: Host) -> dict[str, LogsBackend]:
    """Return moto's existing backends by region. Call in moto's thread."""
    if "moto.logs.models" not in sys.modules:
        return {}
    from moto.logs.models import logs_backends

    regions: dict[str, LogsBackend] = logs_backends[host.account_id]
    return dict(regions.items())


def _region(request: AwsRequest, host: Host) -> str:
    """Read the region from the signature's scope."""
    scope = CREDENTIAL_SCOPE.search(request.headers.get("authorization", ""))
    return scope.group(1) if scope and scope.group(1) else host.region


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
