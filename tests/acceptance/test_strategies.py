"""Deploys that shift traffic, with the real command and under load, and the return to rolling ones."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.command import BIN, Spendsense, client
from tests.acceptance.load import Load
from tests.waiting import wait_until

pytestmark = pytest.mark.long

SourceWith = Callable[[dict[str, tuple[str, str]]], Path]
RATE = 60


def version(up: Any) -> str:
    return str(httpx.get(f"{up['url']}/version").json()["version"])


def numbered(number: str) -> dict[str, tuple[str, str]]:
    """Return the change that sets a source tree's version."""
    return {"app/__init__.py": ('__version__ = "0.1.0"', f'__version__ = "{number}"')}


def test_blue_green_shifts_all_traffic_at_once_and_loses_no_request(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    source = source_with(numbered("2.0.0"))
    with Load(up["url"], per_second=RATE) as tally:
        done = spendsense("deploy", "--strategy", "blue-green", "--bake-time-minutes", "1", "--source", str(source))
    assert tally.failures == []
    assert set(tally.versions) == {"0.1.0", "2.0.0"}
    assert version(up) == "2.0.0"
    assert "BAKE_TIME: the new revision has 100 % of the traffic" in done.stderr
    wait_until(lambda: spendsense("status", expect=None).returncode == 0, 180)


@pytest.mark.full
@pytest.mark.parametrize(("word", "status"), [("approve", 0), ("reject", 1)])
def test_a_paused_deployment_is_decided_on(up: Any, spendsense: Spendsense, word: str, status: int) -> None:
    ecs, named = client(up, "ecs"), {"cluster": "spendsense-local", "service": "spendsense-backend"}
    [service] = ecs.describe_services(cluster=named["cluster"], services=[named["service"]])["services"]
    configuration = service["deploymentConfiguration"]
    pause = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    ecs.update_service(**named, deploymentConfiguration=configuration | {"lifecycleHooks": [pause]})
    image = spendsense.json("status", expect=None)["services"][0]["image"]
    with subprocess.Popen(
        [BIN / "spendsense", "deploy", "--image", image], env=spendsense.environment, stderr=subprocess.PIPE, text=True
    ) as deploying:
        wait_until(lambda: spendsense(word, expect=None).returncode == 0, 120)
        _, progress = deploying.communicate(timeout=180)
    ecs.update_service(**named, deploymentConfiguration=configuration | {"lifecycleHooks": []})
    assert deploying.returncode == status, progress
    assert "paused until somebody approves or rejects it" in progress


def test_a_broken_green_revision_is_rolled_back_with_its_reason_and_gets_no_traffic(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    broken = ("    return Health()", '    raise RuntimeError("health is broken")')
    source = source_with(numbered("2.0.1") | {"app/health.py": broken})
    with Load(up["url"], per_second=RATE) as tally:
        done = spendsense("deploy", "--source", str(source), "--json", expect=1)
    result = json.loads(done.stdout)
    assert (result["verdict"], result["strategy"]) == ("rolled_back", "blue-green"), "the strategy stays as it was set"
    assert "circuit breaker: tasks failed to start" in result["message"]
    assert result["class"] == "health_path", result["cause"]
    assert result["traffic"]["failures"] == {}
    assert any("health is broken" in line for failure in result["failures"] for line in failure["log"])
    assert tally.failures == []
    assert set(tally.versions) == {"2.0.0"}


def test_a_canary_is_stopped_by_the_command_that_ctrl_c_prints(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    source = source_with(numbered("2.1.0"))
    canary = ["--strategy", "canary", "--canary-percent", "50", "--canary-bake-minutes", "1000"]
    with Load(up["url"], per_second=RATE) as tally:
        with subprocess.Popen(
            [BIN / "spendsense", "deploy", *canary, "--source", str(source)],
            env=spendsense.environment_of("deploy"),
            stderr=subprocess.PIPE,
            text=True,
            # A shell's background job, as a test run may be one, ignores SIGINT and its children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        ) as deploy:
            wait_until(lambda: "2.1.0" in tally.versions, 90)
            deploy.send_signal(signal.SIGINT)
            _, progress = deploy.communicate(timeout=60)
        assert deploy.returncode == 130, progress
        printed = next(line for line in progress.splitlines() if "roll it back:" in line)
        back = spendsense.json(*printed.partition("spendsense ")[2].split())
        assert (back["verdict"], back["from"]["revision"]) == ("deployed", back["previous_revision"])
        wait_until(lambda: spendsense("status", expect=None).returncode == 0, 180)
    assert tally.failures == []
    assert version(up) == "2.0.0"


def test_after_returning_to_rolling_the_tasks_stay_in_the_group_with_the_traffic(
    up: Any, spendsense: Spendsense, source_with: SourceWith
) -> None:
    source = source_with(numbered("3.0.0"))
    with Load(up["url"], per_second=RATE) as tally:
        result = spendsense.json("deploy", "--strategy", "rolling", "--source", str(source))
        assert result["strategy"] == "rolling"
        again = spendsense.json("deploy", "--strategy", "linear", "--step-percent", "50", "--bake-time-minutes", "0")
    assert again["verdict"] == "deployed"
    assert tally.failures == []
    assert set(tally.versions) == {"2.0.0", "3.0.0", "0.1.0"}
