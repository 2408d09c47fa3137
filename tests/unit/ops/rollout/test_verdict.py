"""The meaning of a rollout's state."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ops.aws.service import Deployment, Event, RolloutState, Service, Target, TargetState, Task
from ops.aws.service_deployment import ServiceDeployment, Status
from ops.rollout.verdict import ExpectedDeployment, Verdict, all_healthy, assess, state_line, waits_for

OLD = "arn:aws:ecs:us-west-1:123456789012:task-definition/spendsense-backend:6"
NEW = "arn:aws:ecs:us-west-1:123456789012:task-definition/spendsense-backend:7"
IMAGE = "registry/spendsense-backend@sha256:new"
OURS = ExpectedDeployment(deployment="ecs-svc/7", task_definition=NEW, image=IMAGE)


def deployment(number: int, state: RolloutState, **changes: object) -> Deployment:
    created = Deployment(
        id=f"ecs-svc/{number}",
        is_primary=True,
        status="PRIMARY",
        task_definition=NEW if number == 7 else OLD,
        rollout_state=state,
        reason=f"ECS deployment ecs-svc/{number} completed.",
        desired=2,
        running=2,
        pending=0,
        failed=0,
    )
    return replace(created, **changes)  # type: ignore[arg-type]


def service(*deployments: Deployment, **changes: object) -> Service:
    created = Service(
        name="spendsense-backend",
        status="ACTIVE",
        task_definition=deployments[0].task_definition,
        desired=2,
        running=2,
        pending=0,
        deployments=deployments,
        events=(),
        target_groups=(),
        network={},
    )
    return replace(created, **changes)  # type: ignore[arg-type]


def task(task_definition: str = NEW, image: str = IMAGE, image_digest: str | None = None) -> Task:
    return Task(
        id="t",
        arn="task/t",
        task_definition=task_definition,
        last_status="RUNNING",
        started_by="ecs-svc/7",
        stop_code=None,
        stopped_reason=None,
        container="backend",
        exit_code=None,
        container_reason=None,
        image=image,
        image_digest=image_digest,
        ip=None,
    )


def target(state: TargetState, number: int = 1) -> Target:
    return Target(id=f"127.0.1.{number}", port=8000, state=state, reason=None)


def test_a_completed_only_deployment_of_our_revision_and_image_is_success() -> None:
    done = service(deployment(7, RolloutState.COMPLETED))
    assert assess(done, [task(), task()], OURS) is Verdict.DEPLOYED
    assert waits_for(done, [task(), task()], OURS) == "nothing"


def test_a_task_reported_by_digest_only_counts_as_our_image() -> None:
    tasks = [task(image="registry/spendsense-backend:v7", image_digest="sha256:new")] * 2
    assert assess(service(deployment(7, RolloutState.COMPLETED)), tasks, OURS) is Verdict.DEPLOYED


@pytest.mark.parametrize(
    ("unfinished", "running"),
    [
        (service(deployment(7, RolloutState.IN_PROGRESS)), [task(), task()]),
        (
            service(
                deployment(7, RolloutState.COMPLETED),
                deployment(6, RolloutState.COMPLETED, is_primary=False, status="ACTIVE"),
            ),
            [task(), task()],
        ),
        (service(deployment(7, RolloutState.COMPLETED), running=1), [task()]),
        (service(deployment(7, RolloutState.COMPLETED)), [task(), task(image="registry/other@sha256:x")]),
        (service(deployment(7, RolloutState.COMPLETED)), [task(), task(task_definition=OLD)]),
        (service(deployment(7, RolloutState.COMPLETED), task_definition=OLD), [task(), task()]),
    ],
    ids=["in progress", "old tasks left", "a task missing", "another image", "an old task", "service set to old"],
)
def test_a_rollout_with_other_tasks_still_running_is_undecided(unfinished: Service, running: list[Task]) -> None:
    assert assess(unfinished, running, OURS) is None
    assert waits_for(unfinished, running, OURS) != "nothing"


def test_a_service_that_is_stable_after_a_rollback_is_not_a_success() -> None:
    """`aws ecs wait services-stable` is content with this."""
    failed = Event(
        id="e",
        at=datetime.now(UTC),
        message="(service s) (deployment ecs-svc/7) deployment failed: tasks failed to start.",
    )
    back = service(deployment(6, RolloutState.COMPLETED), events=[failed])
    assert assess(back, [task(task_definition=OLD)] * 2, OURS) is Verdict.ROLLED_BACK


def test_a_rollback_in_progress_is_waited_for() -> None:
    reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/6."
    rolling_back = service(
        deployment(6, RolloutState.IN_PROGRESS, reason=reason),
        deployment(7, RolloutState.FAILED, is_primary=False, status="ACTIVE", running=0),
    )
    assert assess(rolling_back, [], OURS) is None


def test_a_deployment_that_somebody_rolls_back_does_not_count_as_superseded() -> None:
    """Whatever the reason and the events say: ECS's own word for it counts."""
    rolling_back = service(
        deployment(6, RolloutState.IN_PROGRESS, reason="Rollback."),
        deployment(7, RolloutState.FAILED, is_primary=False, status="ACTIVE", running=0),
    )
    history = ServiceDeployment(arn="d/7", status=Status.ROLLBACK_REQUESTED, reason="")
    received = replace(rolling_back, deployments=[rolling_back.deployments[0]])
    assert assess(received, [], OURS, history) is None
    assert assess(received, [], OURS, replace(history, status=Status.ROLLBACK_SUCCESSFUL)) is Verdict.ROLLED_BACK


