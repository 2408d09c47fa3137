"""Many deploys in a row under load: not one failed request, but those in flight on a task that is killed."""

import os
import random
import signal
from typing import Any

import boto3
import httpx
import psutil
import pytest

from tests.acceptance.command import Spendsense, wait_until
from tests.acceptance.load import Load

CLUSTER, SERVICE = "spendsense-local", "spendsense-backend"
RATE = 500
ROLLING, ROLLBACKS, KILLS = 20, 5, 20

pytestmark = pytest.mark.full


def ecs_of(up: dict[str, Any]) -> Any:
    return boto3.client(
        "ecs",
        endpoint_url=up["endpoint"],
        region_name=up["region"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def described(ecs: Any) -> dict[str, Any]:
    return dict(ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0])


def is_steady(ecs: Any) -> bool:
    service = described(ecs)
    states = [deployment["rolloutState"] for deployment in service["deployments"]]
    return states == ["COMPLETED"] and service["runningCount"] == service["desiredCount"]


def is_healthy(spendsense: Spendsense) -> bool:
    """Also every target: a running task is not yet one that serves."""
    return spendsense("status", expect=None).returncode == 0


def test_twenty_rolling_deploys_lose_no_request(up: dict[str, Any], spendsense: Spendsense) -> None:
    ecs = ecs_of(up)
    with Load(up["url"], per_second=RATE, workers=24) as tally:
        for _ in range(ROLLING):
            ecs.update_service(cluster=CLUSTER, service=SERVICE, forceNewDeployment=True)
            wait_until(lambda: is_steady(ecs), 120)
    assert tally.failures == []
    assert tally.total > 1000


def test_five_rollbacks_lose_no_request(up: dict[str, Any], spendsense: Spendsense) -> None:
    ecs = ecs_of(up)
    good = described(ecs)["taskDefinition"]
    wire = ecs.describe_task_definition(taskDefinition=good)["taskDefinition"]
    kept = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn")
    broken = {key: wire[key] for key in kept if key in wire}
    container = {**wire["containerDefinitions"][0], "command": ["python", "-c", "raise SystemExit(7)"]}
    bad = ecs.register_task_definition(**broken, containerDefinitions=[container])["taskDefinition"]
    with Load(up["url"], per_second=RATE, workers=24) as tally:
        for _ in range(ROLLBACKS):
            ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=bad["taskDefinitionArn"])
            wait_until(lambda: is_steady(ecs) and described(ecs)["taskDefinition"] == good, 120)
    assert tally.failures == []


def test_killed_tasks_cost_only_what_was_in_flight_on_them(up: dict[str, Any], spendsense: Spendsense) -> None:
    chance = random.Random(4)  # noqa: S311 - test data, the same each time
    workers = 24
    with Load(up["url"], per_second=RATE, workers=workers) as tally:
        for _ in range(KILLS):
            tasks = [p for p in psutil.process_iter(["cmdline"]) if is_task(p, spendsense)]
            os.kill(chance.choice(tasks).pid, signal.SIGKILL)
            wait_until(lambda: not is_healthy(spendsense), 30)
            wait_until(lambda: is_healthy(spendsense), 120)
    # Each worker has one request under way, and one of the two tasks had half of them.
    assert len(tally.failures) <= KILLS * workers // 2, tally.failures[:5]
    assert httpx.get(f"{up['url']}/health").status_code == 200


def is_task(process: psutil.Process, spendsense: Spendsense) -> bool:
    command = process.info["cmdline"] or []
    return "app.main:app" in command and any(str(spendsense.home) in word for word in command)
