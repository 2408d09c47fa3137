"""The policies of a caller: of user, groups or role, boundary and session. Call in moto's thread."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from localcloud.authorization.principals import Kind
from localcloud.enforcement.documents import Document, document
from localcloud.moto.existing import backend_of
from localcloud.moto.managed_policies import of_aws
from localcloud.protocol.caller import ADMINISTRATOR_ID, Caller

EVERYTHING = document(
    json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
    "arn:aws:iam::aws:policy/AdministratorAccess",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class CallerPolicies:
    """The policies of a caller."""

    identity: tuple[Document, ...] = ()
    boundary: Document | None = None
    session: tuple[Document, ...] = ()

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return all of them."""
        return (*self.identity, *((self.boundary,) if self.boundary else ()), *self.session)


def policies_of(caller: Caller) -> CallerPolicies:
    """Return the policies that a caller has now; none for a role or user that no longer exists."""
    if caller.is_administrator:
        return CallerPolicies(identity=(EVERYTHING,))
    principal = caller.principal
    backend = backend_of("iam", principal.account_id)
    if not principal.is_of_account or principal.kind is Kind.ROOT:
        return CallerPolicies()
    # A session's issuer is its role, or the user whom a federated one comes from.
    arn = principal.arn if principal.kind is Kind.USER else principal.issuer_arn
    session = caller.session
    limits: list[Document] = []
    if session is not None:
        limits += (document(text, "session policy") for text in session.policies)
        limits += (found for each in session.policy_arns if (found := _managed(backend, each)))
    is_administrators = ADMINISTRATOR_ID in (principal.user_id, principal.issuer_id)
    own = CallerPolicies(identity=(EVERYTHING,)) if is_administrators else policies_attached_to(backend, arn)
    return CallerPolicies(session=tuple(limits)) if own is None else replace(own, session=tuple(limits))


def policies_attached_to(backend: Any, arn: str) -> CallerPolicies | None:
    """Return the policies of a role, a user (with those of its groups) or a group; None when it does not exist."""
    owner = None if backend is None else _owner(backend, arn)
    if owner is None:
        return None
    groups = [group for group in backend.groups.values() if owner in group.users]
    boundary = getattr(owner, "permissions_boundary_arn", None)
    return CallerPolicies(
        identity=tuple(found for each in (owner, *groups) for found in _attached(each)),
        boundary=_managed(backend, boundary) if boundary else None,
    )


def _owner(backend: Any, arn: str) -> Any:
    owners = [*backend.roles.values(), *backend.users.values(), *backend.groups.values()]
    return next((each for each in owners if each.arn == arn), None)


def _attached(owner: Any) -> Iterator[Document]:
    for name, text in owner.policies.items():
        yield document(_text(text), f"{owner.arn.rsplit(':', 1)[-1]}/{name}")
    for policy in owner.managed_policies.values():
        yield _default_version(policy)


def _managed(backend: Any, arn: str) -> Document | None:
    if policy := None if backend is None else backend.managed_policies.get(arn):
        return _default_version(policy)
    data = of_aws().get(arn)
    return document(json.dumps(data["Document"]), arn) if data else document('{"Statement": []}', arn)


def _default_version(policy: Any) -> Document:
    version = next(each for each in policy.versions if each.version_id == policy.default_version_id)
    return document(_text(version.document), policy.arn)


def _text(stored: object) -> str:
    return stored if isinstance(stored, str) else json.dumps(stored)