def test_a_failed_deployment_without_an_earlier_revision_has_failed() -> None:
    assert assess(service(deployment(7, RolloutState.FAILED, running=0)), [], OURS) is Verdict.FAILED


def test_somebody_elses_deployment_supersedes_ours() -> None:
    theirs = deployment(8, RolloutState.IN_PROGRESS)
    ours = deployment(7, RolloutState.IN_PROGRESS, is_primary=False, status="ACTIVE")
    assert assess(service(theirs, ours), [], OURS) is Verdict.SUPERSEDED


def test_a_service_that_is_being_deleted_cannot_be_deployed_to() -> None:
    assert assess(service(deployment(7, RolloutState.IN_PROGRESS), status="DRAINING"), [], OURS) is Verdict.FAILED


def test_the_state_line_counts_per_revision_and_per_target_state() -> None:
    rolling = service(
        deployment(7, RolloutState.IN_PROGRESS, running=1, pending=1, failed=2),
        deployment(6, RolloutState.COMPLETED, is_primary=False),
    )
    targets = [target(TargetState.HEALTHY), target(TargetState.HEALTHY, 2), target(TargetState.INITIAL, 3)]
    assert state_line(rolling, targets) == (
        "rev 7: 1 of 2 running, 1 pending, 2 failed | rev 6: 2 of 2 running | targets: 1 initial, 2 healthy"
    )


@pytest.mark.parametrize(
    ("states", "healthy"),
    [
        ([TargetState.HEALTHY, TargetState.HEALTHY], True),
        ([TargetState.HEALTHY, TargetState.HEALTHY, TargetState.DRAINING], True),
        ([TargetState.HEALTHY, TargetState.INITIAL], False),
        ([TargetState.HEALTHY, TargetState.HEALTHY, TargetState.UNHEALTHY], False),
        ([], False),
    ],
)
def test_a_service_is_healthy_with_as_many_healthy_targets_as_desired_and_none_unhealthy(
    states: list[TargetState], healthy: bool
) -> None:
    targets = [target(state, number) for number, state in enumerate(states)]
    assert all_healthy(service(deployment(7, RolloutState.COMPLETED)), targets) is healthy
