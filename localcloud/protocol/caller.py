"""The caller of a request: a principal, and the session whose credentials signed it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from localcloud.authorization.context import Context
from localcloud.authorization.principals import Kind, Principal

ADMINISTRATOR_ID = "AIDALOCALADMINISTRATO"
"""The unique id of the account's administrator, also in the sessions that STS gives to it."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """Temporary credentials.

    `role_arn`: with the role's path; empty for sessions of users. `policies`: inline, as JSON texts; `policy_arns`:
    managed ones. `provider`: of a web identity, its ARN, with the token's claims in `claims` (`HOST:sub` -> value).
    `authenticated_at`: with MFA; None without.
    """

    name: str
    issued: datetime
    expires: datetime
    role_arn: str = ""
    policies: tuple[str, ...] = ()
    policy_arns: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str = ""
    provider: str = ""
    claims: Mapping[str, str] = field(default_factory=dict, hash=False)
    authenticated_at: datetime | None = None

    def context(self, now: datetime) -> Context:
        """Return the condition keys of requests of this session, besides the principal's.

        Source: IAM User Guide, "Global condition context keys", "Properties of a role session".
        """
        keys = {
            "aws:TokenIssueTime": self.issued.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:MultiFactorAuthPresent": "false" if self.authenticated_at is None else "true",
            **self.claims,
        }
        if self.authenticated_at is not None:
            keys["aws:MultiFactorAuthAge"] = str(int((now - self.authenticated_at).total_seconds()))
        if self.source_identity:
            keys["aws:SourceIdentity"] = self.source_identity
        if self.provider:
            keys["aws:FederatedProvider"] = self.provider
        return Context(keys)


@dataclass(frozen=True)
class Caller:
    """The identity behind a request. `access_key_id`: empty for AWS's services and for requests without credentials.

    `is_administrator`: of the account, by the fixed keys of every local cloud. IAM has no such user; its
    identity policy is AdministratorAccess.
    """

    principal: Principal
    access_key_id: str = ""
    session: Session | None = None
    is_administrator: bool = False

    def context(self, now: datetime) -> Context:
        """Return the condition keys of the session; empty for long-term credentials."""
        return Context() if self.session is None else self.session.context(now)


NOBODY = Caller(Principal(kind=Kind.ANONYMOUS, arn="anonymous"))
"""Requests without credentials."""


def service(name: str) -> Caller:
    """Return a service of AWS, by the name that policies use: `ecs-tasks.amazonaws.com`."""
    return Caller(Principal(kind=Kind.SERVICE, arn=name))


def administrator(account_id: str, access_key_id: str) -> Caller:
    """Return the account's administrator: not the root user, who may not assume roles."""
    arn = f"arn:aws:iam::{account_id}:user/administrator"
    principal = Principal(kind=Kind.USER, arn=arn, account_id=account_id, user_id=ADMINISTRATOR_ID)
    return Caller(principal, access_key_id, is_administrator=True)
