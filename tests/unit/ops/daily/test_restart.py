"""`spendsense restart`, against scripted responses of ECS."""

import pytest

from ops.aws.clients import Aws
from ops.console import Console
from ops.daily import restart
from ops.errors import DeployRefused
from ops.rollout.verdict import Verdict
from tests.unit.ops.deploying.scripted_history import FAILED, ServiceWithHistory


@pytest.fixture
def service(scripted: Aws, wire: type) -> ServiceWithHistory:
    """Revision 7 serves."""
    created = ServiceWithHistory(scripted, wire)
    created.happened(7)
    created.runs(7)
    return created


def run(aws: Aws, **changes: bool) -> restart.DeployResult:
    return restart.run(aws, restart.Options(timeout_s=60.0, **changes), Console())


def test_every_task_is_replaced_by_one_of_the_same_revision(service: ServiceWithHistory, scripted: Aws) -> None:
    service.after_update = [lambda: service.ends("SUCCESSFUL", 7)]
    result = run(scripted)
    assert (result.verdict, result.exit_code, result.revision) == (Verdict.DEPLOYED, 0, 7)
    assert result.message.startswith("Restarted: revision 7 serves")
    [update] = service.ecs.sent("UpdateService")
    assert (update["forceNewDeployment"], update["taskDefinition"].rpartition(":")[2]) == (True, "7")
    assert service.ecs.sent("RegisterTaskDefinition") == service.ecs.sent("RunTask") == []


def test_a_restart_has_room_for_one_task_more_at_the_present_count(service: ServiceWithHistory, scripted: Aws) -> None:
    service.configuration = {"minimumHealthyPercent": 100, "maximumPercent": 134}  # of a deploy of 3 tasks
    service.after_update = [lambda: service.ends("SUCCESSFUL", 7)]
    run(scripted)
    [update] = service.ecs.sent("UpdateService")
    assert update["deploymentConfiguration"] == {"minimumHealthyPercent": 100, "maximumPercent": 150}


def test_a_service_without_tasks_has_none_to_replace(service: ServiceWithHistory, scripted: Aws) -> None:
    service.desired = 0
    with pytest.raises(DeployRefused, match="no tasks to replace"):
        run(scripted)
    assert service.ecs.sent("UpdateService") == []


def test_a_dry_run_changes_nothing(service: ServiceWithHistory, scripted: Aws) -> None:
    result = run(scripted, dry_run=True)
    assert (result.exit_code, service.ecs.sent("UpdateService")) == (0, [])
    assert "a restart would replace 2 tasks of revision 7" in result.message


def test_a_restart_that_ecs_undoes_has_failed(service: ServiceWithHistory, scripted: Aws) -> None:
    service.when_described = [lambda: service.ends(FAILED, 7)]
    result = run(scripted)
    assert (result.verdict, result.exit_code) == (Verdict.ROLLED_BACK, 1)
    assert result.message == "Not restarted: the new tasks failed; the old tasks of revision 7 still serve"
    assert result.as_json()["class"] == "unknown"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("ECS deployment circuit breaker: tasks failed to start.", "the new tasks failed to start; the old tasks of"),
        ("Service deployment rolled back because of user: stopped by user.", "somebody rolled it back meanwhile;"),
    ],
)
def test_a_restart_that_ended_says_why_the_same_revision_serves(
    service: ServiceWithHistory, scripted: Aws, reason: str, said: str
) -> None:
    def end() -> None:
        service.ends(FAILED, 7)
        service.deployed[0]["statusReason"] = reason

    service.when_described = [end]
    message = run(scripted).message
    assert message.startswith(f"Not restarted: {said}")
    assert "revision 7 still serve" in message


def test_a_deployment_in_progress_is_not_disturbed(service: ServiceWithHistory, scripted: Aws) -> None:
    service.runs(8, "IN_PROGRESS", before=7)
    with pytest.raises(DeployRefused, match="is in progress") as refused:
        run(scripted)
    assert refused.value.as_json()["class"] == "other_deploy"


def test_tasks_that_could_not_start_are_refused_before_any_is_replaced(
    service: ServiceWithHistory, scripted: Aws
) -> None:
    service.logs.on("DescribeLogGroups", {"logGroups": []})
    for dry_run in (True, False):
        with pytest.raises(DeployRefused, match="/ecs/spendsense-backend: does not exist") as refused:
            run(scripted, dry_run=dry_run)
    assert (refused.value.next_step or "").startswith("no task was replaced; correct this and restart again")
    assert service.ecs.sent("UpdateService") == []


def test_what_the_caller_may_not_look_at_does_not_keep_it_from_restarting(
    service: ServiceWithHistory, scripted: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    service.logs.on("DescribeLogGroups", {"__type": "AccessDeniedException", "message": "no"})
    assert run(scripted, dry_run=True).exit_code == 0
    assert "UNKNOWN log groups: DescribeLogGroups was refused" in capsys.readouterr().err
