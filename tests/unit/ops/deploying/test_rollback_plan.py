"""The revision that a rollback returns to, and the rollbacks that are refused."""

import json
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.deploying.rollback_plan import schema_words
from ops.errors import DeployRefused, Misuse, NotFound, OpsError
from ops.failure_class import FailureClass
from ops.rollout.strategy import Strategy, StrategyOptions
from ops.rollout.verdict import Verdict
from tests.unit.ops.deploying.scripted_history import FAILED, ServiceWithHistory, effects, image, run
from tests.unit.ops.scripted_cluster import ARN


def test_the_revision_that_served_before_is_deployed_and_not_the_number_before(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    service_history.after_update = [lambda: None, lambda: service_history.ends("SUCCESSFUL", 5)]
    result = run(scripted)
    assert (result.verdict, result.exit_code, result.message[:31]) == (
        Verdict.DEPLOYED,
        0,
        "Rolled back: revision 5 serves ",
    )
    assert (result.revision, result.previous_revision) == (5, 7)
    assert service_history.ecs.sent("UpdateService")[0]["taskDefinition"] == f"{ARN}:5"
    assert "StopServiceDeployment" not in effects(service_history)


def test_a_second_rollback_goes_further_back_and_never_to_the_version_that_the_first_one_replaced(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    service_history.deployed.clear()
    for revision in (4, 5, 7, 5):
        service_history.happened(revision)
    service_history.runs(5)
    assert run(scripted, dry_run=True).revision == 4


def test_a_revision_whose_rollback_has_just_failed_is_left_out_and_named(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    service_history.deployed.clear()
    for revision in (4, 5, 7):
        service_history.happened(revision)
    service_history.happened(5, FAILED, "tasks failed to start.")
    planned = run(scripted, dry_run=True)
    assert (planned.revision, planned.as_json()["left_out"]) == (4, [5])
    (said,) = [line for line in planned.changes if line.startswith("Not  to revision 5, whose last deployment failed")]
    assert said.endswith("(tasks failed to start.); to repeat that: `spendsense rollback --to 5`")
    assert run(scripted, dry_run=True, to=5).revision == 5
    service_history.happened(7)  # what serves was deployed again since, so the cause may be another
    assert run(scripted, dry_run=True).revision == 5


def test_a_rollback_that_a_person_ended_may_be_repeated(service_history: ServiceWithHistory, scripted: Aws) -> None:
    service_history.happened(5, FAILED, "The deployment was stopped by user.")
    assert run(scripted, dry_run=True).revision == 5


def test_a_rollback_without_another_revision_than_the_one_that_failed_is_refused(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    service_history.happened(5, FAILED, "tasks failed to start.")
    with pytest.raises(NotFound, match=r"but revision 5, whose last deployment failed at .* \(tasks failed") as refused:
        run(scripted)
    assert "`spendsense rollback --to 5`" in str(refused.value.next_step)
    assert effects(service_history) == []


def test_after_an_aborted_deployment_the_last_completed_revision_is_deployed(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    service_history.happened(8, "STOPPED")
    service_history.runs(8, "FAILED", before=7)
    assert run(scripted, dry_run=True).revision == 7


@pytest.mark.parametrize(("pulled", "target"), [({4, 7}, 4), ({5, 7}, 5), ({4, 5}, 5), (None, 5)])
def test_a_deployment_that_never_ran_a_task_has_not_served(
    service_history: ServiceWithHistory, scripted: Aws, pulled: set[int] | None, target: int
) -> None:
    service_history.deployed.clear()
    for revision in (4, 5, 7):
        service_history.happened(revision)
    service_history.pulled = pulled
    service_history.runs(7)
    assert run(scripted, dry_run=True).revision == target


def test_the_plan_names_both_revisions_before_anything_changes(
    service_history: ServiceWithHistory, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    service_history.after_update = [lambda: service_history.ends("SUCCESSFUL", 5)]
    run(scripted)
    first, second, third, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("From revision 7 (v7, sha256:777777777777): served from ")
    assert first.endswith(" to now; last deployment: successful")
    assert second.startswith("To   revision 5 (v5, sha256:555555555555): served from ")
    assert third == "By   a new deployment, rolling"


def test_a_dry_run_shows_the_plan_and_has_no_effect(service_history: ServiceWithHistory, scripted: Aws) -> None:
    result = run(scripted, dry_run=True)
    assert (result.verdict, result.exit_code) == (Verdict.DRY_RUN, 0)
    assert result.changes[1].startswith("To   revision 5")
    assert "Migrations are not reversed" in result.changes[-1]
    assert effects(service_history) == []


@pytest.mark.parametrize(
    ("expected", "serving", "words"),
    [
        ("0011", "0011", "revision 5 was built for 0011, like the one that serves"),
        (
            "0011",
            "0012",
            "revision 5 was built for 0011, the one that serves for 0012: its code must work with the schema that",
        ),
        ("0012", "0011", "and no migration is run"),
        (None, "0011", "check that it fits"),
        ("0011", None, "check that it fits"),
    ],
)
def test_what_images_were_built_for_is_not_said_of_the_database(
    expected: str | None, serving: str | None, words: str
) -> None:
    said = schema_words(5, expected, serving)
    assert words in said
    assert "stays at" not in said


def test_how_tasks_are_replaced_can_be_chosen(service_history: ServiceWithHistory, scripted: Aws) -> None:
    service_history.configuration = {"strategy": "CANARY", "canaryConfiguration": {"canaryBakeTimeInMinutes": 60}}
    words = "\n".join(run(scripted, dry_run=True).changes)
    assert (
        "a new deployment, canary, with 720 s of bake time; without: `spendsense rollback --strategy blue-green"
        in words
    )
    assert run(scripted, dry_run=True, strategy=StrategyOptions(strategy=Strategy.ROLLING)).strategy is Strategy.ROLLING


@pytest.mark.parametrize(
    ("options", "wrong", "error", "words", "step"),
    [
        ({}, "inactive", NotFound, "revision 5 is INACTIVE", f"deploy --image {image(5)}"),
        ({}, "gone", NotFound, "the image of revision 5 is no longer in ECR", "spendsense history"),
        ({"to": 10}, "", NotFound, "there is no revision 10 of spendsense-backend", "spendsense history"),
        ({"to": 5}, "never", NotFound, "revision 5 never ran a task; its image never-deployed does not", "history"),
        ({"to": 7}, "", Misuse, "the service is already set to revision 7", "spendsense history"),
        ({}, "alone", NotFound, "nothing served before revision 7", "rollback --to REVISION"),
        ({}, "recovery", DeployRefused, "a recovery has been in progress", "spendsense recover"),
    ],
)
def test_an_impossible_rollback_is_refused_with_a_next_step_before_any_effect(
    service_history: ServiceWithHistory,
    scripted: Aws,
    options: dict[str, Any],
    wrong: str,
    error: type[OpsError],
    words: str,
    step: str,
) -> None:
    service_history.inactive, service_history.gone = (
        ({5} if wrong == "inactive" else set()),
        ({5} if wrong == "gone" else set()),
    )
    service_history.never_deployed = {5} if wrong == "never" else set()
    if wrong == "alone":
        service_history.deployed = service_history.deployed[:1]
    if wrong == "recovery":
        began = {"id": "1", "began_at": "2026-01-01T00:00:00+00:00"}
        service_history.ssm.on("GetParameter", {"Parameter": {"Value": json.dumps(began)}})
    with pytest.raises(error, match=words) as refused:
        run(scripted, **options)
    assert step in str(refused.value.next_step)
    assert effects(service_history) == []


def test_versions_that_served_in_between_are_mentioned(service_history: ServiceWithHistory, scripted: Aws) -> None:
    service_history.deployed = []
    for revision in (1, 3, 1):
        service_history.happened(revision)
    service_history.runs(1)
    service_history.definition["taskDefinitionArn"] = f"{ARN}:1"
    with pytest.raises(NotFound, match="before revision 1, according to ECS's history; the versions that"):
        run(scripted, dry_run=True)


def test_the_first_deployment_cannot_be_rolled_back(in_progress: ServiceWithHistory, scripted: Aws) -> None:
    in_progress.deployed = in_progress.deployed[:1]
    with pytest.raises(NotFound, match="revision 8 is in progress, and nothing served before it"):
        run(scripted)
    assert effects(in_progress) == []


def test_a_strategy_for_a_rollback_by_ecs_is_a_misuse(in_progress: ServiceWithHistory, scripted: Aws) -> None:
    with pytest.raises(Misuse, match="ECS rolls it back with its own strategy"):
        run(scripted, strategy=StrategyOptions(strategy=Strategy.ROLLING))


def test_a_rollback_in_progress_is_not_rolled_back_by_a_second_one(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    service_history.happened(5, "IN_PROGRESS")
    service_history.runs(5, "IN_PROGRESS", before=7)
    with pytest.raises(
        DeployRefused, match="d4 is returning to revision 5, which has served before; to roll"
    ) as refused:
        run(scripted)
    assert refused.value.failure_class is FailureClass.OTHER_DEPLOY
    assert "`spendsense wait`" in str(refused.value.next_step)
    assert "`spendsense rollback --to 7`" in str(refused.value.next_step)
    assert effects(service_history) == []
    assert run(scripted, to=7, dry_run=True).as_json()["stopped_deployment"] == "d4"


def test_a_restart_in_progress_can_be_rolled_back(service_history: ServiceWithHistory, scripted: Aws) -> None:
    service_history.happened(7, "IN_PROGRESS")
    service_history.runs(7, "IN_PROGRESS")
    assert run(scripted, dry_run=True).as_json()["stopped_deployment"] == "d4"
