"""WAF: updates remove rules, a resource has one web ACL, and web ACLs in use cannot be deleted."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, TypeVar

from localcloud.errors import AwsError
from localcloud.moto.existing import backend_of
from localcloud.moto.patching import wrap

if TYPE_CHECKING:
    from moto.wafv2.models import FakeWebACL, WAFV2Backend

T = TypeVar("T")

OPTIONAL = ("association_config", "captcha_config", "challenge_config", "custom_response_bodies", "token_domains")
IN_USE = (
    "AWS WAF couldn’t perform the operation because your resource is being used by another resource or it’s "
    "associated with another resource."
)
DUPLICATE = (
    "AWS WAF couldn’t perform the operation because some resource in your request is a duplicate of an existing one."
)
MISSING = "AWS WAF couldn’t perform the operation because your resource doesn’t exist."


def patch() -> None:
    """moto keeps rules that an update leaves out, and a resource's earlier associations."""
    from moto.wafv2.models import WAFV2Backend

    wrap(WAFV2Backend, "update_web_acl", _replacing)
    wrap(WAFV2Backend, "associate_web_acl", _instead_of_others)
    wrap(WAFV2Backend, "delete_web_acl", _unused_acl)
    wrap(WAFV2Backend, "create_ip_set", _new_set)
    wrap(WAFV2Backend, "delete_ip_set", _unused_set)
    wrap(WAFV2Backend, "create_web_acl", _new_acl)


def _replacing(update: Callable[..., str]) -> Callable[..., str]:
    """Make an update replace the whole web ACL, as on AWS: it removes what the request leaves out."""
    signature = inspect.signature(update)

    @wraps(update)
    def update_web_acl(self: WAFV2Backend, *arguments: object, **named: object) -> str:
        token = update(self, *arguments, **named)
        given = signature.bind(self, *arguments, **named).arguments
        acl = self.get_web_acl(None, given["name"], given["_id"])
        acl.rules = acl.rules if given["rules"] else []
        for name in OPTIONAL:
            setattr(acl, name, given[name])
        return token

    return update_web_acl


def _instead_of_others(associate: Callable[..., None]) -> Callable[..., None]:
    """Associate an existing resource with one web ACL, and end its earlier association."""

    @wraps(associate)
    def associate_web_acl(self: WAFV2Backend, web_acl_arn: str, resource_arn: str) -> None:
        if not _exists(self, resource_arn):
            raise AwsError("WAFNonexistentItemException", MISSING)
        if web_acl_arn in self.wacls:
            for acl in self.wacls.values():
                acl.associated_resources = [each for each in acl.associated_resources if each != resource_arn]
        associate(self, web_acl_arn, resource_arn)

    return associate_web_acl


def _exists(waf: WAFV2Backend, resource_arn: str) -> bool:
    """Return whether a load balancer exists. Resources of other services count as existing."""
    if ":loadbalancer/" not in resource_arn:
        return True
    elbv2 = backend_of("elbv2", waf.account_id, waf.region_name)
    return elbv2 is not None and resource_arn in elbv2.load_balancers


def _unused_acl(delete: Callable[..., None]) -> Callable[..., None]:
    @wraps(delete)
    def delete_web_acl(self: WAFV2Backend, name: str, scope: str, _id: str, lock_token: str) -> None:
        acl = next((each for each in self.wacls.values() if (each.name, each.id) == (name, _id)), None)
        if acl is not None and lock_token == acl.lock_token and _is_used(self, acl):
            raise AwsError("WAFAssociatedItemException", IN_USE)
        delete(self, name, scope, _id, lock_token)

    return delete_web_acl


def _is_used(waf: WAFV2Backend, acl: FakeWebACL) -> bool:
    return any(_exists(waf, arn) for arn in acl.associated_resources)


def _unused_set(delete: Callable[..., None]) -> Callable[..., None]:
    """Keep an IP set that a rule names."""

    @wraps(delete)
    def delete_ip_set(self: WAFV2Backend, name: str, scope: str, _id: str, lock_token: str) -> None:
        named = next((each for each in self.ip_sets.values() if (each.name, each.ip_set_id) == (name, _id)), None)
        rules = [rule.to_dict() for acl in self.wacls.values() for rule in acl.rules]
        rules += [rule.to_dict() for group in self.rule_groups.values() for rule in group.rules or []]
        if named is not None and lock_token == named.lock_token and named.arn in str(rules):
            raise AwsError("WAFAssociatedItemException", IN_USE)
        delete(self, name, scope, _id, lock_token)

    return delete_ip_set


def _new_set(create: Callable[..., T]) -> Callable[..., T]:
    @wraps(create)
    def create_ip_set(self: WAFV2Backend, name: str, scope: str, *others: object) -> T:
        if any((each.name, each.scope) == (name, scope) for each in self.ip_sets.values()):
            raise AwsError("WAFDuplicateItemException", DUPLICATE)
        return create(self, name, scope, *others)

    return create_ip_set


def _new_acl(create: Callable[..., T]) -> Callable[..., T]:
    """Return WAF's code for a duplicate, where moto has another one."""

    @wraps(create)
    def create_web_acl(self: WAFV2Backend, name: str, *others: object) -> T:
        if any(each.name == name for each in self.wacls.values()):
            raise AwsError("WAFDuplicateItemException", DUPLICATE)
        return create(self, name, *others)

    return create_web_acl
