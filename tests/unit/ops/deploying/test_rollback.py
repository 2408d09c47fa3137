"""`spendsense rollback`, against scripted responses of ECS and ECR."""

import json
from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.errors import DeployRefused
from ops.failure_class import FailureClass
from ops.rollout.verdict import Verdict
from ops.signals import standing
from tests.unit.ops.deploying.scripted_history import FAILED, ServiceWithHistory, effects, image, run
from tests.unit.ops.scripted_cluster import task

pytestmark = pytest.mark.usefixtures("no_waiting")

SECRET = "arn:aws:secretsmanager:us-west-1:123456789012:secret:spendsense-local/jwt-abcdef"


def test_the_restored_revision_is_recorded_for_terraform(service_history: ServiceWithHistory, scripted: Aws) -> None:
    service_history.after_update = [lambda: service_history.ends("SUCCESSFUL", 5)]
    run(scripted)
    intended, recorded, *_ = (json.loads(request["Value"]) for request in service_history.ssm.sent("PutParameter"))
    assert (intended["image"], intended["pending"]["image"]) == (image(7), image(5))
    assert recorded == {"image": image(5), "revision": "v5"}


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_revision_whose_secret_is_gone_is_refused_before_anything_changes(
    service_history: ServiceWithHistory, scripted: Aws, wire: Any, *, dry_run: bool
) -> None:
    wire(scripted.secretsmanager).on("DescribeSecret", {"__type": "ResourceNotFoundException"})
    service_history.secrets = {5: SECRET}
    with pytest.raises(DeployRefused, match=f"JWT_SECRET_KEY: there is no secret {SECRET}") as refused:
        run(scripted, dry_run=dry_run)
    assert refused.value.failure_class is FailureClass.SECRET
    assert "spendsense rollback --to REVISION" in str(refused.value.next_step)
    assert effects(service_history) == []


def test_a_secret_that_is_gone_does_not_keep_ecs_from_rolling_a_deployment_back(
    in_progress: ServiceWithHistory, scripted: Aws, wire: Any
) -> None:
    wire(scripted.secretsmanager).on("DescribeSecret", {"__type": "ResourceNotFoundException"})
    in_progress.secrets = {7: SECRET}
    in_progress.when_described = [lambda: in_progress.ends(FAILED, 7)]
    assert run(scripted).exit_code == 0
    assert effects(in_progress) == ["StopServiceDeployment"]


def test_a_rollback_that_ecs_rolled_back_is_a_failure(service_history: ServiceWithHistory, scripted: Aws) -> None:
    service_history.when_described = [lambda: service_history.ends(FAILED, 7)]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert result.message.startswith("Not rolled back: revision 5 failed and ECS rolled back to revision 7")
    (intended,) = service_history.ssm.sent("PutParameter")
    assert json.loads(intended["Value"])["image"] == image(7)


def test_a_deployment_in_progress_is_rolled_back_and_watched_until_the_old_revision_serves(
    in_progress: ServiceWithHistory, scripted: Aws
) -> None:
    in_progress.when_described = [lambda: None, lambda: in_progress.ends(FAILED, 7)]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.DEPLOYED, 0)
    assert (result.revision, result.previous_revision, result.image) == (7, 8, image(7))
    assert result.as_json()["stopped_deployment"] == "d4"
    assert effects(in_progress) == ["StopServiceDeployment"]


def test_it_ends_only_when_nothing_but_the_old_tasks_is_running(in_progress: ServiceWithHistory, scripted: Aws) -> None:
    def go_back_and_leave_a_task() -> None:
        in_progress.ends(FAILED, 7)
        in_progress.running.append(task("late", 8, image(8)))

    in_progress.when_described = [go_back_and_leave_a_task]
    result = run(scripted, timeout_s=0.5)
    assert (result.verdict, result.exit_code) == (Verdict.TIMED_OUT, 1)
    assert "spendsense wait --timeout 1" in result.next_steps
    assert result.as_json()["next_steps"] == list(result.next_steps)


def test_a_deployment_that_is_already_rolling_back_is_only_watched(
    in_progress: ServiceWithHistory, scripted: Aws
) -> None:
    in_progress.deployed[0]["status"] = "ROLLBACK_IN_PROGRESS"
    in_progress.runs(7, "IN_PROGRESS")
    in_progress.updated, in_progress.when_described = True, [lambda: None, lambda: in_progress.ends(FAILED, 7)]
    assert run(scripted).exit_code == 0
    assert effects(in_progress) == []


def test_a_deployment_that_cannot_be_rolled_back_is_a_failure(in_progress: ServiceWithHistory, scripted: Aws) -> None:
    in_progress.when_described = [
        lambda: in_progress.deployed[0].update(status="ROLLBACK_FAILED", statusReason="no tasks")
    ]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.FAILED, 1)
    assert result.message.startswith("Not rolled back to revision 7 (no tasks); serving: ")
    assert "spendsense rollback --to 7" in result.next_steps


def test_a_deployment_that_ended_too_early_to_be_stopped_is_followed_by_a_new_deployment(
    in_progress: ServiceWithHistory, scripted: Aws
) -> None:
    def too_late(_: dict[str, Any]) -> dict[str, Any]:
        in_progress.ends("SUCCESSFUL", 8)
        return {"__type": "ConflictException", "message": "it must be IN_PROGRESS"}

    in_progress.ecs.on("StopServiceDeployment", too_late)
    in_progress.after_update = [lambda: in_progress.ends("SUCCESSFUL", 7)]
    result = run(scripted)
    assert (result.verdict, result.revision) == (Verdict.DEPLOYED, 7)
    assert effects(in_progress) == ["StopServiceDeployment", "UpdateService"]


def test_a_deployment_that_ecs_does_not_stop_is_replaced_by_the_last_revision_that_served(
    in_progress: ServiceWithHistory, scripted: Aws
) -> None:
    in_progress.ecs.on("StopServiceDeployment", {"__type": "ConflictException", "message": "not in this state"})
    in_progress.after_update = [lambda: in_progress.ends("SUCCESSFUL", 7)]
    assert (run(scripted).revision, effects(in_progress)) == (7, ["StopServiceDeployment", "UpdateService"])


def test_a_revision_other_than_the_last_replaces_the_deployment_in_progress(
    in_progress: ServiceWithHistory, scripted: Aws
) -> None:
    in_progress.after_update = [lambda: in_progress.ends("SUCCESSFUL", 5)]
    assert (run(scripted, to=5).revision, effects(in_progress)) == (5, ["UpdateService"])


def test_a_rollback_stuck_on_its_percentages_is_started_again(
    service_history: ServiceWithHistory, scripted: Aws
) -> None:
    stuck = "(service s) was unable to stop or start tasks during a deployment because of the service deployment ..."
    service_history.after_update = [lambda: service_history.say(9, stuck)]
    assert "spendsense rollback --to 5" in run(scripted, timeout_s=0.5).next_steps
    service_history.after_update = [lambda: None, lambda: None, lambda: service_history.ends("SUCCESSFUL", 5)]
    assert run(scripted, to=5).exit_code == 0
    assert service_history.ecs.sent("UpdateService")[1]["forceNewDeployment"] is True


def test_a_signal_leaves_the_rollback_running_and_says_so(in_progress: ServiceWithHistory, scripted: Aws) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    in_progress.when_described = [interrupt]
    with pytest.raises(KeyboardInterrupt):
        run(scripted)
    assert standing() == ("deployment d4 is being rolled back", "look at it: spendsense status")
