"""Process start to first /health: the service beside a bare FastAPI application, both under the same uvicorn.

Rounds interleave the two, so that other load on the machine affects both; medians are compared.
"""

import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.row import Row, show
from tests.ports import free_port

PROJECT = Path(__file__).parents[1]
ROUNDS = 9
DEADLINE_S = 60
OURS, BARE = "app.main:app", "bare:app"
BARE_SOURCE = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}
"""
SETTINGS = {
    "ENVIRONMENT": "local",
    "DATABASE_URL": "postgresql://nobody:listens@127.0.0.1:1/x",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "JWT_SECRET_KEY": "k" * 32,
    "DATA_BUCKET": "some-bucket",
    "AWS_REGION": "us-west-1",
}


def run(rounds: int = ROUNDS) -> list[Row]:
    """Measure; the first round warms the file cache and does not count."""
    ours: list[float] = []
    theirs: list[float] = []
    both: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "bare.py").write_text(BARE_SOURCE)
        environment = {**os.environ, **SETTINGS, "PYTHONPATH": f"{directory}{os.pathsep}{PROJECT}"}
        for _ in range(rounds + 1):
            theirs.append(seconds_to_health([BARE], environment))
            ours.append(seconds_to_health([OURS], environment))
            both.append(seconds_to_health([OURS, OURS], environment))
    service, bare, pair = (statistics.median(times[1:]) for times in (ours, theirs, both))
    return [
        Row(
            name="app: start to first /health, s, vs bare FastAPI",
            ours=service,
            theirs=bare,
            ratio=service / bare,
            goal="<= 2",
            note=f"{rounds} rounds; best {min(ours):.2f} vs {min(theirs):.2f} s",
        ),
        Row(
            name="app: two started at once, s until both, vs one",
            ours=pair,
            theirs=service,
            ratio=pair / service,
            goal="<= 2",
            note=f"{os.cpu_count()} CPUs",
        ),
    ]


def seconds_to_health(applications: Sequence[str], environment: dict[str, str]) -> float:
    """Measure from starting a process for each application to the first 200 of every /health."""
    started = time.perf_counter()
    processes = [(start(application, port := free_port(), environment), port) for application in applications]
    try:
        for process, port in processes:
            wait_until_healthy(process, port)
        return time.perf_counter() - started
    finally:
        for process, _ in processes:
            process.kill()
            process.wait(DEADLINE_S)


def start(application: str, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start uvicorn as the image does."""
    command = [sys.executable, "-m", "uvicorn", application, "--host", "127.0.0.1", "--port", str(port)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.perf_counter() + DEADLINE_S
    while time.perf_counter() < deadline:
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
        try:
            connection.request("GET", "/health")
            assert connection.getresponse().status == 200
            return
        except ConnectionRefusedError:
            time.sleep(0.005)
        finally:
            connection.close()
    raise AssertionError(f"/health on port {port} does not respond after {DEADLINE_S} s")


if __name__ == "__main__":
    show(run())
