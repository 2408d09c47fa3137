"""Random histories of one service, with all strategies and events, and the invariants that hold at every moment.

Hypothesis chooses the next event; a virtual clock makes thousands of histories affordable. The world itself checks the
ceiling at each start, the floor at each stop that the scheduler decides, and that traffic goes to healthy tasks.
"""

import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from localcloud.ecs.model.services import MAX_EVENTS
from localcloud.ecs.model.states import (
    DesiredStatus,
    RolloutState,
    ServiceDeploymentStatus,
    StopCode,
    Strategy,
    TaskStatus,
)
from localcloud.ecs.model.tasks import Task
from localcloud.ecs.operations.service_deployments import STOPPED_BY_USER
from localcloud.ecs.shifting import rollout
from tests.unit.localcloud.ecs.world import PRODUCTION, World

BEHAVIOURS = st.sampled_from(["good", "good", "sick", "crash", "unpullable"])
PERCENTAGES = st.sampled_from([(100, 200), (100, 150), (50, 100), (50, 200), (0, 100), (75, 125)])
STRATEGIES: list[dict[str, Any]] = [
    {"strategy": "ROLLING"},
    {"strategy": "ROLLING"},
    {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1},
    {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": 1}},
    {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 50, "stepBakeTimeInMinutes": 1}},
]
ALARMS = {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
ANY_TASK = st.integers(0, 20)

REPORTED = re.compile(r"has (started|stopped) 1 (?:running |pending )?tasks: \(task (\w+)\)")
LONGEST_S = 6000.0
"""Enough for the slowest breaker: three throttled starts, followed by a shift in steps."""
LONGEST_STEP_S = 4.0
QUIET_S = 200.0
"""If nothing has changed for this long, nothing will (the longest wait without change, a bake, is 120 s)."""


class WatchedWorld(World):
    """Records which events were reported and which deployments completed."""

    def __init__(self, directory: Path, **more: Any) -> None:
        super().__init__(directory, **more)
        self.reported: Counter[tuple[str, str]] = Counter()
        """("started" or "stopped", task id) -> number of events that report it."""
        self.completed: set[str] = set()
        """Task definitions that completed before this moment."""
        self._known: set[str] = set()
        self._rolled_back: set[str] = set()

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            super().pass_time(0.5)
            self.watch()

    def watch(self) -> None:
        new = [event for event in self.service.events if event.id not in self._known]
        assert len(new) < MAX_EVENTS, "more at once than are kept: some were not seen"
        self._known |= {event.id for event in new}
        self.reported.update(found.groups() for event in new if (found := REPORTED.search(event.message)))
        for history in self.service.service_deployments:
            back = (
                history.status is ServiceDeploymentStatus.ROLLBACK_SUCCESSFUL and history.arn not in self._rolled_back
            )
            if back and history is self.service.service_deployments[0]:
                primary = self.service.primary
                assert primary is not None
                assert primary.id != history.deployment_id, "a rollback to what failed"
                assert primary.task_definition in self.completed, "a rollback to what never was completed"
            if back:
                self._rolled_back.add(history.arn)
        self.completed |= {d.task_definition for d in self.service.deployments if d.was_completed}

    def until_nothing_happens(self) -> None:
        """Advance half a second at a time while something changes, in longer steps while nothing does."""
        begun_s = quiet_since_s = self.clock.time_s
        step_s, before = 0.5, self._state()
        while self.clock.time_s - quiet_since_s < QUIET_S:
            assert self.clock.time_s - begun_s < LONGEST_S, "it never comes to rest"
            self.pass_time(step_s) if step_s == 0.5 else self._leap(step_s)
            now = self._state()
            if now != before:
                step_s, before, quiet_since_s = 0.5, now, self.clock.time_s
            else:
                step_s = min(2 * step_s, LONGEST_STEP_S)

    def _leap(self, seconds: float) -> None:
        self.clock.time_s += seconds - 0.5
        self.pass_time(0.5)

    def _state(self) -> object:
        tasks = self.control.store.open_tasks(self.service)
        return (
            [(task.id, task.last_status, task.desired_status) for task in tasks],
            [task.id for task in self.healthy()],
            [(d.id, d.status, d.rollout_state, d.failed_tasks, d.start_failures) for d in self.service.deployments],
            [(h.status, h.stage, h.production_percent) for h in self.service.service_deployments],
            self.service.steady_reported,
        )


class Histories(RuleBasedStateMachine):
    """A service and everything that can happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())

    @initialize(
        desired=st.integers(1, 5), percentages=PERCENTAGES, chosen=st.sampled_from(STRATEGIES), alarms=st.booleans()
    )
    def create(self, desired: int, percentages: tuple[int, int], chosen: dict[str, Any], alarms: bool) -> None:
        minimum, maximum = percentages
        configuration = chosen | (ALARMS if alarms else {})
        self.world = WatchedWorld(
            self.directory, desired=desired, minimum=minimum, maximum=maximum, configuration=configuration
        )
        self.service = self.world.service
        self.world.deploy("good")
        self.world.until_nothing_happens()
        assert self.service.deployments[0].rollout_state is RolloutState.COMPLETED

    # --- user actions ---

    @rule(behaviour=BEHAVIOURS)
    def deploy(self, behaviour: str) -> None:
        self.world.deploy(behaviour)

    @rule()
    def deploy_the_same_again(self) -> None:
        primary = self.service.primary
        assert primary is not None
        self.world.control.deploy(self.service, primary.task_definition, primary.launch)

    @rule(count=st.integers(1, 8))
    def scale(self, count: int) -> None:
        self.service.desired_count = count
        self.service.steady_reported = False

    @rule(percentages=PERCENTAGES)
    def change_percentages(self, percentages: tuple[int, int]) -> None:
        minimum, maximum = percentages
        self.configure({"minimumHealthyPercent": minimum, "maximumPercent": maximum})

    @rule(chosen=st.sampled_from(STRATEGIES))
    def change_strategy(self, chosen: dict[str, Any]) -> None:
        self.configure(chosen)

    @rule(number=ANY_TASK)
    def stop_a_task(self, number: int) -> None:
        if task := self.some(number):
            self.world.control.store.tasks[task.arn].accounted = True  # as for every task that a user stops
            self.world.runners[task.id].ask_to_stop(StopCode.USER_INITIATED, "Task stopped by user", drain=False)

    @precondition(lambda self: self.in_progress())
    @rule()
    def stop_the_deployment(self) -> None:
        current = self.service.current
        assert current is not None
        if current.strategy is Strategy.ROLLING:
            self.world.control.fail_deployment(self.service, current.deployment_id, STOPPED_BY_USER)
        else:
            current.fault = STOPPED_BY_USER.reason

    @precondition(lambda self: self.in_progress())
    @rule()
    def abort_the_deployment(self) -> None:
        current = self.service.current
        assert current is not None
        rollout.abort(self.service, current, self.world.clock.wall())

    # --- failures ---

    @rule(seconds=st.integers(1, 90))
    def wait(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule(number=ANY_TASK)
    def crash(self, number: int) -> None:
        if task := self.some(number):
            self.world.runners[task.id].crash()

    @rule(number=ANY_TASK)
    def sicken(self, number: int) -> None:
        if (task := self.some(number)) and task.last_status is TaskStatus.RUNNING:
            self.world.runners[task.id].turned_sick = True

    @rule(state=st.sampled_from(["ALARM", "OK"]))
    def alarm(self, state: str) -> None:
        self.world.alarm_states["errors"] = state

    # --- invariants ---

    @invariant()
    def counts_agree_with_what_runs(self) -> None:
        if not hasattr(self, "world"):
            return
        live = [
            runner.task for runner in self.world.runners.values() if runner.task.desired_status is DesiredStatus.RUNNING
        ]
        running = sum(task.last_status is TaskStatus.RUNNING for task in live)
        assert self.world.control.store.counts(self.service) == (running, len(live) - running)
        shares = [self.world.control.store.counts(self.service, deployment) for deployment in self.service.deployments]
        assert [sum(column) for column in zip(*shares, strict=True)] == [running, len(live) - running]

    @invariant()
    def no_task_is_lost_or_leaked(self) -> None:
        if not hasattr(self, "world"):
            return
        unfinished = {t.id for t in self.tasks() if t.last_status is not TaskStatus.STOPPED}
        assert unfinished == set(self.world.runners)

    # --- the end ---

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.end()
        finally:
            shutil.rmtree(self.directory)

    def end(self) -> None:
        """Check that each deployment ends if left alone, and that a good one then serves when there are no faults."""
        world, service = self.world, self.service
        world.alarm_states["errors"] = "OK"
        world.until_nothing_happens()
        if service.current is not None:
            assert world.allows_nothing(), f"{service.current} goes on for ever"
            assert any("unable to stop or start tasks" in event.message for event in service.events)
        self.configure({"minimumHealthyPercent": 100, "maximumPercent": 200})
        last = world.deploy("good")
        world.until_nothing_happens()
        [only] = service.deployments
        assert (only.task_definition, only.rollout_state) == (last, RolloutState.COMPLETED)
        assert len(world.healthy()) == len(world.live()) == len(world.runners) == service.desired_count
        ended = set(ServiceDeploymentStatus) - {ServiceDeploymentStatus.PENDING, ServiceDeploymentStatus.IN_PROGRESS}
        assert {history.status for history in service.service_deployments if not history.open} <= ended
        assert service.current is None
        assert service.steady_reported
        assert service.events[0].message == "(service s) has reached a steady state."
        if service.strategy is not Strategy.ROLLING:
            [group] = {world.group_of(task) for task in world.live()}
            assert world.weights[PRODUCTION][group] == 100
        self.events_agree()

    def events_agree(self) -> None:
        """Check that each start, and each stop that the scheduler decided, was reported exactly once."""
        tasks = self.tasks()
        by_scheduler = [task for task in tasks if task.stop_code is StopCode.SERVICE_SCHEDULER_INITIATED]
        expected = {("started", task.id) for task in tasks} | {("stopped", task.id) for task in by_scheduler}
        assert self.world.reported == Counter(dict.fromkeys(expected, 1))

    # --- helpers ---

    def tasks(self) -> list[Task]:
        return list(self.world.control.store.tasks.values())

    def some(self, number: int) -> Task | None:
        """Return one of the tasks that run or will run."""
        live = self.world.live()
        return live[number % len(live)] if live else None

    def in_progress(self) -> bool:
        current = self.service.current
        return current is not None and current.status is ServiceDeploymentStatus.IN_PROGRESS

    def configure(self, settings_: dict[str, Any]) -> None:
        self.service.wire["deploymentConfiguration"] = self.service.wire["deploymentConfiguration"] | settings_
        self.service.steady_reported = False


TestHistories = Histories.TestCase
# The same histories each time: a change of the engine should not fail because of an unrelated discovery.
TestHistories.settings = settings(max_examples=30, stateful_step_count=20, deadline=None, derandomize=True)


@pytest.mark.long
class TestMoreHistories(Histories.TestCase):  # type: ignore[misc,valid-type]
    settings = settings(max_examples=100, stateful_step_count=20, deadline=None, derandomize=True)


@pytest.mark.full
class TestThousandsOfHistories(Histories.TestCase):  # type: ignore[misc,valid-type]
    """Different histories each time."""

    settings = settings(max_examples=3000, stateful_step_count=20, deadline=None)


def test_a_shift_replaces_what_is_left_of_a_shift_from_a_revision_that_failed() -> None:
    """The completed revision is sick and starts no tasks; half of the healthy tasks are left of a shift to another."""
    rolling, _, blue_green, _, linear = STRATEGIES
    history = Histories()
    history.create(desired=4, percentages=(100, 200), chosen=rolling, alarms=True)
    history.deploy(behaviour="sick")
    history.wait(seconds=50)
    for number in (12, 5, 11):
        history.sicken(number=number)
    history.wait(seconds=87)
    history.wait(seconds=80)
    history.change_strategy(chosen=linear)
    history.sicken(number=10)
    history.wait(seconds=87)
    history.sicken(number=12)
    assert {deployment.rollout_state for deployment in history.service.deployments} == {RolloutState.FAILED}
    history.deploy(behaviour="good")
    history.change_strategy(chosen=blue_green)
    history.wait(seconds=47)
    assert history.service.service_deployments[0].production_percent == 50
    history.stop_the_deployment()
    history.end()
    history.teardown()
