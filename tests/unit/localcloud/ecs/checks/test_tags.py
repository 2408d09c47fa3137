"""Tags: their checks, and those that a task inherits."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.localcloud.ecs.asking import Asker

CLUSTER = "arn:aws:ecs:us-west-1:123456789012:cluster/c"


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    created = Asker(tmp_path)
    created.register(tags=[{"key": "from", "value": "definition"}, {"key": "team", "value": "blue"}])
    return created


def tags(**values: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def tags_of(asker: Asker, arn: str) -> dict[str, str]:
    [task] = asker.ask("DescribeTasks", cluster="c", tasks=[arn], include=["TAGS"])["tasks"]
    return {tag["key"]: tag["value"] for tag in task["tags"]}


@pytest.mark.parametrize(
    "wrong",
    [
        [{"value": "x"}],
        [{"key": "", "value": "x"}],
        [{"key": "k" * 129}],
        [{"key": "k", "value": "v" * 257}],
        [{"key": "aws:k", "value": "v"}],
        [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}],
        [{"key": str(number)} for number in range(51)],
    ],
    ids=["no key", "empty key", "long key", "long value", "reserved", "twice", "too many"],
)
def test_tags_that_no_resource_can_have_are_refused(asker: Asker, wrong: list[dict[str, Any]]) -> None:
    definition = {"family": "g", "containerDefinitions": [{"name": "c", "image": "i", "memory": 128}]}
    for operation, parameters in (
        ("TagResource", {"resourceArn": CLUSTER}),
        ("CreateCluster", {"clusterName": "d"}),
        ("RegisterTaskDefinition", definition),
        ("CreateService", {"cluster": "c", "serviceName": "s", "taskDefinition": "f", "desiredCount": 0}),
    ):
        refusal = asker.refusal(operation, tags=wrong, **parameters)
        assert refusal.startswith("InvalidParameterException"), operation
    assert asker.ask("ListClusters")["clusterArns"] == [CLUSTER]


def test_a_resource_has_fifty_tags_at_most(asker: Asker) -> None:
    asker.ask("TagResource", resourceArn=CLUSTER, tags=[{"key": str(number)} for number in range(50)])
    assert "at most 50" in asker.refusal("TagResource", resourceArn=CLUSTER, tags=tags(more="x"))
    asker.ask("TagResource", resourceArn=CLUSTER, tags=[{"key": "7", "value": "new"}])
    assert len(asker.ask("ListTagsForResource", resourceArn=CLUSTER)["tags"]) == 50


def test_a_services_tasks_inherit_its_tags_or_the_definitions_when_it_says_so(asker: Asker) -> None:
    expected = {
        "NONE": {},
        "SERVICE": {"from": "service"},
        "TASK_DEFINITION": {"from": "definition", "team": "blue"},
    }
    for propagate, inherited in expected.items():
        name = f"s-{propagate}"
        asker.create(name, tags=[{"key": "from", "value": "service"}], propagateTags=propagate)
        asker.world.control.look()
        [arn] = asker.ask("ListTasks", cluster="c", serviceName=name)["taskArns"]
        assert tags_of(asker, arn) == inherited


def test_managed_tags_name_cluster_and_service(asker: Asker) -> None:
    asker.create("s", enableECSManagedTags=True)
    asker.world.control.look()
    [arn] = asker.ask("ListTasks", cluster="c", serviceName="s")["taskArns"]
    assert tags_of(asker, arn) == {"aws:ecs:clusterName": "c", "aws:ecs:serviceName": "s"}
    assert "reserved" in asker.refusal("UntagResource", resourceArn=arn, tagKeys=["aws:ecs:clusterName"])


def test_a_task_of_run_task_has_its_own_tags_before_the_definitions(asker: Asker) -> None:
    [task] = asker.run(tags=[{"key": "team"}], propagateTags="TASK_DEFINITION")
    assert tags_of(asker, task["taskArn"]) == {"from": "definition", "team": ""}
    parameters = {"cluster": "c", "taskDefinition": "f", "propagateTags": "SERVICE"}
    network = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}}
    assert "has no service" in asker.refusal("RunTask", **parameters, **network)
