"""The pytest plugin in whose runs other people's tests find a cloud: plain moto, or a fresh local cloud for each test.

It reads three variables: SUITE_TARGET (`moto` or `ours`), SUITE_PORT (where that listens) and SUITE_RECORD (a file that
gets one JSON line for each test).
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
TEST_LIMIT_S = 90
START_LIMIT_S = 120
END_LIMIT_S = 60
REFUSED = re.compile(r"An error occurred \((?P<code>[^)]+)\) when calling the (?P<operation>\w+) operation")


def _command(target: str, port: int, directory: Path) -> list[str]:
    if target == "moto":
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    options = ["--data-dir", str(directory), "--port", str(port), "--speed", "30"]
    return [sys.executable, "-m", "localcloud", *options]


def start(target: str, port: int, directory: Path) -> subprocess.Popen[bytes]:
    """Start the cloud of that name; returns once it answers. Errors: RuntimeError with its log."""
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "cloud.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(target, port, directory / "data"),
            cwd=PROJECT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_LIMIT_S
    while not _answers(port):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{target} does not come up:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a cloud, whatever its test has made of it."""
    process.terminate()
    try:
        process.wait(END_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{port}/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@pytest.fixture(autouse=True)
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For ours: a local cloud of the test's own. Plain moto resets itself, and is started once by the runner."""
    if os.environ["SUITE_TARGET"] != "ours":
        yield
        return
    process = start("ours", int(os.environ["SUITE_PORT"]), tmp_path_factory.mktemp("cloud"))
    try:
        yield
    finally:
        stop(process)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """End a test that hangs."""

    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"{item.nodeid} takes longer than {TEST_LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(TEST_LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record how each test ended, and what refused it."""
    report = yield
    if report.when == "call" or (report.when == "setup" and not report.passed):
        error = "" if call.excinfo is None else f"{call.excinfo.typename}: {call.excinfo.value}"[:500]
        line: dict[str, str] = {"test": item.nodeid, "outcome": report.outcome, "error": error}
        if (refusal := REFUSED.search(error)) and not report.passed:
            line |= {"code": refusal["code"], "operation": refusal["operation"]}
        with Path(os.environ["SUITE_RECORD"]).open("a") as record:
            record.write(json.dumps(line) + "\n")
    return report
