"""Limits that keep `scale` from the requested number of tasks."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from tests.unit.ops.deploying.test_scale import effects, run, scales_in, starts, with_target
from tests.unit.ops.scripted_cluster import Cluster

BY_ALARM = "monitor alarm cpu-low in state ALARM triggered policy cpu"
DENIED = {"__type": "AccessDeniedException", "message": "no"}


def activities(count: int) -> dict[str, Any]:
    newest = {"Description": f"Setting desired count to {count}.", "Cause": BY_ALARM, "StatusCode": "InProgress"}
    fixed = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount", "StartTime": 1.0}
    return {"ScalingActivities": [{"ActivityId": "1", "ResourceId": "service/c/s", **fixed, **newest}]}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (activities(2), f"Scaling changed the number of tasks from 4 to 2 meanwhile ({BY_ALARM}): "),
        (activities(3), "Something else changed the number of tasks from 4 to 2 meanwhile: "),
        ({"ScalingActivities": []}, "Something else changed the number of tasks from 4 to 2 meanwhile: "),
        (DENIED, "Something else changed the number of tasks from 4 to 2 meanwhile: "),
    ],
)
def test_a_number_that_changes_meanwhile_names_the_alarm_and_policy_if_they_did_it(
    cluster: Cluster, scripted: Aws, answer: dict[str, Any], said: str
) -> None:
    with_target(cluster)
    cluster.autoscaling.on("DescribeScalingActivities", answer)
    cluster.after_update = [lambda: starts(cluster, 4), lambda: scales_in(cluster)]
    result = run(scripted, desired=4)
    assert (result.exit_code, result.desired, result.running) == (1, 2, 2)
    assert result.message.startswith(said)
    notes = "\n".join(result.notes)
    assert "scale --desired 4 --suspend" in notes
    assert "scale --min 4 --desired 4" in notes


@pytest.mark.parametrize(("desired", "status"), [(5000, 0), (5001, 1)])
def test_a_dry_run_names_the_quota_that_ecs_would_refuse_by(
    cluster: Cluster, scripted: Aws, desired: int, status: int
) -> None:
    with_target(cluster)
    result = run(scripted, maximum=99999, desired=desired, dry_run=True)
    assert (result.exit_code, effects(cluster)) == (status, [])
    assert ("the quota of tasks per service is 5000" in result.message) is bool(status)
