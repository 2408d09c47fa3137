"""`spendsense stop`, against scripted responses of ECS."""

import pytest

from ops.aws.clients import Aws
from ops.daily import stop
from ops.errors import Misuse, NotFound
from tests.unit.ops.scripted_cluster import ARN, HISTORY, Cluster


@pytest.fixture(autouse=True)
def stoppable(cluster: Cluster) -> Cluster:
    cluster.updated = True  # so that a deployment is in progress
    cluster.ecs.on("StopTask", {"task": {}})
    cluster.ecs.on("StopServiceDeployment", {"serviceDeploymentArn": HISTORY})
    return cluster


@pytest.mark.parametrize("named", ["old1", "arn:aws:ecs:us-west-1:123456789012:task/spendsense-local/old1"])
def test_a_task_is_stopped_and_ecs_replaces_it(cluster: Cluster, scripted: Aws, named: str) -> None:
    stopped = stop.run(scripted, stop.Options(task=named))
    assert stopped.as_json()["task"] == "old1"
    assert stopped.message == "Stopped task old1 of revision 6; ECS starts another"
    [request] = cluster.ecs.sent("StopTask")
    assert (request["task"].rpartition("/")[2], request["reason"]) == ("old1", stop.REASON)


@pytest.mark.parametrize(("named", "error"), [("new", NotFound), ("old", Misuse)])
def test_what_names_no_task_or_several_stops_none(
    cluster: Cluster, scripted: Aws, named: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        stop.run(scripted, stop.Options(task=named))
    assert cluster.ecs.sent("StopTask") == []


def test_the_deployment_in_progress_is_stopped_where_it_stands(cluster: Cluster, scripted: Aws) -> None:
    stopped = stop.run(scripted, stop.Options())
    assert stopped.as_json()["deployment"] == "d7"
    assert [request["stopType"] for request in cluster.ecs.sent("StopServiceDeployment")] == ["ABORT"]
    assert stopped.as_json()["next_steps"] == ["spendsense rollback", "spendsense status"]


def test_without_a_deployment_in_progress_there_is_nothing_to_stop(cluster: Cluster, scripted: Aws) -> None:
    cluster.history["status"] = "SUCCESSFUL"
    with pytest.raises(NotFound, match="no deployment is in progress"):
        stop.run(scripted, stop.Options())


def test_a_deployment_that_ecs_rolls_back_is_named_and_not_stopped(cluster: Cluster, scripted: Aws) -> None:
    left = {"arn": "service-revision/c/s/8"}
    cluster.history |= {"status": "ROLLBACK_IN_PROGRESS", "statusReason": "it failed", "targetServiceRevision": left}
    revision = {"serviceRevisionArn": left["arn"], "taskDefinition": f"{ARN}:8"}
    cluster.ecs.on("DescribeServiceRevisions", {"serviceRevisions": [revision]})
    with pytest.raises(NotFound, match="ECS is rolling deployment d7 of revision 8 back to revision 6: it") as refused:
        stop.run(scripted, stop.Options())
    assert "spendsense wait" in str(refused.value.next_step)
    assert cluster.ecs.sent("StopServiceDeployment") == []


def test_a_deployment_that_ends_meanwhile_is_not_stopped(cluster: Cluster, scripted: Aws) -> None:
    cluster.ecs.on("StopServiceDeployment", {"__type": "ConflictException", "message": "it has ended"})
    with pytest.raises(NotFound, match="ended before it could be stopped"):
        stop.run(scripted, stop.Options())


@pytest.mark.parametrize("options", [stop.Options(dry_run=True), stop.Options(task="old1", dry_run=True)])
def test_a_dry_run_stops_nothing(cluster: Cluster, scripted: Aws, options: stop.Options) -> None:
    assert stop.run(scripted, options).as_json()["stopped"] is False
    assert cluster.ecs.sent("StopTask") == cluster.ecs.sent("StopServiceDeployment") == []
