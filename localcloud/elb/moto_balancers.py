"""Patches of moto's load balancers: one for equal requests, in existing subnets, protected on request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from localcloud.elb.tags import check_tags
from localcloud.errors import AwsError
from localcloud.moto.patching import checking, wrap

if TYPE_CHECKING:
    from moto.ec2.models import EC2Backend
    from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer

IPV4 = "ipv4"
PROTECTED = "deletion_protection.enabled"


class Requested(TypedDict, total=False):
    """The parameters of CreateLoadBalancer besides the name, under moto's names."""

    security_groups: list[str] | None
    subnet_ids: list[str] | None
    subnet_mappings: list[dict[str, str]] | None
    scheme: str | None
    loadbalancer_type: str | None
    ip_address_type: str | None
    tags: list[dict[str, str]] | None


def patch() -> None:
    """Patch moto, which accepts a second load balancer of a name and deletes protected ones."""
    from moto.elbv2.models import ELBv2Backend

    wrap(ELBv2Backend, "create_load_balancer", _creating_the_same_balancer_once)
    wrap(ELBv2Backend, "delete_load_balancer", _keeping_protected_balancers)
    wrap(ELBv2Backend, "set_ip_address_type", checking(_check_new_type))
    wrap(ELBv2Backend, "set_security_groups", checking(_check_new_groups))
    wrap(ELBv2Backend, "set_subnets", checking(_check_new_subnets))


def _creating_the_same_balancer_once(create: Callable[..., FakeLoadBalancer]) -> Callable[..., FakeLoadBalancer]:
    def create_load_balancer(self: ELBv2Backend, name: str, **given: Unpack[Requested]) -> FakeLoadBalancer:
        check_tags(given.get("tags") or [], {})
        given["scheme"] = given.get("scheme") or "internet-facing"
        given["loadbalancer_type"] = given.get("loadbalancer_type") or "application"
        subnets = _subnets(given)
        _check_subnets(self.ec2_backend, subnets)
        _check_address_type(self.ec2_backend, given.get("ip_address_type") or IPV4, subnets)
        _check_security_groups(self.ec2_backend, given.get("security_groups") or [])
        existing = next((each for each in self.load_balancers.values() if each.name == name), None)
        if existing is None:
            return create(self, name, **given)
        ip_address_type = given.get("ip_address_type") or IPV4
        if _identity(existing) != (given["scheme"], given["loadbalancer_type"], ip_address_type, sorted(subnets)):
            raise AwsError(
                "DuplicateLoadBalancerName",
                f"A load balancer with the same name '{name}' exists, but with different settings",
            )
        return existing

    return create_load_balancer


def _identity(balancer: FakeLoadBalancer) -> tuple[str, str, str, list[str]]:
    """Return the settings that a repeated CreateLoadBalancer must share with this load balancer."""
    return balancer.scheme, balancer.type, balancer.ip_address_type, sorted(subnet.id for subnet in balancer.subnets)


def _subnets(given: Requested) -> list[str]:
    return [*(given.get("subnet_ids") or []), *(each["SubnetId"] for each in given.get("subnet_mappings") or [])]


def _check_subnets(ec2: EC2Backend, named: list[str]) -> None:
    known = {subnet.id: subnet for subnet in ec2.describe_subnets()}
    for subnet_id in named:
        if subnet_id not in known:
            raise AwsError("SubnetNotFound", f"The subnet ID '{subnet_id}' does not exist")
    zones = [known[subnet_id].availability_zone for subnet_id in named]
    if len(set(zones)) < len(zones):
        raise AwsError(
            "InvalidConfigurationRequest",
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone",
        )


def _check_address_type(ec2: EC2Backend, address_type: str, subnets: list[str]) -> None:
    """Check that the subnets have the addresses of the type. Errors: AwsError ValidationError."""
    known = {subnet.id: subnet for subnet in ec2.describe_subnets()}
    if address_type != IPV4 and not all(known[each].ipv6_cidr_block_association_set for each in subnets):
        raise AwsError("ValidationError", "You must specify subnets with an associated IPv6 CIDR block.")


def _check_new_type(backend: ELBv2Backend, given: Mapping[str, Any]) -> None:
    if balancer := backend.load_balancers.get(given["arn"]):
        _check_address_type(backend.ec2_backend, given["ip_type"], [subnet.id for subnet in balancer.subnets])


def _check_new_groups(backend: ELBv2Backend, given: Mapping[str, Any]) -> None:
    if not any(given["sec_groups"] or []):
        raise AwsError("ValidationError", "At least one security group must be specified")


def _check_new_subnets(backend: ELBv2Backend, given: Mapping[str, Any]) -> None:
    named = _subnets({"subnet_ids": given.get("subnets"), "subnet_mappings": given.get("subnet_mappings")})
    if balancer := backend.load_balancers.get(given["arn"]):
        _check_subnets(backend.ec2_backend, named)
        _check_address_type(backend.ec2_backend, balancer.ip_address_type or IPV4, named)


def _check_security_groups(ec2: EC2Backend, named: list[str]) -> None:
    for group_id in named:
        if ec2.get_security_group_from_id(group_id) is None:
            raise AwsError("InvalidSecurityGroup", f"Security group '{group_id}' does not exist")


def _keeping_protected_balancers(delete: Callable[..., None]) -> Callable[..., None]:
    def delete_load_balancer(self: ELBv2Backend, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        if balancer is not None and balancer.attrs.get(PROTECTED) == "true":
            raise AwsError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        delete(self, arn)

    return delete_load_balancer
