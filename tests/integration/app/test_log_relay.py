"""The sidecars that print one kind of log line, as processes, and the application's connection to them."""

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from app import log_relay
from app.log_relay import Relay, address_of
from app.platform.logs import ACCESS_LOGGER, ByStream, JsonFormatter
from tests.waiting import wait_until

DEADLINE_S = 30

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sockets with names of no file system")


@pytest.fixture
def task() -> str:
    return uuid4().hex


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_relay, "RETRY_S", 0.0)


@contextmanager
def sidecar(task: str, stream: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start the sidecar; yield it once it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.log_relay", stream],
        env={**os.environ, "ECS_CONTAINER_METADATA_URI_V4": f"http://169.254.170.2/v4/{task}-1234567890"},
        stdout=subprocess.PIPE,
    )
    try:
        wait_until_reached(Relay(address_of(task, stream)))
        yield process
    finally:
        process.kill()
        process.communicate(timeout=DEADLINE_S)


def wait_until_reached(relay: Relay) -> None:
    wait_until(relay.connect, DEADLINE_S, "the sidecar to listen", interval_s=0.01)
    relay.close()


def handler_of(task: str | None) -> tuple[ByStream, io.StringIO]:
    own = io.StringIO()
    handler = ByStream(own, task)
    handler.setFormatter(JsonFormatter(environment="local", revision="r1", task=task))
    return handler, own


def emit(handler: logging.Handler, name: str, level: int, message: str) -> None:
    handler.handle(
        logging.makeLogRecord(
            {"name": name, "levelno": level, "levelname": logging.getLevelName(level), "msg": message}
        )
    )


def messages(text: str) -> list[str]:
    return [json.loads(line)["message"] for line in text.splitlines()]


def told_by(process: subprocess.Popen[bytes]) -> list[str]:
    """Stop a sidecar with SIGTERM, and return what it printed."""
    process.send_signal(signal.SIGTERM)
    return told_at_end(process)


def told_at_end(process: subprocess.Popen[bytes]) -> list[str]:
    out, _ = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    return messages(out.decode())


def test_each_kind_of_line_is_printed_by_its_own_container(task):
    handler, own = handler_of(task)
    with sidecar(task, "access") as access, sidecar(task, "errors") as errors:
        emit(handler, "app.uploads", logging.INFO, "taken")
        emit(handler, ACCESS_LOGGER, logging.INFO, "GET /")
        emit(handler, ACCESS_LOGGER, logging.ERROR, "GET /broken")
        emit(handler, "app.uploads", logging.ERROR, "failed")
        handler.close()
        assert told_by(access) == ["GET /", "GET /broken"]
        assert told_by(errors) == ["failed"]
    assert messages(own.getvalue()) == ["taken"]


def test_without_sidecars_the_application_prints_every_line(task):
    handler, own = handler_of(task)
    emit(handler, ACCESS_LOGGER, logging.INFO, "GET /")
    emit(handler, "app.uploads", logging.ERROR, "failed")
    assert messages(own.getvalue()) == ["GET /", "failed"]


def test_outside_a_task_no_sidecar_is_looked_for():
    assert handler_of(None)[0].relays == {}


def test_lines_go_to_the_application_log_while_a_sidecar_is_down(task):
    handler, own = handler_of(task)
    with sidecar(task, "access"):
        emit(handler, ACCESS_LOGGER, logging.INFO, "first")
    emit(handler, ACCESS_LOGGER, logging.INFO, "second")
    assert messages(own.getvalue()) == ["second"]
    with sidecar(task, "access") as returned:
        emit(handler, ACCESS_LOGGER, logging.INFO, "third")
        handler.close()
        assert told_by(returned) == ["third"]


def test_a_sidecar_that_does_not_keep_up_makes_nobody_wait_and_loses_nothing(task):
    handler, own = handler_of(task)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asleep:
        asleep.bind(address_of(task, "access"))
        asleep.listen()
        wanted = [f"GET /{number}" for number in range(5000)]
        for message in wanted:
            emit(handler, ACCESS_LOGGER, logging.INFO, message)
        handler.close()
        waiting, _ = asleep.accept()
        with waiting:
            held = []
            while packet := waiting.recv(log_relay.LINE_LIMIT_BYTES):
                held.append(json.loads(packet)["message"])
    printed = messages(own.getvalue())
    assert held
    assert printed
    assert held + printed == wanted


def test_a_line_longer_than_a_packet_is_printed_and_the_next_goes_to_the_sidecar(task):
    handler, own = handler_of(task)
    long = "x" * 1_000_000
    with sidecar(task, "errors") as errors:
        emit(handler, "app", logging.ERROR, long)
        emit(handler, "app", logging.ERROR, "short")
        handler.close()
        assert told_by(errors) == ["short"]
    assert messages(own.getvalue()) == [long]


def test_a_sidecar_that_gets_sigterm_still_prints_the_applications_last_lines(task):
    handler, _ = handler_of(task)
    with sidecar(task, "errors") as errors:
        emit(handler, "app", logging.ERROR, "before")
        errors.send_signal(signal.SIGTERM)
        for number in range(100):
            emit(handler, "app", logging.ERROR, f"last words {number}")
        assert errors.poll() is None
        handler.close()
        assert told_at_end(errors) == ["before", *(f"last words {number}" for number in range(100))]
