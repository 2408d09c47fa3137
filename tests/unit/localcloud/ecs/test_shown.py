"""Tasks and service deployments as the API shows them."""

from pathlib import Path

import pytest

from tests.unit.localcloud.ecs.asking import Asker


@pytest.fixture
def asker(tmp_path: Path) -> Asker:
    created = Asker(tmp_path)
    created.register()
    return created


def test_a_rolling_deployment_has_no_traffic_weights(asker: Asker) -> None:
    asker.create("s")
    asker.ask("UpdateService", cluster="c", service="s", forceNewDeployment=True)
    [brief, _] = asker.ask("ListServiceDeployments", cluster="c", service="s")["serviceDeployments"]
    arns = [brief["serviceDeploymentArn"]]
    [shown] = asker.ask("DescribeServiceDeployments", serviceDeploymentArns=arns)["serviceDeployments"]
    for revision in (shown["targetServiceRevision"], *shown["sourceServiceRevisions"]):
        assert not any("Weight" in key for key in revision)


def test_the_interface_of_a_stopped_task_is_deleted(asker: Asker) -> None:
    [task] = asker.run()

    def status() -> str:
        [shown] = asker.ask("DescribeTasks", cluster="c", tasks=[task["taskArn"]])["tasks"]
        return str(shown["attachments"][0]["status"])

    asker.world.pass_time(3)
    assert status() == "ATTACHED"
    asker.ask("StopTask", cluster="c", task=task["taskArn"])
    asker.world.pass_time(3)
    assert status() == "DELETED"


def test_a_service_with_an_empty_strategy_has_none(asker: Asker) -> None:
    created = asker.create("s", capacityProviderStrategy=[])
    assert created["launchType"] == "FARGATE"
    assert "capacityProviderStrategy" not in created
