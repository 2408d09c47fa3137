"""The attributes of a target group: those that are arguments, and those that are blocks."""

from terraform_provider.resources.elb._attributes import Attributes, is_on, written
from terraform_provider.values.unknown import State, Value

COOKIE = {"lb_cookie": "stickiness.lb_cookie.duration_seconds", "app_cookie": "stickiness.app_cookie.duration_seconds"}
DAY_S = 86_400
HEALTH = {
    "dns_failover": "target_group_health.dns_failover.minimum_healthy_targets",
    "unhealthy_state_routing": "target_group_health.unhealthy_state_routing.minimum_healthy_targets",
}
FAILOVER = {
    "on_deregistration": "target_failover.on_deregistration",
    "on_unhealthy": "target_failover.on_unhealthy",
}
UNHEALTHY_CONNECTIONS = {
    "enable_unhealthy_connection_termination": "target_health_state.unhealthy.connection_termination.enabled",
    "unhealthy_draining_interval": "target_health_state.unhealthy.draining_interval_seconds",
}
ARGUMENTS = {
    "connection_termination": "deregistration_delay.connection_termination.enabled",
    "deregistration_delay": "deregistration_delay.timeout_seconds",
    "lambda_multi_value_headers_enabled": "lambda.multi_value_headers.enabled",
    "load_balancing_algorithm_type": "load_balancing.algorithm.type",
    "load_balancing_anomaly_mitigation": "load_balancing.algorithm.anomaly_mitigation",
    "load_balancing_cross_zone_enabled": "load_balancing.cross_zone.enabled",
    "preserve_client_ip": "preserve_client_ip.enabled",
    "proxy_protocol_v2": "proxy_protocol_v2.enabled",
    "slow_start": "slow_start.duration_seconds",
}
BLOCKS = ("stickiness", "target_failover", "target_group_health", "target_health_state")
SWITCHES = ("connection_termination", "lambda_multi_value_headers_enabled", "proxy_protocol_v2")
AS_AWS_HAS_THEM: dict[str, Value] = {
    "connection_termination": False,
    "lambda_multi_value_headers_enabled": False,
    "proxy_protocol_v2": False,
    "slow_start": 0,
}
"""Attributes of a new group. They are not sent: ELB refuses those that do not fit the group's protocol."""


def wanted(state: State, changed: frozenset[str] | None = None) -> dict[str, str]:
    """Return the attributes to set: those that changed; None: the group is new."""
    given = (name for name in ARGUMENTS if state[name] != AS_AWS_HAS_THEM.get(name))
    names = frozenset((*given, *BLOCKS)) if changed is None else changed
    made = {
        key: written(state[name]) for name, key in ARGUMENTS.items() if name in names and state[name] not in (None, "")
    }
    if "stickiness" in names:
        made |= _stickiness(state["stickiness"], is_new=changed is None)
    for name, attributes in (("target_failover", FAILOVER), ("target_health_state", UNHEALTHY_CONNECTIONS)):
        if name in names:
            made |= _of_block(state[name], attributes)
    if "target_group_health" in names:
        for health in state["target_group_health"] or ():
            for name, prefix in HEALTH.items():
                for block in health[name] or ():
                    made |= {
                        f"{prefix}.{what}": written(block[f"minimum_healthy_targets_{what}"])
                        for what in ("count", "percentage")
                        if block[f"minimum_healthy_targets_{what}"] is not None
                    }
    return made


def as_blocks(found: Attributes) -> State:
    health = {
        name: [
            {
                "minimum_healthy_targets_count": found.get(f"{prefix}.count"),
                "minimum_healthy_targets_percentage": found.get(f"{prefix}.percentage"),
            }
        ]
        for name, prefix in HEALTH.items()
        if f"{prefix}.count" in found
    }
    return {
        "stickiness": _stickiness_block(found),
        "target_failover": [{name: found.get(key) for name, key in FAILOVER.items()}],
        "target_group_health": [health] if health else [],
        "target_health_state": [{name: found.get(key) for name, key in UNHEALTHY_CONNECTIONS.items()}],
    }


def _stickiness(blocks: list[State] | None, *, is_new: bool) -> dict[str, str]:
    if not blocks:
        return {} if is_new else {"stickiness.enabled": "false"}
    block = blocks[0]
    made = {
        "stickiness.enabled": written(block["enabled"] is not False),
        "stickiness.type": block["type"],
    }
    if block["type"] in COOKIE and block["enabled"] is not False:
        made[COOKIE[block["type"]]] = written(block["cookie_duration"] or DAY_S)
    if block["type"] == "app_cookie" and block["cookie_name"]:
        made["stickiness.app_cookie.cookie_name"] = block["cookie_name"]
    return made


def _stickiness_block(found: Attributes) -> list[State]:
    kind = found.get("stickiness.type", "")
    if not kind:
        return []
    return [
        {
            "enabled": is_on(found.get("stickiness.enabled", "")),
            "type": kind,
            "cookie_name": found.get("stickiness.app_cookie.cookie_name", ""),
            "cookie_duration": found.get(COOKIE.get(kind, ""), 0),
        }
    ]


def _of_block(blocks: list[State] | None, attributes: Attributes) -> dict[str, str]:
    return {
        key: written(block[name])
        for block in blocks or ()
        for name, key in attributes.items()
        if block.get(name) is not None
    }
