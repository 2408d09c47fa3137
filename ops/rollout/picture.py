"""The picture of a rollout for a terminal: revisions, tasks, targets, traffic, events, and the time."""

from collections.abc import Sequence

from ops.aws.clients import Aws
from ops.aws.service import Deployment, Event, Service, Target, Task
from ops.aws.service_deployment import (
    NEWEST,
    ServiceDeployment,
    Status,
    describe_service_deployments,
    service_deployments,
)
from ops.console import Picture
from ops.rollout.verdict import counts, state_line, tasks_text

EVENTS_SHOWN = 6
COLUMNS = ("revision", "tasks", "targets", "traffic")


def picture_of(
    service: Service,
    running: Sequence[Task],
    targets: Sequence[Target],
    history: ServiceDeployment | None,
    *,
    events: Sequence[Event],
    time: str,
) -> Picture:
    """Draw the current state. events: the new ones, oldest first. time: of `time_line`. Pure."""
    # By deployment: in a restart both have the same revision.
    addresses = {task.ip: task.started_by for task in running if task.ip}
    rows = [
        [
            str(each.revision),
            tasks_text(each),
            counts([target for target in targets if addresses.get(target.id) == each.id]),
            traffic_text(each, history),
        ]
        for each in service.deployments
    ]
    known = {each.id for each in service.deployments}
    if others := counts([target for target in targets if addresses.get(target.id) not in known]):
        rows.append(["", "", others, ""])
    stage = history.shift_line if history is not None else None
    return Picture(
        line=state_line(service, targets),
        title=time,
        columns=COLUMNS,
        rows=rows,
        notes=[*([stage] if stage else []), *(event_line(each) for each in events[-EVENTS_SHOWN:])],
    )


def event_line(event: Event) -> str:
    return f"{event.at.astimezone():%H:%M:%S} {event.message}"


def traffic_text(deployment: Deployment, history: ServiceDeployment | None) -> str:
    """Return a revision's share of the traffic; empty for a rolling deployment, whose tasks share it evenly."""
    if history is None or history.shift is None:
        return ""
    new = history.shift.production_percent
    return f"{new if deployment.is_primary else 100 - new:g} %"


def time_line(elapsed_s: float, expected_s: float | None, limit_s: float) -> str:
    """`12 s; the last deployment took 41 s, and this one may take 300 s`."""
    last = f"the last deployment took {expected_s:.0f} s, and " if expected_s is not None else ""
    return f"{elapsed_s:.0f} s; {last}this one may take {limit_s:g} s"


def expected_s(aws: Aws) -> float | None:
    """Return how long the last successful deployment took; None before one. ECS ListServiceDeployments, Describe..."""
    for each in describe_service_deployments(aws, service_deployments(aws, NEWEST)):
        if each.status is Status.SUCCESSFUL and each.created_at and each.ended_at:
            return (each.ended_at - each.created_at).total_seconds()
    return None
