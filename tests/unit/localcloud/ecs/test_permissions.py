"""Facts about ECS that IAM's decisions use."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from localcloud.authorization.resources import Place
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import TaskDefinition
from localcloud.ecs.permissions import passed_roles, tags_of

PLACE = "arn:aws:ecs:us-west-1:123456789012"
AT = Place(account_id="123456789012", region="us-west-1")
TASK_ROLE, EXECUTION_ROLE = (f"arn:aws:iam::123456789012:role/{name}" for name in ("task", "execution"))


def store(path: Path) -> Store:
    made = Store(path / "ecs.json")
    made.task_definitions["f"] = [
        TaskDefinition(
            arn=f"{PLACE}:task-definition/f:{number}",
            family="f",
            revision=number,
            wire={"taskRoleArn": TASK_ROLE} | ({"executionRoleArn": EXECUTION_ROLE} if number == 2 else {}),
            registered_at=datetime.now(UTC),
            tags={"number": str(number)},
        )
        for number in (1, 2)
    ]
    return made


def passed(path: Path, **parameters: Any) -> set[str]:
    return {need.resource for need in passed_roles(store(path), parameters, AT)}


def test_a_task_passes_the_roles_of_its_definition(tmp_path: Path) -> None:
    assert passed(tmp_path, taskDefinition="f") == {TASK_ROLE, EXECUTION_ROLE}
    assert passed(tmp_path, taskDefinition=f"{PLACE}:task-definition/f:1") == {TASK_ROLE}
    assert passed(tmp_path, taskDefinition="f:2", overrides={"taskRoleArn": "other"}) == {EXECUTION_ROLE}
    assert passed(tmp_path, taskDefinition="none") == set()


def test_a_role_is_passed_to_the_task_in_its_cluster(tmp_path: Path) -> None:
    given = {"taskDefinition": "f:1", "cluster": f"{PLACE}:cluster/main"}
    (need,) = passed_roles(store(tmp_path), given, AT)
    assert need.keys.single("iam:AssociatedResourceArn") == f"{PLACE}:task/main/*"
    assert need.keys.single("iam:PassedToService") == "ecs-tasks.amazonaws.com"


def test_resources_of_ecs_have_tags(tmp_path: Path) -> None:
    assert tags_of(store(tmp_path), f"{PLACE}:task-definition/f:2") == {"number": "2"}
    assert tags_of(store(tmp_path), f"{PLACE}:service/c/none") == {}
