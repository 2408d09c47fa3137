"""The verbs while every kind of request to AWS fails at first: refused, cut off, or carried out without a response."""

import json
from typing import Any

import httpx
import pytest

from tests.acceptance.command import Spendsense, client
from tests.acceptance.hiccups import FAILURES, Hiccup, behind

pytestmark = pytest.mark.full
EVERY = pytest.mark.parametrize("hiccup", list(Hiccup))


@pytest.fixture(scope="module", autouse=True)
def up(spendsense: Spendsense) -> Any:
    return spendsense.first_up()


@pytest.fixture
def ecs(up: Any) -> Any:
    """A client that bypasses the proxy."""
    return client(up, "ecs")


def through(spendsense: Spendsense, hiccup: Hiccup, *arguments: str) -> tuple[Any, dict[str, int]]:
    """Run a command that must succeed; return its response, and how often each kind of request failed."""
    spendsense.environment_of(*arguments)  # begins the session, which is not what fails
    with behind(spendsense.home, hiccup) as proxy:
        done = spendsense(*arguments, "--json")
    assert "waiting until AWS responds again" in done.stderr
    assert "AWS responds again, after" in done.stderr
    return json.loads(done.stdout), dict(proxy.failed)


def deployments(ecs: Any) -> list[str]:
    found = ecs.list_service_deployments(cluster="spendsense-local", service="spendsense-backend")
    return [each["serviceDeploymentArn"] for each in found["serviceDeployments"]]


def newest_revision(ecs: Any) -> int:
    return int(ecs.describe_task_definition(taskDefinition="spendsense-backend")["taskDefinition"]["revision"])


@EVERY
def test_a_deploy_and_a_rollback_happen_once_despite_hiccups(
    up: Any, spendsense: Spendsense, ecs: Any, hiccup: Hiccup
) -> None:
    revision, known = newest_revision(ecs), deployments(ecs)
    image = spendsense.json("status", expect=None)["services"][0]["image"]
    deployed, failed = through(spendsense, hiccup, "deploy", "--image", image)
    assert deployed["verdict"] == "deployed"
    for kind in ("DescribeServices", "DescribeTaskDefinition", "DescribeTasks", "GetParameter", "PutParameter"):
        assert failed[kind] == FAILURES, failed
    assert {"RegisterTaskDefinition", "RunTask", "UpdateService"} <= failed.keys()
    assert newest_revision(ecs) == deployed["revision"] == revision + 1
    assert len(deployments(ecs)) == len(known) + 1
    back, _ = through(spendsense, hiccup, "rollback")
    assert back["verdict"] == "deployed"
    assert newest_revision(ecs) == revision + 1
    assert len(deployments(ecs)) == len(known) + 2
    assert httpx.get(f"{up['url']}/ready", timeout=30).status_code == 200


@EVERY
def test_a_one_off_task_runs_once_despite_hiccups(spendsense: Spendsense, ecs: Any, hiccup: Hiccup) -> None:
    word = f"seen-{hiccup}"
    spendsense.environment_of("run")
    with behind(spendsense.home, hiccup):
        done = spendsense("run", "--", "python", "-c", f"print('{word}')")
    assert done.stdout.split() == [word]
    stopped = ecs.list_tasks(cluster="spendsense-local", desiredStatus="STOPPED")["taskArns"]
    described = ecs.describe_tasks(cluster="spendsense-local", tasks=stopped)["tasks"]
    commands = [str(each["overrides"]) for each in described]
    assert sum(word in each for each in commands) == 1


@EVERY
def test_the_other_verbs_succeed_despite_hiccups(up: Any, spendsense: Spendsense, hiccup: Hiccup) -> None:
    # Suspended, because an idle service may be scaled in before the command has seen 3 tasks.
    assert through(spendsense, hiccup, "scale", "--desired", "3", "--suspend")[0]["running"] == 3
    assert through(spendsense, hiccup, "scale", "--desired", "2", "--resume")[0]["running"] == 2
    assert through(spendsense, hiccup, "status")[0]["reasons"] == []
    assert through(spendsense, hiccup, "history")[0]
    assert through(spendsense, hiccup, "secrets", "init", "--dry-run")[0]
    assert through(spendsense, hiccup, "up")[0]["url"] == up["url"]


@EVERY
def test_a_drill_succeeds_despite_hiccups(up: Any, spendsense: Spendsense, hiccup: Hiccup) -> None:
    drilled, failed = through(spendsense, hiccup, "drill", "--yes", "--write-for", "5")
    assert drilled["problems"] == []
    assert {"DeleteDBInstance", "DeleteService"} <= failed.keys()
    assert httpx.get(f"{up['url']}/ready", timeout=30).status_code == 200


@EVERY
def test_a_recovery_succeeds_despite_hiccups(up: Any, spendsense: Spendsense, hiccup: Hiccup) -> None:
    recovered, failed = through(spendsense, hiccup, "recover", "--only", "database", "--only", "service", "--yes")
    assert recovered["ok"], recovered
    assert {"RestoreDBInstanceToPointInTime", "ModifyDBInstance"} <= failed.keys()
    assert httpx.get(f"{up['url']}/ready", timeout=30).status_code == 200
