"""`spendsense status` names why it is not healthy."""

from dataclasses import replace

import pytest

from ops.aws.service import Deployment, RolloutState, Service, Target, TargetState
from ops.aws.service_deployment import ServiceDeployment
from ops.aws.service_deployment import Status as Stage
from ops.console import Console
from ops.rollout.deployment_state import RollbackInProgress, waits_for_decision
from ops.status import Status

ARN = "arn:aws:ecs:us-west-1:123456789012:task-definition/spendsense-backend:7"
DEPLOYMENT = Deployment(
    id="ecs-svc/7",
    is_primary=True,
    status="PRIMARY",
    task_definition=ARN,
    rollout_state=RolloutState.COMPLETED,
    reason="",
    desired=1,
    running=1,
    pending=0,
    failed=0,
)
SERVICE = Service(
    name="spendsense-backend",
    status="ACTIVE",
    task_definition=ARN,
    desired=1,
    running=1,
    pending=0,
    deployments=(DEPLOYMENT,),
    events=(),
    target_groups=(),
    network={},
)
GOOD = Status(
    environment="local",
    endpoint=None,
    region="us-west-1",
    url=None,
    cluster="c",
    service=SERVICE,
    image="i",
    targets=(Target(id="127.0.0.2", port=8000, state=TargetState.HEALTHY, reason=None),),
)


def test_a_steady_and_healthy_service_has_no_reasons() -> None:
    assert (GOOD.reasons, GOOD.exit_code, GOOD.as_json()["healthy"]) == ([], 0, True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"failed_parts": ("ecs (not_saved No space left on device)",)}, "the local cloud's ecs has failed"),
        ({"alarms": {"a": "ALARM"}}, "alarm a is in ALARM"),
        ({"recovering_since": "2026-11-26T02:10:00Z"}, "a recovery is in progress"),
        ({"service": replace(SERVICE, running=0)}, "0 of 1 desired tasks are running"),
        ({"service": replace(SERVICE, status="DRAINING")}, "service spendsense-backend is DRAINING"),
        (
            {"service": replace(SERVICE, deployments=(replace(DEPLOYMENT, rollout_state=RolloutState.IN_PROGRESS),))},
            "the deployment of revision 7 is in progress",
        ),
        ({"targets": ()}, "0 of 1 targets are healthy"),
        (
            {
                "service": replace(
                    SERVICE, desired=0, running=0, deployments=(replace(DEPLOYMENT, desired=0, running=0),)
                ),
                "targets": (),
            },
            "no tasks are desired, so nothing serves",
        ),
    ],
)
def test_each_problem_is_a_reason(changes: dict[str, object], reason: str) -> None:
    status = replace(GOOD, **changes)  # type: ignore[arg-type]
    assert (status.reasons, status.exit_code) == ([reason], 1)


def test_state_that_was_set_aside_is_reported_and_is_not_a_failure() -> None:
    status = replace(GOOD, set_aside=("ecs.json.set-aside: cannot be read",))
    assert status.exit_code == 0
    reported = {
        "failed": [],
        "set_aside": ["ecs.json.set-aside: cannot be read"],
        "iam": None,
        "container_engine": None,
    }
    assert status.as_json()["local_cloud"] == reported


ROLLING = replace(DEPLOYMENT, rollout_state=RolloutState.IN_PROGRESS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "not steady yet: the deployment of revision 7 is in progress"),
        ({"targets": ()}, "NOT healthy"),
        ({"targets": (*GOOD.targets, replace(GOOD.targets[0], state=TargetState.UNHEALTHY))}, "NOT healthy"),
        ({"service": replace(SERVICE, deployments=(replace(ROLLING, failed=1),))}, "NOT healthy"),
        ({"alarms": {"a": "ALARM"}}, "NOT healthy"),
    ],
)
def test_a_deployment_in_progress_is_not_called_a_problem_until_there_is_one(
    capsys: pytest.CaptureFixture[str], changes: dict[str, object], said: str
) -> None:
    status = replace(GOOD, service=replace(SERVICE, deployments=(ROLLING,)))
    status = replace(status, **changes)  # type: ignore[arg-type]
    status.show(Console())
    assert capsys.readouterr().out.startswith(f"spendsense-backend in local: {said}")
    assert (status.exit_code, status.as_json()["healthy"]) == (1, False)


BACK = RollbackInProgress(
    deployment=ServiceDeployment(
        arn="service-deployment/c/s/d8", status=Stage.ROLLBACK_IN_PROGRESS, reason="it failed"
    ),
    revision=8,
    to=7,
)


def test_a_rollback_by_ecs_is_not_called_a_deployment_of_the_old_revision(capsys: pytest.CaptureFixture[str]) -> None:
    status = replace(GOOD, service=replace(SERVICE, deployments=(ROLLING,)), rollback=BACK)
    status.show(Console())
    headline, *lines = capsys.readouterr().out.splitlines()
    assert headline.endswith("not steady yet: ECS is rolling deployment d8 of revision 8 back to revision 7: it failed")
    (possible,) = [line for line in lines if line.startswith("  rollback  ")]
    assert "spendsense wait" in possible
    assert "spendsense deploy --force" in possible
    expected = {"deployment": "d8", "revision": 8, "to": 7, "reason": "it failed"}
    assert status.as_json()["rolling_back"] == expected


def test_a_deployment_that_stays_failed_is_named_with_its_reason_and_the_way_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    failed = replace(DEPLOYMENT, rollout_state=RolloutState.FAILED, reason="stopped by user")
    replace(GOOD, service=replace(SERVICE, deployments=(failed,))).show(Console())
    headline, *lines = capsys.readouterr().out.splitlines()
    assert headline.endswith("NOT healthy: the deployment of revision 7 has failed: stopped by user")
    assert any(line.startswith("  failed    return to what served before: `spendsense rollback`") for line in lines)


def test_a_deployment_that_waits_for_a_decision_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    paused = replace(BACK.deployment, status=Stage.IN_PROGRESS, paused_by=("h1",))
    status = replace(GOOD, service=replace(SERVICE, deployments=(ROLLING,)), paused=waits_for_decision(paused))
    status.show(Console())
    headline, *lines = capsys.readouterr().out.splitlines()
    assert headline.endswith("deployment d8 is paused until somebody approves or rejects it")
    assert any(line.startswith("  paused    let it continue: `spendsense approve`; or") for line in lines)
    assert status.as_json()["paused"] is True
