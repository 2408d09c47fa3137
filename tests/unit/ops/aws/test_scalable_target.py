"""The schedule whose limits scaling has now, and what Terraform is told of it."""

from typing import Any

import pytest

from ops.aws.clients import Aws
from ops.terraform import scheduled_limits

NOW = {"MinCapacity": 6, "MaxCapacity": 10}
NIGHT = {"MinCapacity": 1, "MaxCapacity": 10}


def target(**bounds: int) -> dict[str, Any]:
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/spendsense-local/spendsense-backend",
        "ScalableDimension": "ecs:service:DesiredCount",
        "RoleARN": "arn:aws:iam::123456789012:role/scaling",
        "CreationTime": 1.0,
        **bounds,
    }


def action(name: str, limits: dict[str, int]) -> dict[str, Any]:
    return {"ScheduledActionName": name, "Schedule": "cron(0 7 ? * MON-FRI *)", "ScalableTargetAction": limits}


@pytest.mark.parametrize(
    ("targets", "actions", "name"),
    [
        (
            [target(**NOW)],
            [action("spendsense-local-night", NIGHT), action("spendsense-local-morning", NOW)],
            "morning",
        ),
        ([target(**NOW)], [action("spendsense-local-night", NIGHT)], None),  # somebody has set others by hand
        ([target(**NOW)], [action("spendsense-local-morning", {"MaxCapacity": 10})], None),  # before the first deploy
        ([target(**NOW)], [action("by-hand", NOW)], None),  # Terraform does not know it
        ([target(**NOW)], [], None),
        ([], [], None),  # before the first apply
    ],
)
def test_limits_are_those_of_a_schedule_that_sets_both(
    scripted: Aws, wire: Any, targets: list[Any], actions: list[Any], name: str | None
) -> None:
    scaling = wire(scripted.autoscaling)
    scaling.on("DescribeScalableTargets", {"ScalableTargets": targets})
    # On the second page.
    scaling.on(
        "DescribeScheduledActions",
        lambda request: (
            {"ScheduledActions": actions} if "NextToken" in request else {"ScheduledActions": [], "NextToken": "2"}
        ),
    )
    said: list[str] = []
    assert scheduled_limits.arguments(scripted, said.append) == ([f"-var=schedule_in_force={name}"] if name else [])
    assert [f'"{name}"' in each for each in said] == ([True] if name else [])
