"""AWS's messages for a denied request.

Source: IAM User Guide, "Troubleshoot access denied error messages"; those of STS and S3 are as they answer. The codes
differ by service, and the endpoint chooses them (AccessDenied, AccessDeniedException, UnauthorizedOperation ...).
"""

from localcloud.authorization.decision import Decision, Outcome, PolicyType
from localcloud.authorization.principals import Kind

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
ARTICLES = {PolicyType.IDENTITY: "an", PolicyType.TRUST: "the"}


def denial(decision: Decision) -> str:
    """Return the message of a denial. Errors: ValueError for a decision that allows."""
    if decision.is_allowed or decision.policy_type is None:
        raise ValueError(f"{decision.request.action} is allowed: there is no message of a denial")
    request = decision.request
    if decision.policy_type is PolicyType.TRUST and request.principal.kind is Kind.ROOT:
        return "Roles may not be assumed by root accounts."
    if request.action == WEB_IDENTITY:
        return f"Not authorized to perform {WEB_IDENTITY}"
    # S3 alone quotes the resource.
    resource = f'"{request.resource}"' if request.action.startswith("s3:") else request.resource
    who = "anonymous" if request.principal.kind is Kind.ANONYMOUS else request.principal.arn
    denied = f"User: {who} is not authorized to perform: {request.action} on resource: {resource}"
    return f"{denied}{_reason(decision.outcome, decision.policy_type, request.action)}"


def _reason(outcome: Outcome, policy_type: PolicyType, action: str) -> str:
    if outcome is Outcome.EXPLICIT_DENY:
        return f" with an explicit deny in {ARTICLES.get(policy_type, 'a')} {policy_type.value}"
    # STS's message does not mention a trust policy that does not allow it.
    return "" if policy_type is PolicyType.TRUST else f" because no {policy_type.value} allows the {action} action"
