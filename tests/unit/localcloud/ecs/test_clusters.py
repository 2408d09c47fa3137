"""Clusters: the fields shown on request, and the conditions of deletion."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.localcloud.ecs.asking import Asker

SETTINGS = [{"name": "containerInsights", "value": "enhanced"}]
CONFIGURATION = {"executeCommandConfiguration": {"logging": "NONE"}}


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    created = Asker(tmp_path)
    created.register()
    return created


def described(asker: Asker, *include: str, name: str = "c") -> dict[str, Any]:
    [cluster] = asker.ask("DescribeClusters", clusters=[name], include=list(include))["clusters"]
    return dict(cluster)


def test_settings_configuration_tags_and_statistics_are_shown_on_request(asker: Asker) -> None:
    parameters = {"settings": SETTINGS, "configuration": CONFIGURATION, "tags": [{"key": "a", "value": "b"}]}
    created = asker.ask("CreateCluster", clusterName="d", **parameters)["cluster"]
    assert {key: created[key] for key in parameters} == parameters
    bare = described(asker, name="d")
    assert (bare["settings"], bare["tags"], bare["statistics"], "configuration" in bare) == ([], [], [], False)
    shown = described(asker, "SETTINGS", "CONFIGURATIONS", "TAGS", name="d")
    assert {key: shown[key] for key in parameters} == parameters


def test_statistics_count_tasks_and_services_by_launch_type(asker: Asker) -> None:
    asker.create("s")
    asker.create("leaving")
    asker.world.control.look()
    asker.ask("DeleteService", cluster="c", service="leaving", force=True)
    asker.run()
    cluster = described(asker, "STATISTICS")
    statistics = {entry["name"]: entry["value"] for entry in cluster["statistics"]}
    assert (cluster["activeServicesCount"], cluster["pendingTasksCount"]) == (1, 3)
    assert statistics["pendingFargateTasksCount"] == "3"
    assert (statistics["activeFargateServiceCount"], statistics["drainingFargateServiceCount"]) == ("1", "1")
    assert statistics["activeEC2ServiceCount"] == "0"


def test_a_cluster_goes_when_its_last_task_has_stopped(asker: Asker) -> None:
    [task] = asker.run()
    asker.world.pass_time(3)
    asker.ask("StopTask", cluster="c", task=task["taskArn"])
    asker.world.runners[task["taskArn"].rsplit("/", 1)[1]].stopping_s = 1e9
    asker.world.pass_time(1)
    assert asker.refusal("DeleteCluster", cluster="c").startswith("ClusterContainsTasksException"), "it is stopping"
    asker.world.runners[task["taskArn"].rsplit("/", 1)[1]].stopping_s = 0.0
    asker.world.pass_time(1)
    assert asker.ask("DeleteCluster", cluster="c")["cluster"]["status"] == "INACTIVE"


def test_at_most_a_hundred_clusters_are_described_at_once(asker: Asker) -> None:
    assert "at most 100" in asker.refusal("DescribeClusters", clusters=[f"c{number}" for number in range(101)])


def test_a_cluster_of_fargate_tasks_has_no_container_instances(asker: Asker) -> None:
    assert asker.ask("ListContainerInstances", cluster="c") == {"containerInstanceArns": []}
    answer = asker.ask("DescribeContainerInstances", cluster="c", containerInstances=["abc"])
    assert answer["containerInstances"] == []
    assert [failure["reason"] for failure in answer["failures"]] == ["MISSING"]
    for operation, more in (
        ("ListContainerInstances", {}),
        ("DescribeContainerInstances", {"containerInstances": ["a"]}),
    ):
        assert "Cluster not found" in asker.refusal(operation, cluster="nowhere", **more)
