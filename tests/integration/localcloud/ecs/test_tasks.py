"""Tasks as real processes: their input, how they end, and how the API shows them (aws-facts 1.5, 1.6)."""

import json
import os
import signal
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError

from tests.integration.localcloud.ecs.daemon import Shell, until


def sh(script: str, **more: Any) -> dict[str, Any]:
    return {"command": ["sh", "-c", script], **more}


NO_GROUP = {"awslogs-group": "/none", "awslogs-region": "us-west-1", "awslogs-stream-prefix": "p"}


def process_of(marker: str) -> psutil.Process:
    def find() -> psutil.Process | None:
        for process in psutil.process_iter(["cmdline"]):
            if marker in (process.info["cmdline"] or []):
                return process
        return None

    found = until(find, f"a process with {marker}")
    assert found is not None
    return found


def test_a_task_gets_the_environment_of_image_definition_platform_and_override(shell: Shell) -> None:
    definition = shell.register(
        sh("echo $GREETING $NAME $AWS_REGION $EXTRA", environment=[{"name": "NAME", "value": "task"}])
    )
    override = {"containerOverrides": [{"name": "c0", "environment": [{"name": "EXTRA", "value": "override"}]}]}
    arn = shell.run(definition, overrides=override, startedBy="me")
    task = shell.until_status(arn, "STOPPED")
    assert shell.output(arn) == ["hello task us-west-1 override"]
    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert task["containers"][0]["exitCode"] == 0
    assert task["startedBy"] == "me"
    assert task["createdAt"] <= task["startedAt"] <= task["stoppedAt"]


def test_a_secret_is_injected_by_its_json_key(shell: Shell) -> None:
    secrets = shell.daemon.client("secretsmanager")
    secret = secrets.create_secret(Name="s/db", SecretString=json.dumps({"user": "ana", "port": 5432}))["ARN"]
    definition = shell.register(
        sh(
            "echo $WHO at $PORT of $ALL",
            secrets=[
                {"name": "WHO", "valueFrom": f"{secret}:user::"},
                {"name": "PORT", "valueFrom": f"{secret}:port:AWSCURRENT:"},
                {"name": "ALL", "valueFrom": secret},
            ],
        )
    )
    arn = shell.run(definition)
    shell.until_status(arn, "STOPPED")
    assert shell.output(arn) == ['ana at 5432 of {"user": "ana", "port": 5432}']


