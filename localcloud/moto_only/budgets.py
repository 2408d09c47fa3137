"""Budgets: subscribers of notifications, tags, and updates. No money is spent here, so no one is notified."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import checking, wrap

TAGS = "tags_of_budgets"
NAMES_IT = ("NotificationType", "ComparisonOperator", "Threshold")
"""The members that identify a notification."""
MONTHS = {"MONTHLY": 1, "QUARTERLY": 3, "ANNUALLY": 12}
END = 3706473600
"""2087-06-15, in seconds."""
NOTHING = {"Amount": "0.0", "Unit": "USD"}


def patch() -> None:
    from moto.budgets.models import BudgetsBackend
    from moto.budgets.responses import BudgetsResponse

    wrap(BudgetsBackend, "create_budget", checking(lambda _, given: _fill(given["budget"])))
    for operation in (
        describe_subscribers_for_notification,
        update_budget,
        list_tags_for_resource,
        tag_resource,
        untag_resource,
    ):
        setattr(BudgetsResponse, operation.__name__, operation)
    _keep_tags_of_new_budgets(BudgetsResponse)


def describe_subscribers_for_notification(self: Any) -> str:
    budget, parameters = _budget(self, self._get_param("BudgetName")), self._get_param("Notification") or {}
    for each in budget.notifications:
        if all(each.details.get(name) == parameters.get(name) for name in NAMES_IT):
            return json.dumps({"Subscribers": each.subscribers})
    raise AwsError("NotFoundException", "Unable to describe subscribers - the notification doesn't exist.")


def update_budget(self: Any) -> str:
    new = self._get_param("NewBudget")
    budget = _budget(self, new["BudgetName"])
    budget.budget = new | {"TimePeriod": budget.budget["TimePeriod"] | (new.get("TimePeriod") or {})}
    _fill(budget.budget)
    return json.dumps({})


def list_tags_for_resource(self: object) -> str:
    tags = _tags(self).get(_named(self), {})
    return json.dumps({"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]})


def tag_resource(self: Any) -> str:
    given = {each["Key"]: each["Value"] for each in self._get_param("ResourceTags")}
    _tags(self).setdefault(_named(self), {}).update(given)
    return json.dumps({})


def untag_resource(self: Any) -> str:
    tags = _tags(self).get(_named(self), {})
    for key in self._get_param("ResourceTagKeys"):
        tags.pop(key, None)
    return json.dumps({})


def _keep_tags_of_new_budgets(answering: Any) -> None:
    create, delete = answering.create_budget, answering.delete_budget

    def create_budget(self: Any) -> Any:
        response = create(self)
        name = self._get_param("Budget")["BudgetName"]
        given = self._get_param("ResourceTags") or []
        _tags(self)[name] = {each["Key"]: each["Value"] for each in given}
        return response

    def delete_budget(self: Any) -> Any:
        response = delete(self)
        _tags(self).pop(self._get_param("BudgetName"), None)
        return response

    answering.create_budget, answering.delete_budget = create_budget, delete_budget


def _fill(budget: dict[str, Any]) -> None:
    """Set AWS's defaults; the limit of a budget that adjusts itself follows what was spent."""
    budget["TimePeriod"] = {"Start": _start(budget), "End": END} | (budget.get("TimePeriod") or {})
    if adjusting := budget.get("AutoAdjustData"):
        adjusting.setdefault("LastAutoAdjustTime", datetime.now(UTC).timestamp())
        if past := adjusting.get("HistoricalOptions"):
            past.setdefault("LookBackAvailablePeriods", 0)
        budget.setdefault("BudgetLimit", dict(NOTHING))


def _start(budget: Mapping[str, object]) -> float:
    """Return the start of the current day, month, quarter or year."""
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    months = MONTHS.get(str(budget.get("TimeUnit")))
    return (today.replace(day=1, month=(today.month - 1) // months * months + 1) if months else today).timestamp()


def _budget(self: Any, name: str) -> Any:
    found = self.backend.budgets[self._get_param("AccountId")].get(name)
    if found is None:
        raise AwsError("NotFoundException", f"Unable to get budget: {name} - the budget doesn't exist.")
    return found


def _named(self: Any) -> str:
    """Return the budget in the request's ARN, `arn:aws:budgets::ACCOUNT:budget/NAME`. Errors: AwsError."""
    arn = str(self._get_param("ResourceARN"))
    name = arn.partition(":budget/")[2]
    if not any(name in budgets for budgets in self.backend.budgets.values()):
        raise AwsError("NotFoundException", f"Unable to find the resource: {arn}")
    return name


def _tags(self: Any) -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = self.backend.__dict__.setdefault(TAGS, {})
    return known
