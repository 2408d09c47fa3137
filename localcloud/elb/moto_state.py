"""Load balancers, listeners, rules and target groups as moto holds them; every function runs in moto's thread."""

from collections.abc import Iterable
from typing import Any

from localcloud.elb.health_checks import HealthCheck
from localcloud.elb.model import (
    Action,
    Algorithm,
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
)

ADDRESS = "127.0.0.1"
"""Where every listener listens, and what every load balancer's DNSName says."""
DEFAULT_IDLE_TIMEOUT_S = 60


def read_configuration(account_id: str, region: str) -> Configuration:
    """What is configured now; also puts right what moto gets wrong of it.

    moto invents DNS names and leaves a new load balancer `provisioning` until somebody asks; and a group's
    LoadBalancerArns does not follow changed or deleted rules.
    """
    backend = _backend(account_id, region)
    used_by: dict[str, list[str]] = {}
    listeners = []
    for balancer in backend.load_balancers.values():
        balancer.dns_name = ADDRESS
        balancer.activate()
        for held in balancer.listeners.values():
            listener = _listener(held, balancer.attrs)
            listeners.append(listener)
            for arn in _forwarded(listener.rules):
                used_by.setdefault(arn, [])
                if balancer.arn not in used_by[arn]:
                    used_by[arn].append(balancer.arn)
    for group in backend.target_groups.values():
        group.load_balancer_arns = used_by.get(group.arn, [])
    groups = [_group(group) for group in backend.target_groups.values()]
    return Configuration(
        tuple(sorted(listeners, key=lambda listener: listener.arn)), tuple(sorted(groups, key=lambda group: group.arn))
    )


def forget_listener(account_id: str, region: str, arn: str) -> None:
    """Undo the creation of a listener."""
    _backend(account_id, region).delete_listener(arn)


def _backend(account_id: str, region: str) -> Any:
    # moto takes a second to import, and its server imports it when it starts.
    from moto.elbv2.models import elbv2_backends

    return elbv2_backends[account_id][region]


def _listener(held: Any, balancer_attributes: dict[str, Any]) -> Listener:
    ranked = sorted((rule for rule in held.rules.values() if not rule.is_default), key=lambda rule: int(rule.priority))
    default = next(rule for rule in held.rules.values() if rule.is_default)
    return Listener(
        arn=held.arn,
        port=int(held.port),
        idle_timeout_s=int(balancer_attributes.get("idle_timeout.timeout_seconds", DEFAULT_IDLE_TIMEOUT_S)),
        rules=tuple(_rule(rule) for rule in [*ranked, default]),
    )


def _rule(rule: Any) -> Rule:
    return Rule(
        arn=rule.arn,
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
    # AWS allows one of these beside the authenticate actions, which are refused at the door.
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
    groups = data.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": data["TargetGroupArn"]}]
    return Forward(tuple((group["TargetGroupArn"], int(group.get("Weight", 1))) for group in groups))


def _forwarded(rules: Iterable[Rule]) -> Iterable[str]:
    for rule in rules:
        if isinstance(rule.action, Forward):
            for arn, _ in rule.action.groups:
                yield arn


def _group(held: Any) -> TargetGroup:
    attributes = held.attributes
    check_port = str(held.health_check_port)
    return TargetGroup(
        arn=held.arn,
        port=int(held.port or 0),
        target_type=TargetType(held.target_type),
        algorithm=Algorithm(attributes["load_balancing.algorithm.type"]),
        check=HealthCheck(
            path=held.health_check_path or "/",
            port=int(check_port) if check_port.isdigit() else None,
            interval_s=float(held.health_check_interval_seconds),
            timeout_s=float(held.health_check_timeout_seconds),
            codes=(getattr(held, "matcher", None) or {}).get("HttpCode", "200"),
        ),
        healthy_threshold=int(held.healthy_threshold_count),
        unhealthy_threshold=int(held.unhealthy_threshold_count),
        deregistration_delay_s=float(attributes["deregistration_delay.timeout_seconds"]),
        in_use=bool(held.load_balancer_arns),
    )
