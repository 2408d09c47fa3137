"""SQS: principals in a queue's policy must exist, and the policy stays when other attributes change."""

from collections.abc import Callable
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.patching import wrap
from localcloud.moto_only.principals import identities, invalid_principal, is_document


def patch() -> None:
    """moto does not check principals, and drops the policy whenever another attribute changes."""
    from moto.sqs.models import Queue

    wrap(Queue, "_set_attributes", _with_known_principals)


def _with_known_principals(change: Callable[..., None]) -> Callable[..., None]:
    def set_attributes(self: Any, attributes: dict[str, Any], now: float | None = None) -> None:
        kept, policy = getattr(self, "_policy_json", None), attributes.get("Policy")
        if policy and (not is_document(policy) or invalid_principal(policy, identities(self.account_id))):
            raise AwsError("InvalidAttributeValue", "Invalid value for the parameter Policy.")
        change(self, attributes, now)
        if "Policy" not in attributes and kept:
            self._policy_json = kept

    return set_attributes
