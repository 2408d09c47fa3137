"""A world for the control plane without processes: tasks behave as their image name says, on a virtual clock."""

import logging
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from localcloud.ecs.model import views
from localcloud.ecs.model.services import Service
from localcloud.ecs.model.states import (
    LIVE_STATUSES,
    DesiredStatus,
    HookStatus,
    ServiceDeploymentStatus,
    StopCode,
    Strategy,
    TaskStatus,
)
from localcloud.ecs.model.store import Store
from localcloud.ecs.model.tasks import Task, TaskDefinition, Wire
from localcloud.ecs.scheduling.control_plane import ControlPlane
from localcloud.ecs.scheduling.placement import Placement
from localcloud.elb.targets.states import Reason, TargetHealth, TargetState
from localcloud.machine.clock import Clock

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
TARGET_GROUP = "arn:aws:elasticloadbalancing:us-west-1:123456789012:targetgroup/tg/1"
ALTERNATE = TARGET_GROUP.replace("/tg/", "/other/")
PRODUCTION, TEST = "production-rule", "test-rule"
BALANCER = {
    "targetGroupArn": TARGET_GROUP,
    "containerName": "c",
    "containerPort": 80,
    "advancedConfiguration": {
        "alternateTargetGroupArn": ALTERNATE,
        "productionListenerRule": PRODUCTION,
        "testListenerRule": TEST,
        "roleArn": "arn:aws:iam::123456789012:role/r",
    },
}
PORTS = [{"containerPort": 80}]
START_S, HEALTHY_S, UNHEALTHY_S, DRAIN_S = 2.0, 5.0, 9.0, 4.0
LIFE_S = {"crash": START_S + 1.0, "flash": HEALTHY_S + 2.0}


