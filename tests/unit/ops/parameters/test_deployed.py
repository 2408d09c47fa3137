"""The records that a deploy writes for Terraform and for a recovery, in SSM parameters."""

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import LOCAL_ATTEMPTS, Aws
from ops.console import Console
from ops.deploying import history
from ops.rollout.verdict import Verdict
from tests.unit.ops.scripted_cluster import ARN, NEW_IMAGE, OLD_IMAGE, Cluster, run

PARAMETER = "/spendsense-local/deployed"
OLD = {"image": OLD_IMAGE, "revision": "0" * 12}
NEW = {"image": NEW_IMAGE, "revision": "1" * 12}


def written(cluster: Cluster, name: str = PARAMETER) -> list[Any]:
    """The values that a parameter was given, one after the other."""
    sent = [request for request in cluster.ssm.sent("PutParameter") if request["Name"] == name]
    assert all(request["Overwrite"] for request in sent)
    return [json.loads(request["Value"]) for request in sent]


@pytest.fixture
def noting(cluster: Cluster) -> Cluster:
    """The scripted account, with a parameter that keeps what is put into it."""
    kept = {PARAMETER: json.dumps(OLD)}

    def get(request: dict[str, Any]) -> dict[str, Any]:
        value = kept.get(request["Name"])
        return {"Parameter": {"Value": value}} if value else {"__type": "ParameterNotFound"}

    def put(request: dict[str, Any]) -> dict[str, Any]:
        kept[request["Name"]] = request["Value"]
        return {"Version": 2}

    cluster.ssm.on("GetParameter", get)
    cluster.ssm.on("PutParameter", put)
    return cluster


def noted(cluster: Cluster) -> Any:
    return json.loads(cluster.ssm.answer_of("GetParameter")({"Name": PARAMETER})["Parameter"]["Value"])


def look(aws: Aws) -> None:
    """Look at the service as `spendsense history`, `status` and others do."""
    history.run(aws, history.Options(), Console())


def ships(cluster: Cluster) -> None:
    """ECS completes the deployment, and describes the revision that was registered."""
    cluster.complete()
    container = cluster.definition["containerDefinitions"][0] | {"image": NEW_IMAGE}
    cluster.definition = cluster.definition | {"taskDefinitionArn": f"{ARN}:7", "containerDefinitions": [container]}


def test_what_serves_is_recorded_for_terraform(noting: Cluster, scripted: Aws) -> None:
    noting.after_update = [noting.complete]
    run(scripted)
    coming, serving = written(noting)
    assert coming == OLD | {"pending": NEW | {"taskDefinition": f"{ARN}:7"}}
    assert serving == NEW


def test_the_intent_is_recorded_before_the_deployment_begins(noting: Cluster, scripted: Aws) -> None:
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        assert noted(noting)["pending"]["image"] == NEW_IMAGE
        return {"__type": "InvalidParameterException", "message": "no"}

    noting.ecs.on("UpdateService", refuse)
    with pytest.raises(scripted.ecs.exceptions.InvalidParameterException):
        run(scripted)
    look(scripted)
    assert noted(noting) == OLD


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("how", ["signal", "kill", "timeout"])
@pytest.mark.parametrize("ends", ["serving", "rolled back"])
def test_the_next_command_records_how_an_unwatched_deployment_ended(
    noting: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str], how: str, ends: str
) -> None:
    class Killed(BaseException):
        pass

    def interrupt() -> None:
        if how != "timeout":
            raise KeyboardInterrupt if how == "signal" else Killed

    noting.after_update = [interrupt]
    if how == "timeout":
        assert run(scripted, timeout_s=0.3).verdict is Verdict.TIMED_OUT
    else:
        with pytest.raises((KeyboardInterrupt, Killed)):
            run(scripted)
    assert noted(noting) == OLD | {"pending": NEW | {"taskDefinition": f"{ARN}:7"}}
    look(scripted)
    assert "pending" in noted(noting), "it goes on"
    ships(noting) if ends == "serving" else noting.roll_back()
    capsys.readouterr()
    look(scripted)
    assert noted(noting) == (NEW if ends == "serving" else OLD)
    assert "Recorded for Terraform: revision" in capsys.readouterr().err


def test_a_user_with_read_permission_only_can_still_look(
    noting: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    ships(noting)
    noting.ssm.on("PutParameter", {"__type": "AccessDeniedException", "message": "not yours"})
    look(scripted)
    assert "Could not check or update the record of what serves" in capsys.readouterr().err


def test_a_hiccup_does_not_prevent_the_record_of_what_serves(noting: Cluster, scripted: Aws) -> None:
    keep = noting.ssm.answer_of("PutParameter")
    left = 2 * LOCAL_ATTEMPTS

    def trouble(request: dict[str, Any]) -> dict[str, Any]:
        nonlocal left
        if json.loads(request["Value"]) == NEW and left:
            left -= 1
            return {"__type": "ThrottlingException", "message": "Rate exceeded"}
        return keep(request)

    noting.ssm.on("PutParameter", trouble)
    noting.after_update = [noting.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED
    assert noted(noting) == NEW


def test_the_configuration_of_service_and_database_is_recorded_for_a_recovery(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    (noted,) = written(cluster, "/spendsense-local/shape")
    assert noted["service"]["taskDefinition"] == f"{ARN}:7"
    assert noted["database"]["restore"]["DBInstanceClass"] == "db.t4g.micro"


def test_a_deploy_without_permission_for_that_record_has_succeeded(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.rds.deactivate()
    cluster.rds = Stubber(scripted.rds)
    cluster.rds.add_client_error("describe_db_instances", "AccessDenied")
    cluster.rds.activate()
    cluster.after_update = [cluster.complete]
    assert run(scripted).exit_code == 0
    assert "AccessDenied" in capsys.readouterr().err


def test_a_revision_that_does_not_serve_is_not_recorded(noting: Cluster, scripted: Aws) -> None:
    noting.after_update = [noting.crash, noting.roll_back]
    run(scripted)
    assert written(noting)[1:] == [OLD]
