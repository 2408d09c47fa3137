"""Restrictions of log groups of other classes than Standard (aws-facts 4)."""

from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError

STANDARD, DELIVERY = "STANDARD", "DELIVERY"
STANDARD_ONLY = frozenset(
    {
        *("CreateExportTask", "FilterLogEvents", "StartLiveTail"),
        *("PutMetricFilter", "DescribeMetricFilters", "DeleteMetricFilter", "PutSubscriptionFilter"),
    }
)
NOT_OF_DELIVERY = frozenset({"StartQuery"})
DELIVERY_DAYS = 1
"""Retention of a group of the class Delivery, whatever it is set to."""
REFUSED = "This operation is only supported on the Standard log class."


def class_of(group: object) -> str:
    """Return the class of moto's log group."""
    return str(getattr(group, "log_group_class", None) or STANDARD)


def named_groups(parameters: Mapping[str, Any]) -> list[str]:
    """Return the names and ARNs of the log groups that a request names."""
    single = [parameters.get(name) for name in ("logGroupName", "logGroupIdentifier")]
    several = [parameters.get(name) or () for name in ("logGroupNames", "logGroupIdentifiers")]
    return [str(each) for each in (*single, *several[0], *several[1]) if each]


def check_class(operation: str, found: str) -> None:
    """Errors: AwsError ValidationException for an operation that groups of this class do not support."""
    is_refused = operation in STANDARD_ONLY or (found == DELIVERY and operation in NOT_OF_DELIVERY)
    if found != STANDARD and is_refused:
        raise AwsError("ValidationException", REFUSED)
