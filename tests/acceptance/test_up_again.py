"""`up` after a local cloud that ended during a deployment: any revision that serves is enough."""

import signal
import subprocess
from typing import Any

import psutil
import pytest

from ops.aws.task_definition import REGISTERED_FIELDS, container_of
from tests.acceptance.command import BIN, Spendsense
from tests.acceptance.test_endurance import CLUSTER, SERVICE, described, ecs_of, is_steady
from tests.waiting import wait_until


def begin_to_shift(spendsense: Spendsense, ecs: Any) -> None:
    """Deploy until all traffic is on the new tasks, with a bake time of a day."""

    def bakes() -> bool:
        [newest, *_] = ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
        arns = [newest["serviceDeploymentArn"]]
        [deployment] = ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
        return deployment.get("lifecycleStage") == "BAKE_TIME"

    options = ["--strategy", "blue-green", "--bake-time-minutes", "1440", "--force"]
    env = spendsense.environment_of("deploy")
    with subprocess.Popen([BIN / "spendsense", "deploy", *options], env=env) as deploy:
        wait_until(bakes, 90)
        deploy.terminate()


def kill(spendsense: Spendsense, up: Any) -> None:
    """Send SIGKILL to the local cloud, and wait until everything that it started has ended."""
    psutil.Process(up["pid"]).send_signal(signal.SIGKILL)
    wait_until(lambda: not spendsense.processes(), 30)


@pytest.mark.full
def test_up_does_not_wait_for_the_end_of_a_deployment_that_already_serves(up: Any, spendsense: Spendsense) -> None:
    begin_to_shift(spendsense, ecs_of(up))
    kill(spendsense, up)
    done = spendsense("up", "--port", "0")
    assert "SpendSense is up" in done.stdout
    assert "is still in progress" in done.stderr


@pytest.mark.full
def test_up_returns_to_the_completed_revision_when_the_newest_was_aborted(up: Any, spendsense: Spendsense) -> None:
    now = spendsense.json("up")
    ecs = ecs_of(now)
    begin_to_shift(spendsense, ecs)
    [completed] = [d for d in described(ecs)["deployments"] if d["rolloutState"] == "COMPLETED"]
    [newest, *_] = ecs.list_service_deployments(cluster=CLUSTER, service=SERVICE)["serviceDeployments"]
    ecs.stop_service_deployment(serviceDeploymentArn=newest["serviceDeploymentArn"], stopType="ABORT")
    kill(spendsense, now)
    done = spendsense("up", "--port", "0")
    assert "SpendSense is up" in done.stdout
    assert f"returning to revision {completed['taskDefinition'].rpartition(':')[2]}" in done.stderr


@pytest.mark.full
def test_up_accepts_the_revision_that_served_before_a_bad_one(up: Any, spendsense: Spendsense) -> None:
    now = spendsense.json("up")
    ecs = ecs_of(now)
    [good] = [d["taskDefinition"] for d in described(ecs)["deployments"] if d["rolloutState"] == "COMPLETED"]
    wire = ecs.describe_task_definition(taskDefinition=good)["taskDefinition"]
    broken = {key: wire[key] for key in REGISTERED_FIELDS if wire.get(key)}
    container_of(broken, "backend")["command"] = ["python", "-c", "raise SystemExit(7)"]
    bad = ecs.register_task_definition(**broken)["taskDefinition"]["taskDefinitionArn"]
    rolling = described(ecs)["deploymentConfiguration"] | {"strategy": "ROLLING"}
    ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=bad, deploymentConfiguration=rolling)
    kill(spendsense, now)
    done = spendsense("up", "--port", "0")
    assert "SpendSense is up" in done.stdout
    wait_until(lambda: is_steady(ecs_of(spendsense.json("up"))), 60)
    assert described(ecs_of(spendsense.json("up")))["taskDefinition"] == good
