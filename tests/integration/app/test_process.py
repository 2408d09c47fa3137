"""The process as the container runs it: real uvicorn, real signals."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.conftest import free_port

DEADLINE_S = 30
EMAIL = "alice@example.com"
PASSWORD = "correct horse battery"
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
ROW = "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"


@contextmanager
def serving(settings, directory: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """uvicorn with these settings, once /health answers: the process, its port, its output."""
    port = free_port()
    environment = {**os.environ, "UVICORN_TIMEOUT_KEEP_ALIVE": "75"}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is not None and not isinstance(value, tuple):
            text = value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
            environment[name.upper()] = text
    output = directory / "output"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "app.main:app", "--host", "127.0.0.1", "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_healthy(process, port, output)
            yield process, port, output
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(DEADLINE_S)


def wait_until_healthy(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        try:
            if request(port, "GET", "/health")[0] == 200:
                return
        except ConnectionRefusedError:
            time.sleep(0.02)
    raise AssertionError(f"/health does not answer after {DEADLINE_S} s: {output.read_text()}")


def request(port: int, method: str, path: str, body: object = None, token: str = "") -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    try:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def logged_in(port: int) -> str:
    credentials = {"email": EMAIL, "password": PASSWORD}
    assert request(port, "POST", "/api/v1/auth/register", credentials)[0] == 201
    return str(request(port, "POST", "/api/v1/auth/login", credentials)[1]["access_token"])


def form(content: str) -> bytes:
    """A multipart form, boundary `b`, with the file."""
    start = '--b\r\nContent-Disposition: form-data; name="file"; filename="planted.csv"\r\n\r\n'
    return f"{start}{content}\r\n--b--\r\n".encode()


def test_a_request_in_flight_at_sigterm_is_finished_and_the_process_ends(settings, tmp_path):
    with serving(settings, tmp_path) as (process, port, output):
        token = logged_in(port)
        body = form(HEADER + ROW * 3)
        upload = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        upload.putrequest("POST", "/api/v1/uploads")
        upload.putheader("Authorization", f"Bearer {token}")
        upload.putheader("Content-Type", "multipart/form-data; boundary=b")
        upload.putheader("Content-Length", str(len(body)))
        upload.endheaders(body[:50])
        # An answer on another connection afterwards: the upload before it has reached the application.
        assert request(port, "GET", "/health")[0] == 200
        process.send_signal(signal.SIGTERM)
        wait_until_refused(port)
        upload.send(body[50:])
        answer = upload.getresponse()
        report = json.loads(answer.read())
        upload.close()
        assert (answer.status, report["accepted"]) == (201, 3)
        assert process.wait(DEADLINE_S) in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert "stopped" in [line.get("action") for line in lines]


def wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            request(port, "GET", "/health")
        except OSError:
            return
    raise AssertionError(f"port {port} still accepts after {DEADLINE_S} s")


def test_every_line_is_json_and_each_request_has_one_access_line(settings, tmp_path):
    with serving(settings, tmp_path) as (process, port, output):
        request(port, "GET", "/version")
        request(port, "GET", "/nowhere")
        process.send_signal(signal.SIGTERM)
        process.wait(DEADLINE_S)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    access = [(line["route"], line["status"]) for line in lines if line["stream"] == "access"]
    assert access.count(("/version", 200)) == 1
    assert access.count(("(unmatched)", 404)) == 1
    assert {line["stream"] for line in lines} == {"access", "application"}
    assert all(line["revision"] == "test-revision" for line in lines)


def test_logs_hold_no_password_no_token_no_address_and_no_row(settings, tmp_path):
    talkative = type(settings)(**{**settings.model_dump(), "log_level": "DEBUG"})
    with serving(talkative, tmp_path) as (_, port, output):
        token = logged_in(port)
        assert request(port, "POST", "/api/v1/auth/login", {"email": EMAIL, "password": "planted wrong"})[0] == 401
        for row, status in ((ROW.replace("4.50", "planted"), 422), (ROW, 201)):
            upload = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=b"}
            upload.request("POST", "/api/v1/uploads?planted=query", form(HEADER + row), headers)
            assert upload.getresponse().status == status
            upload.close()
    text = output.read_text()
    keys = [settings.database_url.get_secret_value(), settings.jwt_secret_key.get_secret_value()]
    secrets = [EMAIL, PASSWORD, token, "planted", "Blue Door", *keys]
    assert [secret for secret in secrets if secret in text] == []
    assert '"route": "/api/v1/uploads"' in text


def test_the_process_serves_health_with_everything_else_down(settings, tmp_path):
    down = type(settings)(
        **{
            **settings.model_dump(),
            "database_url": "postgresql://u:p@127.0.0.1:1/x",
            "redis_url": "redis://127.0.0.1:1/0",
            "aws_endpoint_url": "http://127.0.0.1:1",
        }
    )
    with serving(down, tmp_path) as (_, port, _output):
        status, problem = request(port, "GET", "/ready")
    assert status == 503
    assert {name for name, check in problem["checks"].items() if check["status"] == "failed"} == {
        "database",
        "redis",
        "storage",
    }
