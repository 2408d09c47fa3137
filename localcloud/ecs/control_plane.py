"""The loop of ECS: observes services and tasks, asks the scheduler, does what it says, and writes it down."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Callable
from datetime import datetime

from localcloud.ecs import scheduler
from localcloud.ecs.model import Container, Deployment, Service, Task, TaskDefinition, Wire, new_deployment_id
from localcloud.ecs.states import (
    DeploymentStatus,
    DesiredStatus,
    RolloutState,
    ServiceStatus,
    StopCode,
    TaskStatus,
)
from localcloud.ecs.store import Store
from localcloud.elb.load_balancing import LoadBalancing
from localcloud.elb.targets import TargetHealth, TargetState
from localcloud.host import Host
from localcloud.tasks.images import ImageStore
from localcloud.tasks.runner import LogSink, TaskRunner
from localcloud.tasks.secrets import SecretReader

log = logging.getLogger(__name__)

UNSETTLED_POLL_S = 0.1
SETTLED_POLL_S = 0.5
"""Real seconds between looks at target and container health; everything else wakes the loop at once."""

SAME_EVENT_AGAIN_S = 6 * 3600.0
"""Identical messages are not repeated for six hours (facts 1.3)."""

STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)


class ControlPlane:
    """Runs every service and task in the store."""

    def __init__(
        self,
        host: Host,
        store: Store,
        *,
        balancing: LoadBalancing,
        logs: LogSink,
        images: ImageStore,
        secrets: SecretReader,
    ) -> None:
        self.store = store
        self._host = host
        self._balancing = balancing
        self._logs = logs
        self._images = images
        self._secrets = secrets
        self._wake = asyncio.Event()
        self._runners: dict[str, TaskRunner] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._last_start_failure: dict[str, float] = {}
        self._loop: asyncio.Task[None] | None = None
        self._zones = [f"{host.region}a", f"{host.region}c"]
        self._started = 0

    async def start(self) -> None:
        """Load the state and begin to run it."""
        self.store.load(self._host.clock.wall())
        self._loop = asyncio.create_task(self._run(), name="ecs control plane")

    async def stop(self) -> None:
        """Stop every task as SIGTERM and stopTimeout allow, without draining; services stay as they are."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        for runner in self._runners.values():
            runner.ask_to_stop(StopCode.TERMINATION_NOTICE, "The local cloud was stopped", drain=False)
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        for task in self.store.tasks.values():
            task.accounted = True
        self.store.save()

    def status(self) -> dict[str, object]:
        """How much runs; failed when the loop has ended."""
        alive = self._loop is not None and not self._loop.done()
        return {
            "status": "ready" if alive else "failed",
            "services": len(self.store.services),
            "tasks": len(self._running),
        }

    def changed(self) -> None:
        """The model has changed: look again soon, and write it down."""
        self.store.touch()
        self._wake.set()

    # --- what the API asks for ---

    def deploy(self, service: Service, task_definition: str, launch: Wire) -> Deployment:
        """Put a new PRIMARY deployment in front of the others."""
        now = self._host.clock.wall()
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
        self.changed()
        return deployment

    def run_task(
        self, definition: TaskDefinition, cluster_arn: str, *, group: str, started_by: str, wire: Wire
    ) -> Task:
        """Start a standalone task; `wire` holds launch settings, `overrides` and `tags` of the request."""
        task = self._new_task(definition, cluster_arn, launch=wire, group=group, started_by=started_by)
        task.overrides = wire.get("overrides", {})
        task.tags = {tag["key"]: tag["value"] for tag in wire.get("tags", [])}
        self._begin(task, definition, on_event=lambda message: None)
        return task

    def stop_task(self, task: Task, reason: str) -> None:
        """What StopTask does: the stop signal at once, no draining before it (facts 1.5)."""
        runner = self._runners.get(task.arn)
        if runner is not None:
            runner.ask_to_stop(StopCode.USER_INITIATED, reason or "Task stopped by user", drain=False)

    def target_group_exists(self, arn: str) -> bool:
        """Whether the load balancer knows it."""
        return self._balancing.target_group_exists(arn)

    def task_definition(self, arn: str) -> TaskDefinition:
        """Errors: KeyError."""
        family, _, revision = arn.rsplit("/", 1)[-1].partition(":")
        return self.store.task_definitions[family][int(revision) - 1]

    def counts(self, service: Service, deployment: Deployment | None = None) -> tuple[int, int]:
        """(running, pending) of a service or of one of its deployments."""
        views = [
            self._view(service, task)
            for task in self.store.tasks_of(service)
            if deployment is None or task.deployment_id == deployment.id
        ]
        running = sum(view.live and view.status is TaskStatus.RUNNING for view in views)
        return running, sum(view.live and view.status is not TaskStatus.RUNNING for view in views)

    # --- the loop ---

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            self.look()
            self.store.forget_old_tasks(self._host.clock.wall())
            self.store.save()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), UNSETTLED_POLL_S if self._is_unsettled() else SETTLED_POLL_S)

    def look(self) -> None:
        """Let every service and task come as far as it can now."""
        for runner in self._runners.values():
            if runner.observe_health():
                self.store.touch()
        for service in list(self.store.services.values()):
            try:
                self._settle(service)
            except Exception:  # one service's defect must not stop the others
                log.exception("Service could not be scheduled", extra={"action": "schedule", "service": service.arn})

    def _is_unsettled(self) -> bool:
        return any(
            service.status is not ServiceStatus.INACTIVE and not service.steady_reported
            for service in self.store.services.values()
        )

    def _settle(self, service: Service) -> None:
        """Ask and act until the scheduler has nothing more to say about this service."""
        while True:
            actions = scheduler.plan(self._service_view(service), self._task_views(service), self._host.clock.now())
            if not actions:
                return
            for action in actions:
                self._act(service, action)
            self.store.touch()
            if any(isinstance(action, scheduler.ReportStuck) for action in actions):
                return

    def _act(self, service: Service, action: scheduler.Action) -> None:
        now = self._host.clock.wall()
        match action:
            case scheduler.StartTasks(deployment_id, count):
                self._start_tasks(service, service.deployment(deployment_id), count)
            case scheduler.StopTask():
                self._stop_service_task(service, action)
            case scheduler.ReduceDesired(deployment_id, desired_count):
                service.deployment(deployment_id).desired_count = desired_count
            case scheduler.CountFailure():
                self._count_failure(service, action)
            case scheduler.CountHealthy(task_id, deployment_id):
                self._task(service, task_id).ever_healthy = True
                deployment = service.deployment(deployment_id)
                deployment.start_failures = 0
                if self._breaker(service).reset_on_healthy_task:
                    deployment.failed_tasks = 0
            case scheduler.FailDeployment(deployment_id, rollback_to):
                self._fail(service, service.deployment(deployment_id), rollback_to)
            case scheduler.CompleteDeployment(deployment_id):
                self._complete(service, service.deployment(deployment_id))
            case scheduler.RemoveDeployment(deployment_id):
                service.deployments = [d for d in service.deployments if d.id != deployment_id]
            case scheduler.ReportSteady():
                service.steady_reported = True
                service.add_event(f"(service {service.name}) has reached a steady state.", now)
            case scheduler.ReportUnsteady():
                service.steady_reported = False
            case scheduler.ReportStuck():
                self._add_event_once(service, f"(service {service.name}) {STUCK}")
            case scheduler.Deactivate():
                service.status = ServiceStatus.INACTIVE
                service.deployments = []
                log.info("Service is gone", extra={"action": "service_inactive", "service": service.arn})

    # --- deployments ---

    def _complete(self, service: Service, deployment: Deployment) -> None:
        now = self._host.clock.wall()
        deployment.move(RolloutState.COMPLETED, f"ECS deployment {deployment.id} completed.", now)
        service.last_completed = deployment
        service.steady_reported = False
        service.add_event(f"(service {service.name}) (deployment {deployment.id}) deployment completed.", now)
        log.info("Deployment completed", extra={"action": "deployment_completed", "deployment": deployment.id})

    def _fail(self, service: Service, failed: Deployment, rollback_to: str | None) -> None:
        now = self._host.clock.wall()
        failed.move(RolloutState.FAILED, "ECS deployment circuit breaker: tasks failed to start.", now)
        message = f"(service {service.name}) (deployment {failed.id}) deployment failed: tasks failed to start."
        service.add_event(message, now)
        log.warning("Deployment failed", extra={"action": "deployment_failed", "deployment": failed.id})
        if rollback_to is None or service.last_completed is None:
            return
        target = next((d for d in service.deployments if d.id == rollback_to), service.last_completed)
        if target not in service.deployments:
            service.deployments.append(target)
        failed.status = DeploymentStatus.ACTIVE
        target.status = DeploymentStatus.PRIMARY
        target.desired_count = service.desired_count
        target.failed_tasks = target.start_failures = 0
        reason = f"ECS deployment circuit breaker: rolling back to deploymentId {target.id}."
        if target.rollout_state is RolloutState.COMPLETED:
            target.move(RolloutState.IN_PROGRESS, reason, now)
        service.deployments.sort(key=lambda d: d.status is not DeploymentStatus.PRIMARY)
        service.add_event(f"(service {service.name}) rolling back to deployment {target.id}.", now)

    # --- tasks ---

    def _start_tasks(self, service: Service, deployment: Deployment, count: int) -> None:
        definition = self.task_definition(deployment.task_definition)
        for _ in range(count):
            task = self._new_task(
                definition,
                service.cluster_arn,
                launch=deployment.launch,
                group=f"service:{service.name}",
                started_by=deployment.id,
            )
            task.service_name = service.name
            task.deployment_id = deployment.id
            deployment.started_tasks += 1
            self._begin(task, definition, on_event=self._event_writer(service))
            service.add_event(
                f"(service {service.name}) has started 1 tasks: (task {task.id}).", self._host.clock.wall()
            )

    def _new_task(
        self, definition: TaskDefinition, cluster_arn: str, *, launch: Wire, group: str, started_by: str
    ) -> Task:
        cluster_name = cluster_arn.rsplit("/", 1)[1]
        prefix = f"arn:aws:ecs:{self._host.region}:{self._host.account_id}:task/{cluster_name}/"
        self._started += 1
        task = Task(
            arn=prefix + uuid.uuid4().hex,
            cluster_arn=cluster_arn,
            task_definition=definition.arn,
            launch=launch,
            group=group,
            started_by=started_by,
            created_at=self._host.clock.wall(),
            availability_zone=self._zones[self._started % len(self._zones)],
            containers=[
                Container(
                    name=container["name"],
                    image=container["image"],
                    runtime_id=f"{uuid.uuid4().hex}-{uuid.uuid4().int % 10**10:010d}",
                    essential=container.get("essential", True),
                    has_health_check="healthCheck" in container,
                )
                for container in definition.wire["containerDefinitions"]
            ],
        )
        self.store.tasks[task.arn] = task
        return task

    def _begin(self, task: Task, definition: TaskDefinition, *, on_event: Callable[[str], None]) -> None:
        runner = TaskRunner(
            self._host,
            task,
            definition.wire,
            images=self._images,
            secrets=self._secrets,
            balancing=self._balancing,
            logs=self._logs,
            on_change=self.changed,
            on_event=on_event,
        )
        self._runners[task.arn] = runner
        running = asyncio.create_task(runner.run(), name=f"task {task.id}")
        self._running[task.arn] = running
        running.add_done_callback(lambda _: self._forget_runner(task.arn))
        self.changed()
        log.info("Task started", extra={"action": "task_started", "task": task.arn, "revision": definition.label})

    def _forget_runner(self, arn: str) -> None:
        del self._runners[arn], self._running[arn]
        task = self.store.tasks.get(arn)
        if task is not None:
            exit_codes = {container.name: container.exit_code for container in task.containers}
            log.info(
                "Task stopped: %s",
                task.stopped_reason,
                extra={"action": "task_stopped", "task": arn, "code": task.stop_code, "exit_codes": exit_codes},
            )
        self.changed()

    def _stop_service_task(self, service: Service, action: scheduler.StopTask) -> None:
        task = self._task(service, action.task_id)
        runner = self._runners.get(task.arn)
        if runner is None:
            return
        now = self._host.clock.wall()
        if action.unhealthy:
            self._report_unhealthy(service, task, action.reason)
        kind = "running" if task.last_status is TaskStatus.RUNNING else "pending"
        task.accounted = not action.unhealthy
        runner.ask_to_stop(StopCode.SERVICE_SCHEDULER_INITIATED, action.reason, drain=True)
        service.add_event(f"(service {service.name}) has stopped 1 {kind} tasks: (task {task.id}).", now)
        if kind == "running" and service.wire.get("loadBalancers"):
            service.add_event(
                f"(service {service.name}, taskSet {task.deployment_id}) has begun draining connections on 1 tasks.",
                now,
            )

    def _report_unhealthy(self, service: Service, task: Task, reason: str) -> None:
        for group, port, health in self._target_healths(task):
            if health.state is TargetState.UNHEALTHY:
                service.add_event(
                    f"(service {service.name}) (task {task.id}) (port {port}) is unhealthy in (target-group {group}) "
                    f"due to (reason {health.description})",
                    self._host.clock.wall(),
                )
                return
        service.add_event(
            f"(service {service.name}) (task {task.id}) failed container health checks.", self._host.clock.wall()
        )

    def _count_failure(self, service: Service, action: scheduler.CountFailure) -> None:
        task = self._task(service, action.task_id)
        task.accounted = True
        deployment = service.deployment(action.deployment_id)
        if deployment.rollout_state is RolloutState.IN_PROGRESS:
            deployment.failed_tasks += 1
        if action.never_ran:
            deployment.start_failures += 1
            self._last_start_failure[deployment.id] = self._host.clock.now()
        if deployment.failed_tasks >= 3 or deployment.start_failures >= 3:
            self._add_event_once(
                service, f"(service {service.name}) is unable to consistently start tasks successfully."
            )

    # --- views for the scheduler ---

    def _service_view(self, service: Service) -> scheduler.ServiceView:
        configuration = service.wire.get("deploymentConfiguration", {})
        return scheduler.ServiceView(
            desired_count=service.desired_count,
            deployments=[self._deployment_view(service, deployment) for deployment in service.deployments],
            status=service.status,
            minimum_healthy_percent=configuration.get("minimumHealthyPercent", 100),
            maximum_percent=configuration.get("maximumPercent", 200),
            circuit_breaker=self._breaker(service),
            grace_period_s=service.wire.get("healthCheckGracePeriodSeconds", 0),
            has_load_balancer=bool(service.wire.get("loadBalancers")),
            rollback_to=service.last_completed.id if service.last_completed else None,
            steady_reported=service.steady_reported,
        )

    def _breaker(self, service: Service) -> scheduler.CircuitBreaker:
        wire = service.wire.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker", {})
        threshold = wire.get("thresholdConfiguration", {})
        return scheduler.CircuitBreaker(
            enable=wire.get("enable", False),
            rollback=wire.get("rollback", False),
            threshold_type=threshold.get("type", "BOUNDED_PERCENT"),
            threshold_value=threshold.get("value", 50),
            reset_on_healthy_task=wire.get("resetOnHealthyTask", True),
        )

    def _deployment_view(self, service: Service, deployment: Deployment) -> scheduler.DeploymentView:
        primary = deployment.status is DeploymentStatus.PRIMARY
        if primary and deployment.rollout_state is not RolloutState.FAILED:
            deployment.desired_count = service.desired_count
        return scheduler.DeploymentView(
            id=deployment.id,
            primary=primary,
            rollout_state=deployment.rollout_state,
            desired_count=deployment.desired_count,
            was_completed=deployment.was_completed,
            failed_tasks=deployment.failed_tasks,
            start_failures=deployment.start_failures,
            last_start_failure_at=self._last_start_failure.get(deployment.id),
        )

    def _task_views(self, service: Service) -> list[scheduler.TaskView]:
        return [self._view(service, task) for task in self.store.tasks_of(service)]

    def _view(self, service: Service, task: Task) -> scheduler.TaskView:
        healths = self._target_healths(task) if task.last_status is TaskStatus.RUNNING else []
        failing = next((h for h in healths if h[2].state is TargetState.UNHEALTHY), None)
        by_itself = task.stop_code in (StopCode.TASK_FAILED_TO_START, StopCode.ESSENTIAL_CONTAINER_EXITED)
        stopped_unhealthy = (
            task.stop_code is StopCode.SERVICE_SCHEDULER_INITIATED and not task.accounted
        )  # _stop_service_task
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
            target_reason=f"Task failed ELB health checks in (target-group {failing[0]})" if failing else "",
            availability_zone=task.availability_zone,
            failed=task.desired_status is DesiredStatus.STOPPED and (by_itself or stopped_unhealthy),
            accounted=task.accounted,
        )

    def _target_healths(self, task: Task) -> list[tuple[str, int, TargetHealth]]:
        found = []
        for balancer in task.launch.get("loadBalancers", []):
            group, port = balancer.get("targetGroupArn"), balancer.get("containerPort")
            if group:
                found.append((group, port, self._balancing.target_health(group, task.address, port)))
        return found

    # --- helpers ---

    def _task(self, service: Service, task_id: str) -> Task:
        return next(task for task in self.store.tasks_of(service) if task.id == task_id)

    def _event_writer(self, service: Service) -> Callable[[str], None]:
        def write(message: str) -> None:
            service.add_event(f"(service {service.name}) {message}", self._host.clock.wall())
            self.changed()

        return write

    def _add_event_once(self, service: Service, message: str) -> None:
        now: datetime = self._host.clock.wall()
        recent = (e for e in service.events if (now - e.created_at).total_seconds() < SAME_EVENT_AGAIN_S)
        if not any(event.message == message for event in recent):
            service.add_event(message, now)
