"""The stand-in applies metric filters, alarms, dashboards and budgets."""

from pathlib import Path

import pytest

from tests.integration.localcloud.ecs.daemon import Daemon
from tests.integration.terraform_provider.workspace import Workspace

pytestmark = pytest.mark.long

WORLD = Path(__file__).with_name("watching.tf").read_text()
STEPS = {
    'default_value = "0"': 'default_value = "0.5"',
    "threshold                             = 1.5": "threshold                             = 2",
    '{ Name = "spend-slow" }': '{ Name = "slow" }',
    '"100 * failed / some"': '"failed / some"',
    "a < b & c": "a > b",
    'limit_amount = "100"': 'limit_amount = "120"',
    "FORECASTED = 100": "FORECASTED = 110",
    "include_tax = false": "include_tax = true",
    '{ Name = "spend" }': '{ Name = "budget" }',
}
ACCOUNT = {"AccountId": "123456789012"}


async def test_watching_is_applied_changed_and_destroyed(balanced: Workspace, daemon: Daemon) -> None:
    await balanced.apply(WORLD)
    assert await balanced.changes() == {}
    state = await balanced.state()
    assert state["aws_cloudwatch_log_metric_filter.errors"]["pattern"] == '{ $.level = "ERROR" }'
    assert state["aws_budgets_budget.this"]["id"] == "123456789012:spend"

    changed = WORLD
    for old, new in STEPS.items():
        changed = changed.replace(old, new)
    assert await balanced.changes(changed) == {
        "aws_cloudwatch_log_metric_filter.errors": ["update"],
        "aws_cloudwatch_metric_alarm.slow": ["update"],
        "aws_cloudwatch_metric_alarm.failing": ["update"],
        "aws_cloudwatch_dashboard.this": ["update"],
        "aws_budgets_budget.this": ["update"],
        "aws_budgets_budget.planned": ["update"],
    }
    await balanced.apply()
    assert await balanced.changes() == {}
    alarms = daemon.client("cloudwatch").describe_alarms(AlarmNames=["spend-slow"])["MetricAlarms"]
    assert (alarms[0]["Threshold"], alarms[0]["ExtendedStatistic"]) == (2.0, "p95")
    notifications = daemon.client("budgets").describe_notifications_for_budget(BudgetName="spend", **ACCOUNT)
    assert sorted(each["Threshold"] for each in notifications["Notifications"]) == [80, 110]

    await balanced.destroy()
    assert daemon.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert daemon.client("logs").describe_metric_filters()["metricFilters"] == []
    assert daemon.client("cloudwatch").list_dashboards()["DashboardEntries"] == []
    assert daemon.client("budgets").describe_budgets(**ACCOUNT)["Budgets"] == []


@pytest.mark.full
async def test_monitoring_changed_outside_terraform_is_restored_and_imported(
    balanced: Workspace, daemon: Daemon
) -> None:
    await balanced.apply(WORLD)
    daemon.client("cloudwatch").delete_alarms(AlarmNames=["spend-quiet"])
    daemon.client("logs").delete_metric_filter(logGroupName="/spend/service", filterName="spend-errors")
    daemon.client("cloudwatch").put_dashboard(DashboardName="spend", DashboardBody='{"widgets": []}')
    daemon.client("budgets").delete_budget(BudgetName="spend-planned", **ACCOUNT)
    assert await balanced.changes() == {
        "aws_cloudwatch_metric_alarm.quiet": ["create"],
        "aws_cloudwatch_log_metric_filter.errors": ["create"],
        "aws_cloudwatch_dashboard.this": ["update"],
        "aws_budgets_budget.planned": ["create"],
    }
    await balanced.apply()
    for address, id_ in (
        ("aws_cloudwatch_metric_alarm.failing", "spend-failing"),
        ("aws_cloudwatch_log_metric_filter.errors", "/spend/service:spend-errors"),
        ("aws_cloudwatch_dashboard.this", "spend"),
        ("aws_budgets_budget.this", "123456789012:spend"),
    ):
        await balanced.succeed("state", "rm", address)
        await balanced.succeed("import", address, id_)
    assert await balanced.changes() == {}


@pytest.mark.full
async def test_wrong_alarms_and_budgets_are_refused(workspace: Workspace) -> None:
    workspace.write(WORLD.replace('  statistic           = "Sum"\n', ""))
    assert "One of `statistic` or `extended_statistic` must be set" in await workspace.fail("plan")
    workspace.write(WORLD.replace("period              = 300", "period              = 45"))
    assert "divisible by 60, got: 45" in await workspace.fail("validate")
    workspace.write(WORLD.replace('time_period_start = "2026-01-01_00:00"', 'time_period_start = "2026"'))
    assert '"time_period_start" cannot be parsed' in await workspace.fail("validate")
