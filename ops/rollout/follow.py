"""Watches a rollout to its end: new events, counts per revision, target health, failures with their logs."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.aws.clients import Aws, Wire
from ops.aws.deployment_alarms import reasons_of, time_to_alarm_s, watching
from ops.aws.service import (
    Event,
    Service,
    Target,
    Task,
    describe_service,
    describe_targets,
    running_tasks,
    stopped_tasks,
)
from ops.aws.service_deployment import ServiceDeployment, describe_service_deployment
from ops.console import Console
from ops.environment import Environment
from ops.rollout.doubts import Doubts, readable
from ops.rollout.failures import LOG_DELIVERY_S, Failure, FailureWatch, unhealthy_failures
from ops.rollout.picture import event_line, expected_s, picture_of, time_line
from ops.rollout.proof import Proof
from ops.rollout.strategy import baking_s
from ops.rollout.verdict import (
    ExpectedDeployment,
    Verdict,
    assess,
    unhealthy_lines,
    waits_for,
    waits_for_alarms,
    waits_for_alarms_of_the_rollback,
)
from ops.waiter import Deadline

AWS_TIMEOUT_S = 600.0
NO_REASONS: tuple[str, ...] = ()
LOCAL_TIMEOUT_S = 300.0
BAKING_POLL_INTERVAL_S = 0.6
"""The shortest interval while alarms decide: a look takes 30 ms of processor time, and alarms need many seconds."""
BY_ALARM = re.compile(r"alarm detected|because of alarm|CloudWatch alarm", re.IGNORECASE)
"""ECS's words in an event or a reason for a deployment that an alarm ended."""


def default_timeout_s(where: Environment, configuration: Wire) -> float:
    """Return the default time limit in seconds: a base for the environment plus a deployment's bake times."""
    return (LOCAL_TIMEOUT_S if where.local else AWS_TIMEOUT_S) + baking_s(configuration) / where.speed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a rollout, with everything reported meanwhile."""

    verdict: Verdict
    service: Service  # as last seen
    failures: tuple[Failure, ...]
    events: tuple[Event, ...]
    waited_for: str  # what it waited for; "nothing" at success
    history: ServiceDeployment | None = None  # where ECS keeps one
    alarms: tuple[str, ...] = ()  # those that ended it, each with CloudWatch's reason
    doubts: Doubts | None = None  # None when they were not checked
    proof: Proof | None = None  # of requests through the load balancer; None when none were sent

    @property
    def has_doubts(self) -> bool:
        return any(each.lines for each in (self.doubts, self.proof) if each is not None)

    @property
    def ended_by_user(self) -> bool:
        """True when another command ended it: its own tasks and alarms did not."""
        has_failed = self.verdict in {Verdict.ROLLED_BACK, Verdict.FAILED}
        return has_failed and self.history is not None and self.history.ended_by_user

    @property
    def final_verdict(self) -> Verdict:
        """The verdict when requests through the load balancer count, too."""
        fails = self.proof is not None and self.proof.is_failing
        return Verdict.REQUESTS_FAILED if fails and self.verdict is Verdict.DEPLOYED else self.verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Ids that existed before the rollout, and so are not reported."""

    events: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    history: ServiceDeployment | None
    service: Service
    targets: list[Target]
    running: list[Task]
    stopped: list[Task]  # its tasks that were not stopped before


def look(aws: Aws, expected: ExpectedDeployment, seen: Seen) -> View:
    """Read the current state. The history comes first: then the rest already shows what the history calls ended."""
    history = describe_service_deployment(aws, expected.service_deployment) if expected.service_deployment else None
    service = describe_service(aws)
    return View(
        history=history,
        service=service,
        targets=describe_targets(aws, service.target_groups),
        running=running_tasks(aws),
        stopped=[
            task for task in stopped_tasks(aws, but=seen.tasks) if task.task_definition == expected.task_definition
        ],
    )


