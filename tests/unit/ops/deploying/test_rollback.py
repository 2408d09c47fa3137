"""The way back, and the history that it is chosen from, against scripted answers of ECS and ECR."""

import json
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.deploying import history, rollback
from ops.errors import DeployRefused, Misuse, NotFound, OpsError
from ops.rollout.strategy import Strategy, StrategyOptions
from ops.rollout.verdict import Verdict
from ops.signals import standing
from tests.unit.ops.scripted_cluster import ARN, Cluster, deployment, no_image, task

WHERE = "spendsense-local/spendsense-backend"
FAILED = "ROLLBACK_SUCCESSFUL"


def image(revision: int) -> str:
    return f"registry/spendsense-backend@sha256:{str(revision) * 64}"


class Past(Cluster):
    """A service with deployments behind it."""

    def __init__(self, aws: Aws, wire: Any) -> None:
        super().__init__(aws, wire)
        self.deployed: list[dict[str, Any]] = []  # newest first
        self.inactive: set[int] = set()
        self.gone: set[int] = set()  # revisions whose image is
        self.pulled: set[int] | None = None  # revisions that ever ran a task, where ECS tells
        self.when_asked: list[Any] = []  # steps, one for each DescribeServiceDeployments after a change
        for operation, answer in {
            "DescribeServiceDeployments": self.describe_service_deployments,
            "DescribeServiceRevisions": self.describe_service_revisions,
            "StopServiceDeployment": self.stop,
        }.items():
            self.ecs.on(operation, answer)
        self.ecr.on("DescribeImages", self.describe_images)

    def happened(self, revision: int, status: str = "SUCCESSFUL", reason: str = "") -> None:
        """A deployment of a revision; its number is one more than the last one's."""
        number = len(self.deployed) + 1
        at = 1_000_000.0 + 100 * number
        ended = {} if status.endswith("PROGRESS") else {"finishedAt": at + 10}
        self.deployed.insert(
            0,
            {
                "serviceDeploymentArn": f"arn:aws:ecs:us-west-1:123456789012:service-deployment/{WHERE}/d{number}",
                "status": status,
                "statusReason": reason,
                "createdAt": at,
                "deploymentConfiguration": {"strategy": "ROLLING"},
                "targetServiceRevision": {"arn": f"service-revision/{WHERE}/{revision}"},
                **ended,
            },
        )

    def runs(self, revision: int, state: str = "COMPLETED", *, before: int | None = None) -> None:
        """Set what DescribeServices answers: a primary deployment, and the one it replaces."""
        self.deployments = [deployment(revision, "PRIMARY", state)]
        if before is not None:
            self.deployments.append(deployment(before, "ACTIVE", "COMPLETED"))
        serving = revision if before is None else before
        self.running = [task(f"r{serving}-{n}", serving, image(serving)) for n in (1, 2)]

    def ends(self, status: str, serving: int) -> None:
        self.deployed[0] |= {"status": status, "finishedAt": 2_000_000.0}
        self.runs(serving)

    def describe_task_definition(self, request: dict[str, Any]) -> dict[str, Any]:
        revision = int(request["taskDefinition"].rpartition(":")[2])
        if revision > 9:
            return {"__type": "ClientException", "message": "Unable to describe task definition."}
        container = self.definition["containerDefinitions"][0] | {
            "image": image(revision),
            "environment": [{"name": "APP_REVISION", "value": f"v{revision}"}],
        }
        status = "INACTIVE" if revision in self.inactive else "ACTIVE"
        own = {"taskDefinitionArn": f"{ARN}:{revision}", "containerDefinitions": [container], "status": status}
        return {"taskDefinition": self.definition | own}

    def list_service_deployments(self, request: dict[str, Any]) -> dict[str, Any]:
        """A page holds three."""
        start = int(request.get("nextToken", 0))
        more = {"nextToken": str(start + 3)} if len(self.deployed) > start + 3 else {}
        return {"serviceDeployments": self.deployed[start : start + 3], **more}

    def describe_service_deployments(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.updated and self.when_asked:
            self.when_asked.pop(0)()
        wanted = request["serviceDeploymentArns"]
        return {"serviceDeployments": [each for each in self.deployed if each["serviceDeploymentArn"] in wanted]}

    def describe_service_revisions(self, request: dict[str, Any]) -> dict[str, Any]:
        revisions = []
        for arn in request["serviceRevisionArns"]:
            revision = int(arn.rpartition("/")[2])
            pulled = {"containerName": "backend", "image": image(revision)}
            if self.pulled is not None and revision in self.pulled:
                pulled["imageDigest"] = image(revision).partition("@")[2]
            known = {"taskDefinition": f"{ARN}:{revision}", "containerImages": [pulled]}
            revisions.append({"serviceRevisionArn": arn, **known})
        return {"serviceRevisions": revisions}

    def describe_images(self, request: dict[str, Any]) -> dict[str, Any]:
        digest = request["imageIds"][0]["imageDigest"]
        if int(digest[-1]) in self.gone:
            return no_image(request["imageIds"][0])
        return {"imageDetails": [{"imageDigest": digest, "imageTags": [f"v{digest[-1]}"]}]}

    def update(self, request: dict[str, Any]) -> dict[str, Any]:
        revision, present = int(request["taskDefinition"].rpartition(":")[2]), self.deployments[0]
        self.updated = True
        self.happened(revision, "IN_PROGRESS")
        self.deployments = [deployment(revision, "PRIMARY", "IN_PROGRESS"), present | {"status": "ACTIVE"}]
        return {"service": self.service()}

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        assert request["stopType"] == "ROLLBACK"
        self.updated = True
        self.deployed[0]["status"] = "ROLLBACK_REQUESTED"
        return {"serviceDeploymentArn": request["serviceDeploymentArn"]}


@pytest.fixture
def past(scripted: Aws, wire: Any) -> Past:
    """5 served, 6 failed, 7 serves."""
    made = Past(scripted, wire)
    made.happened(5)
    made.happened(6, FAILED, "tasks failed to start.")
    made.happened(7)
    made.runs(7)
    return made


@pytest.fixture
def under_way(past: Past) -> Past:
    """8 is to replace 7."""
    past.happened(8, "IN_PROGRESS")
    past.runs(8, "IN_PROGRESS", before=7)
    return past


def run(aws: Aws, **changes: Any) -> rollback.RollbackResult:
    return rollback.run(aws, rollback.Options(**{"timeout_s": 60.0, **changes}), Console())


def effects(past: Past) -> list[str]:
    return [name for name, _ in past.ecs.requests if name in {"UpdateService", "StopServiceDeployment"}]


def test_the_revision_that_served_before_is_deployed_and_not_the_number_before(past: Past, scripted: Aws) -> None:
    past.after_update = [lambda: None, lambda: past.ends("SUCCESSFUL", 5)]
    result = run(scripted)
    assert (result.verdict, result.exit_code, result.message[:31]) == (
        Verdict.DEPLOYED,
        0,
        "Rolled back: revision 5 serves ",
    )
    assert (result.revision, result.previous_revision) == (5, 7)
    assert past.ecs.sent("UpdateService")[0]["taskDefinition"] == f"{ARN}:5"
    assert "StopServiceDeployment" not in effects(past)


def test_the_restored_revision_is_recorded_for_terraform(past: Past, scripted: Aws) -> None:
    past.after_update = [lambda: past.ends("SUCCESSFUL", 5)]
    run(scripted)
    intended, recorded, *_ = (json.loads(request["Value"]) for request in past.ssm.sent("PutParameter"))
    assert (intended["image"], intended["pending"]["image"]) == (image(7), image(5))
    assert recorded == {"image": image(5), "revision": "v5"}


def test_a_second_rollback_goes_further_back_and_never_to_the_version_that_the_first_one_replaced(
    past: Past, scripted: Aws
) -> None:
    past.deployed.clear()
    for revision in (4, 5, 7, 5):
        past.happened(revision)
    past.runs(5)
    assert run(scripted, dry_run=True).revision == 4


def test_after_an_aborted_deployment_the_last_completed_revision_is_deployed(past: Past, scripted: Aws) -> None:
    past.happened(8, "STOPPED")
    past.runs(8, "FAILED", before=7)
    assert run(scripted, dry_run=True).revision == 7


@pytest.mark.parametrize(("pulled", "target"), [({4, 7}, 4), ({5, 7}, 5), ({4, 5}, 5), (None, 5)])
def test_a_deployment_that_never_ran_a_task_has_not_served(
    past: Past, scripted: Aws, pulled: set[int] | None, target: int
) -> None:
    past.deployed.clear()
    for revision in (4, 5, 7):
        past.happened(revision)
    past.pulled = pulled
    past.runs(7)
    assert run(scripted, dry_run=True).revision == target


def test_a_rollback_that_ecs_rolled_back_is_a_failure(past: Past, scripted: Aws) -> None:
    past.when_asked = [lambda: past.ends(FAILED, 7)]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert result.message.startswith("Not rolled back: revision 5 failed and ECS rolled back to revision 7")
    (intended,) = past.ssm.sent("PutParameter")
    assert json.loads(intended["Value"])["image"] == image(7)


def test_the_plan_names_both_revisions_before_anything_changes(
    past: Past, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    past.after_update = [lambda: past.ends("SUCCESSFUL", 5)]
    run(scripted)
    first, second, third, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("From revision 7 (v7, sha256:777777777777): served from ")
    assert first.endswith(" to now; last deployment: SUCCESSFUL")
    assert second.startswith("To   revision 5 (v5, sha256:555555555555): served from ")
    assert third == "By   a new deployment, rolling"


def test_a_dry_run_shows_the_plan_and_has_no_effect(past: Past, scripted: Aws) -> None:
    result = run(scripted, dry_run=True)
    assert (result.verdict, result.exit_code) == (Verdict.DRY_RUN, 0)
    assert result.changes[1].startswith("To   revision 5")
    assert "Migrations are not reversed" in result.changes[-1]
    assert effects(past) == []


def test_how_tasks_are_replaced_can_be_chosen(past: Past, scripted: Aws) -> None:
    past.configuration = {"strategy": "CANARY", "canaryConfiguration": {"canaryBakeTimeInMinutes": 60}}
    words = "\n".join(run(scripted, dry_run=True).changes)
    assert (
        "a new deployment, canary, with 720 s of bake time; without: `spendsense rollback --strategy blue-green"
        in words
    )
    assert run(scripted, dry_run=True, strategy=StrategyOptions(strategy=Strategy.ROLLING)).strategy is Strategy.ROLLING


def test_a_deployment_in_progress_is_rolled_back_and_watched_until_the_old_revision_serves(
    under_way: Past, scripted: Aws
) -> None:
    under_way.when_asked = [lambda: None, lambda: under_way.ends(FAILED, 7)]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.DEPLOYED, 0)
    assert (result.revision, result.previous_revision, result.image) == (7, 8, image(7))
    assert result.as_json()["stopped_deployment"] == "d4"
    assert effects(under_way) == ["StopServiceDeployment"]


def test_it_ends_only_when_nothing_but_the_old_tasks_is_running(under_way: Past, scripted: Aws) -> None:
    def go_back_and_leave_a_task() -> None:
        under_way.ends(FAILED, 7)
        under_way.running.append(task("late", 8, image(8)))

    under_way.when_asked = [go_back_and_leave_a_task]
    result = run(scripted, timeout_s=0.5)
    assert (result.verdict, result.exit_code) == (Verdict.TIMED_OUT, 1)
    assert "spendsense rollback --timeout 1" in result.next_steps


def test_a_deployment_that_is_already_rolling_back_is_only_watched(under_way: Past, scripted: Aws) -> None:
    under_way.deployed[0]["status"] = "ROLLBACK_IN_PROGRESS"
    under_way.runs(7, "IN_PROGRESS")
    under_way.updated, under_way.when_asked = True, [lambda: None, lambda: under_way.ends(FAILED, 7)]
    assert run(scripted).exit_code == 0
    assert effects(under_way) == []


def test_a_deployment_that_cannot_be_rolled_back_is_a_failure(under_way: Past, scripted: Aws) -> None:
    under_way.when_asked = [lambda: under_way.deployed[0].update(status="ROLLBACK_FAILED", statusReason="no tasks")]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.FAILED, 1)
    assert result.message.startswith("Not rolled back to revision 7 (no tasks); serving: ")
    assert "spendsense rollback --to 7" in result.next_steps


