"""Reconciles one service: calls the scheduler, carries out its actions, and repeats until there are none."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from localcloud.ecs.model import views
from localcloud.ecs.model.services import Service
from localcloud.ecs.model.states import RolloutState, ServiceAction, ServiceStatus, Strategy
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import Task
from localcloud.ecs.scheduling import actions, scheduler
from localcloud.ecs.scheduling.announcer import Announcer
from localcloud.ecs.scheduling.service_tasks import ServiceTasks
from localcloud.ecs.scheduling.situation import is_healthy
from localcloud.ecs.shifting import rollout
from localcloud.ecs.shifting.alarms import DeploymentAlarms, alarm_settings
from localcloud.ecs.shifting.stages import Shifting
from localcloud.machine.clock import Clock

log = logging.getLogger(__name__)

MAX_ROUNDS = 1000
"""Most rounds for one service at one moment; reaching it means that decisions contradict each other."""

STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. "
    "Update the minimumHealthyPercent or maximumPercent value and try again."
)


class Reconciler:
    """Carries out the scheduler's actions in the model, through `tasks` and `shifting`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        announcer: Announcer,
        tasks: ServiceTasks,
        shifting: Shifting,
        alarms: DeploymentAlarms,
    ) -> None:
        self._store = store
        self._clock = clock
        self._announcer = announcer
        self._tasks = tasks
        self._shifting = shifting
        self._alarms = alarms
        self._last_start_failures: dict[str, float] = {}
        """Deployment id -> clock time of its last task that never ran."""

    def settle(self, service: Service) -> None:
        """Decide and act until nothing more can be done for this service now. Errors: RuntimeError after MAX_ROUNDS."""
        for _ in range(MAX_ROUNDS):
            self._want(service)
            self._watch_alarms(service)
            self._announcer.deployments(service)
            view = views.service_view(service, self._last_start_failures, self._clock)
            tasks = [
                views.task_view(task, self._tasks.target_healths(task)) for task in self._store.open_tasks(service)
            ]
            waits = self._shifting.is_giving_back(service)
            planned = [] if waits else scheduler.plan(view, tasks, self._clock.now())
            acted = [self._act(service, action) for action in planned]
            healthy = self._healthy_counts(view, tasks) if service.in_lifecycle else {}
            shifted = self._shifting.advance(service, healthy)
            self._announcer.deployments(service)
            if not any(acted) and not shifted:
                return
            self._store.touch()
        raise RuntimeError(f"{service.arn}: not settled after {MAX_ROUNDS} rounds, last {planned}")

    def fail(self, service: Service, deployment_id: str, fault: rollout.FailureCause, *, rolls_back: bool) -> None:
        """Handle a tripped monitor. If traffic was shifted, it has to go back first (`shifting/stages.py`)."""
        log.warning("Deployment failed: %s", fault.reason, extra={"deployment": deployment_id, "by": fault.by})
        current = service.current
        if rolls_back and service.in_lifecycle and current is not None:
            current.fault = fault.reason
            return
        target = rollout.rollback_target(service, deployment_id) if rolls_back else None
        rollout.fail(service, service.deployment(deployment_id), target, self._clock.wall(), fault)

    def _healthy_counts(self, service: views.ServiceView, tasks: Sequence[views.TaskView]) -> Mapping[str, int]:
        now = self._clock.now()
        return Counter(task.deployment_id for task in tasks if is_healthy(service, task, now))

    def _want(self, service: Service) -> None:
        """Set how many tasks each deployment should have."""
        if service.strategy_in_effect is not Strategy.ROLLING:
            self._shifting.want(service)
            return
        primary = service.primary
        if primary is not None and primary.rollout_state is not RolloutState.FAILED:
            primary.desired_count = service.desired_count

    def _watch_alarms(self, service: Service) -> None:
        current = service.current
        if current is not None and self._alarms.have_fired(current):
            rolls_back = alarm_settings(current).get("rollback", False)
            self.fail(service, current.deployment_id, rollout.ALARM, rolls_back=rolls_back)

    def _act(self, service: Service, action: actions.Action) -> bool:
        """Carry out an action; return whether another may follow from it now."""
        now = self._clock.wall()
        match action:
            case actions.StartTasks(deployment_id, count):
                return self._start(service, deployment_id, count)
            case actions.StopTask(task_id):
                self._tasks.stop(service, self._task(service, task_id), action)
            case actions.ReduceDesired(deployment_id, desired_count):
                service.deployment(deployment_id).desired_count = desired_count
            case actions.CountFailure(task_id, deployment_id, never_ran):
                if rollout.count_failure(service, self._task(service, task_id), never_ran=never_ran, now=now):
                    self._announcer.service(service, ServiceAction.TASK_START_IMPAIRED)
                if never_ran:
                    self._last_start_failures[deployment_id] = self._clock.now()
            case actions.CountHealthy(task_id):
                rollout.count_healthy(service, self._task(service, task_id))
            case actions.ForgetFailures(deployment_id):
                service.deployment(deployment_id).failures_in_a_row = 0
            case actions.FailDeployment(deployment_id, rolls_back):
                self.fail(service, deployment_id, rollout.CIRCUIT_BREAKER, rolls_back=rolls_back)
            case actions.CompleteDeployment(deployment_id):
                if service.current is not None and self._alarms.are_baking(service.current):
                    return False
                rollout.complete(service, service.deployment(deployment_id), now)
                log.info("Deployment completed", extra={"action": "deployment_completed", "deployment": deployment_id})
            case actions.RemoveDeployment(deployment_id):
                service.deployments = [d for d in service.deployments if d.id != deployment_id]
                for task in self._store.open_tasks(service):
                    task.accounted = task.accounted or task.deployment_id == deployment_id
            case actions.ReportSteady():
                service.steady_reported = True
                service.add_event(f"(service {service.name}) has reached a steady state.", now)
                self._announcer.service(service, ServiceAction.STEADY_STATE)
            case actions.ReportUnsteady():
                service.steady_reported = False
            case actions.ReportStuck():
                service.add_event_once(f"(service {service.name}) {STUCK}", now)
                return False
            case actions.Deactivate():
                service.status = ServiceStatus.INACTIVE
                service.deployments = []
                log.info("Service is gone", extra={"action": "service_inactive", "service": service.arn})
        return True

    def _start(self, service: Service, deployment_id: str, count: int) -> bool:
        """Start as many tasks as there is room for; return whether anything changed."""
        shortage = self._tasks.placement.shortage()
        if shortage is not None:
            rollout.count_unplaced(service.deployment(deployment_id))
            self._last_start_failures[deployment_id] = self._clock.now()
            self._report_unplaced(service, shortage)
            return True
        placed = min(count, self._tasks.room())
        for _ in range(placed):
            self._tasks.start(service, service.deployment(deployment_id))
        if placed < count:
            self._report_unplaced(service, self._tasks.placement.reason)
        return placed > 0

    def _report_unplaced(self, service: Service, reason: str) -> None:
        message = f"(service {service.name}) was unable to place a task. Reason: {reason}."
        if service.add_event_once(message, self._clock.wall()):
            self._announcer.service(service, ServiceAction.TASK_PLACEMENT_FAILURE)

    def _task(self, service: Service, task_id: str) -> Task:
        return next(task for task in self._store.open_tasks(service) if task.id == task_id)