def follow(
    aws: Aws,
    expected: ExpectedDeployment,
    definition: dict[str, Any],
    seen: Seen,
    deadline: Deadline,
    console: Console,
    is_enough: Callable[[Service], bool] = lambda service: False,
    tell: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcome:
    """Watch until the rollout is decided, `is_enough` says so, or the deadline has passed. Hiccups are outlasted.

    tell: gets the outcome at each look while ECS has rolled back and only alarms delay the end.
    Errors: NotReachable when AWS did not respond until the deadline.
    ECS DescribeServices, DescribeServiceDeployments, ListTasks, DescribeTasks; ELBv2 DescribeTargetHealth;
    Logs GetLogEvents.
    """
    where = aws.environment
    watch = FailureWatch(aws, definition, clock=lambda: deadline.elapsed_s, log_delivery_s=LOG_DELIVERY_S)
    printer = Printer(console, seen.events)
    with console.drawing() as show, aws.retries.until(deadline):
        usual_s = expected_s(aws) if console.draws else None
        while True:
            view = look(aws, expected, seen)
            history, service, targets, running = view.history, view.service, view.targets, view.running
            verdict = assess(service, running, expected, history)
            is_last = verdict is not None or is_enough(service) or deadline.has_passed
            printer.events(service)
            printer.stage(history)
            printer.fired(aws, service, history)
            printer.once(unhealthy_lines(targets))
            printer.failures(watch.look(view.stopped, is_last=is_last))
            back = waits_for_alarms_of_the_rollback(service, targets, expected)
            if back and not is_last:
                tell(rolled_back_by(view, watch, printer))
            bakes = back or waits_for_alarms(service, targets, expected, history)
            if bakes:
                printer.baking(aws, watching(service.deployment_configuration), back=back)
            time = time_line(deadline.elapsed_s, usual_s, deadline.timeout_s)
            show(picture_of(service, running, targets, history, events=printer.new_events, time=time))
            if is_last:
                break
            deadline.pause(max(where.poll_interval_s, BAKING_POLL_INTERVAL_S) if bakes else where.poll_interval_s)
    if expected.service_deployment:  # ECS may have recorded the end after the last read
        history = describe_service_deployment(aws, expected.service_deployment) or history
        printer.fired(aws, service, history)
    if verdict is None:
        own = [task for task in running if task.task_definition == expected.task_definition]
        for failure in unhealthy_failures(aws, own, targets, definition):
            printer.failures(watch.add(failure))
    return Outcome(
        verdict=verdict or Verdict.TIMED_OUT,
        service=service,
        failures=tuple(watch.failures),
        events=tuple(printer.new_events),
        waited_for=waits_for(service, running, expected, history),
        history=history,
        alarms=printer.alarms,
    )


def rolled_back_by(view: View, watch: FailureWatch, printer: "Printer") -> Outcome:
    """Return the outcome of a deployment that ECS has rolled back but for the watch of its alarms."""
    return Outcome(
        verdict=Verdict.ROLLED_BACK,
        service=view.service,
        failures=tuple(watch.failures),
        events=tuple(printer.new_events),
        waited_for="the alarms",
        history=view.history,
        alarms=printer.alarms,
    )


class Printer:
    """Prints only new lines, and nothing that the picture shows."""

    def __init__(self, console: Console, seen_events: frozenset[str]) -> None:
        self._say: Callable[..., None] = console.say
        self._draws = console.draws
        self._seen = set(seen_events)
        self._rejected: set[str] = set()
        self._stage = ""
        self._bakes = False
        self._fired = False
        self.new_events: list[Event] = []
        self.alarms: tuple[str, ...] = ()

    def events(self, service: Service) -> None:
        for event in service.events:
            if event.id not in self._seen:
                self._seen.add(event.id)
                self.new_events.append(event)
                if not self._draws:
                    self._say(event_line(event))

    def stage(self, history: ServiceDeployment | None) -> None:
        """Print the stage of a deployment that shifts traffic, each time it changes."""
        line = history.shift_line if history is not None else None
        if line is not None and line != self._stage and not self._draws:
            self._stage = line
            self._say(f"  {line}", style="cyan")

    def fired(self, aws: Aws, service: Service, history: ServiceDeployment | None) -> None:
        """Print once why alarms ended the deployment: at the end of the rollback they may be OK again."""
        by_alarm = any(BY_ALARM.search(event.message) for event in self.new_events)
        if self._fired or not (by_alarm or (history is not None and history.triggered_alarms)):
            return
        self._fired = True
        names = watching(service.deployment_configuration)
        self.alarms, unread = readable(lambda: reasons_of(aws, names), NO_REASONS, "the alarms' reasons")
        for line in (*self.alarms, *unread):
            self._say(f"  {line}", style="red")

    def baking(self, aws: Aws, names: tuple[str, ...], *, back: bool = False) -> None:
        """Print once which alarms the deployment waits for, and until when. back: it is a rollback."""
        if self._bakes:
            return
        self._bakes = True
        what = f"watching whether {'alarm' if len(names) == 1 else 'one of the alarms'} {', '.join(names)} goes off"
        span_s = time_to_alarm_s(aws, names)
        if span_s is not None:
            wait_s = span_s / aws.environment.speed
            until = datetime.now().astimezone() + timedelta(seconds=wait_s)
            what += f", until about {until:%H:%M:%S} ({wait_s:.0f} s)"
        tasks = "all old tasks are running" if back else "all tasks are running"
        self._say(f"  {tasks}; {what}", style="cyan")

    def once(self, lines: list[str]) -> None:
        for line in lines:
            if line not in self._rejected:
                self._say(line, style="yellow")
        self._rejected = set(lines)

    def failures(self, lines: list[str]) -> None:
        for line in lines:
            self._say(line, style="red")