def test_a_deployment_that_ended_too_early_to_be_stopped_is_followed_by_a_new_deployment(
    under_way: Past, scripted: Aws
) -> None:
    def too_late(_: dict[str, Any]) -> dict[str, Any]:
        under_way.ends("SUCCESSFUL", 8)
        return {"__type": "ConflictException", "message": "it must be IN_PROGRESS"}

    under_way.ecs.on("StopServiceDeployment", too_late)
    under_way.after_update = [lambda: under_way.ends("SUCCESSFUL", 7)]
    result = run(scripted)
    assert (result.verdict, result.revision) == (Verdict.DEPLOYED, 7)
    assert effects(under_way) == ["StopServiceDeployment", "UpdateService"]


def test_a_deployment_that_ecs_does_not_stop_is_replaced_by_the_last_revision_that_served(
    under_way: Past, scripted: Aws
) -> None:
    under_way.ecs.on("StopServiceDeployment", {"__type": "ConflictException", "message": "not in this state"})
    under_way.after_update = [lambda: under_way.ends("SUCCESSFUL", 7)]
    assert (run(scripted).revision, effects(under_way)) == (7, ["StopServiceDeployment", "UpdateService"])


def test_a_revision_other_than_the_last_replaces_the_deployment_in_progress(under_way: Past, scripted: Aws) -> None:
    under_way.after_update = [lambda: under_way.ends("SUCCESSFUL", 5)]
    assert (run(scripted, to=5).revision, effects(under_way)) == (5, ["UpdateService"])


