"""`up` and `deploy` succeed on a machine with far more work than processors."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.acceptance.command import Spendsense
from tests.acceptance.load import Load

HOGS_PER_PROCESSOR = 5
SPINS = "import os\nwhile os.getppid() == {parent}: pass"
RATE = 20


@contextmanager
def busy() -> Iterator[None]:
    """Processes that do nothing but take time; each ends by itself when this one does."""
    code = SPINS.format(parent=os.getpid())
    hogs = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(HOGS_PER_PROCESSOR * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()


@pytest.mark.full
def test_up_and_deploy_succeed_on_a_busy_machine(
    spendsense: Spendsense, source_with: Callable[[dict[str, tuple[str, str]]], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.acceptance.command.COMMAND_TIMEOUT_S", 900)
    good = source_with({"app/__init__.py": ('__version__ = "0.1.0"', '__version__ = "0.2.0"')})
    with busy():
        up = spendsense.first_up()
        with Load(up["url"], per_second=RATE) as tally:
            deployed = spendsense.json("deploy", "--source", str(good))
        assert (deployed["ok"], deployed["failures"]) == (True, [])
        assert httpx.get(f"{up['url']}/version", timeout=60).json()["version"] == "0.2.0"
        assert {target["state"] for target in spendsense.json("status")["targets"]} == {"healthy"}
    assert tally.failures == []
