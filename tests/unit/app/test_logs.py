"""The form of the log lines."""

import json
import logging
import sys

import pytest

from app.logs import ACCESS_LOGGER, JsonFormatter, request_id

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


def test_extra_fields_and_the_request_id_are_fields_of_the_line():
    token = request_id.set("abc")
    try:
        found = line(action="x_done", path=object)
    finally:
        request_id.reset(token)
    assert (found["action"], found["request_id"], found["revision"]) == ("x_done", "abc", "r1")


def test_a_traceback_stays_within_its_line():
    try:
        raise RuntimeError("first\nsecond")
    except RuntimeError:
        found = line(level=logging.ERROR, exc_info=sys.exc_info())
    assert "RuntimeError: first\nsecond" in str(found["exception"])
