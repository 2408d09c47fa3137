"""Task definitions with invalid names, or not for Fargate, are refused in ECS's words."""

from pathlib import Path

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


def test_the_processes_of_a_fargate_task_are_its_own(asker: Asker) -> None:
    asker.register("g", pidMode="task")
    fargate = {
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "c", "image": "i"}],
    }
    assert asker.refusal("RegisterTaskDefinition", family="g", pidMode="host", **fargate) == (
        "ClientException: Tasks using the Fargate launch type do not support pidMode 'host'. "
        "The supported value for pidMode is 'task'."
    )
