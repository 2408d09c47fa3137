"""Task definitions with invalid names, or not for Fargate, are refused in ECS's words."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.localcloud.ecs.asking import Asker


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    return Asker(tmp_path)


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("g", "Revision is missing."),
        ("g:", "Revision is missing."),
        ("g:one", "Invalid revision number. Number: one"),
        ("g:7", "Unable to describe task definition."),
    ],
)
def test_one_revision_is_deregistered(asker: Asker, reference: str, words: str) -> None:
    asker.register("g")
    assert asker.refusal("DeregisterTaskDefinition", taskDefinition=reference) == f"ClientException: {words}"


def test_what_cannot_be_deleted_says_why(asker: Asker) -> None:
    active = asker.register("g")
    answer = asker.ask("DeleteTaskDefinitions", taskDefinitions=["g", active])
    assert [failure["reason"] for failure in answer["failures"]] == [
        "The specified task definition identifier is invalid. Specify a valid name or ARN and try again.",
        "The specified task definition is still in ACTIVE status. Please deregister the target and try again.",
    ]


FARGATE: dict[str, Any] = {
    "family": "g",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "c", "image": "i"}],
}


def with_container(**settings: Any) -> dict[str, Any]:
    return FARGATE | {"containerDefinitions": [{"name": "c", "image": "i", **settings}]}


AWSLOGS = {"awslogs-group": "g", "awslogs-region": "us-west-1", "awslogs-stream-prefix": "p"}
FILES = "arn:aws:s3:::settings"
SECRETS = [{"name": "A", "valueFrom": "arn:aws:ssm:us-west-1:1:parameter/a"}]
ROLE = {"executionRoleArn": "arn:aws:iam::123456789012:role/execution"}


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (FARGATE | {"volumes": [{"name": "v", "host": {"sourcePath": "/data"}}]}, "do not support host.sourcePath"),
        (
            FARGATE | {"volumes": [{"name": "v", "dockerVolumeConfiguration": {"scope": "task"}}]},
            "do not support dockerVolumeConfiguration",
        ),
        (FARGATE | {"volumes": [{"name": "v"}, {"name": "v"}]}, "Volume names must be unique"),
        (
            FARGATE | {"inferenceAccelerators": [{"deviceName": "a", "deviceType": "b"}]},
            "do not support inferenceAccelerators",
        ),
        (with_container(hostname="a"), "do not support hostname"),
        (with_container(linuxParameters={"swappiness": 0}), "do not support swappiness"),
        (with_container(secrets=SECRETS * 2) | ROLE, "The secret name must be unique"),
        (with_container(secrets=[{"name": "A", "valueFrom": ""}]) | ROLE, "should not be empty"),
        (with_container(environmentFiles=[{"type": "s3", "value": "a.env"}]), "is not the ARN of an object in S3"),
        (with_container(environmentFiles=[{"type": "s3", "value": f"{FILES}/a.txt"}]), "does not end with .env"),
        (with_container(environmentFiles=[{"type": "s3", "value": f"{FILES}/a.env"}] * 11), "at most 10 files"),
        (with_container(systemControls=[{"namespace": "kernel.panic", "value": "1"}]), "kernel.panic is not"),
        (
            with_container(portMappings=[{"containerPort": port, "name": "web"} for port in (80, 81)]),
            "Two port mappings have the name 'web'",
        ),
        (with_container(portMappings=[{"containerPort": 80, "name": "Web"}]), "The name 'Web' of a port mapping"),
        (with_container(logConfiguration={"logDriver": "awsfirelens"}), "requires a container with a firelens"),
        (
            with_container(logConfiguration={"logDriver": "awslogs", "options": {**AWSLOGS, "mode": "fast"}}) | ROLE,
            "blocking, non-blocking, got fast",
        ),
        (
            with_container(environment=[{"name": "A", "value": "x" * 65_536}]),
            "Max allowed length is '65536' bytes.",
        ),
    ],
)
def test_definitions_that_ecs_does_not_accept(asker: Asker, definition: dict[str, Any], words: str) -> None:
    refusal = asker.refusal("RegisterTaskDefinition", **definition)
    assert refusal.startswith("ClientException: ")
    assert words in refusal


def test_settings_at_the_limit_of_what_ecs_accepts(asker: Asker) -> None:
    described = asker.ask("RegisterTaskDefinition", **(FARGATE | {"cpu": ".25 vCPU", "memory": "0.5GB"}))
    assert (described["taskDefinition"]["cpu"], described["taskDefinition"]["memory"]) == ("256", "512")
    router = {"name": "router", "image": "i", "firelensConfiguration": {"type": "fluentbit"}}
    routed = {"name": "c", "image": "i", "logConfiguration": {"logDriver": "awsfirelens"}}
    asker.ask("RegisterTaskDefinition", **(FARGATE | {"containerDefinitions": [router, routed]}))
    asker.ask("RegisterTaskDefinition", **(FARGATE | {"volumes": [{"name": "v", "host": {}}]}))
    for setting in (
        {"environmentFiles": [{"type": "s3", "value": f"{FILES}/a/b.env"}]},
        {"systemControls": [{"namespace": "net.ipv4.tcp_keepalive_time", "value": "60"}]},
        {"portMappings": [{"containerPort": 80, "name": "web"}, {"containerPort": 81, "name": "web-2"}]},
    ):
        asker.ask("RegisterTaskDefinition", **with_container(**setting))


def test_the_processes_of_a_fargate_task_are_its_own(asker: Asker) -> None:
    asker.register("g", pidMode="task")
    assert asker.refusal("RegisterTaskDefinition", **FARGATE, pidMode="host") == (
        "ClientException: Tasks using the Fargate launch type do not support pidMode 'host'. "
        "The supported value for pidMode is 'task'."
    )
