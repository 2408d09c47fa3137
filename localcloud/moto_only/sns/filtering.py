"""SNS: which messages a subscription's filter policy lets through. Matched as EventBridge matches events."""

import json
from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import replace
from localcloud.moto_only.checks.sns_filters import check_filter
from localcloud.moto_only.events.patterns import matches as is_match

BY_DEFAULT = "MessageAttributes"


def patch() -> None:
    """moto knows no networks, and compares letters of any case and arrays wrongly."""
    from moto.sns.models import SNSBackend
    from moto.sns.utils import FilterPolicyMatcher

    replace(FilterPolicyMatcher, matches)
    replace(SNSBackend, _validate_filter_policy)


def _validate_filter_policy(self: object, value: Mapping[str, object], scope: str | None) -> None:
    """Check the policy by the subscription's scope. Errors: AwsError InvalidParameter."""
    try:
        check_filter(value, scope or BY_DEFAULT)
    except ValueError as error:
        raise AwsError("InvalidParameter", f"Invalid parameter: FilterPolicy: {error}") from error


def matches(self: Any, message_attributes: Mapping[str, Any] | None, message: str) -> bool:
    if not self.filter_policy:
        return True
    if self.filter_policy_scope == BY_DEFAULT:
        return is_match(self.filter_policy, _read(message_attributes or {}))
    try:
        body = json.loads(message)
    except ValueError:
        return False
    return isinstance(body, dict) and is_match(self.filter_policy, body)


def _read(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes' values; binary ones match nothing."""
    return {
        name: _value(each["Type"], each["Value"])
        for name, each in attributes.items()
        if not each["Type"].startswith("Binary")
    }


def _value(kind: str, value: Any) -> Any:
    if kind.startswith("Number"):
        return float(value)
    if kind.startswith("String.Array"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
