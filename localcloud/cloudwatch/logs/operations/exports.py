"""Export tasks: write a log group's events as compressed objects to a bucket, one task at a time."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from localcloud.cloudwatch.logs.operations.account import (
    Account,
    Call,
    Operation,
    Response,
    invalid,
    kept,
    without_none,
)
from localcloud.cloudwatch.logs.operations.pages import page
from localcloud.cloudwatch.logs.store import Event, LogStore
from localcloud.errors import AwsError
from localcloud.protocol.caller import service
from localcloud.protocol.wire import AwsRequest, AwsResponse

if TYPE_CHECKING:
    from moto.logs.models import LogsBackend


log = logging.getLogger(__name__)

CALLER = service("logs.amazonaws.com")
TABLE = "exports"
DEFAULT_PREFIX = "exportedlogs"
TEST_OBJECT = "aws-logs-write-test"
TEST_TEXT = b"Permission Check Successful"
ACTIVE = ("PENDING", "RUNNING")
OBJECT_EVENTS = 100_000
BUCKET_MISSING = "The given bucket does not exist. Please make sure the bucket is valid."
REFUSED = (
    "{operation} call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to "
    "perform this operation."
)


class ExportTasks:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._running: dict[str, asyncio.Task[None]] = {}
        self.operations: dict[str, Operation] = {
            "CreateExportTask": self._create,
            "DescribeExportTasks": self._describe,
            "CancelExportTask": self._cancel,
        }

    def end_left(self, backends: Mapping[str, LogsBackend]) -> None:
        """Mark tasks that an earlier run left active as failed: they would never end. Call in moto's thread."""
        for backend in backends.values():
            for task in kept(backend, TABLE).values():
                if task["status"]["code"] in ACTIVE:
                    task["status"] = {"code": "FAILED", "message": "The local cloud was stopped in the meantime"}

    async def stop(self) -> None:
        for running in self._running.values():
            running.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _create(self, call: Call) -> Response:
        parameters = call.parameters
        if parameters["to"] < parameters["from"]:
            raise invalid("The value of from must not be greater than the value of to.")
        await self._check_bucket(call)
        await self._account.require(call.region, parameters["logGroupName"])
        identifier = str(uuid.uuid4())
        names = ("taskName", "logGroupName", "from", "to", "destination")
        task: Response = without_none(
            {
                "taskId": identifier,
                **{name: parameters.get(name) for name in names},
                "destinationPrefix": parameters.get("destinationPrefix") or DEFAULT_PREFIX,
                "status": {"code": "PENDING"},
                "executionInfo": {"creationTime": _now_ms()},
            }
        )

        def add(backend: LogsBackend) -> None:
            table = kept(backend, TABLE)
            if any(each["status"]["code"] in ACTIVE for each in table.values()):
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            table[identifier] = task

        await self._account.change(call.region, add)
        running = asyncio.create_task(self._run(call, task), name=f"export {identifier}")
        self._running[identifier] = running
        running.add_done_callback(lambda _: self._running.pop(identifier, None))
        return {"taskId": identifier}

    async def _describe(self, call: Call) -> Response:
        requested, code = call.parameters.get("taskId"), call.parameters.get("statusCode")
        found = await self._account.look(call.region, lambda backend: list(kept(backend, TABLE).values()))
        found = [
            each for each in found if requested in (None, each["taskId"]) and code in (None, each["status"]["code"])
        ]
        return page(
            call, "exportTasks", found, key=lambda each: [-each["executionInfo"]["creationTime"], each["taskId"]]
        )

    async def _cancel(self, call: Call) -> Response:
        identifier = call.parameters["taskId"]

        def cancel(backend: LogsBackend) -> None:
            task = kept(backend, TABLE).get(identifier)
            if task is None:
                raise AwsError("ResourceNotFoundException", "The specified export task does not exist.")
            if task["status"]["code"] not in ACTIVE:
                raise AwsError("InvalidOperationException", "The specified export task has already finished")
            task["status"] = {"code": "CANCELLED", "message": "Cancelled by user"}

        await self._account.change(call.region, cancel)
        if running := self._running.get(identifier):
            running.cancel()
        return {}

    async def _check_bucket(self, call: Call) -> None:
        """Check that the bucket exists, allows CloudWatch Logs, and accepts AWS's test object. Errors: AwsError."""
        bucket = call.parameters["destination"]
        if (await self._s3(call, "HEAD", f"/{quote(bucket)}")).status >= 300:
            raise invalid(BUCKET_MISSING)
        policy = await self._s3(call, "GET", f"/{quote(bucket)}", "policy")
        for operation in ("GetBucketAcl", "PutObject"):
            if policy.status >= 300 or not _allows(policy.body, operation, call.region):
                raise invalid(REFUSED.format(operation=operation))
        prefix = call.parameters.get("destinationPrefix") or DEFAULT_PREFIX
        await self._put(call, bucket, f"{prefix}/{TEST_OBJECT}", TEST_TEXT)

    async def _run(self, call: Call, task: Response) -> None:
        try:
            await self._set(call, task, "RUNNING")
            count = await self._export(call, task)
            await self._set(call, task, "COMPLETED", "Completed successfully")
            log.info("Export task completed", extra={"action": "export_completed", "objects": count})
        except Exception as error:  # The edge of the task: the error becomes its status.
            log.exception("Export task failed", extra={"action": "export_failed", "task": task["taskId"]})
            await self._set(call, task, "FAILED", f"{type(error).__name__}: {error}")

    async def _export(self, call: Call, task: Response) -> int:
        """Export -> number of objects: one per stream, more for a long stream."""
        key = self._account.key(call.region, task["logGroupName"])
        prefix = call.parameters.get("logStreamNamePrefix", "")
        streams = await self._account.in_store(lambda store: store.streams(key, prefix))
        count = 0
        for stream in streams:
            part, after = 0, None
            while events := await self._account.in_store(_reader(key, stream.name, task, after)):
                body = await asyncio.to_thread(_compressed, events)
                name = f"{task['destinationPrefix']}/{task['taskId']}/{stream.name.replace('/', '-')}/{part:06d}.gz"
                await self._put(call, task["destination"], name, body)
                part, after, count = part + 1, events[-1].position, count + 1
        return count

    async def _set(self, call: Call, task: Response, code: str, message: str | None = None) -> None:
        """Set the status, unless the task was cancelled in the meantime."""

        def change(backend: LogsBackend) -> None:
            stored = kept(backend, TABLE)[task["taskId"]]
            if stored["status"]["code"] in ACTIVE:
                stored["status"] = without_none({"code": code, "message": message})
                if code not in ACTIVE:
                    stored["executionInfo"] = stored["executionInfo"] | {"completionTime": _now_ms()}

        await self._account.change(call.region, change)

    async def _put(self, call: Call, bucket: str, key: str, body: bytes) -> None:
        response = await self._s3(call, "PUT", f"/{quote(bucket)}/{quote(key)}", body=body)
        if response.status >= 300:
            raise invalid(REFUSED.format(operation="PutObject"))

    async def _s3(self, call: Call, method: str, path: str, query: str = "", body: bytes = b"") -> AwsResponse:
        scope = f"AWS4-HMAC-SHA256 Credential=logs/20000101/{call.region}/s3/aws4_request, SignedHeaders=host"
        headers = {
            "host": f"s3.{call.region}.amazonaws.com",
            "authorization": scope,
            "content-type": "application/octet-stream",
        }
        request = AwsRequest(method, path, query, headers, body, service="s3", caller=CALLER)
        return await self._account.host.moto.request(request)


