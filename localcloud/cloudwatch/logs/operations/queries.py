"""Logs Insights: start, read, stop and list queries; read single records."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from localcloud.cloudwatch.logs.insights.parser import parsed
from localcloud.cloudwatch.logs.insights.rows import fields_of
from localcloud.cloudwatch.logs.insights.syntax import MalformedQuery, Query
from localcloud.cloudwatch.logs.insights.values import text
from localcloud.cloudwatch.logs.operations.account import Account, Call, Operation, Response, invalid
from localcloud.cloudwatch.logs.operations.pages import page, position, token
from localcloud.cloudwatch.logs.operations.pointers import number_of
from localcloud.cloudwatch.logs.operations.running_queries import RunningQuery
from localcloud.cloudwatch.logs.store import Event, LogStore
from localcloud.errors import AwsError

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend


log = logging.getLogger(__name__)

MOST_GROUPS = 50
MOST_AT_ONCE = 100
MOST_KEPT = 1000
KEPT_MS = 7 * 86_400_000
DAY_MS = 86_400_000
RESULTS_OF_A_PAGE = 10_000
QUERIES_OF_A_PAGE = 1000
GROUPS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")
FIELDS_OF = 1000
"""Number of events that GetLogGroupFields looks at."""
AROUND_MS = 8 * 60_000
LATEST_MS = 15 * 60_000


class LogQueries:
    """Runs at most two queries at a time; the others wait as `Scheduled`."""

    def __init__(self, account: Account, path: Path) -> None:
        self._account = account
        self._path = path
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="logs insights")
        self._queries: dict[str, RunningQuery] = {}
        self.operations: dict[str, Operation] = {
            "StartQuery": self._start,
            "GetQueryResults": self._results,
            "StopQuery": self._stop,
            "DescribeQueries": self._describe,
            "GetLogRecord": self._record,
            "GetLogGroupFields": self._fields,
        }

    async def stop(self) -> None:
        for query in self._queries.values():
            if not query.has_ended:
                query.stop()
        await asyncio.to_thread(self._executor.shutdown)

    async def _start(self, call: Call) -> Response:
        parameters = call.parameters
        if parameters.get("queryLanguage", "CWLI") != "CWLI":
            raise AwsError(
                "InvalidAction", f"StartQuery: this local cloud supports CWLI, not {parameters['queryLanguage']}", 501
            )
        if parameters["startTime"] > parameters["endTime"]:
            raise invalid("The start time of the query is after its end time.")
        names = self._names(call)
        query = _parsed(parameters["queryString"])
        await self._check_groups(call, names)
        self._forget_old()
        if sum(not each.has_ended for each in self._queries.values()) >= MOST_AT_ONCE:
            raise AwsError("LimitExceededException", f"{MOST_AT_ONCE} queries are running; wait for one, or stop one.")
        running = RunningQuery(
            id=str(uuid.uuid4()),
            text=parameters["queryString"],
            query=query,
            region=call.region,
            account_id=self._account.host.account_id,
            groups={self._account.key(call.region, name): name for name in names},
            first_ms=min(parameters["startTime"] * 1000, 2**60),
            last_ms=min(parameters["endTime"] * 1000 + 999, 2**60),
            limit=parameters.get("limit"),
        )
        await self._account.in_store(lambda store: None)  # Store the buffered events first.
        self._queries[running.id] = running
        asyncio.get_running_loop().run_in_executor(self._executor, self._run, running)
        return {"queryId": running.id}

    def _run(self, running: RunningQuery) -> None:
        try:
            running.run(self._path)
        except Exception:  # The edge of the query: its status is Failed.
            log.exception("A query failed", extra={"action": "query_failed", "query": running.id})

    def _names(self, call: Call) -> list[str]:
        """Return the groups to query. Errors: AwsError."""
        given = [name for name in GROUPS if call.parameters.get(name)]
        if len(given) != 1:
            raise invalid(f"Exactly one of {', '.join(GROUPS)} is required.")
        value = call.parameters[given[0]]
        names = [value] if isinstance(value, str) else list(dict.fromkeys(value))
        if len(names) > MOST_GROUPS:
            raise invalid(f"A query may have at most {MOST_GROUPS} log groups.")
        return [self._account.identified(call.region, name) for name in names]

    async def _check_groups(self, call: Call, names: list[str]) -> None:
        """Check that all groups exist and one covers the query's time range. Errors: AwsError, in AWS's words."""

        def oldest(backend: LogsBackend) -> dict[str, int]:
            from moto.core.utils import unix_time_millis

            now_ms = time.time_ns() // 1_000_000
            return {
                name: max(
                    int(unix_time_millis(backend.groups[name].creation_time)),
                    now_ms - int(backend.groups[name].retention_in_days or 100_000) * DAY_MS,
                )
                for name in names
                if name in backend.groups
            }

        found = await self._account.look(call.region, oldest)
        missing = next((name for name in names if name not in found), None)
        if missing is not None:
            raise AwsError(
                "ResourceNotFoundException",
                f"Log group '{missing}' does not exist for account ID '{self._account.host.account_id}' (Service: "
                f"AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: {uuid.uuid4()}; "
                "Proxy: null)",
            )
        if call.parameters["endTime"] < min(found.values()) // 1000:
            raise AwsError(
                "MalformedQueryException",
                "Query's end date and time is either before the log groups creation time or exceeds the log groups "
                f"log retention settings ([0,{len(call.parameters['queryString'])}])",
            )

    def _forget_old(self) -> None:
        """Drop old results: they are kept for a week, and only for the latest queries."""
        before_ms = time.time_ns() // 1_000_000 - KEPT_MS
        ended = [key for key, each in self._queries.items() if each.has_ended]
        for place, key in enumerate(ended):
            if place < len(ended) - MOST_KEPT or (self._queries[key].ended_ms or before_ms) < before_ms:
                del self._queries[key]

    async def _results(self, call: Call) -> Response:
        running = self._query(call)
        begin = int(position(call) or 0)
        size = call.parameters.get("maxItems") or RESULTS_OF_A_PAGE
        rows = running.outcome.rows[begin : begin + size]
        response: Response = {
            "queryLanguage": "CWLI",
            "results": [[{"field": name, "value": value} for name, value in row] for row in rows],
            "statistics": {
                "recordsMatched": float(running.outcome.matched),
                "recordsScanned": float(running.scanned),
                "estimatedRecordsSkipped": 0.0,
                "bytesScanned": float(running.scanned_bytes),
                "estimatedBytesSkipped": 0.0,
                "logGroupsScanned": float(len(running.groups)),
            },
            "status": running.status,
        }
        if begin + size < len(running.outcome.rows):
            response["nextToken"] = token(call, begin + size)
        return response

    async def _stop(self, call: Call) -> Response:
        running = self._query(call)
        if running.has_ended:
            raise invalid(f"The specified query is not running: {running.id}")
        running.stop()
        return {"success": True}

    async def _describe(self, call: Call) -> Response:
        group, status = call.parameters.get("logGroupName"), call.parameters.get("status")
        found = [
            _described(each)
            for each in self._queries.values()
            if each.region == call.region
            and (group is None or group in each.groups.values())
            and status in (None, each.status)
            and call.parameters.get("queryLanguage", "CWLI") == "CWLI"
        ]
        return page(
            call,
            "queries",
            found,
            key=lambda each: [-each["createTime"], each["queryId"]],
            limit="maxResults",
            most=QUERIES_OF_A_PAGE,
        )

    def _query(self, call: Call) -> RunningQuery:
        running = self._queries.get(call.parameters["queryId"])
        if running is None or running.region != call.region:
            raise AwsError("ResourceNotFoundException", f"Query {call.parameters['queryId']} does not exist.")
        return running

    async def _record(self, call: Call) -> Response:
        """Return all fields of the event that @ptr identifies."""
        given = call.parameters["logRecordPointer"]
        number = number_of(given)
        found = await self._account.in_store(lambda store: store.event(number) if number < 2**62 else None)
        key, event = found or ("", None)
        name = key if call.region == self._account.host.region else key.removeprefix(f"{call.region}:")
        if event is None or ":" in name or self._account.key(call.region, name) != key:
            raise AwsError("ResourceNotFoundException", "The specified log record does not exist.")
        own = {
            "@ptr": given,
            "@timestamp": str(event.timestamp_ms),
            "@ingestionTime": str(event.ingested_ms),
            "@logStream": event.stream,
            "@log": f"{self._account.host.account_id}:{name}",
            "@message": event.message,
        }
        return {"logRecord": {**{field: text(value) for field, value in fields_of(event.message).items()}, **own}}

    async def _fields(self, call: Call) -> Response:
        """Return the share of events that have each field, around a given time or recently."""
        key = self._account.key(call.region, await self._account.group(call))
        at_ms, now_ms = call.parameters.get("time"), time.time_ns() // 1_000_000
        first_ms, last_ms = (now_ms - LATEST_MS, now_ms) if at_ms is None else (at_ms - AROUND_MS, at_ms + AROUND_MS)

        def read(store: LogStore) -> list[Event]:
            streams = [stream.name for stream in store.streams(key)]
            return store.events(
                key,
                streams,
                first_ms=max(first_ms, 0),
                last_ms=min(last_ms, 2**60),
                newest_first=True,
                limit=FIELDS_OF,
            )

        events = await self._account.in_store(read)
        counts: Counter[str] = Counter()
        for event in events:
            counts.update(["@timestamp", "@message", "@logStream", "@log", "@ingestionTime", *fields_of(event.message)])
        return {
            "logGroupFields": [
                {"name": name, "percent": round(100 * count / len(events))} for name, count in counts.most_common()
            ]
        }


def _parsed(query: str) -> Query:
    """Errors: AwsError MalformedQueryException."""
    try:
        return parsed(query)
    except MalformedQuery as error:
        raise AwsError("MalformedQueryException", str(error)) from error


def _described(running: RunningQuery) -> Response:
    """AWS puts the groups and the time range before the query (recorded 2026-02-06)."""
    names = list(running.groups.values())
    sources = " ".join(f'SOURCE "{name}"' for name in names)
    response: Response = {
        "queryId": running.id,
        "queryLanguage": "CWLI",
        "queryString": f"{sources} START={running.first_ms} END={running.last_ms} | {running.text}",
        "status": running.status,
        "createTime": running.created_ms,
    }
    return response | ({"logGroupName": names[0]} if len(names) == 1 else {})
