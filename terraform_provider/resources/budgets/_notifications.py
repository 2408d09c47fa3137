"""A budget's notifications and their subscribers."""

from collections.abc import Iterable, Mapping
from typing import Any

from terraform_provider.framework.errors import ProviderError
from terraform_provider.values.unknown import State

SUBSCRIBERS = {"subscriber_email_addresses": "EMAIL", "subscriber_sns_topic_arns": "SNS"}


def create(budgets: Any, place: Mapping[str, str], blocks: Iterable[State]) -> None:
    """Create them at a budget, which `place` names. Errors: ProviderError for one without subscribers."""
    for block in blocks:
        subscribers = _subscribers(block)
        if not subscribers:
            raise ProviderError(
                "Budget notification must have at least one subscriber",
                "Set subscriber_email_addresses or subscriber_sns_topic_arns.",
                ("notification",),
            )
        budgets.create_notification(**place, Notification=_notification(block), Subscribers=subscribers)


def change(budgets: Any, place: Mapping[str, str], prior: list[State], planned: list[State]) -> None:
    """Delete those that are not planned, then create new ones; a changed one is deleted and created."""
    old, new = ([_identity(each) for each in blocks] for blocks in (prior, planned))
    for block, identity in zip(prior, old, strict=True):
        if identity not in new:
            budgets.delete_notification(**place, Notification=_notification(block))
    create(budgets, place, [block for block, identity in zip(planned, new, strict=True) if identity not in old])


def read(budgets: Any, place: Mapping[str, str]) -> list[State]:
    pages = budgets.get_paginator("describe_notifications_for_budget").paginate(**place)
    return [_block(budgets, place, each) for page in pages for each in page.get("Notifications") or ()]


def _block(budgets: Any, place: Mapping[str, str], found: Mapping[str, Any]) -> State:
    pages = budgets.get_paginator("describe_subscribers_for_notification").paginate(**place, Notification=found)
    subscribers = [each for page in pages for each in page["Subscribers"]]
    return {
        "comparison_operator": found["ComparisonOperator"],
        "notification_type": found["NotificationType"],
        "threshold": found["Threshold"],
        # AWS omits the type for percentages.
        "threshold_type": found.get("ThresholdType", "PERCENTAGE"),
        **{
            name: sorted(each["Address"] for each in subscribers if each["SubscriptionType"] == kind)
            for name, kind in SUBSCRIBERS.items()
        },
    }


def _notification(block: State) -> dict[str, Any]:
    return {
        "ComparisonOperator": block["comparison_operator"],
        "NotificationType": block["notification_type"],
        "Threshold": float(block["threshold"]),
        "ThresholdType": block["threshold_type"],
    }


def _subscribers(block: State) -> list[dict[str, str]]:
    return [
        {"SubscriptionType": kind, "Address": address}
        for name, kind in SUBSCRIBERS.items()
        for address in sorted(block[name] or ())
    ]


def _identity(block: State) -> object:
    return _notification(block), _subscribers(block)
