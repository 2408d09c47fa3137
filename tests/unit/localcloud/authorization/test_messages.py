"""Denials in AWS's words."""

import pytest

from localcloud.authorization.decision import Decision, Outcome, PolicyType
from localcloud.authorization.messages import denial
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request

USER = Principal(kind=Kind.USER, arn="arn:aws:iam::123456789012:user/JohnDoe", account_id="123456789012")
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"
START = "User: arn:aws:iam::123456789012:user/JohnDoe is not authorized to perform: "


def denied(action: str, resource: str, outcome: Outcome, policy_type: PolicyType, who: Principal = USER) -> str:
    request = Request(principal=who, action=action, resource=resource)
    return denial(Decision(request=request, outcome=outcome, policy_type=policy_type))


# Source: troubleshoot_access-denied.html#access-denied-error-examples; of S3: troubleshoot-403-errors.html.
@pytest.mark.parametrize(
    ("policy_type", "implicit", "explicit"),
    [
        (PolicyType.IDENTITY, "because no identity-based policy allows the {} action", "an identity-based policy"),
        (PolicyType.RESOURCE, "because no resource-based policy allows the {} action", "a resource-based policy"),
        (PolicyType.BOUNDARY, "because no permissions boundary allows the {} action", "a permissions boundary"),
        (PolicyType.SESSION, "because no session policy allows the {} action", "a session policy"),
    ],
)
def test_message_ends_with_the_type_of_policy(policy_type: PolicyType, implicit: str, explicit: str) -> None:
    action = "secretsmanager:GetSecretValue"
    asked = f"{START}{action} on resource: {SECRET}"
    assert denied(action, SECRET, Outcome.IMPLICIT_DENY, policy_type) == f"{asked} {implicit.format(action)}"
    assert denied(action, SECRET, Outcome.EXPLICIT_DENY, policy_type) == f"{asked} with an explicit deny in {explicit}"


def test_s3_quotes_the_resource() -> None:
    message = denied("s3:GetObject", "arn:aws:s3:::b/k", Outcome.IMPLICIT_DENY, PolicyType.IDENTITY)
    assert message == (
        f'{START}s3:GetObject on resource: "arn:aws:s3:::b/k" '
        "because no identity-based policy allows the s3:GetObject action"
    )


def test_sts_says_little_of_trust_policies() -> None:
    role = "arn:aws:iam::123456789012:role/r"
    asked = f"{START}sts:AssumeRole on resource: {role}"
    assert denied("sts:AssumeRole", role, Outcome.IMPLICIT_DENY, PolicyType.TRUST) == asked
    explicit = denied("sts:AssumeRole", role, Outcome.EXPLICIT_DENY, PolicyType.TRUST)
    assert explicit == f"{asked} with an explicit deny in the role trust policy"
    web = "sts:AssumeRoleWithWebIdentity"
    assert denied(web, role, Outcome.IMPLICIT_DENY, PolicyType.TRUST) == f"Not authorized to perform {web}"
    root = Principal(kind=Kind.ROOT, arn="arn:aws:iam::123456789012:root", account_id="123456789012")
    message = denied("sts:AssumeRole", role, Outcome.IMPLICIT_DENY, PolicyType.TRUST, root)
    assert message == "Roles may not be assumed by root accounts."


def test_what_is_allowed_has_no_message() -> None:
    allowed = Decision(request=Request(principal=USER, action="s3:GetObject"), outcome=Outcome.ALLOWED)
    with pytest.raises(ValueError, match="s3:GetObject is allowed"):
        denial(allowed)
