"""Patches of moto's ELBv2 Describe calls: AWS's order and pagination; every named resource must exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from localcloud.errors import AwsError
from localcloud.moto.patching import replace, result, wrap

if TYPE_CHECKING:
    from moto.core.responses import ActionResult
    from moto.elbv2.models import ELBv2Backend
    from moto.elbv2.responses import ELBV2Response

    Describe = Callable[[ELBV2Response], ActionResult]

PAGE = 400


class Named(Protocol):
    """A resource with an ARN."""

    arn: str


N = TypeVar("N", bound=Named)


def patch() -> None:
    """Patch moto: it paginates where AWS does not and the reverse, and ignores missing resources."""
    from moto.elbv2.models import ELBv2Backend
    from moto.elbv2.responses import ELBV2Response

    replace(ELBV2Response, describe_load_balancers, describe_listeners, describe_target_groups, describe_rules)
    wrap(ELBV2Response, "describe_ssl_policies", _in_pages("SslPolicies"))
    wrap(ELBV2Response, "describe_ssl_policies", _refusing_unknown_policies)
    wrap(ELBV2Response, "describe_account_limits", _in_pages("Limits"))
    wrap(ELBV2Response, "modify_target_group_attributes", _answering_all_attributes)
    wrap(ELBv2Backend, "describe_tags", _refusing_unknown_resources)


def describe_load_balancers(self: ELBV2Response) -> ActionResult:
    arns: list[str] = self._get_param("LoadBalancerArns", [])
    names: list[str] = self._get_param("Names", [])
    if arns and names:
        raise AwsError(
            "ValidationError", "Load balancer names and load balancer ARNs cannot be specified at the same time"
        )
    balancers = list(self.elbv2_backend.load_balancers.values())
    if names:
        found = _chosen({each.name: each for each in balancers}, names, "LoadBalancerNotFound", "load balancers")
    elif arns:
        found = _chosen({each.arn: each for each in balancers}, arns, "LoadBalancerNotFound", "load balancers")
    else:
        found = balancers
    return _page(self, "LoadBalancers", found, _arns(found), named=bool(arns or names))


def describe_listeners(self: ELBV2Response) -> ActionResult:
    balancer: str | None = self._get_param("LoadBalancerArn")
    arns: list[str] = self._get_param("ListenerArns", [])
    if bool(balancer) == bool(arns):
        raise AwsError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
    if balancer:
        found = list(self.elbv2_backend.describe_listeners(balancer, []))
    else:
        balancers = self.elbv2_backend.load_balancers.values()
        listeners = {listener.arn: listener for each in balancers for listener in each.listeners.values()}
        found = _chosen(listeners, arns, "ListenerNotFound", "listeners")
    return _page(self, "Listeners", found, _arns(found), named=bool(arns))


def describe_target_groups(self: ELBV2Response) -> ActionResult:
    arns: list[str] = self._get_param("TargetGroupArns", [])
    names: list[str] = self._get_param("Names", [])
    found = list(self.elbv2_backend.describe_target_groups(self._get_param("LoadBalancerArn"), arns, names))
    return _page(self, "TargetGroups", found, _arns(found), named=bool(arns or names))


def describe_rules(self: ELBV2Response) -> ActionResult:
    arns: list[str] | None = self._get_param("RuleArns")
    found = list(self.elbv2_backend.describe_rules(self._get_param("ListenerArn"), arns))
    found.sort(key=lambda rule: (rule.is_default, 0 if rule.is_default else int(rule.priority)))
    return _page(self, "Rules", found, _arns(found), named=bool(arns))


def _chosen(by_key: dict[str, N], keys: Iterable[str], code: str, noun: str) -> list[N]:
    """Return the requested resources once each. Errors: `code` when one does not exist."""
    requested = list(dict.fromkeys(keys))
    if any(key not in by_key for key in requested):
        raise AwsError(code, f"One or more {noun} not found")
    return [by_key[key] for key in requested]


def _arns(found: Iterable[Named]) -> list[str]:
    return [each.arn for each in found]


def _page(
    answering: ELBV2Response, what: str, found: Sequence[object], keys: Sequence[str], *, named: bool
) -> ActionResult:
    """Return one page. `keys`: the marker after each item; `named`: the request names the items."""
    size, marker = answering._get_param("PageSize"), answering._get_param("Marker")
    if named and (size or marker):
        raise AwsError("ValidationError", "You cannot specify a page size or a marker together with names or ARNs")
    if marker and marker not in keys:
        raise AwsError("ValidationError", f"Marker '{marker}' is not valid")
    start = keys.index(marker) + 1 if marker else 0
    end = start + int(size or PAGE)
    more = {"NextMarker": keys[end - 1]} if len(found) > end else {}
    return result({what: list(found[start:end]), **more})


def _in_pages(what: str) -> Callable[[Describe], Describe]:
    """Paginate a response that moto returns whole; requests with names have no pages."""

    def around(describe: Describe) -> Describe:
        def describe_in_pages(self: ELBV2Response) -> ActionResult:
            found: list[dict[str, object]] = cast("dict[str, list[dict[str, object]]]", describe(self).result)[what]
            named = bool(self._get_param("Names", []))
            return _page(self, what, found, [str(each["Name"]) for each in found], named=named)

        return describe_in_pages

    return around


def _refusing_unknown_policies(describe: Describe) -> Describe:
    def describe_ssl_policies(self: ELBV2Response) -> ActionResult:
        from moto.elbv2.ssl_policies import SSL_POLICIES

        for name in self._get_param("Names", []):
            if name not in SSL_POLICIES:
                raise AwsError("SSLPolicyNotFound", f"SSL policy '{name}' not found")
        return describe(self)

    return describe_ssl_policies


def _answering_all_attributes(modify: Describe) -> Describe:
    def modify_target_group_attributes(self: ELBV2Response) -> ActionResult:
        modify(self)
        return self.describe_target_group_attributes()

    return modify_target_group_attributes


def _refusing_unknown_resources(describe: Callable[..., object]) -> Callable[..., object]:
    def describe_tags(self: ELBv2Backend, resource_arns: list[str]) -> object:
        for arn in resource_arns:
            self._get_resource_by_arn(arn)
        return describe(self, resource_arns)

    return describe_tags
