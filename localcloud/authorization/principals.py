"""The principal of a request, and the principals that a policy's Principal element names.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal".
"""

import re
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from localcloud.authorization.context import Context
from localcloud.authorization.errors import PolicyError

ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(?P<id>[0-9]{12})(?P<root>:root)?")
KINDS = ("AWS", "Service", "Federated", "CanonicalUser", "*")


class Kind(Enum):
    """Kinds of principal. The value is `aws:PrincipalType`; a service and an unknown principal have none."""

    ROOT = "Account"
    USER = "User"
    ROLE_SESSION = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    SERVICE = "Service"
    WEB_IDENTITY = "WebIdentity"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True, kw_only=True)
class Principal:
    """The identity that makes a request.

    `arn`: of the session, for one; the name of a service (`ecs-tasks.amazonaws.com`); the identity provider's ARN or
    host for a web identity, which has no credentials yet.
    `issuer_arn`: the session's role (with its path), or the user whom a federated user's session comes from.
    `user_id`: `aws:userid`; of a role's session `AROA...:session-name`. `issuer_id`: the unique id of that user.
    `tags`: of user or role, under the session's own.
    """

    kind: Kind
    arn: str
    account_id: str = ""
    issuer_arn: str = ""
    user_id: str = ""
    issuer_id: str = ""
    tags: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_of_account(self) -> bool:
        """Return whether it is an identity of an AWS account, with policies of its own."""
        return self.kind in (Kind.ROOT, Kind.USER, Kind.ROLE_SESSION, Kind.FEDERATED_USER)

    def context(self) -> Context:
        """Return the global condition keys that describe the principal.

        Source: IAM User Guide, "Global condition context keys", "Properties of the principal".
        """
        if self.kind is Kind.SERVICE:
            return Context({"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": self.arn})
        if not self.is_of_account:
            return Context({"aws:PrincipalIsAWSService": "false"})
        keys = {
            "aws:PrincipalArn": self.issuer_arn if self.kind is Kind.ROLE_SESSION else self.arn,
            "aws:PrincipalAccount": self.account_id,
            "aws:PrincipalIsAWSService": "false",
            "aws:PrincipalType": self.kind.value,
            "aws:userid": self.user_id or self.account_id,
            **{f"aws:PrincipalTag/{key}": value for key, value in self.tags.items()},
        }
        if self.kind is Kind.USER:
            keys["aws:username"] = self.arn.rsplit("/", 1)[-1]
        return Context(keys)


class Grade(IntEnum):
    """The precision with which a policy names the principal; it decides what else has to allow the request."""

    NOT = 0
    ACCOUNT = 1
    """Its account is named, which may give the permission to its identities."""
    ISSUER = 2
    """A session's role is named, or a federated user's user: boundary and session policies still limit it."""
    ITSELF = 3


@dataclass(frozen=True, kw_only=True)
class Named:
    """A Principal element. `everybody`: names "*" by itself."""

    aws: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    everybody: bool = False

    def grade(self, who: Principal) -> Grade:
        """Return how precisely the element names a principal."""
        if self.everybody:
            return Grade.ITSELF
        if who.kind is Kind.SERVICE:
            return Grade.ITSELF if who.arn in self.services or "*" in self.aws else Grade.NOT
        if who.kind is Kind.WEB_IDENTITY:
            return Grade.ITSELF if who.arn in self.federated else Grade.NOT
        return max((_grade(each, who) for each in self.aws), default=Grade.NOT)

    def spares(self, who: Principal) -> bool:
        """Return whether a denial of all but these (NotPrincipal) spares a principal.

        A session is spared only if both it and its role are named; naming its account alone is not enough.
        """
        if self.grade(who) is not Grade.ITSELF:
            return False
        return who.kind is not Kind.ROLE_SESSION or self.everybody or bool(self.aws & {who.issuer_arn, "*"})


def _grade(named: str, who: Principal) -> Grade:
    if named == "*":
        return Grade.ITSELF
    if not who.is_of_account:
        return Grade.NOT
    if account := ACCOUNT.fullmatch(named):
        if account["id"] != who.account_id:
            return Grade.NOT
        return Grade.ITSELF if who.kind is Kind.ROOT else Grade.ACCOUNT
    if named in (who.arn, who.user_id):
        return Grade.ITSELF
    role_id = who.user_id.partition(":")[0]
    return Grade.ISSUER if named in (who.issuer_arn, role_id) else Grade.NOT


def read_principals(element: object, where: str) -> Named:
    """Read a Principal or NotPrincipal element. Errors: PolicyError."""
    if element == "*":
        return Named(everybody=True)
    if not isinstance(element, dict) or not set(element) <= set(KINDS):
        raise PolicyError(where, "Principal", element, f'"*" or an object of {", ".join(KINDS)}')
    listed = {kind: _listed(values, where) for kind, values in element.items()}
    return Named(
        aws=listed.get("AWS", frozenset()),
        services=listed.get("Service", frozenset()),
        federated=listed.get("Federated", frozenset()),
        everybody="*" in listed.get("*", ()),
    )


def _listed(values: object, where: str) -> frozenset[str]:
    several = values if isinstance(values, list) else [values]
    if not all(isinstance(value, str) for value in several):
        raise PolicyError(where, "Principal", values, "a string or a list of strings")
    return frozenset(several)
