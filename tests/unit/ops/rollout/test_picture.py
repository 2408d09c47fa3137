"""The picture of a rollout, drawn from scripted states."""

import io
import sys
from datetime import UTC, datetime

import pytest

from ops.aws.clients import Aws
from ops.aws.service import Event, Target, TargetState, describe_service, running_tasks
from ops.aws.service_deployment import ServiceDeployment, Status, TrafficShift
from ops.console import Console
from ops.rollout.picture import EVENTS_SHOWN, expected_s, picture_of, time_line
from tests.unit.ops.scripted_cluster import HISTORY, Cluster, deployment, run, task

NEW, OLD = "10.0.0.7", "10.0.0.6"


class Terminal(io.StringIO):
    """A terminal of a user."""

    def isatty(self) -> bool:
        return True


def at(name: str, revision: int, address: str) -> dict[str, object]:
    detail = {"name": "privateIPv4Address", "value": address}
    started_by = f"ecs-svc/{revision}"
    return task(name, revision, "image") | {"attachments": [{"details": [detail]}], "startedBy": started_by}


def target(address: str, state: TargetState) -> Target:
    return Target(id=address, port=8000, state=state, reason=None)


@pytest.fixture
def midway(cluster: Cluster) -> Cluster:
    """A deployment halfway: two revisions, each with a task."""
    cluster.deployments = [deployment(7, "PRIMARY", "IN_PROGRESS"), deployment(6, "ACTIVE", "COMPLETED")]
    cluster.deployments[0] |= {"runningCount": 1, "pendingCount": 1}
    cluster.running = [at("new1", 7, NEW), at("old1", 6, OLD)]
    return cluster


@pytest.mark.usefixtures("midway")
def test_each_revision_has_its_tasks_targets_and_share_of_the_traffic(scripted: Aws) -> None:
    targets = [
        target(NEW, TargetState.INITIAL),
        target(OLD, TargetState.HEALTHY),
        target("10.0.0.5", TargetState.DRAINING),
    ]
    shift = TrafficShift(stage="PRODUCTION_TRAFFIC_SHIFT", production_percent=25)
    history = ServiceDeployment(arn=HISTORY, status=Status.IN_PROGRESS, reason="", shift=shift)
    events = [Event(id=f"e{n}", at=datetime(2026, 1, 1, tzinfo=UTC), message=f"event {n}") for n in range(9)]
    drawn = picture_of(
        describe_service(scripted), running_tasks(scripted), targets, history, events=events, time="12 s"
    )
    assert drawn.rows == [
        ["7", "1 of 2 running, 1 pending", "1 initial", "25 %"],
        ["6", "2 of 2 running", "1 healthy", "75 %"],
        ["", "", "1 draining", ""],
    ]
    assert drawn.notes[0] == "PRODUCTION_TRAFFIC_SHIFT: the new revision has 25 % of the traffic"
    assert [note.rpartition(" ")[2] for note in drawn.notes[1:]] == [str(n) for n in range(9 - EVENTS_SHOWN, 9)]
    assert drawn.line.startswith("rev 7: 1 of 2 running, 1 pending | rev 6: 2 of 2 running")


def test_in_a_restart_each_deployment_has_its_own_targets(midway: Cluster, scripted: Aws) -> None:
    for each in (*midway.deployments, *midway.running):
        each |= {
            name: each[name].replace(":7", ":6") for name in ("taskDefinition", "taskDefinitionArn") if name in each
        }
    targets = [target(NEW, TargetState.INITIAL), target(OLD, TargetState.HEALTHY)]
    drawn = picture_of(describe_service(scripted), running_tasks(scripted), targets, None, events=[], time="1 s")
    assert [row[2] for row in drawn.rows] == ["1 initial", "1 healthy"]


@pytest.mark.usefixtures("midway")
def test_a_rolling_deployment_shares_no_traffic_out(scripted: Aws) -> None:
    drawn = picture_of(describe_service(scripted), running_tasks(scripted), [], None, events=[], time="1 s")
    assert [row[3] for row in drawn.rows] == ["", ""]
    assert drawn.notes == []


def test_the_time_is_compared_with_the_last_deployments(cluster: Cluster, scripted: Aws) -> None:
    assert expected_s(scripted) is None
    cluster.history |= {"serviceDeploymentArn": HISTORY + "-before", "status": "SUCCESSFUL"}
    cluster.history |= {"createdAt": 1000.0, "finishedAt": 1041.0}
    assert expected_s(scripted) == 41
    assert time_line(12.4, 41, 300) == "12 s; the last deployment took 41 s, and this one may take 300 s"
    assert time_line(0, None, 600) == "0 s; this one may take 600 s"


def test_in_a_terminal_events_are_in_the_picture_and_elsewhere_lines(
    cluster: Cluster, scripted: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.after_update = [cluster.complete]
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(sys, "stderr", terminal)
    assert Console().draws
    run(scripted)
    shown = terminal.getvalue()
    assert "this one may take 60 s" in shown
    assert "deployment completed." in shown
    assert "rev 7: " not in shown
    assert "this one may take" not in capsys.readouterr().err
