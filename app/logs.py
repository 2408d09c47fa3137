"""JSON logs: one line per record, one field, `stream`, that says which log it belongs to, and the way there."""

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

from app.failure_text import traceback_of
from app.log_relay import Relay, address_of
from app.settings import DatabaseSettings
from app.task import task_id_of

ACCESS_LOGGER = "app.access"
USERS_REMEMBERED = 4096
# SQLSTATEs begin so when the connection broke (08) or the server ended it (57P).
LOST_CONNECTION = ("08", "57P")

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
# Of the user whose token the request has: equal in all their requests, and not their id.
user_hash: ContextVar[str | None] = ContextVar("user_hash", default=None)


class Stream(StrEnum):
    """The log a record belongs to; each is a log group of its own."""

    APPLICATION = "application"
    ACCESS = "access"
    ERRORS = "errors"


# To find a member by its class takes Python 3.11 as long as a whole condition.
APPLICATION, ACCESS, ERRORS = Stream


class AccessRecord(logging.LogRecord):
    """The record of one request.

    There is one for every request, and logging's own way of making it takes as long as writing the line: it finds out
    where in the code, in which thread and process that is, which no line says.
    """

    def __init__(self, message: str, fields: dict[str, object]) -> None:  # pylint: disable=super-init-not-called
        now = time.time()
        self.__dict__ = {**NOWHERE, "msg": message, "created": now, "msecs": now % 1 * 1000, **fields}


# The attributes of a record that was made nowhere in particular.
NOWHERE = {**vars(logging.makeLogRecord({})), "name": ACCESS_LOGGER, "levelno": logging.INFO, "levelname": "INFO"}


def configure_logging(settings: DatabaseSettings, trace_id: Callable[[], str | None] = lambda: None) -> None:
    """Send every record of the process, uvicorn's too, to its log as JSON. trace_id: of the trace under way."""
    # No line has these; finding out which line of code logs takes as long as the rest of a record.
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
    # uvicorn writes its access lines only while this logger can reach a handler; ours replace them.
    silenced = logging.getLogger("uvicorn.access")
    silenced.handlers = []
    silenced.propagate = False
    logging.getLogger("asyncio").addFilter(lower_lost_connections)
    # Their DEBUG records quote headers, signatures and statements.
    for name in ("botocore", "boto3", "urllib3", "asyncio", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)


class ByStream(logging.StreamHandler[TextIO]):
    """Access and error lines to the sidecars that print them, all others to stdout; so too what no sidecar takes.

    A container has one log driver, and that one log group (ADR 11). Outside a task there are no sidecars.
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
            if not relay.takes(line.encode()):
                self.stream.write(line + self.terminator)
                self.flush()
        # As logging's own handlers: a line that cannot be told may not fail what it tells of.
        except Exception:  # noqa: BLE001 # pylint: disable=broad-exception-caught
            self.handleError(record)

    def close(self) -> None:
        """Let go of the sidecars."""
        for relay in self.relays.values():
            relay.close()
        super().close()


class JsonFormatter(logging.Formatter):
    """One record to one line of JSON: fixed fields first, then whatever `extra` carried."""

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
        """Lay the record out; text that JSON cannot hold is escaped, objects it does not know become text."""
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
    """JSON on one line, without blanks: CloudWatch is paid by the byte."""
    try:
        return to_json(fields, fallback=str).decode()
    except PydanticSerializationError:  # half of a surrogate pair, which only escaped is text
        return json.dumps(fields, default=str, separators=(",", ":"))


def time_of(moment: float) -> str:
    """Unix time as ISO 8601 has it, to the millisecond in UTC."""
    second, millisecond = divmod(round(moment * 1e6) // 1000, 1000)
    return f"{second_of(second)}.{millisecond:03}+00:00"


@lru_cache(maxsize=2)
def second_of(moment: int) -> str:
    """A second of Unix time as ISO 8601 has it, without the zone."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def user_is(user_id: UUID) -> None:
    """Note whose request this is, for every line until its end. A hash: an id is random, so it cannot be guessed."""
    user_hash.set(hash_of(user_id))


@lru_cache(USERS_REMEMBERED)
def hash_of(user_id: UUID) -> str:
    """What the log calls a user."""
    return hashlib.sha256(f"spendsense-user:{user_id}".encode()).hexdigest()[:16]


def stream_of(record: logging.LogRecord) -> Stream:
    """Access lines stay access lines whatever their level; of the rest, ERROR and above are errors."""
    if record.name == ACCESS_LOGGER:
        return ACCESS
    return ERRORS if record.levelno >= logging.ERROR else APPLICATION


def lower_lost_connections(record: logging.LogRecord) -> bool:
    """Make a warning of asyncio's error about a connection that broke with nobody waiting on it.

    The driver leaves such futures behind when a server goes away; whoever needs a connection makes a new one.
    """
    exc = record.exc_info[1] if record.exc_info else None
    sqlstate = getattr(exc, "sqlstate", None) or ""
    if isinstance(exc, ConnectionError) or sqlstate.startswith(LOST_CONNECTION):
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


def message_of(record: logging.LogRecord) -> str:
    """The sentence. asyncio's goes on with the repr of what it is about, exceptions with their messages."""
    text = record.getMessage()
    return text.partition("\n")[0] if record.name == "asyncio" else text
