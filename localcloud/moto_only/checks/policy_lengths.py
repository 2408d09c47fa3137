"""IAM's limits on the length of policies, in which white space does not count.

Source: IAM User Guide, "IAM and AWS STS quotas". The words are those that AWS's users report.
"""

from collections.abc import Mapping

from localcloud.errors import AwsError

INLINE = {"role": 10240, "user": 2048, "group": 5120}
"""Characters of all inline policies of one together."""
MANAGED = 6144
TRUST = 2048


def check_inline(kind: str, name: str, policies: Mapping[str, str]) -> None:
    """Check the inline policies of a role, user or group, by their names. Errors: AwsError LimitExceeded."""
    if sum(map(length, policies.values())) > INLINE[kind]:
        raise AwsError("LimitExceeded", f"Maximum policy size of {INLINE[kind]} bytes exceeded for {kind} {name}", 409)


def check_managed(policy: str) -> None:
    """Check a managed policy. Errors: AwsError LimitExceeded."""
    if length(policy) > MANAGED:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for PolicySize: {MANAGED}", 409)


def check_trust(policy: str) -> None:
    """Check the trust policy of a role. Errors: AwsError LimitExceeded."""
    if length(policy) > TRUST:
        raise AwsError("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {TRUST}", 409)


def length(policy: str) -> int:
    return len("".join(policy.split()))
