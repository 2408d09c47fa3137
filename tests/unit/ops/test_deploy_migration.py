"""The migration that a deploy runs before it touches the service."""

import pytest

from ops import deploy
from ops.aws import Aws
from ops.rollout import Verdict
from tests.unit.ops.scripted_cluster import ARN, Cluster, run


def test_a_failed_migration_stops_the_deploy_before_the_service_is_touched(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration_exit_code = 1
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.MIGRATION_FAILED, 1)
    assert "Traceback ..." in result.message
    assert "Revision 6 still serves" in result.message
    assert cluster.ecs.sent("UpdateService") == []


def test_the_migration_runs_the_new_image_in_the_services_network(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    (request,) = cluster.ecs.sent("RunTask")
    assert request["taskDefinition"] == f"{ARN}:7"
    assert request["networkConfiguration"] == {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
    assert request["overrides"]["containerOverrides"] == [
        {"name": "backend", "command": ["python", "-m", "app.migrate"]}
    ]


@pytest.mark.parametrize(
    ("current", "wanted", "migrates"),
    [("0001", "0001", False), ("0001", "0002", True), (None, "0001", True), ("0001", None, True)],
)
def test_a_migration_runs_unless_the_schema_surely_stays(
    current: str | None, wanted: str | None, migrates: bool
) -> None:
    assert deploy.migration_need(current, wanted)[0] is migrates
