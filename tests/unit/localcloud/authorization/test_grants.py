"""KMS grants allow their grantee what they name, within their constraints."""

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Outcome, Policies, ResourcePolicyKind, decide
from localcloud.authorization.grants import Grant, grant_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request

ROLE = "arn:aws:iam::111122223333:role/app"
SESSION = Principal(
    kind=Kind.ROLE_SESSION,
    arn="arn:aws:sts::111122223333:assumed-role/app/one",
    account_id="111122223333",
    issuer_arn=ROLE,
    user_id="AROAEXAMPLE:one",
)


def decided(grant: Grant, action: str, encryption: dict[str, str] | None = None, who: Principal = SESSION) -> Outcome:
    keys: dict[str, str | list[str]] = {
        f"kms:EncryptionContext:{key}": text for key, text in (encryption or {}).items()
    }
    keys["kms:EncryptionContextKeys"] = list(encryption or {})
    request = Request(
        principal=who,
        action=action,
        resource="arn:aws:kms:us-east-1:111122223333:key/k",
        resource_account="111122223333",
        context=Context(keys),
    )
    return decide(request, Policies(resource=[grant_policy(grant)], kind=ResourcePolicyKind.KEY)).outcome


def test_grantee_may_do_what_the_grant_names() -> None:
    grant = Grant(grant_id="g", grantee=ROLE, operations=["Decrypt"])
    assert decided(grant, "kms:Decrypt") is Outcome.ALLOWED
    assert decided(grant, "kms:Encrypt") is Outcome.IMPLICIT_DENY


def test_somebody_else_may_not() -> None:
    grant = Grant(grant_id="g", grantee="arn:aws:iam::111122223333:role/other", operations=["Decrypt"])
    assert decided(grant, "kms:Decrypt") is Outcome.IMPLICIT_DENY


def test_service_may_be_a_grantee() -> None:
    service = Principal(kind=Kind.SERVICE, arn="rds.amazonaws.com")
    grant = Grant(grant_id="g", grantee="rds.amazonaws.com", operations=["Decrypt"])
    assert decided(grant, "kms:Decrypt", who=service) is Outcome.ALLOWED


# Source: KMS Developer Guide, grant-manage or create-grant-overview.html#grant-constraints.
def test_constraint_equals_wants_the_very_context() -> None:
    grant = Grant(grant_id="g", grantee=ROLE, operations=["Decrypt", "DescribeKey"], equals={"a": "1", "b": "${x}"})
    assert decided(grant, "kms:Decrypt", {"a": "1", "b": "${x}"}) is Outcome.ALLOWED
    assert decided(grant, "kms:Decrypt", {"a": "1"}) is Outcome.IMPLICIT_DENY
    assert decided(grant, "kms:Decrypt", {"a": "1", "b": "${x}", "c": "3"}) is Outcome.IMPLICIT_DENY
    assert decided(grant, "kms:DescribeKey") is Outcome.ALLOWED


def test_constraint_subset_lets_the_context_have_more() -> None:
    grant = Grant(grant_id="g", grantee=ROLE, operations=["Decrypt"], subset={"a": "1"})
    assert decided(grant, "kms:Decrypt", {"a": "1", "c": "3"}) is Outcome.ALLOWED
    assert decided(grant, "kms:Decrypt", {"a": "2"}) is Outcome.IMPLICIT_DENY