def _reader(key: str, stream: str, task: Response, after: tuple[int, int] | None) -> Any:
    def read(store: LogStore) -> list[Event]:
        return store.events(
            key, [stream], first_ms=task["from"], last_ms=task["to"] - 1, after=after, limit=OBJECT_EVENTS
        )

    return read


def _compressed(events: list[Event]) -> bytes:
    """Compress the events, written as `2026-11-27T21:56:54.123Z message`, one per line."""
    lines = []
    for event in events:
        at = datetime.fromtimestamp(event.timestamp_ms // 1000, UTC)
        lines.append(f"{at:%Y-%m-%dT%H:%M:%S}.{event.timestamp_ms % 1000:03d}Z {event.message}\n")
    return gzip.compress("".join(lines).encode(errors="replace"))


def _allows(policy: bytes, operation: str, region: str) -> bool:
    """Return whether a bucket's policy allows CloudWatch Logs the operation."""
    try:
        statements = json.loads(policy)["Statement"]
    except (ValueError, KeyError, TypeError):
        return False
    return any(
        each.get("Effect") == "Allow" and _is_for_logs(each.get("Principal"), region) and _covers(each, operation)
        for each in (statements if isinstance(statements, list) else [statements])
        if isinstance(each, Mapping)
    )


def _is_for_logs(principal: object, region: str) -> bool:
    if not isinstance(principal, Mapping):
        return bool(principal == "*")
    services = _listed(principal.get("Service"))
    return bool({f"logs.{region}.amazonaws.com", "logs.amazonaws.com"} & set(services)) or principal.get("AWS") == "*"


def _covers(statement: Mapping[str, object], operation: str) -> bool:
    requested = f"s3:{operation}".lower()
    actions = [str(action).lower() for action in _listed(statement.get("Action"))]
    return any(requested == each or (each.endswith("*") and requested.startswith(each[:-1])) for each in actions)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
