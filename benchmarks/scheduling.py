"""The scheduler alone: 100 services of 10 tasks beside one, in decisions a second."""

import statistics
import time

from benchmarks.row import Row, show
from localcloud.ecs.model.states import RolloutState, TaskStatus
from localcloud.ecs.model.views import DeploymentView, ServiceView, TaskView
from localcloud.ecs.scheduling.scheduler import plan

SERVICES, TASKS = 100, 10
ROUNDS, DECISIONS = 5, 20_000
NOW = 1000.0


def run() -> list[Row]:
    """Measure an idle service, and one in the middle of a rolling deployment, which needs more work."""
    return [
        row("at rest", resting_service(), resting_tasks(TASKS)),
        row("rolling", rolling_service(), rolling_tasks()),
    ]


def row(kind: str, service: ServiceView, tasks: list[TaskView]) -> Row:
    many = [(service, [task._replace(id=f"{number}-{task.id}") for task in tasks]) for number in range(SERVICES)]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(decisions_per_s(many))
        theirs.append(decisions_per_s(many[:1]))
    rates = statistics.median(ours), statistics.median(theirs)
    note = f"{SERVICES} services take {SERVICES / rates[0] * 1e3:.1f} ms a round"
    name = f"scheduler, {SERVICES} services x {TASKS} tasks {kind}, /s"
    return Row(name=name, ours=rates[0], theirs=rates[1], ratio=rates[0] / rates[1], goal=">= 0.8", note=note)


def decisions_per_s(services: list[tuple[ServiceView, list[TaskView]]]) -> float:
    begun = time.perf_counter()
    for number in range(DECISIONS):
        service, tasks = services[number % len(services)]
        plan(service, tasks, NOW)
    return DECISIONS / (time.perf_counter() - begun)


def deployment(name: str, *, primary: bool) -> DeploymentView:
    state = RolloutState.COMPLETED if not primary else RolloutState.IN_PROGRESS
    return DeploymentView(id=name, primary=primary, rollout_state=state, desired_count=TASKS, was_completed=not primary)


def resting_service() -> ServiceView:
    completed = deployment("new", primary=True)._replace(rollout_state=RolloutState.COMPLETED, was_completed=True)
    return ServiceView(desired_count=TASKS, deployments=[completed], has_load_balancer=True, steady_reported=True)


def rolling_service() -> ServiceView:
    both = [deployment("new", primary=True), deployment("old", primary=False)]
    return ServiceView(desired_count=TASKS, deployments=both, has_load_balancer=True)


def resting_tasks(count: int, owner: str = "new") -> list[TaskView]:
    return [
        TaskView(
            id=f"{owner}-{number}",
            deployment_id=owner,
            status=TaskStatus.RUNNING,
            running_since=0.0,
            ever_running=True,
            ever_healthy=True,
            availability_zone="us-west-1a" if number % 2 else "us-west-1c",
        )
        for number in range(count)
    ]


def rolling_tasks() -> list[TaskView]:
    """Return a state in which half of the new tasks run and do not yet pass their checks."""
    starting = [task._replace(ever_healthy=False, target_healthy=False) for task in resting_tasks(TASKS // 2)]
    return starting + resting_tasks(TASKS, "old")


if __name__ == "__main__":
    show(run())