class NoErrors(logging.Handler):
    """Fails the test on errors that the control plane only logs so that other services continue."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR:
            raise AssertionError(record.getMessage()) from (record.exc_info or (None, None))[1]


logging.getLogger("localcloud.ecs.scheduling.control_plane").addHandler(NoErrors())


class VirtualClock(Clock):
    """A clock that stands still until moved."""

    def __init__(self) -> None:
        super().__init__()
        self.time_s = 0.0

    def now(self) -> float:
        return self.time_s

    def wall(self) -> datetime:
        return EPOCH + timedelta(seconds=self.time_s)


class FakeRunner:
    """A task with one of the behaviours below.

    `good`, `sick` (never passes a check), `crash` (runs, then exits), `flash` (exits soon after it became healthy),
    `unpullable`, `hung` (neither starts nor fails) or `mute` (neither passes nor fails a check).
    """

    def __init__(
        self,
        world: "World",
        task: Task,
        definition: Wire,
        *,
        on_change: Callable[[], None],
        on_event: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        self.world, self.task, self.on_end = world, task, on_end
        self.behaviour = definition["containerDefinitions"][0]["image"]
        self.born_s = world.clock.time_s
        self.stopping_s: float | None = None
        self.turned_sick = False
        world.runners[task.id] = self
        world.check_ceiling(task)

    def ask_to_stop(self, code: StopCode, reason: str, *, drain: bool) -> None:
        if self.task.desired_status is DesiredStatus.STOPPED:
            return
        if code is StopCode.SERVICE_SCHEDULER_INITIATED and not self.task.stopped_unhealthy:
            self.world.check_floor(self.task)
        self._end(code, reason, self.world.clock.time_s + (DRAIN_S if drain else 0.0))

    def skip_waiting(self) -> None:
        raise AssertionError("not asked for here")

    def observe_health(self) -> bool:
        return False

    async def ended(self) -> None:
        raise AssertionError("not asked for here")

    def crash(self) -> None:
        """End its process."""
        if self.task.desired_status is DesiredStatus.RUNNING:
            reason = "Essential container in task exited"
            self._end(StopCode.ESSENTIAL_CONTAINER_EXITED, reason, self.world.clock.time_s + 0.5)

    def advance(self) -> None:
        now, task = self.world.clock.time_s, self.task
        if self.stopping_s is not None:
            if now >= self.stopping_s:
                task.move(TaskStatus.STOPPED)
                task.stopped_at = self.world.clock.wall()
                del self.world.runners[task.id]
                self.on_end()
            elif task.last_status is TaskStatus.RUNNING:
                task.move(TaskStatus.DEACTIVATING)
        elif self.behaviour == "hung" and task.last_status is TaskStatus.PROVISIONING:
            return
        elif now >= self.born_s + START_S and task.last_status is TaskStatus.PROVISIONING:
            if self.behaviour == "unpullable":
                self._end(StopCode.TASK_FAILED_TO_START, "CannotPullContainerError", now)
                return
            task.move(TaskStatus.RUNNING)
            task.running_since, task.ever_running = now, True
        elif now >= self.born_s + LIFE_S.get(self.behaviour, math.inf):
            self.crash()

    def health(self) -> TargetHealth:
        age_s = self.world.clock.time_s - self.born_s
        if self.behaviour in ("good", "flash") and age_s >= HEALTHY_S and not self.turned_sick:
            return TargetHealth(state=TargetState.HEALTHY)
        if age_s >= UNHEALTHY_S and self.behaviour != "mute":
            return TargetHealth(TargetState.UNHEALTHY, Reason.TIMEOUT.value[0], Reason.TIMEOUT.value[1])
        return TargetHealth(state=TargetState.INITIAL)

    def _end(self, code: StopCode, reason: str, at_s: float) -> None:
        self.task.desired_status = DesiredStatus.STOPPED
        self.task.stop_code, self.task.stopped_reason = code, reason
        self.stopping_s = at_s


class World:
    """A service on the real control plane, store and scheduler."""

    def __init__(
        self,
        directory: Path,
        *,
        desired: int,
        minimum: int = 100,
        maximum: int = 200,
        breaker: bool = True,
        configuration: Wire | None = None,
        placement: Placement | None = None,
    ) -> None:
        self.weights: dict[str, dict[str, int]] = {}
        self.refuses_shifts = self.holds_shifts = False
        """Make the load balancer refuse shifts, or carry out production shifts without reporting them."""
        self.refused_shifts = 0
        self.alarm_states: dict[str, str] = {}
        self.hook_calls: list[Wire] = []
        self.hook_answers: list[HookStatus] = []
        self.call_s = 0.0
        """The time that a hook takes to answer."""
        self.open_calls: list[tuple[float, Callable[[], None]]] = []
        self.clock = VirtualClock()
        self.runners: dict[str, FakeRunner] = {}
        self.control = ControlPlane(
            Store(directory / "ecs.json"),
            clock=self.clock,
            region="us-west-1",
            account_id="123456789012",
            balancing=self,
            traffic=self,
            hooks=self,
            alarms=self,
            start_task=lambda task, definition, **hooks: FakeRunner(self, task, definition, **hooks),
            placement=placement,
        )
        self.service = Service(
            arn="arn:aws:ecs:us-west-1:123456789012:service/c/s",
            name="s",
            cluster_arn="arn:aws:ecs:us-west-1:123456789012:cluster/c",
            desired_count=desired,
            wire={
                "deploymentConfiguration": {
                    "minimumHealthyPercent": minimum,
                    "maximumPercent": maximum,
                    "deploymentCircuitBreaker": {"enable": breaker, "rollback": breaker},
                    **(configuration or {}),
                },
                "loadBalancers": [BALANCER],
            },
            created_at=self.clock.wall(),
        )
        self.control.store.services[self.service.arn] = self.service

    def deploy(self, behaviour: str) -> str:
        """Register a revision with this behaviour, deploy it, and return its ARN."""
        revisions = self.control.store.task_definitions.setdefault("f", [])
        definition = TaskDefinition(
            arn=f"arn:aws:ecs:us-west-1:123456789012:task-definition/f:{len(revisions) + 1}",
            family="f",
            revision=len(revisions) + 1,
            wire={"containerDefinitions": [{"name": "c", "image": behaviour, "portMappings": PORTS}]},
            registered_at=self.clock.wall(),
        )
        revisions.append(definition)
        self.control.deploy(self.service, definition.arn, {"loadBalancers": self.service.wire["loadBalancers"]})
        return definition.arn

    def turn(self, arn: str, behaviour: str, *, spared: int = 0) -> None:
        """Change the behaviour of a revision, including its present tasks except the spared ones."""
        revision = self.control.task_definition(arn)
        revision.wire["containerDefinitions"][0]["image"] = behaviour
        for runner in [runner for runner in self.runners.values() if runner.task.task_definition == arn][spared:]:
            runner.behaviour = behaviour
            if behaviour in ("crash", "flash", "unpullable", "hung"):
                runner.crash()  # and its replacement behaves the same way

    def pass_time(self, seconds: float) -> None:
        """Advance half a second at a time, with a pass of the control plane for each."""
        for _ in range(round(seconds * 2)):
            self.clock.time_s += 0.5
            due = [answer for at_s, answer in self.open_calls if at_s <= self.clock.time_s]
            self.open_calls = [call for call in self.open_calls if call[0] > self.clock.time_s]
            for answer in due:
                answer()
            for runner in list(self.runners.values()):
                runner.advance()
            self.control.look()

    def settle(self, seconds: float) -> None:
        """Wait until the service is steady, for at most this long."""
        end_s = self.clock.time_s + seconds
        while self.clock.time_s < end_s:
            self.pass_time(0.5)
            is_stuck = self.allows_nothing() and len(self.service.deployments) > 1
            if is_stuck and any("unable to stop or start" in event.message for event in self.service.events):
                return
            if self.service.steady_reported and not any(r.stopping_s for r in self.runners.values()):
                self.pass_time(2 * UNHEALTHY_S)  # pending changes of state happen now
                if self.service.steady_reported:
                    return

    def allows_nothing(self) -> bool:
        """Return whether the percentages allow neither a start nor a stop."""
        return self.view().floor >= self.service.desired_count >= self.view().ceiling

    def target_health(self, target_group_arn: str, address: str, port: int) -> TargetHealth:
        return self.runners[address].health()

    def on_target_change(self, listener: Callable[[], None]) -> None:
        """Ignore the listener: the virtual clock triggers every pass."""

    def target_group_exists(self, arn: str) -> bool:
        return arn in (TARGET_GROUP, ALTERNATE)

    def shift(
        self, rule_arn: str, weights: Mapping[str, int], role: str, done: Callable[[str], None], *, service_arn: str
    ) -> None:
        """Route at once. Check that a deployment gets more production traffic only while all of it is healthy."""
        before, current = self.weights.get(rule_arn, {}), self.service.current
        assert current is not None
        if rule_arn == PRODUCTION and current.status is ServiceDeploymentStatus.IN_PROGRESS:
            ready = [task for task in self.healthy() if task.deployment_id == current.deployment_id]
            green = {self.group_of(task) for task in ready}
            for group in green & {group for group, weight in weights.items() if weight > before.get(group, 0)}:
                healthy = [task for task in ready if self.group_of(task) == group]
                assert len(healthy) >= self.service.desired_count, f"{group} gets traffic with {len(healthy)} healthy"
        if self.refuses_shifts:
            self.refused_shifts += 1
            done("refused")
            return
        self.weights[rule_arn] = dict(weights)
        if not (self.holds_shifts and rule_arn == PRODUCTION):
            done("")

    def groups_of_rule(self, rule_arn: str) -> frozenset[str]:
        return frozenset({TARGET_GROUP, ALTERNATE})

    def group_of(self, task: Task) -> str:
        return str(task.launch["loadBalancers"][0]["targetGroupArn"])

    def call(self, function_arn: str, event: Wire, done: Callable[[HookStatus], None]) -> None:
        self.hook_calls.append({"function": function_arn, **event})
        answer = self.hook_answers.pop(0) if self.hook_answers else HookStatus.SUCCEEDED
        if not self.call_s:
            done(answer)
            return
        self.open_calls.append((self.clock.time_s + self.call_s, lambda: done(answer)))

    def state(self, name: str, since: datetime) -> str | None:
        return self.alarm_states.get(name, "OK")

    def bake_s(self, name: str) -> float:
        return 120.0

    def live(self) -> list[Task]:
        """Return the tasks that run or will run."""
        return [
            task
            for task in self.control.store.open_tasks(self.service)
            if task.desired_status is DesiredStatus.RUNNING and task.last_status in LIVE_STATUSES
        ]

    def healthy(self) -> list[Task]:
        """Return the tasks that count toward the floor."""
        return [
            task
            for task in self.live()
            if task.last_status is TaskStatus.RUNNING and self.runners[task.id].health().state is TargetState.HEALTHY
        ]

    def view(self) -> views.ServiceView:
        """Return the service's view, with the limits in effect now."""
        return views.service_view(self.service, {}, self.clock)

    def check_ceiling(self, starting: Task) -> None:
        # The address is how this world finds a task's runner.
        starting.address = starting.id
        others = [task for task in self.live() if task is not starting]
        assert len(others) + 1 <= self.view().ceiling, "a start went over the ceiling"

    def check_floor(self, stopping: Task) -> None:
        if self.service.strategy is not Strategy.ROLLING:
            return  # `shift` checks what matters there: traffic goes only to healthy tasks
        healthy = self.healthy()
        if stopping in healthy:
            assert len(healthy) - 1 >= self.view().floor, "a stop went below the floor"
