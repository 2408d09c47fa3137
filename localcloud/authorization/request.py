"""A request to be authorized, and whether a statement applies to it."""

from dataclasses import dataclass, field
from functools import cached_property

from localcloud.authorization.context import Context
from localcloud.authorization.patterns import Piece, filled, is_any_action, is_arn_like, is_like
from localcloud.authorization.policies import Statement
from localcloud.authorization.principals import Grade, Principal

ANY = "*"
"""The resource of a request whose action has none; as a pattern it matches every resource."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One action on one resource. `resource`: an ARN, or "*" for actions without resource.

    `resource_account`: the account that owns the resource; empty where the action has none. `context`: the keys of
    the request itself; those of the principal are added.
    """

    principal: Principal
    action: str
    resource: str = ANY
    resource_account: str = ""
    context: Context = field(default_factory=Context)

    @property
    def is_cross_account(self) -> bool:
        """Return whether the resource belongs to another account than the principal."""
        return self.resource_account not in ("", self.principal.account_id)

    @cached_property
    def keys(self) -> Context:
        """Return all condition keys."""
        account = {"aws:ResourceAccount": self.resource_account} if self.resource_account else {}
        return Context(account) | self.context | self.principal.context()


def applies(statement: Statement, request: Request) -> bool:
    """Return whether a statement's action, resource and conditions match; for its principals see `named`."""
    return (
        _has_action(statement, request.action)
        and _has_resource(statement, request)
        and all(each.holds(request.keys, has_variables=statement.has_variables) for each in statement.conditions)
    )


def named(statement: Statement, request: Request, *, has_boundary: bool) -> Grade:
    """Return how closely a resource-based policy's statement names the caller; NOT where it applies to others only."""
    if statement.not_principals is None:
        return Grade.NOT if statement.principals is None else statement.principals.grade(request.principal)
    if statement.is_allow:
        return Grade.ITSELF if statement.not_principals.grade(request.principal) is Grade.NOT else Grade.NOT
    # A denial of all but some principals also denies every principal with a permissions boundary. Source:
    # "NotPrincipal" in the guide.
    is_spared = statement.not_principals.spares(request.principal) and not has_boundary
    return Grade.NOT if is_spared else Grade.ITSELF


def _has_action(statement: Statement, action: str) -> bool:
    if statement.not_actions is not None:
        return not is_any_action(statement.not_actions, action)
    return statement.actions is not None and is_any_action(statement.actions, action)


def _has_resource(statement: Statement, request: Request) -> bool:
    patterns = statement.resources if statement.not_resources is None else statement.not_resources
    if patterns is None:  # a trust policy stands for its role alone
        return True
    wanted = [filled(each, request.keys, has_variables=statement.has_variables) for each in patterns]
    if statement.not_resources is not None and None in wanted:
        return False
    is_among = any(
        is_like(each, request.resource)
        if request.resource == ANY or each == (Piece(ANY, is_literal=False),)
        else is_arn_like(each, request.resource, fills=True)
        for each in wanted
        if each is not None
    )
    return is_among is (statement.not_resources is None)
