"""IAM's simulation of a principal's own policies: SimulatePrincipalPolicy, decided as requests are."""

from collections.abc import Iterable, Mapping
from dataclasses import replace as changed
from typing import Any

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Decision, Policies, decide
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import ANY, Request
from localcloud.enforcement.documents import document
from localcloud.enforcement.identity_policies import CallerPolicies, policies_attached_to
from localcloud.errors import AwsError, not_offered
from localcloud.moto.patching import replace, result

NOT_SIMULATED = ("ResourcePolicy", "ResourceOwner", "CallerArn", "PermissionsBoundaryPolicyInputList")


def patch() -> None:
    """moto does not have the operation."""
    from moto.iam.responses import IamResponse

    replace(IamResponse, simulate_principal_policy)


def simulate_principal_policy(self: Any) -> Any:
    return result({"EvaluationResults": simulated(self.backend, self.params), "IsTruncated": False})


def simulated(backend: Any, asked: Mapping[str, Any]) -> list[Mapping[str, object]]:
    """Decide each action on each resource, in that order. Resource-based policies are not evaluated, as on AWS.

    Errors: AwsError NoSuchEntity, InvalidInput.
    """
    for name in NOT_SIMULATED:
        if asked.get(name):
            raise not_offered(f"{name} of iam SimulatePrincipalPolicy")
    arn = str(asked["PolicySourceArn"])
    policies = policies_attached_to(backend, arn)
    if policies is None:
        raise AwsError("NoSuchEntity", f"The entity with ARN {arn} cannot be found.", 404)
    further = [document(each, "PolicyInputList") for each in asked.get("PolicyInputList", ())]
    policies = changed(policies, identity=(*policies.identity, *further))
    context = Context({each["ContextKeyName"]: each["ContextKeyValues"] for each in asked.get("ContextEntries", ())})
    who = principal_of(backend, arn)
    resources = asked.get("ResourceArns") or [ANY]
    return [
        described(decide(request, policies_of(policies)))
        for action in asked["ActionNames"]
        for request in requests(who, str(action), resources, context)
    ]


def principal_of(backend: Any, arn: str) -> Principal:
    """Return the principal to simulate: a session of the role, or the user."""
    account = str(backend.account_id)
    if ":role/" in arn:
        return Principal(kind=Kind.ROLE_SESSION, arn=arn, account_id=account, issuer_arn=arn)
    return Principal(kind=Kind.USER, arn=arn, account_id=account)


def requests(who: Principal, action: str, resources: Iterable[str], context: Context) -> Iterable[Request]:
    if ":" not in action:
        raise AwsError("InvalidInput", f"Invalid Action in ActionNames: {action}")
    for resource in resources:
        yield Request(principal=who, action=action, resource=resource, context=context)


def policies_of(policies: CallerPolicies) -> Policies:
    return Policies(
        identity=[each.policy for each in policies.identity],
        boundary=policies.boundary.policy if policies.boundary else None,
    )


def described(decision: Decision) -> Mapping[str, object]:
    """Return a decision as IAM does. Statements have the policy's name, but no position in its text."""
    matched = [{"SourcePolicyId": decision.policy, "SourcePolicyType": "IAM Policy"}] if decision.policy else []
    return {
        "EvalActionName": decision.request.action,
        "EvalResourceName": decision.request.resource,
        "EvalDecision": decision.outcome.value,
        "MatchedStatements": matched,
        "MissingContextValues": [],
    }
