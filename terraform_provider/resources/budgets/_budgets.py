"""A budget's blocks, in the forms of the code and of AWS."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from terraform_provider.resources.budgets import _times
from terraform_provider.values.unknown import State

COST_TYPES = {
    "include_credit": "IncludeCredit",
    "include_discount": "IncludeDiscount",
    "include_other_subscription": "IncludeOtherSubscription",
    "include_recurring": "IncludeRecurring",
    "include_refund": "IncludeRefund",
    "include_subscription": "IncludeSubscription",
    "include_support": "IncludeSupport",
    "include_tax": "IncludeTax",
    "include_upfront": "IncludeUpfront",
    "use_amortized": "UseAmortized",
    "use_blended": "UseBlended",
}


def budget(planned: State, name: str) -> dict[str, Any]:
    """Write a budget for CreateBudget and UpdateBudget."""
    period = {"Start": planned["time_period_start"], "End": planned["time_period_end"]}
    made: dict[str, Any] = {
        "BudgetName": name,
        "BudgetType": planned["budget_type"],
        "CostFilters": _filters(planned["cost_filter"] or ()),
        "TimePeriod": {which: _times.moment(text) for which, text in period.items() if text},
        "TimeUnit": planned["time_unit"],
        **_limit(planned),
    }
    if planned["cost_types"]:
        block = planned["cost_types"][0]
        made["CostTypes"] = {theirs: block[ours] for ours, theirs in COST_TYPES.items() if block[ours] is not None}
    return made


def _limit(planned: State) -> dict[str, Any]:
    if planned["auto_adjust_data"]:
        block = planned["auto_adjust_data"][0]
        adjusting: dict[str, Any] = {"AutoAdjustType": block["auto_adjust_type"]}
        if block["historical_options"]:
            periods = block["historical_options"][0]["budget_adjustment_period"]
            adjusting["HistoricalOptions"] = {"BudgetAdjustmentPeriod": int(periods)}
        return {"AutoAdjustData": adjusting}
    if planned["planned_limit"]:
        limits = {
            str(int(_times.moment(each["start_time"]).timestamp())): {"Amount": each["amount"], "Unit": each["unit"]}
            for each in planned["planned_limit"]
        }
        return {"PlannedBudgetLimits": limits}
    if planned["limit_amount"] and planned["limit_unit"]:
        return {"BudgetLimit": {"Amount": planned["limit_amount"], "Unit": planned["limit_unit"]}}
    return {}


def _filters(blocks: Iterable[State]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for each in blocks:
        made.setdefault(each["name"], []).extend(each["values"])
    return made


def attributes(found: Mapping[str, Any]) -> State:
    """Read a budget, without its notifications and tags."""
    limit, period = found.get("BudgetLimit"), found.get("TimePeriod") or {}
    adjusting, costs = found.get("AutoAdjustData"), found.get("CostTypes")
    return {
        "auto_adjust_data": [_adjusting(adjusting)] if adjusting else [],
        "budget_type": found["BudgetType"],
        "cost_filter": [
            {"name": name, "values": values} for name, values in sorted((found.get("CostFilters") or {}).items())
        ],
        "cost_types": [{ours: bool(costs.get(theirs)) for ours, theirs in COST_TYPES.items()}] if costs else [],
        "name": found["BudgetName"],
        "planned_limit": [
            {
                "amount": each["Amount"],
                "start_time": _times.shown(datetime.fromtimestamp(int(start), UTC)),
                "unit": each["Unit"],
            }
            for start, each in sorted((found.get("PlannedBudgetLimits") or {}).items())
        ],
        "time_period_end": _times.shown(period.get("End")),
        "time_period_start": _times.shown(period.get("Start")),
        "time_unit": found["TimeUnit"],
        **({"limit_amount": limit["Amount"], "limit_unit": limit["Unit"]} if limit else {}),
    }


def _adjusting(found: Mapping[str, Any]) -> State:
    past, adjusted_at = found.get("HistoricalOptions"), found.get("LastAutoAdjustTime")
    return {
        "auto_adjust_type": found["AutoAdjustType"],
        "historical_options": [
            {
                "budget_adjustment_period": past.get("BudgetAdjustmentPeriod", 0),
                "lookback_available_periods": past.get("LookBackAvailablePeriods", 0),
            }
        ]
        if past
        else [],
        "last_auto_adjust_time": adjusted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if adjusted_at else "",
    }
