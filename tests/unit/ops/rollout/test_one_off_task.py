"""A command as a task of its own: its time limit, and an interrupt."""

import signal

import pytest

from ops.aws.clients import Aws
from ops.signals import Interrupted
from tests.unit.ops.scripted_cluster import Cluster, run


def test_an_exceeded_time_limit_is_reported_as_such_and_stops_the_task(cluster: Cluster, scripted: Aws) -> None:
    cluster.migration = {"lastStatus": "PENDING"}
    cluster.ecs.on("StopTask", {"task": {}})
    result = run(scripted, timeout_s=0.1)
    assert "did not finish within 0.1 s: it was PENDING" in result.message
    assert "was stopped" in result.message
    assert "--timeout SECONDS" in result.next_steps[0]
    assert len(cluster.ecs.sent("StopTask")) == 1


@pytest.mark.parametrize("stops", [True, False])
def test_an_interrupt_stops_the_task_or_says_that_it_keeps_running(
    cluster: Cluster, scripted: Aws, *, stops: bool
) -> None:
    def interrupted(_: dict[str, object]) -> dict[str, object]:
        raise Interrupted(signal.SIGTERM)

    cluster.ecs.on("DescribeTasks", interrupted)
    cluster.ecs.on("StopTask", {"task": {}} if stops else {"__type": "ServerException", "message": "no"})
    with pytest.raises(Interrupted) as caught:
        run(scripted)
    [note] = caught.value.__notes__
    assert ("was stopped" if stops else "is still running: it could not be stopped") in note
    assert "logs --task migratio" in note
    assert cluster.ecs.sent("UpdateService") == []
