"""The choice of the task that a session enters."""

import pytest

from ops.aws.clients import Aws
from ops.environment import Environment, EnvironmentName
from ops.errors import Misuse, NotFound
from ops.sessions.task import switch_on, target, to_enter
from tests.unit.ops.scripted_cluster import NEW_IMAGE, OLD_IMAGE, Cluster, task


def test_without_a_name_it_is_one_of_the_newest_revision(cluster: Cluster, scripted: Aws) -> None:
    cluster.running.insert(0, task("older", 5, OLD_IMAGE))
    assert to_enter(scripted, None).id == "old1"


def test_a_task_that_is_still_starting_cannot_be_entered(cluster: Cluster, scripted: Aws) -> None:
    cluster.running = [task("new1", 6, NEW_IMAGE) | {"lastStatus": "PENDING"}]
    with pytest.raises(NotFound, match="no task of the service is running"):
        to_enter(scripted, None)


@pytest.mark.parametrize(("named", "error"), [("new", NotFound), ("old", Misuse)])
@pytest.mark.usefixtures("cluster")
def test_a_name_means_exactly_one(scripted: Aws, named: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        to_enter(scripted, named)
    assert to_enter(scripted, "arn:aws:ecs:us-west-1:123456789012:task/spendsense-local/old2").id == "old2"


def test_session_manager_names_cluster_task_and_container(cluster: Cluster, scripted: Aws) -> None:
    cluster.running[0]["containers"][0]["runtimeId"] = "old1-0001"
    found = to_enter(scripted, "old1")
    assert target(scripted, found, "backend") == "ecs:spendsense-local_old1_old1-0001"
    with pytest.raises(NotFound, match="has no running container access-log"):
        target(scripted, found, "access-log")


def test_the_switch_is_in_the_environments_own_file() -> None:
    where = Environment(name=EnvironmentName.LIKE_PROD, region="us-west-1")
    assert "environments/prod.tfvars" in switch_on(where)
