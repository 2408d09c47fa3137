"""Rendering task definitions."""

from typing import Any

import pytest

from ops.aws.definition_changes import difference
from ops.aws.task_definition import Changes, log_streams, registration
from ops.errors import NotFound

DESCRIBED: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:us-west-1:123456789012:task-definition/spendsense-backend:6",
    "family": "spendsense-backend",
    "revision": 6,
    "status": "ACTIVE",
    "requiresAttributes": [{"name": "ecs.capability.task-eni"}],
    "compatibilities": ["EC2", "FARGATE"],
    "registeredAt": "2026-11-22T10:00:00Z",
    "registeredBy": "somebody",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "512",
    "memory": "1024",
    "volumes": [],
    "containerDefinitions": [
        {
            "name": "backend",
            "image": "registry/spendsense-backend@sha256:old",
            "environment": [{"name": "APP_REVISION", "value": "old"}, {"name": "LOG_LEVEL", "value": "INFO"}],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/ecs/spendsense-backend", "awslogs-stream-prefix": "backend"},
            },
        },
        {"name": "sidecar", "image": "registry/sidecar:1"},
    ],
}
CHANGES = Changes(container="backend", image="registry/spendsense-backend@sha256:new", revision="new")


def test_registration_changes_image_and_revision_and_nothing_else() -> None:
    registered = registration(DESCRIBED, CHANGES)
    assert difference(DESCRIBED, registered) == [
        '~ containerDefinitions[backend].environment[APP_REVISION].value: "old" -> "new"',
        '~ containerDefinitions[backend].image: "registry/spendsense-backend@sha256:old" -> '
        '"registry/spendsense-backend@sha256:new"',
    ]


def test_registration_omits_fields_that_only_ecs_writes() -> None:
    registered = registration(DESCRIBED, CHANGES)
    assert set(registered) == {
        "family",
        "networkMode",
        "requiresCompatibilities",
        "cpu",
        "memory",
        "containerDefinitions",
    }


def test_registration_does_not_change_the_description() -> None:
    registration(DESCRIBED, CHANGES)
    assert DESCRIBED["containerDefinitions"][0]["image"].endswith("old")


def test_an_unknown_container_is_named_with_the_existing_ones() -> None:
    with pytest.raises(NotFound, match="no container 'web', only: backend, sidecar"):
        registration(DESCRIBED, Changes(container="web", image="i", revision="r"))


def test_sidecars_of_the_same_image_change_with_it_and_others_do_not() -> None:
    backend, sidecar = DESCRIBED["containerDefinitions"]
    relay = {"name": "access-log", "image": backend["image"]}
    registered = registration(DESCRIBED | {"containerDefinitions": [backend, relay, sidecar]}, CHANGES)
    assert [each["image"] for each in registered["containerDefinitions"]] == [
        CHANGES.image,
        CHANGES.image,
        sidecar["image"],
    ]


def test_the_log_streams_of_a_task_follow_awslogs_naming() -> None:
    assert log_streams(DESCRIBED, "abc") == [("/ecs/spendsense-backend", "backend/backend/abc")]
