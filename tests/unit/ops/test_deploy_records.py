"""What a deploy notes for Terraform and for a recovery, in SSM parameters."""

import json

import pytest
from botocore.stub import Stubber

from ops.aws import Aws
from tests.unit.ops.scripted_cluster import ARN, NEW_IMAGE, Cluster, run


def test_what_serves_is_recorded_for_terraform(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    request = cluster.ssm.sent("PutParameter")[0]
    assert (request["Name"], request["Overwrite"]) == ("/spendsense-local/deployed", True)
    assert json.loads(request["Value"]) == {"image": NEW_IMAGE, "revision": "1" * 12}


def test_how_service_and_database_are_made_is_noted_for_a_recovery(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.complete]
    run(scripted)
    request = cluster.ssm.sent("PutParameter")[1]
    assert (request["Name"], request["Overwrite"]) == ("/spendsense-local/shape", True)
    noted = json.loads(request["Value"])
    assert noted["service"]["taskDefinition"] == f"{ARN}:7"
    assert noted["database"]["restore"]["DBInstanceClass"] == "db.t4g.micro"


def test_who_may_not_note_it_has_deployed_all_the_same(
    cluster: Cluster, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.rds.deactivate()
    cluster.rds = Stubber(scripted.rds)
    cluster.rds.add_client_error("describe_db_instances", "AccessDenied")
    cluster.rds.activate()
    cluster.after_update = [cluster.complete]
    assert run(scripted).exit_code == 0
    assert "AccessDenied" in capsys.readouterr().err


def test_what_does_not_serve_is_not_recorded(cluster: Cluster, scripted: Aws) -> None:
    cluster.after_update = [cluster.crash, cluster.roll_back]
    run(scripted)
    assert cluster.ssm.sent("PutParameter") == []
