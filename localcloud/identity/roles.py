"""Sessions of roles: who may assume a role, for how long, and with which limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from localcloud.authorization.context import Context
from localcloud.authorization.decision import Decision, Policies, PolicyType, ResourcePolicyKind, decide
from localcloud.authorization.messages import denial
from localcloud.authorization.policies import read_policy
from localcloud.authorization.principals import Kind, Principal
from localcloud.authorization.request import Request
from localcloud.errors import AwsError
from localcloud.identity.users import iam
from localcloud.protocol.caller import Caller, Session

ASSUME = "sts:AssumeRole"
DEFAULT_S = 3600
CHAINED_S = 3600
"""The longest session that begins with another role's."""
EVERYTHING = read_policy('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}', "evaluated elsewhere")


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role of IAM. `longest_s`: its MaxSessionDuration."""

    arn: str
    name: str
    id: str
    trust: str
    longest_s: int
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RequestedSession:
    """A requested session. `duration_s`: None for the default; `keys`: condition keys of the request."""

    role_arn: str
    name: str
    action: str = ASSUME
    duration_s: int | None = None
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str = ""
    keys: Context = field(default_factory=Context)
    provider: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)

    def actions(self, caller: Caller) -> list[str]:
        """Return what has to be allowed: in a role chain, also to take over transitive tags and the source identity.

        Source: IAM User Guide, "Monitor and control actions taken with assumed roles", "Permissions required to set
        source identity"; for inherited tags, errors that users of EKS Pod Identity report.
        """
        calling = calling_session(caller)
        has_tags = bool(self.tags) or (calling is not None and bool(transitive_tags(calling)))
        has_source = bool(self.source_identity) or (calling is not None and bool(calling.source_identity))
        further = {"sts:TagSession": has_tags, "sts:SetSourceIdentity": has_source}
        return [self.action, *(action for action, is_needed in further.items() if is_needed)]


def find(arn: str, account_id: str) -> Role | None:
    """Find a role. Call in moto's thread."""
    backend = iam(account_id)
    found: Any = next((each for each in backend.roles.values() if each.arn == arn), None) if backend else None
    if found is None:
        return None
    return Role(
        arn=found.arn,
        name=found.name,
        id=found.id,
        trust=found.assume_role_policy_document,
        longest_s=int(found.max_session_duration or DEFAULT_S),
        tags={tag["Key"]: tag["Value"] for tag in found.tags or []},
    )


def calling_session(caller: Caller) -> Session | None:
    """Return the session of a role that assumes another one; None where no chain begins."""
    return caller.session if caller.session is not None and caller.session.role_arn else None


def transitive_tags(session: Session) -> dict[str, str]:
    """Return the tags that the next session of a chain inherits."""
    return {key: session.tags[key] for key in session.transitive_tag_keys if key in session.tags}


def begin(
    role: Role | None, caller: Caller, requested: RequestedSession, account_id: str, now: datetime
) -> tuple[Principal, Session]:
    """Begin a session of a role whose trust policy allows the caller. Errors: AwsError for an invalid request."""
    assert role is not None  # noqa: S101 - nobody may assume a role that does not exist
    calling = calling_session(caller)
    tags, transitive, source_identity = _carried_over(calling, requested, caller.principal, role)
    session = Session(
        name=requested.name,
        role_arn=role.arn,
        issued=now.replace(microsecond=0),
        expires=now.replace(microsecond=0) + timedelta(seconds=_duration_s(role, calling, requested)),
        policies=requested.policies,
        policy_arns=requested.policy_arns,
        tags=tags,
        transitive_tag_keys=transitive,
        source_identity=source_identity,
        provider=requested.provider,
        claims=requested.claims,
    )
    principal = Principal(
        kind=Kind.ROLE_SESSION,
        arn=f"arn:aws:sts::{account_id}:assumed-role/{role.name}/{requested.name}",
        account_id=account_id,
        issuer_arn=role.arn,
        user_id=f"{role.id}:{requested.name}",
        tags={**role.tags, **tags},
    )
    return principal, session


def check_trust(role: Role | None, caller: Caller, requested: RequestedSession, account_id: str, now: datetime) -> None:
    """Decide by a role's trust policy; the caller's own policies are evaluated elsewhere. Errors: AwsError."""
    trust = () if role is None else (read_policy(role.trust, role.arn),)
    for action in requested.actions(caller):
        request = Request(
            principal=caller.principal,
            action=action,
            resource=requested.role_arn,
            resource_account=account_id,
            context=caller.context(now) | requested.keys,
        )
        policies = Policies(identity=(EVERYTHING,), resource=trust, kind=ResourcePolicyKind.TRUST)
        _check(decide(request, policies))


def _check(decision: Decision) -> None:
    if decision.is_allowed:
        return
    words = denial(decision)
    if decision.request.principal.kind is Kind.SERVICE and decision.policy_type is PolicyType.TRUST:
        words = f"{decision.request.principal.arn} is not authorized to assume role {decision.request.resource}"
    raise AwsError("AccessDenied", words, 403)


def _duration_s(role: Role, calling: Session | None, requested: RequestedSession) -> int:
    asked = DEFAULT_S if requested.duration_s is None else requested.duration_s
    if calling is not None and asked > CHAINED_S:
        words = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise AwsError("ValidationError", words, 400)
    if asked > role.longest_s:
        words = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        raise AwsError("ValidationError", words, 400)
    return asked


def _carried_over(
    calling: Session | None, requested: RequestedSession, who: Principal, role: Role
) -> tuple[dict[str, str], tuple[str, ...], str]:
    """Return tags, transitive keys and source identity: chained sessions keep those of the first one."""
    if calling is None:
        return dict(requested.tags), requested.transitive_tag_keys, requested.source_identity
    kept = transitive_tags(calling)
    names = {key.lower() for key in kept}  # keys that differ only in case are the same tag
    if taken := sorted(key for key in requested.tags if key.lower() in names):
        words = "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
        raise AwsError("InvalidParameterValue", f"{words}from the calling session: {', '.join(taken)}", 400)
    if calling.source_identity and requested.source_identity not in ("", calling.source_identity):
        words = f"User: {who.arn} is not authorized to perform: sts:SetSourceIdentity on resource: {role.arn}"
        raise AwsError("AccessDenied", words, 403)
    transitive = tuple(dict.fromkeys((*kept, *requested.transitive_tag_keys)))
    return {**kept, **requested.tags}, transitive, calling.source_identity or requested.source_identity
