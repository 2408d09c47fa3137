"""A deploy whose watch is disturbed: hiccups of AWS, signals, a kill, an endpoint that restarts, another deploy."""

import getpass
import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.acceptance.command import BIN, Spendsense, client
from tests.acceptance.prepared import PreparedHome
from tests.waiting import wait_until

pytestmark = pytest.mark.long

SourceWith = Callable[[dict[str, tuple[str, str]]], Path]
AWS_SECONDS = 50  # of a hiccup: 10 s at this cloud's speed
ENDS_WITHIN_S = 180


@pytest.fixture(scope="module")
def up(spendsense: Spendsense, prepared: PreparedHome) -> Any:
    return prepared.up(spendsense, "--faults")


@pytest.fixture
def version_source(source_with: SourceWith) -> Callable[[str], Path]:
    return lambda version: source_with({"app/__init__.py": ('__version__ = "0.1.0"', f'__version__ = "{version}"')})


@contextmanager
def deploying(spendsense: Spendsense, source: Path) -> Iterator["subprocess.Popen[str]"]:
    """A deploy whose first new task is starting."""
    with subprocess.Popen(
        [BIN / "spendsense", "deploy", "--source", str(source), "--json"],
        env=spendsense.environment_of("deploy"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as running:
        assert running.stderr is not None
        reported = []
        for line in running.stderr:
            reported.append(line)
            if " running" in line and line.startswith("rev "):
                break
        else:
            raise AssertionError(f"it never rolled out: {''.join(reported)}")
        try:
            yield running
        finally:
            running.kill()


def noted(up: Any) -> Any:
    """Read the record of what serves, as Terraform reads it."""
    ssm = client(up, "ssm")
    return json.loads(ssm.get_parameter(Name="/spendsense-local/deployed")["Parameter"]["Value"])


def serves(up: Any, version: str) -> bool:
    """Return whether a version answers each of several requests."""
    try:
        answers = [httpx.get(f"{up['url']}/version", timeout=30) for _ in range(6)]
    except httpx.HTTPError:
        return False
    return all(each.status_code == 200 and each.json()["version"] == version for each in answers)


def test_ten_seconds_of_throttling_are_outlasted(
    up: Any, spendsense: Spendsense, version_source: Callable[[str], Path]
) -> None:
    with deploying(spendsense, version_source("0.2.0")) as running:
        throttle = ("break-service", "--service", "ecs", "--response", "throttle", "--for", str(AWS_SECONDS))
        spendsense("faults", "add", *throttle)
        second = spendsense("deploy", expect=1).stderr
        assert f"local is locked by {getpass.getuser()} (process {running.pid} on " in second
        assert "lock release --force" in second
        answer, progress = running.communicate(timeout=ENDS_WITHIN_S)
    result = json.loads(answer)
    assert (running.returncode, result["verdict"]) == (0, "deployed"), progress
    assert "waiting until AWS responds again" in progress
    assert noted(up)["image"] == result["image"]


@pytest.mark.parametrize(
    ("number", "version"),
    [
        pytest.param(signal.SIGTERM, "0.3.0", marks=pytest.mark.full),  # test_migrations.py ends a deploy with it, too
        (signal.SIGINT, "0.4.0"),
        (signal.SIGKILL, "0.5.0"),
    ],
)
def test_a_deployment_continues_after_a_signal_and_the_next_command_records_it(
    up: Any,
    spendsense: Spendsense,
    version_source: Callable[[str], Path],
    number: signal.Signals,
    version: str,
) -> None:
    before = noted(up)
    with deploying(spendsense, version_source(version)) as running:
        running.send_signal(number)
        answer, progress = running.communicate(timeout=60)
    if number is signal.SIGKILL:
        assert (running.returncode, answer) == (-number, "")
    else:
        assert running.returncode == json.loads(answer)["exit_code"] == 128 + number
        assert f"ended by {number.name}: deployment " in progress
        assert "continues" in progress
        assert "roll it back:" in progress
    assert noted(up)["image"] == before["image"]
    assert noted(up)["pending"]["image"] != before["image"]
    # What was killed could not release its lock; whoever deploys next here sees that its process is gone.
    assert spendsense.json("lock", "status")["locked"] is (number is signal.SIGKILL)
    wait_until(lambda: spendsense("status", expect=None).returncode == 0, ENDS_WITHIN_S)
    assert serves(up, version)
    image = spendsense.json("status", expect=None)["services"][0]["image"]
    assert noted(up) == {"image": image, "revision": noted(up)["revision"]}
    assert image != before["image"]


@pytest.mark.parametrize(
    ("version", "moves"),
    [
        pytest.param("0.6.0", False, id="same port", marks=pytest.mark.full),
        pytest.param("0.7.0", True, id="other port"),
    ],
)
def test_a_deploy_outlasts_an_endpoint_that_restarts(
    up: Any, spendsense: Spendsense, version_source: Callable[[str], Path], version: str, *, moves: bool
) -> None:
    with deploying(spendsense, version_source(version)) as running:
        spendsense("down")
        port = "0" if moves else str(urlsplit(up["endpoint"]).port)
        again = spendsense.json("up", "--faults", "--port", port)
        answer, progress = running.communicate(timeout=ENDS_WITHIN_S)
    result = json.loads(answer)
    # While the cloud starts again, its load balancer has nobody to ask, and the deploy's requests may say so.
    assert (running.returncode, result["verdict"]) in {(0, "deployed"), (1, "requests_failed")}, progress
    assert "AWS responds again, after" in progress
    assert serves(again, version)
    assert noted(again)["image"] == result["image"]
