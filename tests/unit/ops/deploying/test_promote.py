"""The promoted image, and the promotions that are refused before anything is copied."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying import promote
from ops.deploying.promotion import Promotion
from ops.environment import EnvironmentName
from ops.errors import DeployRefused
from ops.rollout.verdict import Verdict
from tests.unit.ops.scripted_cluster import NEW_IMAGE, OLD_IMAGE, Cluster, deployment, run

REPOSITORY = "123456789012.dkr.ecr.us-west-1.amazonaws.com/spendsense-backend"
DIGEST = OLD_IMAGE.partition("@")[2]


@pytest.fixture
def serving(cluster: Cluster) -> Cluster:
    """A service whose image is in ECR."""
    cluster.definition["containerDefinitions"][0]["image"] = f"{REPOSITORY}@{DIGEST}"
    return cluster


def test_the_image_is_the_one_that_serves_by_its_digest(serving: Cluster, scripted: Aws) -> None:
    chosen = promote.serving(scripted)
    assert (chosen.digest, chosen.repository.name, chosen.repository.account) == (
        DIGEST,
        "spendsense-backend",
        "123456789012",
    )


def test_a_source_in_the_middle_of_a_deployment_is_refused(serving: Cluster, scripted: Aws) -> None:
    serving.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS"), deployment(6, "ACTIVE", "COMPLETED")]
    with pytest.raises(DeployRefused, match="deployment ecs-svc/7 of revision 7 is in progress in "):
        promote.serving(scripted)


def test_a_source_that_is_not_steady_is_refused(serving: Cluster, scripted: Aws) -> None:
    serving.running.pop()
    with pytest.raises(DeployRefused, match="not steady: 1 of 2 desired tasks"):
        promote.serving(scripted)


def test_a_source_that_serves_nothing_is_refused(serving: Cluster, scripted: Aws) -> None:
    serving.desired, serving.running = 0, []
    with pytest.raises(DeployRefused, match="serves nothing"):
        promote.serving(scripted)


def test_a_source_whose_image_has_only_a_tag_is_refused(serving: Cluster, scripted: Aws) -> None:
    serving.definition["containerDefinitions"][0]["image"] = f"{REPOSITORY}:v1"
    with pytest.raises(DeployRefused, match="not pinned by digest"):
        promote.serving(scripted)


def test_a_target_that_serves_the_image_already_is_left_alone(serving: Cluster, scripted: Aws) -> None:
    result = promote.run(scripted, scripted, promote.Options(to=EnvironmentName.PROD), Console())
    assert (result.exit_code, result.as_json()["verdict"]) == (0, "already_serves")
    assert "as revision 6. Nothing was changed." in result.message
    assert serving.ecs.sent("UpdateService") == serving.ecr.sent("PutImage") == []


def test_a_target_in_the_middle_of_a_deployment_is_refused(serving: Cluster, scripted: Aws) -> None:
    serving.deployments = [deployment(5, "PRIMARY", "IN_PROGRESS")]
    options = promote.Options(to=EnvironmentName.PROD, image=f"{REPOSITORY}@{NEW_IMAGE.partition('@')[2]}")
    with pytest.raises(DeployRefused, match="deployment ecs-svc/5 of revision 5 is in progress"):
        promote.run(None, scripted, options, Console())


def test_an_image_older_than_the_databases_schema_is_not_deployed(cluster: Cluster, scripted: Aws) -> None:
    cluster.migrated = {"action": "migrated", "before": "0009", "after": "0009", "is_newer": True}
    result = run(scripted, newer_schema_refused=True)
    assert (result.verdict, result.exit_code) == (Verdict.MIGRATION_FAILED, 1)
    assert "at schema 0009, which this image does not know" in result.message
    assert result.as_json()["schema"] == {"before": "0009", "after": "0009", "is_newer": True}
    assert cluster.ecs.sent("UpdateService") == []
    promoted = Promotion(source="staging", target="prod", digest=DIGEST, deploy=result, phases_s={}).as_json()
    assert promoted["class"] == result.as_json()["class"] == "image"
    # A rollback to older code is on purpose.
    cluster.after_update = [cluster.complete]
    assert run(scripted).verdict is Verdict.DEPLOYED


@pytest.mark.parametrize(("known", "is_refused"), [("0001,0002", True), ("0001,0002,0003", False), ("", False)])
def test_an_image_that_does_not_know_the_targets_schema_is_refused(
    serving: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch, known: str, *, is_refused: bool
) -> None:
    serving.images = {"v0": DIGEST}
    labels: dict[str, dict[str, str]] = {
        "sha256:new": {"org.spendsense.schema-head": "0002", "org.spendsense.schema-revisions": known},
        DIGEST: {"org.spendsense.schema-head": "0003"},
    }
    ours = promote.repository.at(scripted, REPOSITORY)
    monkeypatch.setattr(promote.Repository, "manifest", lambda self, digest: digest)
    monkeypatch.setattr(promote.Repository, "labels", lambda self, manifest: labels[manifest])
    chosen = promote.Chosen(repository=ours, digest="sha256:new")

    class Planned:
        image = "sha256:new"
        target = ours

    planned: Any = Planned
    service = promote.describe_service(scripted)
    present = promote.deployed.record_for(scripted, service.task_definition)
    if is_refused:
        with pytest.raises(DeployRefused, match="already expects schema 0003"):
            promote.expected_schemas(chosen, planned, scripted, present)
    else:
        said = promote.expected_schemas(chosen, planned, scripted, present)
        assert said == "the current image expects 0003, the new one 0002"
