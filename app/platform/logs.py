"""JSON logs: one line per record, with a field `stream` that says which log it belongs to, and their delivery."""

import hashlib
import json
import logging
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TextIO
from uuid import UUID

from pydantic_core import PydanticSerializationError, to_json

from app.log_relay import Relay, address_of
from app.platform.failure_text import traceback_of
from app.platform.settings import DatabaseSettings
from app.platform.task import task_id_of

ACCESS_LOGGER = "app.access"
USERS_REMEMBERED = 4096
# SQLSTATE prefixes for a broken connection (08) or one that the server ended (57P).
LOST_CONNECTION = ("08", "57P")

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
# A hash of the request's user: the same in all their requests, and not their id.
user_hash: ContextVar[str | None] = ContextVar("user_hash", default=None)


class Stream(StrEnum):
    """The log a record belongs to; each is its own log group."""

    APPLICATION = "application"
    ACCESS = "access"
    ERRORS = "errors"


# Looking up an enum member takes Python 3.11 as long as a whole condition.
APPLICATION, ACCESS, ERRORS = Stream


class AccessRecord(logging.LogRecord):
    """The record of one request.

    Every request makes one, and logging's own way of making it takes as long as writing the line: it determines the
    place in the code, the thread and the process, which no line contains.
    """

    def __init__(self, message: str, fields: dict[str, object]) -> None:  # pylint: disable=super-init-not-called
        now = time.time()
        self.__dict__ = {**NOWHERE, "msg": message, "created": now, "msecs": now % 1 * 1000, **fields}


# The attributes of a record without a place in the code.
NOWHERE = {**vars(logging.makeLogRecord({})), "name": ACCESS_LOGGER, "levelno": logging.INFO, "levelname": "INFO"}


def configure_logging(settings: DatabaseSettings, trace_id: Callable[[], str | None] = lambda: None) -> None:
    """Log every record of the process, uvicorn's too, as JSON. trace_id: returns the id of the current trace."""
    # No line contains these; finding the line of code that logs takes as long as the rest of a record.
    logging._srcfile = None  # pylint: disable=protected-access # as logging's own guide says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    task = task_id_of(settings.ecs_container_metadata_uri_v4)
    handler = ByStream(sys.stdout, task)
    handler.setFormatter(
        JsonFormatter(
            environment=settings.environment.value,
            revision=settings.app_revision,
            task=task,
            trace_id=trace_id,
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.value)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    # uvicorn writes its access lines only while this logger reaches a handler; ours replace them.
    silenced = logging.getLogger("uvicorn.access")
    silenced.handlers = []
    silenced.propagate = False
    logging.getLogger("asyncio").addFilter(lower_lost_connections)
    # Their DEBUG records quote headers, signatures and statements.
    for name in ("botocore", "boto3", "urllib3", "asyncio", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)


class ByStream(logging.StreamHandler[TextIO]):
    """Sends access and error lines to their sidecars, and all other lines, or those no sidecar accepts, to stdout.

    A container has one log driver, and that has one log group (ADR 11). Outside a task there are no sidecars.
    """

    def __init__(self, out: TextIO, task: str | None) -> None:
        super().__init__(out)
        elsewhere = (Stream.ACCESS, Stream.ERRORS) if task is not None else ()
        self.relays = {stream: Relay(address_of(str(task), stream.value)) for stream in elsewhere}

    def emit(self, record: logging.LogRecord) -> None:
        relay = self.relays.get(stream_of(record))
        if relay is None:
            super().emit(record)
            return
        try:
            line = self.format(record)
            if not relay.send(line.encode()):
                self.stream.write(line + self.terminator)
                self.flush()
        # As in logging's own handlers: a line that cannot be written must not break the code that logs it.
        except Exception:  # noqa: BLE001 # pylint: disable=broad-exception-caught
            self.handleError(record)

    def close(self) -> None:
        """Close the connections to the sidecars."""
        for relay in self.relays.values():
            relay.close()
        super().close()


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON: fixed fields first, then everything from `extra`."""

    STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
        "message",
        "asctime",
        "taskName",
        "color_message",
    }

    def __init__(
        self,
        *,
        environment: str,
        revision: str,
        task: str | None = None,
        trace_id: Callable[[], str | None] = lambda: None,
    ) -> None:
        super().__init__()
        self.trace_id = trace_id
        self.process_fields = {"environment": environment, "revision": revision}
        if task is not None:
            self.process_fields["task"] = task

    def format(self, record: logging.LogRecord) -> str:
        """Format the record; text that JSON cannot represent is escaped, unknown objects become text."""
        fields: dict[str, object] = {
            "time": time_of(record.created),
            "level": record.levelname,
            "stream": stream_of(record),
            "logger": record.name,
            "message": message_of(record),
            **self.process_fields,
        }
        current = request_id.get()
        if current is not None:
            fields["request_id"] = current
        user = user_hash.get()
        if user is not None:
            fields["user"] = user
        trace = self.trace_id()
        if trace is not None:
            fields["trace_id"] = trace
        fields |= {key: value for key, value in vars(record).items() if key not in self.STANDARD}
        if record.exc_info:
            exc = record.exc_info[1]
            fields["exception"] = "" if exc is None else traceback_of(exc)
        return encoded(fields)


def encoded(fields: dict[str, object]) -> str:
    """Render JSON on one line, without spaces: CloudWatch charges by the byte."""
    try:
        return to_json(fields, fallback=str).decode()
    except PydanticSerializationError:  # half of a surrogate pair, which is text only when escaped
        return json.dumps(fields, default=str, separators=(",", ":"))


def time_of(moment: float) -> str:
    """Render Unix time in ISO 8601, to the millisecond in UTC."""
    second, millisecond = divmod(round(moment * 1e6) // 1000, 1000)
    return f"{second_of(second)}.{millisecond:03}+00:00"


@lru_cache(maxsize=2)
def second_of(moment: int) -> str:
    """Render a second of Unix time in ISO 8601, without the zone."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def user_is(user_id: UUID) -> None:
    """Mark all later lines of this request with its user's hash. Ids are random: the hash does not reveal them."""
    user_hash.set(hash_of(user_id))


@lru_cache(USERS_REMEMBERED)
def hash_of(user_id: UUID) -> str:
    return hashlib.sha256(f"spendsense-user:{user_id}".encode()).hexdigest()[:16]


def stream_of(record: logging.LogRecord) -> Stream:
    """Return the stream: access lines whatever their level; of the rest, ERROR and above are errors."""
    if record.name == ACCESS_LOGGER:
        return ACCESS
    return ERRORS if record.levelno >= logging.ERROR else APPLICATION


def lower_lost_connections(record: logging.LogRecord) -> bool:
    """Lower asyncio's error about a broken connection that nobody awaited to a warning.

    The driver leaves such futures behind when a server goes away; the next user of the pool makes a new connection.
    """
    exc = record.exc_info[1] if record.exc_info else None
    sqlstate = getattr(exc, "sqlstate", None) or ""
    if isinstance(exc, ConnectionError) or sqlstate.startswith(LOST_CONNECTION):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def message_of(record: logging.LogRecord) -> str:
    """Return the message. asyncio appends the repr of its objects, with exceptions' messages: that part is dropped."""
    text = record.getMessage()
    return text.partition("\n")[0] if record.name == "asyncio" else text
