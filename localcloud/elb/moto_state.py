"""Load balancers, listeners, rules and target groups as moto stores them; every function runs in moto's thread."""

import logging
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from localcloud.elb import attributes, listener_attributes
from localcloud.elb.certificates import LocalCertificates
from localcloud.elb.model import (
    Action,
    Algorithm,
    Balancer,
    Certificate,
    Condition,
    Configuration,
    Field,
    FixedResponse,
    Forward,
    Listener,
    Redirect,
    Rule,
    TargetGroup,
    TargetType,
    Tls,
)
from localcloud.elb.targets.health_checks import HealthCheck
from localcloud.elb.tls import DEFAULT_POLICY

log = logging.getLogger(__name__)

T = TypeVar("T")

ADDRESS = "127.0.0.1"
HTTPS = "HTTPS"
"""The address of every listener and the DNSName of every load balancer."""
HOST_NAME = re.compile(r"(\*\.)?[A-Za-z0-9.-]+")


def read_configuration(account_id: str, region: str, local_certificates: LocalCertificates) -> Configuration:
    """Return the current configuration, and correct moto's mistakes in it.

    moto invents DNS names, leaves a new load balancer `provisioning` until it is described, and shows few of the
    attributes that were not set; a group's LoadBalancerArns does not follow changed or deleted rules.
    """
    backend = _backend(account_id, region)
    used_by: dict[str, list[str]] = {}
    listeners, balancers = [], []
    for held in backend.load_balancers.values():
        held.dns_name = ADDRESS
        held.activate()
        held.attrs = attributes.BALANCER_DEFAULTS | held.attrs
        zones = tuple(sorted(subnet.availability_zone for subnet in held.subnets))
        balancer = attributes.balancer(held.arn, zones, held.attrs)
        balancers.append(balancer)
        for each in held.listeners.values():
            each.attributes = listener_attributes.shown(each.attributes, each.protocol)
            listener = _if_readable(each.arn, partial(_listener, each, balancer, local_certificates))
            if listener is None:
                continue
            listeners.append(listener)
            for arn in _forwarded(listener.rules):
                used_by.setdefault(arn, [])
                if balancer.arn not in used_by[arn]:
                    used_by[arn].append(balancer.arn)
    for group in backend.target_groups.values():
        group.load_balancer_arns = used_by.get(group.arn, [])
        group.attributes = _attributes_of(group)
    read = [_if_readable(group.arn, partial(_group, group)) for group in backend.target_groups.values()]
    groups = [group for group in read if group is not None]
    return Configuration(
        tuple(sorted(listeners, key=lambda listener: listener.arn)),
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
        log.exception("Left out, as it cannot be understood; delete it", extra={"action": "elb_unreadable", "arn": arn})
        return None


def _attributes_of(group: Any) -> dict[str, str]:
    """Return a group's attributes with all defaults: moto shows only some, and one that belongs to load balancers."""
    known = attributes.GROUP_DEFAULTS if group.target_type != TargetType.LAMBDA.value else {}
    held = {key: value for key, value in group.attributes.items() if key != "waf.fail_open.enabled"}
    return known | held


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


def _backend(account_id: str, region: str) -> Any:
    # moto takes a second to import, and its server imports it on start anyway.
    from moto.elbv2.models import elbv2_backends

    return elbv2_backends[account_id][region]


def _listener(held: Any, balancer: Balancer, local_certificates: LocalCertificates) -> Listener:
    ranked = sorted((rule for rule in held.rules.values() if not rule.is_default), key=lambda rule: int(rule.priority))
    default = next(rule for rule in held.rules.values() if rule.is_default)
    rules = tuple(_rule(rule) for rule in [*ranked, default])
    return Listener(
        arn=held.arn,
        port=int(held.port),
        balancer=balancer,
        rules=rules,
        tls=_tls(held, rules, local_certificates) if held.protocol == HTTPS else None,
        response_headers=listener_attributes.response_headers(held.attributes),
        names_server=listener_attributes.names_server(held.attributes),
        tls_version_header=listener_attributes.request_header(held.attributes, listener_attributes.TLS_VERSION),
        tls_cipher_header=listener_attributes.request_header(held.attributes, listener_attributes.TLS_CIPHER),
    )


def _tls(held: Any, rules: tuple[Rule, ...], local_certificates: LocalCertificates) -> Tls:
    hosts = [
        value
        for rule in rules
        for condition in rule.conditions
        if condition.field is Field.HOST
        for value in condition.values
        if HOST_NAME.fullmatch(value)
    ]
    account_id, region = held.arn.split(":")[4], held.arn.split(":")[3]
    return Tls(
        held.ssl_policy or DEFAULT_POLICY,
        tuple(
            _certificate(account_id, region, arn, hosts, local_certificates) for arn in dict.fromkeys(held.certificates)
        ),
    )


def _certificate(
    account_id: str, region: str, arn: str, hosts: list[str], local_certificates: LocalCertificates
) -> Certificate:
    """Return an imported certificate as it is. For one that AWS would have issued, no key is available that clients
    could trust: return a local certificate instead.
    """
    from moto.acm.models import AWS_ROOT_CA, acm_backends
    from moto.iam.models import iam_backends

    bundle = acm_backends[account_id][region]._certificates.get(arn)
    if bundle is not None and bundle.type == "IMPORTED":
        # moto adds a root to each chain; clients do not need it.
        chain = bundle.chain.replace(AWS_ROOT_CA, b"").strip()
        return Certificate(arn, (bundle.cert.strip() + b"\n" + chain).decode(), bundle.key.decode())
    server_certificate = iam_backends[account_id]["aws"].get_certificate_by_arn(arn)
    if server_certificate is not None:
        chain_text = server_certificate.cert_chain or ""
        return Certificate(arn, f"{server_certificate.cert_body.strip()}\n{chain_text}", server_certificate.private_key)
    named = [bundle.common_name, *bundle.sans] if bundle is not None else []
    return Certificate(arn, *local_certificates.pair([*named, *hosts]))


def _rule(rule: Any) -> Rule:
    return Rule(
        arn=rule.arn,
        priority=0 if rule.is_default else int(rule.priority),
        conditions=tuple(_condition(condition) for condition in rule.conditions),
        action=_action([action.data for action in rule.actions]),
    )


def _condition(data: dict[str, Any]) -> Condition:
    field = Field(data["Field"])
    key = "".join(word.capitalize() for word in field.value.split("-")) + "Config"
    config = data.get(key, {})
    values = config.get("Values", data.get("Values", []))
    if field is Field.QUERY:
        return Condition(field=field, pairs=tuple((pair.get("Key", ""), pair["Value"]) for pair in values))
    return Condition(field=field, values=tuple(values), header=config.get("HttpHeaderName", ""))


def _action(actions: list[dict[str, Any]]) -> Action:
    # AWS allows one of these besides the authenticate actions, which are refused on arrival.
    data = actions[-1]
    if data["Type"] == "fixed-response":
        fixed = data["FixedResponseConfig"]
        return FixedResponse(
            status=int(fixed["StatusCode"]),
            content_type=fixed.get("ContentType", "text/plain"),
            body=fixed.get("MessageBody", ""),
        )
    if data["Type"] == "redirect":
        redirect = data["RedirectConfig"]
        return Redirect(
            protocol=redirect.get("Protocol", "#{protocol}"),
            host=redirect.get("Host", "#{host}"),
            port=str(redirect.get("Port", "#{port}")),
            path=redirect.get("Path", "/#{path}"),
            query=redirect.get("Query", "#{query}"),
            status=int(redirect["StatusCode"].removeprefix("HTTP_")),
        )
    config = data.get("ForwardConfig", {})
    groups = config.get("TargetGroups") or [{"TargetGroupArn": data["TargetGroupArn"]}]
    sticky = config.get("TargetGroupStickinessConfig") or {}
    return Forward(
        tuple((group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups),
        int(sticky["DurationSeconds"]) if str(sticky.get("Enabled")).lower() == "true" else None,
    )


def _forwarded(rules: Iterable[Rule]) -> Iterable[str]:
    for rule in rules:
        if isinstance(rule.action, Forward):
            for arn, _ in rule.action.groups:
                yield arn


def _group(held: Any) -> TargetGroup:
    held_attributes = held.attributes
    check_port = str(held.health_check_port)
    return TargetGroup(
        arn=held.arn,
        port=int(held.port or 0),
        target_type=TargetType(held.target_type),
        algorithm=Algorithm(held_attributes["load_balancing.algorithm.type"]),
        check=HealthCheck(
            path=held.health_check_path or "/",
            port=int(check_port) if check_port.isdigit() else None,
            interval_s=float(held.health_check_interval_seconds),
            timeout_s=float(held.health_check_timeout_seconds),
            codes=(getattr(held, "matcher", None) or {}).get("HttpCode", "200"),
            is_https=held.health_check_protocol == HTTPS,
        ),
        healthy_threshold=int(held.healthy_threshold_count),
        unhealthy_threshold=int(held.unhealthy_threshold_count),
        deregistration_delay_s=float(held_attributes["deregistration_delay.timeout_seconds"]),
        in_use=bool(held.load_balancer_arns),
        slow_start_s=float(held_attributes.get("slow_start.duration_seconds", 0)),
        stickiness_s=attributes.stickiness_s(held_attributes),
        app_cookie=attributes.app_cookie(held_attributes),
        minimum_healthy=attributes.minimum_healthy(held_attributes),
        is_https=held.protocol == HTTPS,
    )
