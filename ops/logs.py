"""`spendsense logs`: the tasks' log lines from CloudWatch Logs, each once and in order."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ops.aws.clients import Aws
from ops.console import Console
from ops.errors import NotFound
from ops.guide import command_in
from ops.log_text import bounded
from ops.log_wakeup import wakeup_of
from ops.moments import age_ms

# An event may become visible after later ones, so following reads this much of the past again.
LOOK_BACK_MS = 10_000
# Fields of our log lines that have a place of their own, or that every line repeats.
PLACED = frozenset({"time", "level", "message", "exception"})
# The limit for a line shown to people; with --json it is whole.
LINE_LIMIT = 10_000
# The tasks that are named where the chosen one is unknown.
NEWEST = 5
REPEATED = frozenset({"logger", "stream", "environment", "revision", "action"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    since: str = "10m"
    task: str | None = None
    pattern: str | None = None
    follow: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    id: str
    at_ms: int
    stream: str
    message: str

    @property
    def task(self) -> str:
        """`backend/backend/<task id>` -> the id."""
        return self.stream.rsplit("/", 1)[-1]


def check(options: Options) -> None:
    """Check the options, before any request. Errors: Misuse."""
    age_ms(options.since)


def run(aws: Aws, options: Options, console: Console) -> None:
    """Print the existing lines and, when following, each new one until interrupted. Errors: NotFound, Misuse."""
    start_ms = int(time.time() * 1000) - age_ms(options.since)
    seen: dict[str, int] = {}
    with closing(wakeup_of(aws, options.pattern)) as wakeup:
        while True:
            found = False
            for line in new_lines(read(aws, options, start_ms), seen):
                found = True
                if options.as_json:
                    console.json_line(as_json(line))
                else:
                    console.result(readable(line))
            if not options.follow:
                return
            if seen:
                start_ms = max(start_ms, max(seen.values()) - LOOK_BACK_MS)
                seen = {event: at_ms for event, at_ms in seen.items() if at_ms >= start_ms}
            wakeup.wait(found=found)


def read(aws: Aws, options: Options, start_ms: int) -> list[Line]:
    """Read every line since a moment, of every kind. CloudWatch Logs FilterLogEvents, all pages. Errors: NotFound."""
    groups = list(aws.environment.log_groups.values())
    streams = {group: matching_streams(aws, group, options.task) for group in groups} if options.task else {}
    if options.task and not any(streams.values()):
        raise unknown_task(aws, options.task)
    lines: list[Line] = []
    for group in groups:
        request: dict[str, Any] = {"logGroupName": group, "startTime": start_ms}
        if options.task:
            if not streams[group]:
                continue
            request["logStreamNames"] = streams[group]
        if options.pattern is not None:
            request["filterPattern"] = options.pattern
        lines += read_group(aws, request)
    return lines


def read_group(aws: Aws, request: dict[str, object]) -> Iterator[Line]:
    """Yield the lines that one FilterLogEvents request finds. Errors: NotFound."""
    try:
        for page in aws.logs.get_paginator("filter_log_events").paginate(**request):
            for event in page["events"]:
                yield Line(
                    id=f"{request['logGroupName']} {event['eventId']}",
                    at_ms=event["timestamp"],
                    stream=event["logStreamName"],
                    message=event["message"].rstrip("\n"),
                )
    except aws.logs.exceptions.ResourceNotFoundException as exc:
        raise NotFound(
            f"there is no log group {request['logGroupName']}",
            next_step="create the environment first; locally: `make up`",
        ) from exc


def matching_streams(aws: Aws, group: str, task: str) -> list[str]:
    """Find a task's streams in a group by its id or the id's beginning. Logs DescribeLogStreams."""
    prefix = task.rsplit("/", 1)[-1]
    return [name for name in stream_names(aws, group) if name.rsplit("/", 1)[-1].startswith(prefix)]


def stream_names(aws: Aws, group: str) -> list[str]:
    pages = aws.logs.get_paginator("describe_log_streams").paginate(logGroupName=group)
    return [stream["logStreamName"] for page in pages for stream in page["logStreams"]]


def unknown_task(aws: Aws, task: str) -> NotFound:
    newest = aws.logs.describe_log_streams(
        logGroupName=aws.environment.log_group, orderBy="LastEventTime", descending=True, limit=NEWEST
    )["logStreams"]
    known = ", ".join(stream["logStreamName"].rsplit("/", 1)[-1][:8] for stream in newest) or "none"
    return NotFound(
        f"no task {task} has written log lines; the latest that have: {known}",
        next_step=f"`{command_in(aws.environment, 'tasks --stopped')}` lists tasks with their ids",
    )


def new_lines(lines: list[Line], seen: dict[str, int]) -> Iterator[Line]:
    """Yield the lines not seen before, oldest first, and add them to `seen`."""
    for line in sorted(lines, key=lambda line: line.at_ms):
        if line.id not in seen:
            seen[line.id] = line.at_ms
            yield line


def as_json(line: Line) -> dict[str, object]:
    at = datetime.fromtimestamp(line.at_ms / 1000, UTC)
    return {
        "time": at.isoformat(timespec="milliseconds"),
        "task": line.task,
        "stream": line.stream,
        "message": line.message,
    }


def readable(line: Line) -> str:
    """Format one of our JSON lines for a person; leave any other line as it is, shortened when very long."""
    at = datetime.fromtimestamp(line.at_ms / 1000, UTC).astimezone()
    head = f"{at:%H:%M:%S}.{at.microsecond // 1000:03d} {line.task[:8]}"
    try:
        record = json.loads(line.message)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or "message" not in record:
        return f"{head} {bounded(line.message, LINE_LIMIT)}"
    fields = " ".join(f"{key}={value}" for key, value in record.items() if key not in PLACED | REPEATED)
    text = f"{head} {record.get('level', ''):<7} {record['message']}" + (f"  {fields}" if fields else "")
    return bounded(text + (f"\n{record['exception']}" if "exception" in record else ""), LINE_LIMIT)
