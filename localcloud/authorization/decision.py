"""AWS's decision: allowed, or denied by which policy.

Source: IAM User Guide, "Policy evaluation logic", "Policy evaluation for requests within a single account" and
"Cross-account policy evaluation logic". Not evaluated: SCPs, RCPs, VPC endpoint policies, S3 ACLs, canonical users.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from localcloud.authorization.policies import Policy, Statement
from localcloud.authorization.principals import Grade, Kind
from localcloud.authorization.request import Request, applies, named


class Outcome(Enum):
    """The words are SimulateCustomPolicy's `EvalDecision`."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


class PolicyType(Enum):
    """Types of policy, by the names in AWS's messages."""

    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"


class ResourcePolicyKind(Enum):
    """Kinds of resource-based policy: a key's and a role's have to allow the request whatever else does."""

    ORDINARY = "ordinary"
    KEY = "key"
    TRUST = "trust"


@dataclass(frozen=True, kw_only=True)
class Policies:
    """The policies that apply to a request.

    `identity`: inline and managed, of user, groups or role. `boundary`: None without one. `session`: inline and
    managed, as passed to AssumeRole; empty without any. `resource`: of the resource, and statements from KMS grants.
    """

    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    session: Sequence[Policy] = ()
    resource: Sequence[Policy] = ()
    kind: ResourcePolicyKind = ResourcePolicyKind.ORDINARY

    def by_type(self) -> Iterable[tuple[PolicyType, Policy]]:
        """Return every policy with its type, in the order in which denials are reported."""
        is_trust = self.kind is ResourcePolicyKind.TRUST
        yield from ((PolicyType.TRUST if is_trust else PolicyType.RESOURCE, each) for each in self.resource)
        yield from ((PolicyType.IDENTITY, each) for each in self.identity)
        if self.boundary is not None:
            yield PolicyType.BOUNDARY, self.boundary
        yield from ((PolicyType.SESSION, each) for each in self.session)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """`policy_type`: of the policy that allowed it (None for the account's root), denied it, or lacks the permission.

    `policy`, `statement`: the name and label of what decided; empty for an implicit denial.
    """

    request: Request
    outcome: Outcome
    policy_type: PolicyType | None = None
    policy: str = ""
    statement: str = ""

    @property
    def is_allowed(self) -> bool:
        """Return whether the request is allowed."""
        return self.outcome is Outcome.ALLOWED


@dataclass(frozen=True)
class _Match:
    policy_type: PolicyType
    policy: Policy
    statement: Statement
    grade: Grade

    def decides(self, request: Request, outcome: Outcome) -> Decision:
        return Decision(
            request=request,
            outcome=outcome,
            policy_type=self.policy_type,
            policy=self.policy.name,
            statement=self.statement.label,
        )


def decide(request: Request, policies: Policies) -> Decision:
    """Decide on a request."""
    matches = list(_matching(request, policies))
    for match in matches:
        if not match.statement.is_allow:
            return match.decides(request, Outcome.EXPLICIT_DENY)
    on_resource = _closest(matches)
    if policies.kind is ResourcePolicyKind.TRUST and request.principal.kind is Kind.ROOT:
        return _by(None, request, PolicyType.TRUST)  # "Roles may not be assumed by root accounts."
    if not request.principal.is_of_account:
        return _by(on_resource, request, _resource_type(policies))
    if request.is_cross_account:
        return _across_accounts(request, policies, matches, on_resource)
    return _in_one_account(request, policies, matches, on_resource)


def _matching(request: Request, policies: Policies) -> Iterable[_Match]:
    for policy_type, policy in policies.by_type():
        on_resource = policy_type in (PolicyType.RESOURCE, PolicyType.TRUST)
        for statement in policy.statements:
            has_boundary = policies.boundary is not None
            grade = named(statement, request, has_boundary=has_boundary) if on_resource else Grade.ITSELF
            if grade is not Grade.NOT and applies(statement, request):
                yield _Match(policy_type, policy, statement, grade)


def _in_one_account(
    request: Request, policies: Policies, matches: list[_Match], on_resource: _Match | None
) -> Decision:
    if on_resource is None and policies.kind is not ResourcePolicyKind.ORDINARY:
        return _by(None, request, _resource_type(policies))
    if request.principal.kind is Kind.ROOT:
        return Decision(request=request, outcome=Outcome.ALLOWED)
    if on_resource is not None and on_resource.grade is Grade.ITSELF:
        return on_resource.decides(request, Outcome.ALLOWED)
    needs_identity = on_resource is None or on_resource.grade is Grade.ACCOUNT
    granted = _of(matches, PolicyType.IDENTITY) if needs_identity else on_resource
    return _within_limits(request, policies, matches, granted)


def _across_accounts(
    request: Request, policies: Policies, matches: list[_Match], on_resource: _Match | None
) -> Decision:
    """Decide a cross-account request: the caller's identity policies and the resource's policy must allow it."""
    if request.principal.kind is not Kind.ROOT:
        own = _within_limits(request, policies, matches, _of(matches, PolicyType.IDENTITY))
        if not own.is_allowed:
            return own
    return _by(on_resource, request, _resource_type(policies))


def _within_limits(request: Request, policies: Policies, matches: list[_Match], granted: _Match | None) -> Decision:
    if granted is None:
        return _by(None, request, PolicyType.IDENTITY)
    if policies.boundary is not None and _of(matches, PolicyType.BOUNDARY) is None:
        return _by(None, request, PolicyType.BOUNDARY)
    # A federated user without session policies may do nothing.
    is_limited = bool(policies.session) or request.principal.kind is Kind.FEDERATED_USER
    if is_limited and _of(matches, PolicyType.SESSION) is None:
        return _by(None, request, PolicyType.SESSION)
    return _by(granted, request, granted.policy_type)


def _by(match: _Match | None, request: Request, lacking: PolicyType) -> Decision:
    if match is None:
        return Decision(request=request, outcome=Outcome.IMPLICIT_DENY, policy_type=lacking)
    return match.decides(request, Outcome.ALLOWED)


def _of(matches: list[_Match], policy_type: PolicyType) -> _Match | None:
    return next((match for match in matches if match.policy_type is policy_type), None)


def _closest(matches: list[_Match]) -> _Match | None:
    found = [match for match in matches if match.policy_type in (PolicyType.RESOURCE, PolicyType.TRUST)]
    return max(found, key=lambda match: match.grade, default=None)


def _resource_type(policies: Policies) -> PolicyType:
    return PolicyType.TRUST if policies.kind is ResourcePolicyKind.TRUST else PolicyType.RESOURCE
