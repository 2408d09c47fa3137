"""The process as the container runs it: real uvicorn, real signals; and a client that speaks to it."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.ports import free_port
from tests.waiting import wait_until

DEADLINE_S = 30
EMAIL = "alice@example.com"
PASSWORD = "correct horse battery"
HEADER = "account_id,date,amount,merchant_name,payment_channel,personal_finance_category,pending\n"
ROW = "checking,2026-01-05,4.50,Blue Door,in store,FOOD_AND_DRINK,false\n"


@contextmanager
def serving(settings, directory: Path, port: int | None = None) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """uvicorn with these settings, once /health answers: the process, its port, its output."""
    port = port or free_port()
    environment = {**os.environ, "UVICORN_TIMEOUT_KEEP_ALIVE": "75", **environment_of(settings)}
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


def environment_of(settings) -> dict[str, str]:
    """The variables that give a process these settings."""
    environment = {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, tuple):
            environment[name.upper()] = json.dumps([plain(each) for each in value])
        elif value is not None:
            environment[name.upper()] = plain(value)
    return environment


def plain(value: object) -> str:
    """Return the form that an environment variable has."""
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


def wait_until_healthy(process: subprocess.Popen[bytes], port: int, output: Path) -> None:
    def is_healthy() -> bool:
        assert process.poll() is None, output.read_text()
        try:
            return request(port, "GET", "/health")[0] == 200
        except ConnectionRefusedError:
            return False

    wait_until(is_healthy, DEADLINE_S, f"/health; its output is in {output}", interval_s=0.02)


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


def lines_of(output: Path) -> list[dict[str, Any]]:
    """The log so far; a line that is still being written is left out."""
    whole, _, _ = output.read_text().rpartition("\n")
    return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]


def form(content: str) -> bytes:
    """A multipart form, boundary `b`, with the file."""
    start = '--b\r\nContent-Disposition: form-data; name="file"; filename="planted.csv"\r\n\r\n'
    return f"{start}{content}\r\n--b--\r\n".encode()
