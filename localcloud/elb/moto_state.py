"""Load balancers, listeners, rules and target groups as moto stores them; every function runs in moto's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from localcloud.elb import attributes, listener_attributes
from localcloud.elb.certificates import LocalCertificates
from localcloud.elb.group_settings import settings_stored
from localcloud.elb.listener_records import HTTPS, listener
from localcloud.elb.model import Algorithm, Configuration, Forward, Rule, TargetGroup, TargetType
from localcloud.elb.targets.health_checks import HealthCheck
from localcloud.elb.tls import DEFAULT_POLICY

if TYPE_CHECKING:
    from moto.elbv2.models import ELBv2Backend, FakeTargetGroup

log = logging.getLogger(__name__)

T = TypeVar("T")

ADDRESS = "127.0.0.1"
"""The address of every listener and the DNSName of every load balancer."""


def read_configuration(account_id: str, region: str, local_certificates: LocalCertificates) -> Configuration:
    """Return the current configuration, and correct moto's mistakes in it.

    moto invents DNS names, leaves a new load balancer `provisioning` until it is described, shows few of the
    attributes that were not set, and gives HTTP listeners an SSL policy; a group's LoadBalancerArns does not follow
    changed or deleted rules.
    """
    backend = _backend(account_id, region)
    used_by: dict[str, list[str]] = {}
    listeners, balancers = [], []
    for record in backend.load_balancers.values():
        record.dns_name = ADDRESS
        record.activate()
        record.attrs = attributes.BALANCER_DEFAULTS | record.attrs | attributes.FIXED_VALUES
        zones = tuple(sorted(subnet.availability_zone for subnet in record.subnets))
        balancer = attributes.balancer(record.arn, zones, record.attrs)
        balancers.append(balancer)
        for each in record.listeners.values():
            each.attributes = listener_attributes.shown(each.attributes, each.protocol)
            # moto leaves out of its responses what is None.
            each.ssl_policy = (each.ssl_policy or DEFAULT_POLICY) if each.protocol == HTTPS else None  # type: ignore[assignment]
            read = _if_readable(each.arn, partial(listener, each, balancer, local_certificates))
            if read is None:
                continue
            listeners.append(read)
            for arn in _forwarded(read.rules):
                used_by.setdefault(arn, [])
                if balancer.arn not in used_by[arn]:
                    used_by[arn].append(balancer.arn)
    for group in backend.target_groups.values():
        group.load_balancer_arns = used_by.get(group.arn, [])
        group.attributes = {**_attributes_of(group)}
    readable = [_if_readable(group.arn, partial(_group, group)) for group in backend.target_groups.values()]
    groups = [group for group in readable if group is not None]
    return Configuration(
        tuple(sorted(listeners, key=lambda each: each.arn)),
        tuple(sorted(groups, key=lambda group: group.arn)),
        tuple(sorted(balancers, key=lambda balancer: balancer.arn)),
    )


def _if_readable(arn: str, read: Callable[[], T]) -> T | None:
    """Return what `read` returns; None for a resource that cannot be read.

    One that an earlier version accepted must not keep all the others from being served.
    """
    try:
        return read()
    except (LookupError, ValueError, TypeError, StopIteration):
        log.exception("Left out because it cannot be read; delete it", extra={"action": "elb_unreadable", "arn": arn})
        return None


def _attributes_of(group: FakeTargetGroup) -> dict[str, str]:
    """Return a group's attributes with all defaults: moto shows only some, and one that belongs to load balancers."""
    known = attributes.GROUP_DEFAULTS if group.target_type != TargetType.LAMBDA.value else {}
    return known | {key: str(value) for key, value in group.attributes.items() if key != "waf.fail_open.enabled"}


def forget_listener(account_id: str, region: str, arn: str) -> None:
    """Undo the creation of a listener."""
    _backend(account_id, region).delete_listener(arn)


def attributes_of_group(account_id: str, region: str, arn: str) -> dict[str, str]:
    """Return the attributes of a target group; none when the group does not exist."""
    group = _backend(account_id, region).target_groups.get(arn)
    return {key: str(value) for key, value in group.attributes.items()} if group else {}


def attributes_of_balancer(account_id: str, region: str, arn: str) -> dict[str, str]:
    """Return the attributes set on a load balancer; none when the balancer does not exist."""
    balancer = _backend(account_id, region).load_balancers.get(arn)
    return {key: str(value) for key, value in balancer.attrs.items()} if balancer else {}


def networks_of_group(account_id: str, region: str, arn: str) -> tuple[dict[str, str], frozenset[str]]:
    """Return the subnets of a target group's VPC, block -> Availability Zone, and the zones of the region."""
    from moto.ec2.models import ec2_backends

    group, networks = _backend(account_id, region).target_groups.get(arn), ec2_backends[account_id][region]
    subnets = [each for of_zone in networks.subnets.values() for each in of_zone.values()]
    blocks = {each.cidr_block: each.availability_zone for each in subnets if group and each.vpc_id == group.vpc_id}
    return blocks, frozenset(zone.name for zone in networks.describe_availability_zones([]))


def _backend(account_id: str, region: str) -> ELBv2Backend:
    # moto takes a second to import, and its server imports it on start anyway.
    from moto.elbv2.models import elbv2_backends

    backend: ELBv2Backend = elbv2_backends[account_id][region]
    return backend


def _forwarded(rules: Iterable[Rule]) -> Iterable[str]:
    for rule in rules:
        if isinstance(rule.action, Forward):
            for arn, _ in rule.action.groups:
                yield arn


def _group(record: FakeTargetGroup) -> TargetGroup:
    settings, set_attributes = settings_stored(record), _attributes_of(record)
    check_port = settings.healthcheck_port or ""
    return TargetGroup(
        arn=record.arn,
        port=settings.port or 0,
        target_type=TargetType(settings.target_type),
        algorithm=Algorithm(set_attributes["load_balancing.algorithm.type"]),
        check=HealthCheck(
            path=settings.healthcheck_path,
            port=int(check_port) if check_port.isdigit() else None,
            interval_s=float(settings.healthcheck_interval_seconds),
            timeout_s=float(settings.healthcheck_timeout_seconds),
            codes=settings.codes,
            is_https=settings.healthcheck_protocol == HTTPS,
        ),
        healthy_threshold=settings.healthy_threshold_count,
        unhealthy_threshold=settings.unhealthy_threshold_count,
        deregistration_delay_s=float(set_attributes["deregistration_delay.timeout_seconds"]),
        in_use=bool(record.load_balancer_arns),
        slow_start_s=float(set_attributes.get("slow_start.duration_seconds", 0)),
        stickiness_s=attributes.stickiness_s(set_attributes),
        app_cookie=attributes.app_cookie(set_attributes),
        minimum_healthy=attributes.minimum_healthy(set_attributes),
        is_https=settings.protocol == HTTPS,
    )
