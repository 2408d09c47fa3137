"""`up` and `deploy` succeed on a machine with far more work than processors."""

import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from ops.local import certificate
from tests.acceptance.command import Spendsense
from tests.acceptance.images import give_layer
from tests.acceptance.load import Failure, Load

HOGS_PER_PROCESSOR = 5
SPINS = "import os\nwhile os.getppid() == {parent}: pass"
RATE = 20
COMMAND_S = 900


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


@dataclass(frozen=True)
class Case:
    """An environment, at a speed; `like` is the rehearsed one, empty for `local` itself."""

    like: str
    speed: int

    @property
    def name(self) -> str:
        return f"like-{self.like}" if self.like else "local"

    def __str__(self) -> str:
        return f"{self.name} at speed {self.speed}"


CASES = [Case("", 5), Case("", 1000), Case("dev", 20), Case("prod", 20)]


@pytest.mark.full
@pytest.mark.parametrize("case", CASES, ids=str)
def test_up_and_deploy_succeed_on_a_busy_machine(
    tmp_path: Path, image_store: Path, source_with: Callable[[dict[str, tuple[str, str]]], Path], case: Case
) -> None:
    give_layer(image_store, tmp_path, case.name)
    spendsense = Spendsense(tmp_path)
    good = source_with({"app/__init__.py": ('__version__ = "0.1.0"', '__version__ = "0.2.0"')})
    like = ("--like", case.like) if case.like else ()
    env = ("--env", case.name)
    try:
        with busy():
            up = spendsense.first_up(*like, "--speed", str(case.speed), timeout_s=COMMAND_S)
            with load(up["url"]) as failures:
                deployed = spendsense.json("deploy", "--source", str(good), *env, timeout_s=COMMAND_S)
            assert (deployed["ok"], deployed["failures"]) == (True, [])
            assert version(up["url"], tmp_path / case.name) == "0.2.0"
            targets = spendsense.json("status", *env, timeout_s=COMMAND_S)["targets"]
            assert {target["state"] for target in targets if target["state"] != "draining"} == {"healthy"}
        assert failures == []
    finally:
        spendsense("down", *env, expect=None)


@contextmanager
def load(url: str) -> Iterator[list[Failure]]:
    """Requests while the block runs, and those that failed; none where the load balancer has only HTTPS."""
    if url.startswith("https:"):
        yield []
        return
    with Load(url, per_second=RATE) as tally:
        yield tally.failures


def version(url: str, data_directory: Path) -> Any:
    """Return the version that answers; HTTPS is checked against the environment's own certificate."""
    own = data_directory / certificate.NAME
    trusted = ssl.create_default_context(cafile=own) if own.exists() else True
    return httpx.get(f"{url}/version", timeout=60, verify=trusted, trust_env=False).json()["version"]
