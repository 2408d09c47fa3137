"""The AWS CLI and PyPI's ecs-deploy, which know nothing of this project."""

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.cloud import Cloud, Wire
from tests.conformance.shifted import BLUE_GREEN, Shifted, pause
from tests.conformance.stage import SLEEPER, Stage

pytestmark = pytest.mark.long

fact = pytest.mark.fact

BIN = Path(sys.executable).parent


def environment(cloud: Cloud) -> dict[str, str]:
    """The environment of a client's process: endpoint and credentials."""
    settings = cloud.settings
    named = {name.upper(): value for name, value in settings.credentials.items()}
    endpoint = {"AWS_ENDPOINT_URL": settings.endpoint} if settings.endpoint else {}
    return {**os.environ, **named, **endpoint, "AWS_DEFAULT_REGION": settings.region, "AWS_PAGER": ""}


def client(cloud: Cloud, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a client until it exits, with whatever status."""
    return subprocess.run(
        [BIN / program, *words], env=environment(cloud), capture_output=True, text=True, timeout=900, check=False
    )


def aws(cloud: Cloud, *words: str) -> Any:
    """Run `aws ecs ...`; -> its response."""
    done = client(cloud, "aws", "ecs", *words, "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


@pytest.fixture(scope="module")
def steady(stage: Stage) -> Any:
    """A service of one task that allows ExecuteCommand."""
    name = stage.create_service(
        stage.register(SLEEPER, family=stage.cloud.new_name("plain")), enableExecuteCommand=True
    )
    stage.until_steady(name)
    return name


@fact("clients/wait")
def test_the_cli_waits(stage: Stage, steady: str) -> None:
    where = ("--cluster", stage.cluster)
    aws(stage.cloud, "wait", "services-stable", *where, "--services", steady)
    done = client(stage.cloud, "aws", "ecs", "wait", "services-stable", *where, "--services", "none")
    assert done.returncode == 255
    assert "MISSING" in done.stderr


@fact("clients/blue-green")
def test_the_cli_drives_a_blue_green_deployment(stage: Stage) -> None:
    shifted = Shifted(stage)
    shifted.create(BLUE_GREEN)
    stage.until_deployment(shifted.name, "SUCCESSFUL")
    where = ("--cluster", stage.cluster, "--service", shifted.name)

    def update(version: str, configuration: Wire) -> str:
        """Update the service; -> ARN of the service deployment."""
        definition = shifted.register(version)
        settings = ("--task-definition", definition, "--deployment-configuration", json.dumps(configuration))
        answer = aws(stage.cloud, "update-service", *where, *settings)
        assert answer["service"]["taskDefinition"] == definition
        listed = aws(stage.cloud, "list-service-deployments", *where, "--max-results", "1")
        return str(listed["serviceDeployments"][0]["serviceDeploymentArn"])

    def status(arn: str) -> Wire:
        answer = aws(stage.cloud, "describe-service-deployments", "--service-deployment-arns", arn)
        [deployment] = answer["serviceDeployments"]
        return dict(deployment)

    arn = update("green", BLUE_GREEN | {"lifecycleHooks": [pause("POST_TEST_TRAFFIC_SHIFT")]})
    hook = shifted.until_paused("POST_TEST_TRAFFIC_SHIFT")["hook"]
    assert status(arn)["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert shifted.production.bodies(4) == {"v1"}
    aws(stage.cloud, "continue-service-deployment", "--service-deployment-arn", arn, "--hook-id", hook)
    stage.until_deployment(shifted.name, "SUCCESSFUL")
    assert shifted.production.bodies(4) == {"green"}

    arn = update("unwanted", BLUE_GREEN | {"bakeTimeInMinutes": 600})
    stage.cloud.until(lambda: shifted.production.bodies(4) == {"unwanted"}, "its traffic", 900)
    aws(stage.cloud, "stop-service-deployment", "--service-deployment-arn", arn, "--stop-type", "ROLLBACK")
    stage.until_deployment(shifted.name, "ROLLBACK_SUCCESSFUL")
    assert status(arn)["status"] == "ROLLBACK_SUCCESSFUL"
    assert shifted.production.bodies(4) == {"green"}
    stage.cloud.ecs.delete_service(cluster=stage.cluster, service=shifted.name, force=True)


@fact("clients/ecs-deploy")
def test_ecs_deploy_deploys_rolls_back_and_scales(stage: Stage) -> None:
    """Its limits are real seconds; a failing deployment is one that is not done within its time."""
    speed = stage.cloud.settings.speed
    patient, hasty = ("--timeout", str(round(900 / speed + 60))), ("--timeout", str(max(5, round(180 / speed))))
    definition = stage.register(SLEEPER, family=stage.cloud.new_name("ecsdepl"))
    with stage.service(definition) as name:
        stage.until_steady(name)
        done = client(
            stage.cloud,
            "ecs",
            "deploy",
            stage.cluster,
            name,
            "-e",
            "app",
            "COLOUR",
            "blue",
            "--no-deregister",
            *patient,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        blue = stage.until_steady(name)["taskDefinition"]
        assert blue != definition
        [container] = stage.cloud.ecs.describe_task_definition(taskDefinition=blue)["taskDefinition"][
            "containerDefinitions"
        ]
        assert container["environment"] == [{"name": "COLOUR", "value": "blue"}]
        failed = client(
            stage.cloud,
            "ecs",
            "deploy",
            stage.cluster,
            name,
            "-c",
            "app",
            "false",
            "--no-deregister",
            "--rollback",
            *hasty,
        )
        assert failed.returncode != 0
        assert "Rolling back" in failed.stdout, failed.stdout + failed.stderr
        assert stage.until_steady(name)["taskDefinition"] == blue
        # `ecs scale` stops at any earlier warning of the current deployment; a new deployment has none.
        stage.update(name, forceNewDeployment=True)
        stage.until_steady(name)
        done = client(stage.cloud, "ecs", "scale", stage.cluster, name, "2", *patient)
        assert done.returncode == 0, done.stdout + done.stderr
        assert stage.until_steady(name)["runningCount"] == 2


@fact("clients/ecs-deploy")
def test_ecs_deploy_runs_a_task(stage: Stage) -> None:
    settings = stage.cloud.settings
    definition = stage.register(SLEEPER, family=stage.cloud.new_name("ecsrun"))
    family = definition.split("/")[1].split(":")[0]
    words = ["-c", "app", "false", "--launchtype", "FARGATE", "--subnet", settings.subnets[0]]
    words += [word for group in settings.task_groups for word in ("--securitygroup", group)]
    words += ["--public-ip"] if settings.public_addresses else []
    done = client(stage.cloud, "ecs", "run", stage.cluster, family, "1", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Successfully started 1 instances" in done.stdout

    def ended() -> list[str]:
        listed = stage.cloud.ecs.list_tasks(cluster=stage.cluster, family=family, desiredStatus="STOPPED")
        return list(listed["taskArns"])

    [arn] = stage.cloud.until(ended, "the task to end")
    assert stage.until_task(arn, "STOPPED")["containers"][0]["exitCode"] == 1


@fact("clients/exec")
def test_the_cli_enters_a_task(stage: Stage, steady: str) -> None:
    """With the real plugin, on a terminal, as a person would."""
    if shutil.which("session-manager-plugin") is None:
        pytest.skip("AWS's session-manager-plugin is not on PATH")
    [task] = stage.tasks_of(steady)
    agent = stage.cloud.until(
        lambda: [a["lastStatus"] for a in stage.task(task["taskArn"])["containers"][0]["managedAgents"]] == ["RUNNING"],
        "the agent",
    )
    assert agent
    command = [BIN / "aws", "ecs", "execute-command", "--cluster", stage.cluster, "--task", task["taskArn"]]
    command += [
        "--container",
        "app",
        "--interactive",
        "--command",
        "sh -c 'echo $((6 * 7)) of $ECS_CONTAINER_METADATA_URI_V4'",
    ]
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, env=environment(stage.cloud), stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        output, _ = running.communicate(timeout=120)
    os.close(theirs)
    os.close(ours)
    assert running.returncode == 0, output
    assert "42 of http://" in output


@fact("clients/wait", "1.4/stable-after-rollback")
@pytest.mark.full
def test_the_cli_is_content_with_a_rollback(stage: Stage) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    family = stage.cloud.new_name("content")
    good = stage.register(SLEEPER, family=family)
    with stage.service(good, deploymentConfiguration=breaker) as name:
        stage.until_steady(name)
        stage.update(name, taskDefinition=stage.register(SLEEPER | {"command": ["false"]}, family=family))
        stage.until_deployment(name, "ROLLBACK_SUCCESSFUL")
        stage.until_steady(name)
        aws(stage.cloud, "wait", "services-stable", "--cluster", stage.cluster, "--services", name)
        described = aws(stage.cloud, "describe-services", "--cluster", stage.cluster, "--services", name)
        assert described["services"][0]["taskDefinition"] == good
