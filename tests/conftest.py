"""Fixtures and settings for every test."""

import gc
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests import aws_models
from tests.compiling import compile_for_workers

ENDS_WITHIN_S = 30.0
COLLECT_AFTER = 50_000
"""New objects after which Python looks for unreachable cycles; at its 700, collecting tests takes a fifth longer."""
BEGIN_FIRST = (
    "tests/integration/localcloud/machine/test_stored_files.py",
    "tests/acceptance/",
    "tests/terraform/",
    "tests/integration/",
    "tests/conformance/",
)
"""Directories of the slowest tests: if they started last, they would run alone at the end."""


gc.set_threshold(COLLECT_AFTER)
# A run in the background of a shell ignores SIGINT, and so would every program that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# How long an example takes says how busy the machine is.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")
# Hypothesis also tries constants of all modules that this process has imported: reading them is a sixth of collecting
# tests, and a test's examples would depend on which other tests the same worker runs.
providers._get_local_constants = lambda: providers._local_constants
aws_models.share()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Begin before xdist, which starts its workers last."""
    compile_for_workers(session.config)


def pytest_collection_finish() -> None:
    """Let no later collection of garbage look at the tests and modules, which stay to the end."""
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files by how long they take, so that workers end at about the same time."""
    items.sort(key=lambda item: next((n for n, path in enumerate(BEGIN_FIRST) if item.nodeid.startswith(path)), 99))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile`, give some groups of files to one worker; the other modes use xdist's own scheduler."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.scheduling import ByFileOrGroup

    return ByFileOrGroup(config, log)


@pytest.fixture(scope="session", autouse=True)
def frugal() -> Iterator[None]:
    """Let Terraform and its provider, which are short-lived, collect their garbage rarely: a fifth less work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOGC", "400")
        yield


@pytest.fixture(scope="session", autouse=True)
def no_configuration_file() -> Iterator[None]:
    """Read nothing of this checkout's own spendsense.toml."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPENDSENSE_CONFIG", os.devnull)
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever was started on a directory of these tests has ended with them."""
    directory = str(tmp_path_factory.getbasetemp())
    yield
    deadline = time.monotonic() + ENDS_WITHIN_S
    while left := [process for process in psutil.process_iter() if _works_on(process, directory)]:
        assert time.monotonic() < deadline, f"left running: {[process.cmdline() for process in left]}"
        time.sleep(0.1)


def _works_on(process: psutil.Process, directory: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and any(directory in part for part in process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
