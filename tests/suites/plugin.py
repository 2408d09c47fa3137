"""The pytest plugin in whose runs other people's tests find a cloud: plain moto, or a fresh local cloud.

It reads SUITE_TARGET (`moto` or `ours`), SUITE_FRESH (a local cloud for each `test`, or for each `file`), SUITE_PORT
(where it listens), SUITE_RECORD (a file that gets one JSON line for each test) and SUITE_PROJECT (this project's
folder: the plugin runs as a copy elsewhere).
"""

import http.client
import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from moto.core.models import MockAWS

TEST_LIMIT_S = 90


class Asked:
    """Counts the requests of this process to the cloud: a test that makes none says nothing about it."""

    requests = 0
    is_shared = False
    """True while the running cloud serves more than one test."""


def _count_requests(port: int) -> None:
    begin = http.client.HTTPConnection.putrequest

    def counted(self: http.client.HTTPConnection, *arguments: Any, **more: Any) -> None:
        Asked.requests += self.port == port
        begin(self, *arguments, **more)

    http.client.HTTPConnection.putrequest = counted  # type: ignore[method-assign]


def _with_credentials_of_the_environment() -> None:
    """moto's decorator gives each test a key that it made up, which the local cloud refuses."""
    begin = MockAWS.__init__

    def begun(self: MockAWS, *arguments: Any, **more: Any) -> None:
        begin(self, *arguments, **more)
        self._fake_creds = {name: os.environ[name] for name in self._fake_creds}

    MockAWS.__init__ = begun  # type: ignore[method-assign]


def pytest_configure() -> None:
    """Count from the first test on."""
    _count_requests(int(os.environ["SUITE_PORT"]))
    _with_credentials_of_the_environment()


class Nursery:
    """The process that forks local clouds; see nursery.py."""

    def __init__(self) -> None:
        # Without the suite's variables: moto reads some, and the local cloud has moto in it.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEST", "MOTO_", "AWS_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.suites.nursery"],
            cwd=os.environ["SUITE_PROJECT"],
            env=kept | {"PYTHONPATH": os.environ["SUITE_PROJECT"]},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **request: object) -> dict[str, Any]:
        """Hand it one request. Errors: RuntimeError with why there is no local cloud."""
        pipes = self._process
        assert pipes.stdin is not None
        assert pipes.stdout is not None
        pipes.stdin.write(json.dumps(request) + "\n")
        pipes.stdin.flush()
        answer: dict[str, Any] = json.loads(pipes.stdout.readline() or '{"error": "the nursery has ended"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self) -> None:
        """Have it end what still runs, and end itself."""
        self._process.communicate()


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery | None]:
    """For ours only: plain moto resets itself, and is started once by the runner."""
    if os.environ["SUITE_TARGET"] != "ours":
        yield None
        return
    process = Nursery()
    yield process
    process.close()


@contextmanager
def _cloud(nursery: Nursery, directory: Path) -> Iterator[None]:
    pid = nursery.ask(start=int(os.environ["SUITE_PORT"]), directory=str(directory))["pid"]
    try:
        yield
    finally:
        nursery.ask(stop=pid)
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def kept_cloud(nursery: Nursery | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Yield one cloud for all tests of a suite whose tests depend on what earlier ones created."""
    if nursery is None or os.environ["SUITE_FRESH"] != "file":
        yield
        return
    with _cloud(nursery, tmp_path_factory.mktemp("cloud")):
        yield


@pytest.fixture(scope="module", autouse=True)
def module_cloud(
    request: pytest.FixtureRequest, nursery: Nursery | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Yield one cloud for a module that creates things before its first test."""
    items = [item for item in request.session.items if item.getparent(pytest.Module) is request.node]
    with _shared_cloud(nursery, tmp_path_factory, is_wanted=any(map(_is_prepared_by_module, items))):
        yield


@pytest.fixture(scope="class", autouse=True)
def class_cloud(
    request: pytest.FixtureRequest,
    module_cloud: None,
    nursery: Nursery | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Yield one cloud for a class that creates things before its first test."""
    is_wanted = hasattr(request.cls, "setup_class") and not Asked.is_shared
    with _shared_cloud(nursery, tmp_path_factory, is_wanted=is_wanted):
        yield


@contextmanager
def _shared_cloud(nursery: Nursery | None, directories: pytest.TempPathFactory, *, is_wanted: bool) -> Iterator[None]:
    if nursery is None or os.environ["SUITE_FRESH"] != "test" or not is_wanted:
        yield
        return
    Asked.requests, Asked.is_shared = 0, True
    try:
        with _cloud(nursery, directories.mktemp("cloud")):
            yield
    finally:
        Asked.is_shared = False


def _is_prepared_by_module(item: pytest.Item) -> bool:
    """By a fixture that makes something and takes it away: one that only returns a value asks the cloud nothing."""
    found = [each for those in item._fixtureinfo.name2fixturedefs.values() for each in those]  # type: ignore[attr-defined]
    return any(
        each.scope == "module" and inspect.isgeneratorfunction(each.func) and __name__ != each.func.__module__
        for each in found
    )


@pytest.fixture(autouse=True)
def cloud(
    nursery: Nursery | None, kept_cloud: None, class_cloud: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A local cloud of the test's own."""
    if nursery is None or os.environ["SUITE_FRESH"] != "test" or Asked.is_shared:
        # What was asked for all tests of a class or module is asked for each of them.
        Asked.requests *= Asked.is_shared
        yield
        return
    Asked.requests = 0
    with _cloud(nursery, tmp_path_factory.mktemp("cloud")):
        yield


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
        line: dict[str, Any] = {
            "test": item.nodeid,
            "outcome": report.outcome,
            "error": error,
            "asked": Asked.requests > 0,
        }
        with Path(os.environ["SUITE_RECORD"]).open("a") as record:
            record.write(json.dumps(line) + "\n")
    return report
