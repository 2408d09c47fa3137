"""Overrides of RunTask: their effects and their checks."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.ecs.checks.overrides import overridden
from tests.unit.localcloud.ecs.asking import NETWORK, Asker


def test_a_task_has_the_size_that_overrides_give_it(tmp_path: Path) -> None:
    asker = Asker(tmp_path)
    definition = asker.register()
    overrides = {"cpu": "0.5 vCPU", "memory": "1024", "containerOverrides": [{"name": "c", "cpu": 10, "memory": 100}]}
    [task] = asker.run(overrides=overrides)
    assert (task["cpu"], task["memory"]) == ("512", "1024")
    [container] = task["containers"]
    assert (container["cpu"], container["memory"]) == ("10", "100")
    [described] = asker.ask("DescribeTasks", cluster="c", tasks=[task["taskArn"]])["tasks"]
    assert (described["cpu"], described["overrides"]) == ("512", overrides)
    unchanged = asker.ask("DescribeTaskDefinition", taskDefinition=definition)["taskDefinition"]
    assert (unchanged["cpu"], "memory" in unchanged["containerDefinitions"][0]) == ("256", False)


def test_without_overrides_it_is_the_definition() -> None:
    definition = {"containerDefinitions": [{"name": "c"}]}
    assert overridden(definition, {}) is definition


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"memory": "7"}, "No Fargate configuration exists for given values: 256 CPU, 7 memory."),
        ({"memory": "much"}, "Invalid 'memory' setting for task: much"),
        ({"containerOverrides": [{"command": ["true"]}]}, "named None is not a container"),
        ({"containerOverrides": [{"name": "c", "memory": 513}]}, "The task does not allow memory 513"),
        ({"containerOverrides": [{"name": "c", "memory": 1}]}, "The task does not allow memory 1"),
        ({"containerOverrides": [{"name": "c", "environment": [{"value": "x"}]}]}, "should be a name"),
    ],
    ids=str,
)
def test_overrides_that_no_task_can_have_are_refused(tmp_path: Path, overrides: dict[str, Any], words: str) -> None:
    asker = Asker(tmp_path)
    asker.register()
    parameters = {"cluster": "c", "taskDefinition": "f", "networkConfiguration": NETWORK, "overrides": overrides}
    assert words in asker.refusal("RunTask", **parameters)
    assert asker.world.control.store.tasks == {}