@pytest.mark.parametrize(
    ("container", "reason"),
    [
        ({"image": "123456789012.dkr.ecr.us-west-1.amazonaws.com/shell:none"}, "CannotPullContainerError: "),
        ({"secrets": [{"name": "A", "valueFrom": "arn:aws:secretsmanager:us-west-1:123456789012:secret:no-abcdef"}]},
         "ResourceInitializationError: unable to pull secrets"),
        ({"logConfiguration": {"logDriver": "awslogs", "options": NO_GROUP}},
         "ResourceInitializationError: failed to validate logger args"),
        ({"workingDirectory": "/none"}, "CannotStartContainerError: working directory /none: no such directory"),
        ({"command": ["no-such-program"]}, 'CannotStartContainerError: exec: "no-such-program": executable file not'),
    ],
)  # fmt: skip
def test_a_task_that_cannot_start_says_why(shell: Shell, container: dict[str, Any], reason: str) -> None:
    task = shell.until_status(shell.run(shell.register({"command": ["true"], **container})), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(reason), task["stoppedReason"]
    assert "startedAt" not in task


@pytest.mark.parametrize(
    ("value", "reason"),
    [({"SecretString": "a\0b"}, "CannotStartContainerError: embedded null byte"),
     ({"SecretBinary": b"ab"}, "ResourceInitializationError: unable to pull secrets")],
    ids=["null byte", "binary"],
)  # fmt: skip
def test_a_secret_that_no_variable_can_hold_ends_the_task_and_gives_its_address_back(
    shell: Shell, value: dict[str, Any], reason: str
) -> None:
    secret = shell.daemon.client("secretsmanager").create_secret(Name=f"s/{next(iter(value))}", **value)["ARN"]
    definition = shell.register({"command": ["true"], "secrets": [{"name": "A", "valueFrom": secret}]})
    task = shell.until_status(shell.run(definition), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith(reason), task["stoppedReason"]
    assert "executionStoppedAt" in task, "it was taken down in order"


@pytest.mark.parametrize("stored", ['{"user": "ana"}', "no JSON", '["user"]'])
def test_a_json_key_that_a_secret_lacks_is_named_in_the_words_of_aws(shell: Shell, stored: str) -> None:
    name = f"s/without-{len(stored)}"
    secret = shell.daemon.client("secretsmanager").create_secret(Name=name, SecretString=stored)["ARN"]
    definition = shell.register({"command": ["true"], "secrets": [{"name": "A", "valueFrom": f"{secret}:password::"}]})
    task = shell.until_status(shell.run(definition), "STOPPED")
    assert task["stoppedReason"].endswith(
        "unable to retrieve secret from asm: retrieved secret from Secrets Manager did not contain json key password"
    )


def test_a_log_group_is_made_where_the_definition_says_so(shell: Shell) -> None:
    options = {"awslogs-group": "/made", "awslogs-region": "us-west-1", "awslogs-stream-prefix": "t"}
    logging = {"logDriver": "awslogs", "options": options | {"awslogs-create-group": "true"}}
    first = sh("echo one", logConfiguration=logging, essential=False)
    then = sh("echo two", logConfiguration=logging, dependsOn=[{"containerName": "c0", "condition": "COMPLETE"}])
    shell.until_status(shell.run(shell.register(first, then)), "STOPPED")
    events = shell.logs.filter_log_events(logGroupName="/made")["events"]
    assert {event["message"] for event in events} == {"one", "two"}
    assert [group["logGroupName"] for group in shell.logs.describe_log_groups()["logGroups"]].count("/made") == 1


def test_stop_sends_term_and_the_exit_code_is_the_programs_own(shell: Shell) -> None:
    definition = shell.register(sh("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done"))
    arn = shell.run(definition)
    until(lambda: shell.task(arn)["lastStatus"] == "RUNNING" and shell.output(arn) == ["up"], "up")
    shell.ecs.stop_task(cluster="c", task=arn, reason="enough")
    task = shell.until_status(arn, "STOPPED")
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    assert task["containers"][0]["exitCode"] == 7
    assert shell.output(arn)[-1] == "bye"


def test_what_ignores_term_is_killed_after_stop_timeout_with_all_its_children(shell: Shell) -> None:
    marker = "4242.4242"
    definition = shell.register(sh(f"trap '' TERM; sleep {marker} & wait; sleep {marker}", stopTimeout=2))
    arn = shell.run(definition)
    shell.until_status(arn, "RUNNING")
    child = process_of(marker)
    shell.ecs.stop_task(cluster="c", task=arn)
    task = shell.until_status(arn, "STOPPED")
    assert task["containers"][0]["exitCode"] == 137
    assert task["stoppedReason"] == "Task stopped by user"
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, "the child to be gone")


def test_an_essential_container_takes_the_others_with_it_and_another_does_not(shell: Shell) -> None:
    definition = shell.register(sh("sleep 0.5; exit 3"), sh("sleep 600"), sh("exit 0", essential=False))
    task = shell.until_status(shell.run(definition), "STOPPED")
    assert [container["exitCode"] for container in task["containers"]] == [3, 143, 0]
    assert task["stopCode"] == "EssentialContainerExited"


def test_container_health_check_decides_health_and_the_service_replaces_what_is_unhealthy(shell: Shell) -> None:
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 5, "retries": 2, "timeout": 5}
    definition = shell.register({"command": ["sleep", "600"], "healthCheck": check}, family="sick")
    shell.ecs.create_service(
        cluster="c",
        serviceName="sick",
        taskDefinition=definition,
        desiredCount=1,
        networkConfiguration=shell.daemon.network,
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    )

    def failed() -> bool:
        return shell.service("sick")["deployments"][0]["rolloutState"] == "FAILED"

    until(failed, "the circuit breaker")
    stopped = shell.ecs.list_tasks(cluster="c", family="sick", desiredStatus="STOPPED")["taskArns"]
    reasons = {shell.task(arn)["stoppedReason"] for arn in stopped}
    assert reasons == {"Task failed container health checks"}
    deployment = shell.service("sick")["deployments"][0]
    assert deployment["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert deployment["failedTasks"] == 3
    shell.ecs.delete_service(cluster="c", service="sick", force=True)
    shell.ecs.get_waiter("services_inactive").wait(
        cluster="c", services=["sick"], WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )


def test_a_killed_task_of_a_service_is_replaced(shell: Shell) -> None:
    marker = "31.3131"
    shell.ecs.create_service(
        cluster="c",
        serviceName="killed",
        taskDefinition=shell.register({"command": ["sleep", marker]}, family="killed"),
        desiredCount=1,
        networkConfiguration=shell.daemon.network,
    )
    shell.until_steady("killed")
    [first] = shell.ecs.list_tasks(cluster="c", serviceName="killed")["taskArns"]
    os.kill(process_of(marker).pid, signal.SIGKILL)
    task = shell.until_status(first, "STOPPED")
    assert task["containers"][0]["exitCode"] == 137
    until(lambda: shell.ecs.list_tasks(cluster="c", serviceName="killed")["taskArns"] not in ([], [first]), "another")
    shell.until_steady("killed")


def test_update_rolls_to_the_new_revision_and_scaling_starts_no_deployment(shell: Shell) -> None:
    first = shell.register({"command": ["sleep", "600"]}, family="rolled")
    shell.ecs.create_service(
        cluster="c",
        serviceName="rolled",
        taskDefinition=first,
        desiredCount=1,
        networkConfiguration=shell.daemon.network,
    )
    before = shell.until_steady("rolled")["deployments"][0]["id"]
    shell.ecs.update_service(cluster="c", service="rolled", desiredCount=2)
    after_scaling = shell.until_steady("rolled")
    assert [d["id"] for d in after_scaling["deployments"]] == [before]
    second = shell.register({"command": ["sleep", "601"]}, family="rolled")
    updated = shell.ecs.update_service(cluster="c", service="rolled", taskDefinition="rolled")["service"]
    assert [d["status"] for d in updated["deployments"]] == ["PRIMARY", "ACTIVE"]
    service = shell.until_steady("rolled")
    assert service["taskDefinition"] == second
    arns = shell.ecs.list_tasks(cluster="c", serviceName="rolled")["taskArns"]
    assert {shell.task(arn)["taskDefinitionArn"] for arn in arns} == {second}


def test_requests_are_checked_and_refused_in_awss_words(shell: Shell) -> None:
    def refused(operation: str, **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as caught:
            getattr(shell.ecs, operation)(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    assert refused("describe_services", cluster="none", services=["s"]) == (
        "ClusterNotFoundException",
        "Cluster not found.",
    )
    assert refused("update_service", cluster="c", service="none") == ("ServiceNotFoundException", "Service not found.")
    assert refused("describe_task_definition", taskDefinition="none:1") == (
        "ClientException",
        "Unable to describe task definition.",
    )
    container = {"name": "c", "image": "i"}
    code, message = refused(
        "register_task_definition",
        family="f",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="512",
        memory="512",
        containerDefinitions=[container],
    )
    assert code == "ClientException"
    assert message.startswith("No Fargate configuration exists for given values: 512 CPU, 512 memory.")
    missing = shell.ecs.describe_services(cluster="c", services=["none"])
    assert missing["failures"][0]["reason"] == "MISSING"


def test_lists_come_in_pages(shell: Shell) -> None:
    for _ in range(3):
        shell.register({"command": ["true"]}, family="paged")
    pages = shell.ecs.get_paginator("list_task_definitions").paginate(
        familyPrefix="paged", sort="DESC", PaginationConfig={"PageSize": 2}
    )
    arns = [page["taskDefinitionArns"] for page in pages]
    assert [[arn.rsplit("/", 1)[1] for arn in page] for page in arns] == [["paged:3", "paged:2"], ["paged:1"]]
