"""Changes of a service's model by deployments: begin, count, complete, fail, roll back."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from localcloud.ecs.model.circuit_breaker import circuit_breaker
from localcloud.ecs.model.services import Deployment, Service, ServiceDeployment, ServiceRevision, new_deployment_id
from localcloud.ecs.model.states import (
    DeploymentStatus,
    HookStatus,
    MonitorStatus,
    RolloutState,
    ServiceDeploymentStatus,
    ServiceStatus,
    Strategy,
)
from localcloud.ecs.model.tasks import Task, Wire

KEPT_DEPLOYMENTS = 50
"""Service deployments and revisions that are remembered for each service."""

ALL_TRAFFIC = 100.0

INCONSISTENT_STARTS = 3
"""From this many failures on, a service event says that tasks do not start consistently."""


@dataclass(frozen=True)
class FailureCause:
    """The cause of a failed deployment: `by` names the monitor that found it, `reason` is the text of the event."""

    by: str
    reason: str


CIRCUIT_BREAKER = FailureCause("circuit breaker", "tasks failed to start")
ALARM = FailureCause("alarm", "alarm detected")


def begin(service: Service, task_definition: str, launch: Wire, now: datetime) -> Deployment:
    """Put a new PRIMARY deployment before the others; one in progress is stopped."""
    superseded = service.current
    before = service.service_deployments[0] if service.service_deployments else None
    for old in service.deployments:
        if old.status is DeploymentStatus.PRIMARY:
            old.status = DeploymentStatus.ACTIVE
            old.updated_at = now
    identity = new_deployment_id()
    resource = service.arn.split(":service/", 1)
    revision = f"{resource[0]}:service-revision/{resource[1]}/{identity.removeprefix('ecs-svc/')}"
    source = service.last_completed
    if service.strategy is not Strategy.ROLLING and source is not None:
        _bring_back(service, source)
    deployment = Deployment(
        id=identity,
        task_definition=task_definition,
        launch=launch,
        desired_count=service.desired_count,
        created_at=now,
        updated_at=now,
        scaled_up=service.strategy is Strategy.ROLLING,
        revision_arn=revision,
        alternate=goes_to_alternate(service.strategy, source, launch),
    )
    deployment.rollout_reason = f"ECS deployment {deployment.id} in progress."
    service.deployments.insert(0, deployment)
    service.revisions.insert(
        0, ServiceRevision(arn=revision, task_definition=task_definition, launch=launch, created_at=now)
    )
    history = ServiceDeployment(
        arn=f"{resource[0]}:service-deployment/{resource[1]}/{uuid.uuid4().hex[:21]}",
        deployment_id=identity,
        target_revision=revision,
        source_revision=source.revision_arn if source else "",
        configuration=service.wire.get("deploymentConfiguration", {}),
        created_at=now,
        started_at=now,
        updated_at=now,
        strategy=service.strategy,
    )
    if before is not None and before.status is not ServiceDeploymentStatus.SUCCESSFUL:
        # Traffic of a superseded or aborted deployment goes back to the one that served before it; the new deployment
        # ensures this (RECONCILE_SERVICE). A shift in progress may still complete.
        history.production_percent = ALL_TRAFFIC if before.shifting else before.production_percent
        history.test_percent = ALL_TRAFFIC if before.shifting else before.test_percent
    if superseded is not None:
        _close(superseded, ServiceDeploymentStatus.STOPPED, f"Superseded by deployment {identity}.", now)
    service.service_deployments.insert(0, history)
    del service.service_deployments[KEPT_DEPLOYMENTS:], service.revisions[KEPT_DEPLOYMENTS:]
    service.steady_reported = False
    return deployment


def _bring_back(service: Service, source: Deployment) -> None:
    """Restore a completed deployment whose tasks are gone, before traffic shifts from it.

    A rolling deployment that is baking has replaced all of those tasks and did not complete, perhaps while rolling back
    to them. Before the shift they start again and its own tasks stop, within the floor (RECONCILE_SERVICE).
    """
    if source.rollout_state is not RolloutState.FAILED and all(d.id != source.id for d in service.deployments):
        source.status = DeploymentStatus.ACTIVE
        source.desired_count = service.desired_count
        service.deployments.append(source)


def goes_to_alternate(strategy: Strategy, source: Deployment | None, launch: Wire) -> bool:
    """Return whether a deployment uses the alternate target groups: the side of `source`, or the opposite for a shift.

    Rolling tasks belong where the traffic is, which an earlier shift may have moved to the alternate target groups.
    """
    if source is None:
        return False
    serving = {balancer.get("targetGroupArn") for balancer in source.task_launch().get("loadBalancers", [])}
    alternates = {
        balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn")
        for balancer in launch.get("loadBalancers", [])
    }
    return bool(serving & alternates - {None}) == (strategy is Strategy.ROLLING)


def complete(service: Service, deployment: Deployment, now: datetime) -> None:
    """Complete a deployment; from now on it is the rollback target."""
    deployment.move(RolloutState.COMPLETED, f"ECS deployment {deployment.id} completed.", now)
    service.last_completed = deployment
    service.steady_reported = False
    service.add_event(f"(service {service.name}) (deployment {deployment.id}) deployment completed.", now)
    current = service.current
    if current is None:
        return
    if current.deployment_id == deployment.id:
        _close(current, ServiceDeploymentStatus.SUCCESSFUL, "", now)
    else:
        _close(current, ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL, current.rollback_reason, now)


def fail(service: Service, failed: Deployment, rollback_to: str | None, now: datetime, fault: FailureCause) -> None:
    """Fail a deployment, and promote `rollback_to` again if given (aws-facts 1.2, 1.7, 1.8)."""
    failed.move(RolloutState.FAILED, f"ECS deployment {fault.by}: {fault.reason}.", now)
    service.add_event(f"(service {service.name}) (deployment {failed.id}) deployment failed: {fault.reason}.", now)
    current = service.current
    if current is not None:
        _end_hooks(current)
        current.failure_count = failed.failed_tasks
        current.rollback_reason = f"Service deployment rolled back because of {fault.by}: {fault.reason}."
    if rollback_to is None or service.last_completed is None:
        if current is not None:
            _close(current, ServiceDeploymentStatus.ROLLBACK_FAILED, f"No rollback: {fault.reason}.", now)
        return
    target = next((d for d in service.deployments if d.id == rollback_to), service.last_completed)
    failed.status = DeploymentStatus.ACTIVE
    target.status = DeploymentStatus.PRIMARY
    target.desired_count = service.desired_count
    target.failed_tasks = target.start_failures = target.failures_in_a_row = 0
    reason = f"ECS deployment {fault.by}: rolling back to deploymentId {target.id}."
    if target.rollout_state is RolloutState.COMPLETED:
        target.move(RolloutState.IN_PROGRESS, reason, now)
    target.rollout_reason = reason  # it may already be shifting back, for a deployment that this one superseded
    service.deployments = [target, *(d for d in service.deployments if d is not target)]
    service.add_event(f"(service {service.name}) rolling back to deployment {target.id}.", now)
    if current is not None:
        current.status = ServiceDeploymentStatus.ROLLBACK_IN_PROGRESS
        current.rollback_started_at = current.updated_at = now


def abort(service: Service, current: ServiceDeployment, now: datetime) -> None:
    """Abort a deployment (StopServiceDeployment with ABORT): tasks and traffic stay as they are."""
    deployment = service.deployment(current.deployment_id)
    deployment.move(RolloutState.FAILED, f"ECS deployment {deployment.id} stopped by user.", now)
    _close(current, ServiceDeploymentStatus.STOPPED, "Service deployment stopped by user.", now)


def delete(service: Service, now: datetime) -> None:
    """Start to drain a service; traffic that was being shifted stays where it is."""
    service.status = ServiceStatus.DRAINING
    service.desired_count = 0
    if service.current is not None:
        _close(service.current, ServiceDeploymentStatus.STOPPED, "Service was deleted.", now)


def _close(history: ServiceDeployment, status: ServiceDeploymentStatus, reason: str, now: datetime) -> None:
    _end_hooks(history)
    history.status = status
    history.status_reason = reason
    history.updated_at = now
    if history.alarms is MonitorStatus.MONITORING:
        history.alarms = MonitorStatus.MONITORING_COMPLETE
    if status is ServiceDeploymentStatus.STOPPED:
        history.stopped_at = now
    else:
        history.finished_at = now


def _end_hooks(history: ServiceDeployment) -> None:
    """End the hooks that can no longer be decided: a PAUSE hook that is not continued has FAILED (aws-facts 1.9)."""
    for run in history.hooks:
        if run.status in (HookStatus.AWAITING_ACTION, HookStatus.IN_PROGRESS):
            run.status = HookStatus.FAILED


def count_failure(service: Service, task: Task, *, never_ran: bool, now: datetime) -> bool:
    """Count a task that ended badly; return whether a new event now says that starts fail repeatedly."""
    task.accounted = True
    deployment = service.deployment(task.deployment_id)
    deployment.failures_in_a_row += 1
    if deployment.rollout_state is RolloutState.IN_PROGRESS:
        deployment.failed_tasks += 1
    if never_ran:
        deployment.start_failures += 1
    if max(deployment.failed_tasks, deployment.start_failures) < INCONSISTENT_STARTS:
        return False
    return service.add_event_once(f"(service {service.name}) is unable to consistently start tasks successfully.", now)


def count_unplaced(deployment: Deployment) -> None:
    """Count a task that could not be placed: for the circuit breaker it is a failed one (aws-facts 1.7).

    The next attempt follows after the first interval of the back-off, which does not grow.
    """
    if deployment.rollout_state is RolloutState.IN_PROGRESS:
        deployment.failed_tasks += 1
    deployment.start_failures = max(1, deployment.start_failures)


def count_healthy(service: Service, task: Task) -> None:
    """Count a task that became healthy for the first time; this resets consecutive failures."""
    task.ever_healthy = True
    deployment = service.deployment(task.deployment_id)
    deployment.start_failures = 0
    if circuit_breaker(service).reset_on_healthy_task:
        deployment.failed_tasks = 0


def rollback_target(service: Service, failed_id: str) -> str | None:
    """Return the newest completed deployment, unless it has failed since or is the one that fails now."""
    last = service.last_completed
    if last is None or last.rollout_state is RolloutState.FAILED or last.id == failed_id:
        return None
    return last.id
