"""The stand-in applies scalable targets, policies and scheduled actions."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

SERVICE = (Path(__file__).parents[1] / "ecs" / "service.tf").read_text()
WORLD = SERVICE + Path(__file__).with_name("scaling.tf").read_text()
PLACE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/spend/app",
    "ScalableDimension": "ecs:service:DesiredCount",
}
IMPORT_ID = "ecs/service/spend/app/ecs:service:DesiredCount"


async def test_scaling_is_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    scaling, state = daemon.client("application-autoscaling"), await balanced.state()
    assert len(state['aws_appautoscaling_policy.tracking["cpu"]']["alarm_arns"]) == 2
    arn = state['aws_appautoscaling_policy.tracking["cpu"]']["arn"]

    changed = (
        WORLD.replace("max_capacity       = 10", "max_capacity       = 8")
        .replace("target_value       = 70", "target_value       = 50")
        .replace("target_value       = 1000", "target_value       = 500")
        .replace("scaling_adjustment          = each.value", "scaling_adjustment          = 2 * each.value")
        .replace("cron(0 7", "cron(0 6")
    )
    assert await balanced.changes(changed) == {
        "aws_appautoscaling_target.this": ["update"],
        'aws_appautoscaling_policy.tracking["cpu"]': ["update"],
        'aws_appautoscaling_policy.tracking["requests"]': ["update"],
        "aws_appautoscaling_policy.custom": ["update"],
        'aws_appautoscaling_policy.step["in"]': ["update"],
        'aws_appautoscaling_policy.step["out"]': ["update"],
        'aws_appautoscaling_scheduled_action.this["a"]': ["update"],
        'aws_appautoscaling_scheduled_action.this["b"]': ["update"],
    }
    await balanced.apply()
    assert await balanced.changes() == {}
    assert (await balanced.state())['aws_appautoscaling_policy.tracking["cpu"]']["arn"] == arn
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert [each["MaxCapacity"] for each in found] == [8]

    await balanced.destroy()
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert daemon.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


@pytest.mark.full
async def test_scaling_changed_or_deleted_outside_terraform_is_restored(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    scaling = daemon.client("application-autoscaling")
    scaling.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=10)
    scaling.delete_scaling_policy(**PLACE, PolicyName="app-out")
    scaling.delete_scheduled_action(**PLACE, ScheduledActionName="app-a")
    assert await balanced.changes() == {
        "aws_appautoscaling_target.this": ["update"],
        'aws_appautoscaling_policy.step["out"]': ["create"],
        'aws_appautoscaling_scheduled_action.this["a"]': ["create"],
    }
    await balanced.apply()
    assert await balanced.changes() == {}


@pytest.mark.full
async def test_scaling_is_imported_by_namespace_resource_and_dimension(balanced: Workspace) -> None:
    await balanced.apply(WORLD)
    for address, name in (
        ("aws_appautoscaling_target.this", IMPORT_ID),
        ("aws_appautoscaling_policy.custom", f"{IMPORT_ID}/app-both"),
        ('aws_appautoscaling_policy.step["in"]', f"{IMPORT_ID}/app-in"),
    ):
        await balanced.succeed("state", "rm", address)
        await balanced.succeed("import", address, name)
    assert await balanced.changes() == {}
    await balanced.succeed("state", "rm", "aws_appautoscaling_target.this")
    refused = await balanced.fail("import", "aws_appautoscaling_target.this", "app")
    assert "unexpected format (app), expected <service-namespace>/<resource-id>/<scalable-dimension>" in refused
