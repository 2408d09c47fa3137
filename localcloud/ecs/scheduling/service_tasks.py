"""Starts and stops the tasks of a service, records service events, and queries the load balancer for target health."""

from collections.abc import Callable

from localcloud.ecs.model.services import Deployment, Service
from localcloud.ecs.model.states import StopCode, TaskStatus
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import Task
from localcloud.ecs.model.views import TargetHealths
from localcloud.ecs.scheduling.actions import StopTask
from localcloud.ecs.scheduling.new_tasks import NewTasks, note_images
from localcloud.ecs.scheduling.placement import Placement
from localcloud.ecs.scheduling.ports import TargetHealthSource
from localcloud.ecs.scheduling.running_tasks import RunningTasks
from localcloud.elb.targets.states import TargetState
from localcloud.machine.clock import Clock


class ServiceTasks:
    """Manages tasks of services. `changed` is called after an event that occurs later than the call that caused it."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        balancing: TargetHealthSource,
        new: NewTasks,
        running: RunningTasks,
        changed: Callable[[], None],
        placement: Placement,
    ) -> None:
        self.placement = placement
        self._store = store
        self._clock = clock
        self._balancing = balancing
        self._new = new
        self._running = running
        self._changed = changed

    def room(self) -> int:
        """Return the number of tasks that this machine may still start."""
        return self.placement.room(len(self._running))

    def start(self, service: Service, deployment: Deployment) -> None:
        """Start a task. Errors: KeyError, IndexError when the task definition does not exist."""
        definition = self._store.task_definition(deployment.task_definition)
        task = self._new.of_service(definition, service, deployment, self._store.open_tasks(service))
        revision = service.revision(deployment.revision_arn)
        self._running.begin(
            task,
            definition,
            on_event=self._event_writer(service, deployment.id),
            on_change=lambda: note_images(revision, task, definition),
        )
        service.add_event(f"(service {service.name}) has started 1 tasks: (task {task.id}).", self._clock.wall())

    def stop(self, service: Service, task: Task, action: StopTask) -> None:
        """Stop a task after draining. A failing one is reported first, and counted as a failure when it ends."""
        if action.unhealthy:
            self._report_unhealthy(service, task)
        kind = "running" if task.last_status is TaskStatus.RUNNING else "pending"
        task.stopped_unhealthy = action.unhealthy
        task.accounted = not action.unhealthy
        self._running.ask_to_stop(task, StopCode.SERVICE_SCHEDULER_INITIATED, action.reason, drain=True)
        service.add_event(f"(service {service.name}) has stopped 1 {kind} tasks: (task {task.id}).", self._clock.wall())

    def target_healths(self, task: Task) -> TargetHealths:
        """Return the health of a RUNNING task in each of its target groups."""
        if task.last_status is not TaskStatus.RUNNING:
            return []
        places = [
            (balancer["targetGroupArn"], balancer["containerPort"])
            for balancer in task.launch.get("loadBalancers", [])
            if "targetGroupArn" in balancer
        ]
        return [(group, port, self._balancing.target_health(group, task.address, port)) for group, port in places]

    def _report_unhealthy(self, service: Service, task: Task) -> None:
        head = f"(service {service.name}) (task {task.id})"
        for group, port, health in self.target_healths(task):
            if health.state is TargetState.UNHEALTHY:
                where = f"(port {port}) is unhealthy in (target-group {group})"
                service.add_event(f"{head} {where} due to (reason {health.description})", self._clock.wall())
                return
        service.add_event(f"{head} failed container health checks.", self._clock.wall())

    def _event_writer(self, service: Service, deployment_id: str) -> Callable[[str], None]:
        def write(message: str) -> None:
            service.add_event(f"(service {service.name}) {message}", self._clock.wall())
            if message.startswith("deregistered"):
                task_set = f"(service {service.name}, taskSet {deployment_id})"
                service.add_event(f"{task_set} has begun draining connections on 1 tasks.", self._clock.wall())
            self._changed()

        return write