def test_a_rollback_stuck_on_its_percentages_is_started_again(past: Past, scripted: Aws) -> None:
    stuck = "(service s) was unable to stop or start tasks during a deployment because of the service deployment ..."
    past.after_update = [lambda: past.say(9, stuck)]
    assert "spendsense rollback --to 5" in run(scripted, timeout_s=0.5).next_steps
    past.after_update = [lambda: None, lambda: None, lambda: past.ends("SUCCESSFUL", 5)]
    assert run(scripted, to=5).exit_code == 0
    assert past.ecs.sent("UpdateService")[1]["forceNewDeployment"] is True


def test_a_signal_leaves_the_rollback_running_and_says_so(under_way: Past, scripted: Aws) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    under_way.when_asked = [interrupt]
    with pytest.raises(KeyboardInterrupt):
        run(scripted)
    assert standing() == ("deployment d4 is being rolled back", "look at it: spendsense status")


@pytest.mark.parametrize(
    ("options", "wrong", "error", "words", "step"),
    [
        ({}, "inactive", NotFound, "revision 5 is INACTIVE", f"deploy --image {image(5)}"),
        ({}, "gone", NotFound, "the image of revision 5 is no longer in ECR", "spendsense history"),
        ({"to": 10}, "", NotFound, "there is no revision 10 of spendsense-backend", "spendsense history"),
        ({"to": 7}, "", Misuse, "the service is already set to revision 7", "spendsense history"),
        ({}, "alone", NotFound, "nothing served before revision 7", "rollback --to REVISION"),
        ({}, "recovery", DeployRefused, "a recovery has been in progress", "spendsense recover"),
    ],
)
def test_an_impossible_rollback_is_refused_with_a_next_step_before_any_effect(
    past: Past, scripted: Aws, options: dict[str, Any], wrong: str, error: type[OpsError], words: str, step: str
) -> None:
    past.inactive, past.gone = ({5} if wrong == "inactive" else set()), ({5} if wrong == "gone" else set())
    if wrong == "alone":
        past.deployed = past.deployed[:1]
    if wrong == "recovery":
        began = {"id": "1", "began_at": "2026-01-01T00:00:00+00:00"}
        past.ssm.on("GetParameter", {"Parameter": {"Value": json.dumps(began)}})
    with pytest.raises(error, match=words) as refused:
        run(scripted, **options)
    assert step in str(refused.value.next_step)
    assert effects(past) == []


