"""IAM's default quotas for one role, user or group.

Source: IAM User Guide, "IAM and AWS STS quotas". The words are those that AWS's users report.
"""

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.errors import AwsError

ATTACHED = 10
"""Managed policies of one role, user or group."""
GROUPS = 10
"""Groups of one user."""


def attaching(kind: str) -> Callable[[Any, Mapping[str, Any]], None]:
    """Return the check of one more managed policy for a `role`, `user` or `group`. Errors: AwsError LimitExceeded."""

    def check(backend: Any, given: Mapping[str, Any]) -> None:
        held = getattr(backend, f"get_{kind}")(given[f"{kind}_name"]).managed_policies
        if given["policy_arn"] not in held and len(held) >= ATTACHED:
            raise _exceeded(f"PoliciesPer{kind.capitalize()}", ATTACHED)

    return check


def check_groups(backend: Any, given: Mapping[str, Any]) -> None:
    """Check one more group for a user. Errors: AwsError LimitExceeded."""
    groups = backend.get_groups_for_user(given["user_name"])
    if len(groups) >= GROUPS and given["group_name"] not in {group.name for group in groups}:
        raise _exceeded("GroupsPerUser", GROUPS)


def _exceeded(quota: str, most: int) -> AwsError:
    return AwsError("LimitExceeded", f"Cannot exceed quota for {quota}: {most}", 409)
