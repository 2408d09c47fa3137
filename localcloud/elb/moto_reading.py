"""Patches of moto's ELBv2 Describe calls: AWS's order and pagination; every named resource must exist."""

from collections.abc import Callable, Sequence
from typing import Any

from localcloud.moto.patching import error, result

PAGE = 400


def patch() -> None:
    """Patch moto: it paginates where AWS does not and the reverse, and ignores missing resources."""
    from moto.elbv2.models import ELBv2Backend
    from moto.elbv2.responses import ELBV2Response

    answering: Any = ELBV2Response
    for operation in (describe_load_balancers, describe_listeners, describe_target_groups, describe_rules):
        setattr(answering, operation.__name__, operation)
    answering.describe_ssl_policies = _paged(answering.describe_ssl_policies, "SslPolicies")
    answering.describe_account_limits = _paged(answering.describe_account_limits, "Limits")
    answering.describe_ssl_policies = _refusing_unknown_policies(answering.describe_ssl_policies)
    answering.modify_target_group_attributes = _telling_all(answering.modify_target_group_attributes)
    backend: Any = ELBv2Backend
    backend.describe_tags = _refusing_unknown_resources(backend.describe_tags)


def describe_load_balancers(self: Any) -> Any:
    arns, names = self._get_param("LoadBalancerArns", []), self._get_param("Names", [])
    if arns and names:
        raise error(
            "ValidationError", "Load balancer names and load balancer ARNs cannot be specified at the same time"
        )
    held = list(self.elbv2_backend.load_balancers.values())
    found = _named(held, arns, names, "LoadBalancerNotFound", "One or more load balancers not found")
    return _page(self, "LoadBalancers", found, named=bool(arns or names))


def describe_listeners(self: Any) -> Any:
    balancer, arns = self._get_param("LoadBalancerArn"), self._get_param("ListenerArns", [])
    if bool(balancer) == bool(arns):
        raise error("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
    if balancer:
        found = self.elbv2_backend.describe_listeners(balancer, [])
    else:
        held = [listener for each in self.elbv2_backend.load_balancers.values() for listener in each.listeners.values()]
        found = _named(held, arns, [], "ListenerNotFound", "One or more listeners not found")
    return _page(self, "Listeners", found, named=bool(arns))


def describe_target_groups(self: Any) -> Any:
    asked = [self._get_param("LoadBalancerArn"), *(self._get_param(name, []) for name in ("TargetGroupArns", "Names"))]
    found = list(self.elbv2_backend.describe_target_groups(*asked))
    return _page(self, "TargetGroups", found, named=any(asked[1:]))


def describe_rules(self: Any) -> Any:
    arns = self._get_param("RuleArns")
    found = list(self.elbv2_backend.describe_rules(self._get_param("ListenerArn"), arns))
    found.sort(key=lambda rule: (rule.is_default, 0 if rule.is_default else int(rule.priority)))
    return _page(self, "Rules", found, named=bool(arns))


def _named(held: Sequence[Any], arns: list[str], names: list[str], code: str, message: str) -> list[Any]:
    if not arns and not names:
        return list(held)
    by_key = {each.arn: each for each in held} if arns else {each.name: each for each in held}
    wanted = list(dict.fromkeys(arns or names))
    if any(key not in by_key for key in wanted):
        raise error(code, message)
    return [by_key[key] for key in wanted]


def _page(answering: Any, what: str, found: Sequence[Any], *, named: bool) -> Any:
    """Return one page. The marker is the ARN of the last item shown, or its name when it has no ARN."""
    size, marker = answering._get_param("PageSize"), answering._get_param("Marker")
    if named and (size or marker):
        raise error("ValidationError", "You cannot specify a page size or a marker for what is named")
    keys = [each["Name"] if isinstance(each, dict) else each.arn for each in found]
    if marker and marker not in keys:
        raise error("ValidationError", f"Marker '{marker}' is not valid")
    start = keys.index(marker) + 1 if marker else 0
    end = start + int(size or PAGE)
    more = {"NextMarker": keys[end - 1]} if len(found) > end else {}
    return result({what: list(found[start:end])} | more)


def _paged(describe: Callable[[Any], Any], what: str) -> Callable[[Any], Any]:
    """Paginate a response that moto returns whole; requests with names have no pages."""

    def paged(self: Any) -> Any:
        return _page(self, what, describe(self).result[what], named=bool(self._get_param("Names", [])))

    return paged


def _refusing_unknown_policies(describe: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def describe_ssl_policies(self: Any) -> Any:
        from moto.elbv2.ssl_policies import SSL_POLICIES

        for name in self._get_param("Names", []):
            if name not in SSL_POLICIES:
                raise error("SSLPolicyNotFound", f"SSL policy '{name}' not found")
        return describe(self)

    return describe_ssl_policies


def _telling_all(modify: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def modify_target_group_attributes(self: Any) -> Any:
        modify(self)
        return self.describe_target_group_attributes()

    return modify_target_group_attributes


def _refusing_unknown_resources(describe: Callable[..., Any]) -> Callable[..., Any]:
    def describe_tags(self: Any, resource_arns: list[str]) -> Any:
        for arn in resource_arns:
            self._get_resource_by_arn(arn)
        return describe(self, resource_arns)

    return describe_tags
