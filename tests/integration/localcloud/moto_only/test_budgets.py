"""Budgets as Terraform requests them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError


async def test_a_budget_keeps_its_subscribers_and_tags(cloud_in: Any, tmp_path: Path) -> None:
    budget = {
        "BudgetName": "b",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "5", "Unit": "USD"},
    }
    notification = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    subscribers = [{"SubscriptionType": "EMAIL", "Address": "ops@example.com"}]
    account, arn = {"AccountId": "123456789012"}, {"ResourceARN": "arn:aws:budgets::123456789012:budget/b"}
    async with cloud_in(tmp_path, {}) as cloud:

        async def call(operation: str, **parameters: Any) -> Any:
            return await cloud.call("budgets", operation, **parameters)

        tags = [{"Key": "team", "Value": "a"}]
        both = [{"Notification": notification, "Subscribers": subscribers}]
        await call("create_budget", Budget=budget, NotificationsWithSubscribers=both, ResourceTags=tags, **account)
        parameters = {"BudgetName": "b", "Notification": notification, **account}
        assert (await call("describe_subscribers_for_notification", **parameters))["Subscribers"] == subscribers
        assert (await call("list_tags_for_resource", **arn))["ResourceTags"] == tags
        await call("untag_resource", ResourceTagKeys=["team"], **arn)
        assert (await call("list_tags_for_resource", **arn))["ResourceTags"] == []
        await call("update_budget", NewBudget=budget | {"BudgetLimit": {"Amount": "6", "Unit": "USD"}}, **account)
        shown = (await call("describe_budget", BudgetName="b", **account))["Budget"]
        assert float(shown["BudgetLimit"]["Amount"]) == 6
        with pytest.raises(ClientError, match="NotFoundException"):
            await call("describe_subscribers_for_notification", **{**parameters, "BudgetName": "none"})


async def test_what_a_budget_leaves_out_is_filled_in(cloud_in: Any, tmp_path: Path) -> None:
    account = {"AccountId": "123456789012"}
    budget = {
        "BudgetName": "b",
        "BudgetType": "COST",
        "TimeUnit": "ANNUALLY",
        "TimePeriod": {"End": datetime(2050, 1, 1, tzinfo=UTC)},
        "AutoAdjustData": {"AutoAdjustType": "HISTORICAL", "HistoricalOptions": {"BudgetAdjustmentPeriod": 3}},
    }
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("budgets", "create_budget", Budget=budget, **account)
        created = (await cloud.call("budgets", "describe_budget", BudgetName="b", **account))["Budget"]
        start = created["TimePeriod"]["Start"].astimezone(UTC)
        assert (start.month, start.day, start.hour) == (1, 1, 0)
        assert created["TimePeriod"]["End"].astimezone(UTC).year == 2050
        assert created["BudgetLimit"]["Unit"] == "USD"
        assert created["AutoAdjustData"]["LastAutoAdjustTime"] >= start

        limited = {name: budget[name] for name in ("BudgetName", "BudgetType", "TimeUnit")}
        limit = {"Amount": "5", "Unit": "USD"}
        await cloud.call("budgets", "update_budget", NewBudget=limited | {"BudgetLimit": limit}, **account)
        updated = (await cloud.call("budgets", "describe_budget", BudgetName="b", **account))["Budget"]
        assert updated["TimePeriod"] == created["TimePeriod"]
        assert "AutoAdjustData" not in updated
