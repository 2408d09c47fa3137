"""The form of the log lines."""

import json
import logging
import sys
from uuid import UUID

import asyncpg
import pytest

from app.platform.logs import (
    ACCESS_LOGGER,
    AccessRecord,
    JsonFormatter,
    lower_lost_connections,
    request_id,
    stream_of,
    user_hash,
    user_is,
)

FORMATTER = JsonFormatter(environment="local", revision="r1")


def line(name: str = "app.x", level: int = logging.INFO, **fields: object) -> dict[str, object]:
    record = logging.makeLogRecord({"name": name, "levelno": level, "levelname": "L", "msg": "A sentence", **fields})
    text = FORMATTER.format(record)
    assert "\n" not in text
    return json.loads(text)


@pytest.mark.parametrize(
    ("name", "level", "stream"),
    [
        ("app.uploads", logging.INFO, "application"),
        ("app.uploads", logging.WARNING, "application"),
        ("uvicorn.error", logging.INFO, "application"),
        ("uvicorn.error", logging.ERROR, "errors"),
        (ACCESS_LOGGER, logging.INFO, "access"),
    ],
)
def test_one_field_says_which_log_a_line_belongs_to(name, level, stream):
    assert line(name, level)["stream"] == stream


@pytest.mark.parametrize("text", ["a\nb", "\u2028", "é", "half a pair \ud83d", "\x00"])
def test_every_text_is_shown_on_one_line(text):
    assert line(detail=text)["detail"] == text


def test_extra_fields_and_the_request_id_are_fields_of_the_line():
    token = request_id.set("abc")
    try:
        found = line(action="x_done", path=object)
    finally:
        request_id.reset(token)
    assert (found["action"], found["request_id"], found["revision"]) == ("x_done", "abc", "r1")


def test_an_access_record_is_the_line_and_has_the_attributes_that_logging_would_have_made():
    fields = {"action": "request_served", "method": "GET", "route": "/x", "status": 200, "duration_ms": 1.25}
    created = logging.getLogger(ACCESS_LOGGER).makeRecord(
        ACCESS_LOGGER, logging.INFO, __file__, 1, "Request served", (), None, extra=fields
    )
    ours = AccessRecord("Request served", fields)
    assert vars(ours).keys() == vars(created).keys()
    assert 0 <= ours.created - created.created < 60
    created.created = ours.created
    assert FORMATTER.format(ours) == FORMATTER.format(created)
    assert logging.Formatter("%(levelname)s %(filename)s %(asctime)s %(message)s").format(ours)


@pytest.mark.parametrize(
    ("moment", "time"),
    [
        (0.0, "1970-01-01T00:00:00.000+00:00"),
        (1_800_000_000.25, "2027-01-15T08:00:00.250+00:00"),
        (1_800_000_000.9995, "2027-01-15T08:00:00.999+00:00"),
        (1_800_000_000.9999999, "2027-01-15T08:00:01.000+00:00"),
        (1_800_000_001.0, "2027-01-15T08:00:01.000+00:00"),
        (1_800_000_000.001, "2027-01-15T08:00:00.001+00:00"),
    ],
)
def test_the_time_of_a_line_is_utc_to_the_millisecond(moment, time):
    assert line(created=moment)["time"] == time


def test_a_traceback_stays_within_its_line():
    try:
        raise RuntimeError("first\nsecond")
    except RuntimeError:
        found = line(level=logging.ERROR, exc_info=sys.exc_info())
    assert "RuntimeError: first\nsecond" in str(found["exception"])


@pytest.mark.parametrize(
    ("error", "stream"),
    [
        (ConnectionResetError(104, "Connection reset by peer"), "application"),
        (asyncpg.AdminShutdownError("terminating connection"), "application"),
        (asyncpg.ConnectionDoesNotExistError("closed in the middle of operation"), "application"),
        (asyncpg.UniqueViolationError("duplicate"), "errors"),
        (RuntimeError("another"), "errors"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
def test_only_a_broken_connection_that_nobody_waited_on_is_not_an_error(error, stream):
    record = logging.makeLogRecord({"name": "asyncio", "levelno": logging.ERROR, "levelname": "ERROR", "msg": "Never"})
    record.exc_info = (type(error), error, None)
    assert lower_lost_connections(record)
    assert stream_of(record) == stream


def test_what_asyncio_says_of_an_exception_leaves_its_repr_out():
    text = line("asyncio", logging.ERROR, msg="Task exception was never retrieved\nfuture: ValueError('planted')")
    assert text["message"] == "Task exception was never retrieved"


def test_the_user_and_the_task_are_fields_and_the_id_is_not():
    user_id = UUID("0f9de17a-6465-404e-8b1b-2356dc13c2f8")
    token = user_hash.set(None)
    try:
        user_is(user_id)
        record = logging.makeLogRecord({"name": "app.x", "levelno": logging.INFO, "msg": "A sentence"})
        text = JsonFormatter(environment="local", revision="r1", task="t1").format(record)
    finally:
        user_hash.reset(token)
    found = json.loads(text)
    assert (found["task"], len(found["user"])) == ("t1", 16)
    assert str(user_id) not in text and user_id.hex not in text
