"""What deployments do to a service's model: begin, count, complete, fail, roll back; and the scheduler's view of it."""

from collections.abc import Sequence
from datetime import datetime

from localcloud.ecs import scheduler
from localcloud.ecs.model import Deployment, Service, Task, Wire, new_deployment_id
from localcloud.ecs.states import DeploymentStatus, DesiredStatus, RolloutState, StopCode
from localcloud.elb.targets import TargetHealth, TargetState

INCONSISTENT_STARTS = 3
"""From so many failures on, the service event says that tasks do not start consistently."""

TargetHealths = Sequence[tuple[str, int, TargetHealth]]
"""(target group ARN, port, health) of one task."""


def begin(service: Service, task_definition: str, launch: Wire, now: datetime) -> Deployment:
    """Put a new PRIMARY deployment in front of the others."""
    for old in service.deployments:
        if old.status is DeploymentStatus.PRIMARY:
            old.status = DeploymentStatus.ACTIVE
            old.updated_at = now
    deployment = Deployment(
        id=new_deployment_id(),
        task_definition=task_definition,
        launch=launch,
        desired_count=service.desired_count,
        created_at=now,
        updated_at=now,
    )
    deployment.rollout_reason = f"ECS deployment {deployment.id} in progress."
    service.deployments.insert(0, deployment)
    service.steady_reported = False
    return deployment


def complete(service: Service, deployment: Deployment, now: datetime) -> None:
    """All of it is there; from now on it is what a rollback leads to."""
    deployment.move(RolloutState.COMPLETED, f"ECS deployment {deployment.id} completed.", now)
    service.last_completed = deployment
    service.steady_reported = False
    service.add_event(f"(service {service.name}) (deployment {deployment.id}) deployment completed.", now)


def fail(service: Service, failed: Deployment, rollback_to: str | None, now: datetime) -> None:
    """The circuit breaker tripped: stop it, and promote the last completed deployment again (facts 1.2, 1.7)."""
    failed.move(RolloutState.FAILED, "ECS deployment circuit breaker: tasks failed to start.", now)
    service.add_event(
        f"(service {service.name}) (deployment {failed.id}) deployment failed: tasks failed to start.", now
    )
    if rollback_to is None or service.last_completed is None:
        return
    target = next((d for d in service.deployments if d.id == rollback_to), service.last_completed)
    failed.status = DeploymentStatus.ACTIVE
    target.status = DeploymentStatus.PRIMARY
    target.desired_count = service.desired_count
    target.failed_tasks = target.start_failures = 0
    reason = f"ECS deployment circuit breaker: rolling back to deploymentId {target.id}."
    target.move(RolloutState.IN_PROGRESS, reason, now)
    service.deployments = [target, *(d for d in service.deployments if d is not target)]
    service.add_event(f"(service {service.name}) rolling back to deployment {target.id}.", now)


def count_failure(service: Service, task: Task, *, never_ran: bool, now: datetime) -> None:
    """A task of a deployment ended badly."""
    task.accounted = True
    deployment = service.deployment(task.deployment_id)
    if deployment.rollout_state is RolloutState.IN_PROGRESS:
        deployment.failed_tasks += 1
    if never_ran:
        deployment.start_failures += 1
    if max(deployment.failed_tasks, deployment.start_failures) >= INCONSISTENT_STARTS:
        service.add_event_once(f"(service {service.name}) is unable to consistently start tasks successfully.", now)


def count_healthy(service: Service, task: Task) -> None:
    """A task turned healthy for the first time: consecutive failures begin anew."""
    task.ever_healthy = True
    deployment = service.deployment(task.deployment_id)
    deployment.start_failures = 0
    if circuit_breaker(service).reset_on_healthy_task:
        deployment.failed_tasks = 0


def circuit_breaker(service: Service) -> scheduler.CircuitBreaker:
    """The service's settings."""
    wire = service.wire.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker", {})
    threshold = wire.get("thresholdConfiguration", {})
    return scheduler.CircuitBreaker(
        enable=wire.get("enable", False),
        rollback=wire.get("rollback", False),
        threshold_type=threshold.get("type", "BOUNDED_PERCENT"),
        threshold_value=threshold.get("value", 50),
        reset_on_healthy_task=wire.get("resetOnHealthyTask", True),
    )


def service_view(service: Service, last_start_failures: dict[str, float]) -> scheduler.ServiceView:
    """`last_start_failures`: deployment id -> clock time of its last task that never ran."""
    configuration = service.wire.get("deploymentConfiguration", {})
    return scheduler.ServiceView(
        desired_count=service.desired_count,
        deployments=[
            scheduler.DeploymentView(
                id=deployment.id,
                primary=deployment.status is DeploymentStatus.PRIMARY,
                rollout_state=deployment.rollout_state,
                desired_count=deployment.desired_count,
                was_completed=deployment.was_completed,
                failed_tasks=deployment.failed_tasks,
                start_failures=deployment.start_failures,
                last_start_failure_at=last_start_failures.get(deployment.id),
            )
            for deployment in service.deployments
        ],
        status=service.status,
        minimum_healthy_percent=configuration.get("minimumHealthyPercent", 100),
        maximum_percent=configuration.get("maximumPercent", 200),
        circuit_breaker=circuit_breaker(service),
        grace_period_s=service.wire.get("healthCheckGracePeriodSeconds", 0),
        has_load_balancer=bool(service.wire.get("loadBalancers")),
        rollback_to=service.last_completed.id if service.last_completed else None,
        steady_reported=service.steady_reported,
    )


def task_view(task: Task, healths: TargetHealths) -> scheduler.TaskView:
    """`healths`: of a RUNNING task; empty without load balancer."""
    failing = next((group for group, _, health in healths if health.state is TargetState.UNHEALTHY), None)
    by_itself = task.stop_code in (StopCode.TASK_FAILED_TO_START, StopCode.ESSENTIAL_CONTAINER_EXITED)
    return scheduler.TaskView(
        id=task.id,
        deployment_id=task.deployment_id,
        status=task.last_status,
        desired=task.desired_status,
        running_since=task.running_since,
        ever_running=task.ever_running,
        ever_healthy=task.ever_healthy,
        container_health=task.health,
        has_health_check=any(c.has_health_check and c.essential for c in task.containers),
        target_healthy=all(health.state is TargetState.HEALTHY for _, _, health in healths),
        target_unhealthy=failing is not None,
        target_reason=f"Task failed ELB health checks in (target-group {failing})" if failing else "",
        availability_zone=task.availability_zone,
        failed=task.desired_status is DesiredStatus.STOPPED and (by_itself or task.stopped_unhealthy),
        accounted=task.accounted,
        protected=task.protected_until is not None,
    )