def test_versions_that_served_in_between_are_mentioned(past: Past, scripted: Aws) -> None:
    past.deployed = []
    for revision in (1, 3, 1):
        past.happened(revision)
    past.runs(1)
    past.definition["taskDefinitionArn"] = f"{ARN}:1"
    with pytest.raises(NotFound, match="before revision 1, as far as ECS's history reaches; the versions that"):
        run(scripted, dry_run=True)


def test_the_first_deployment_cannot_be_rolled_back(under_way: Past, scripted: Aws) -> None:
    under_way.deployed = under_way.deployed[:1]
    with pytest.raises(NotFound, match="revision 8 is in progress, and nothing served before it"):
        run(scripted)
    assert effects(under_way) == []


def test_a_strategy_for_a_rollback_by_ecs_is_a_misuse(under_way: Past, scripted: Aws) -> None:
    with pytest.raises(Misuse, match="ECS rolls it back with its own strategy"):
        run(scripted, strategy=StrategyOptions(strategy=Strategy.ROLLING))


def test_history_shows_how_each_deployment_ended_and_which_revision_serves(past: Past, scripted: Aws) -> None:
    told = history.run(scripted, history.Options(), Console())
    newest, failed, first = told.as_json()["deployments"]  # type: ignore[misc]
    assert (newest["revision"], newest["serves"], newest["tags"], newest["duration_s"]) == (7, True, ["v7"], 10.0)
    assert (failed["status"], failed["reason"]) == (FAILED, "tasks failed to start.")
    assert (first["id"], first["strategy"], first["image"], first["serves"]) == ("d1", "rolling", image(5), False)


def test_history_reads_as_many_pages_as_are_requested(past: Past, scripted: Aws) -> None:
    for revision in (8, 9, 8, 9):
        past.happened(revision)
    assert len(history.run(scripted, history.Options(limit=7), Console()).entries) == 7
    assert [each.past.deployment.id for each in history.run(scripted, history.Options(limit=2), Console()).entries] == [
        "d7",
        "d6",
    ]


def test_history_says_when_an_image_is_gone(past: Past, scripted: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    past.gone = {5}
    history.run(scripted, history.Options(), Console()).show(Console())
    assert "image gone" in capsys.readouterr().out.splitlines()[-1]


def test_shell_completion_offers_the_revisions_that_have_served(past: Past, scripted: Aws) -> None:
    assert history.choices(scripted, "") == [("7", image(7)), ("5", image(5))]
    assert history.choices(scripted, "5") == [("5", image(5))]
