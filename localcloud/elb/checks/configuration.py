"""Refusals of ELBv2 that depend on the current configuration: ports, target groups, health checks."""

import os
from collections.abc import Mapping

from localcloud.elb import api
from localcloud.elb.checks.target_groups import check_times
from localcloud.elb.model import Configuration, Forward, Listener, TargetGroup
from localcloud.elb.moto_state import ADDRESS
from localcloud.errors import AwsError

FIRST_UNPRIVILEGED_PORT = 1024


def check_supported(configuration: Configuration, form: Mapping[str, str]) -> None:
    """Refuse what conflicts with the configuration.

    Errors: AwsError, also when a target group does not exist or belongs to another load balancer.
    """
    existing = _listener_of(configuration, form)
    protocol = form.get("Protocol") or (existing.protocol if existing else "HTTP")
    api.check_supported(form, protocol, is_https=existing is not None and existing.tls is not None)
    balancer = existing.balancer.arn if existing else form.get("LoadBalancerArn", "")
    known = {group.arn for group in configuration.groups}
    for arn in api.groups_of_actions(form):
        if arn not in known:
            raise AwsError("TargetGroupNotFound", f"Target group '{arn}' not found")
        if _balancers_of(configuration, arn) - {balancer}:
            raise AwsError(
                "TargetGroupAssociationLimit",
                f"The following target groups cannot be associated with more than one load balancer: {arn}",
            )


def new_port(configuration: Configuration, form: Mapping[str, str]) -> int | None:
    """Return the port that a listener would newly bind; None when its port stays, or when moto is to reject the
    request.

    Errors: AwsError DuplicateListener.
    """
    text = form.get("Port", "")
    if not text.isdigit():
        return None
    port = int(text)
    existing = next((listener for listener in configuration.listeners if listener.port == port), None)
    if existing is None:
        return port
    if existing.arn == form.get("ListenerArn"):
        return None
    raise AwsError(
        "DuplicateListener",
        f"A listener with the specified port already exists: {existing.arn} on {port}. All load balancers of the "
        f"local cloud share {ADDRESS}; choose another port",
    )


def cannot_listen(port: int) -> AwsError:
    """Return the error for a port that cannot be bound, with advice that helps."""
    if port < FIRST_UNPRIVILEGED_PORT and os.geteuid() != 0:
        advice = (
            f"this user may not bind ports below {FIRST_UNPRIVILEGED_PORT}; use a higher port, "
            f"or allow it for all: `sysctl net.ipv4.ip_unprivileged_port_start={port}`"
        )
    else:
        advice = "another program uses it; stop that program (`ss -ltnp` shows it) or use another port"
    return AwsError("InvalidConfigurationRequest", f"Listener port {port}: {ADDRESS}:{port} cannot be bound: {advice}")


def check_changed_times(group: TargetGroup, form: Mapping[str, str]) -> None:
    """Refuse a health check whose timeout is not below its interval. Errors: AwsError."""
    check_times(
        form.get("HealthCheckTimeoutSeconds", f"{group.check.timeout_s:.0f}"),
        form.get("HealthCheckIntervalSeconds", f"{group.check.interval_s:.0f}"),
    )


def groups_of_rule(configuration: Configuration, rule_arn: str) -> frozenset[str]:
    """Return the target groups that a rule forwards to; none when the rule does not exist."""
    rules = (rule for listener in configuration.listeners for rule in listener.rules)
    action = next((rule.action for rule in rules if rule.arn == rule_arn), None)
    return frozenset(arn for arn, _ in action.groups) if isinstance(action, Forward) else frozenset()


def _listener_of(configuration: Configuration, form: Mapping[str, str]) -> Listener | None:
    """Return the listener that a request names, directly or by one of its rules."""
    arn, rule = form.get("ListenerArn"), form.get("RuleArn")
    return next(
        (
            each
            for each in configuration.listeners
            if each.arn == arn or (rule and any(own.arn == rule for own in each.rules))
        ),
        None,
    )


def _balancers_of(configuration: Configuration, target_group_arn: str) -> set[str]:
    """Return the ARNs of the load balancers whose listeners forward to a target group."""
    return {
        listener.balancer.arn
        for listener in configuration.listeners
        for rule in listener.rules
        if isinstance(rule.action, Forward) and any(arn == target_group_arn for arn, _ in rule.action.groups)
    }
