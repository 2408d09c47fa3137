"""Suppressed differences: two ways to write the same value."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from terraform_provider.planning import container_definitions
from terraform_provider.values.protocols import number_of_protocol
from terraform_provider.values.unknown import Path

Wanted = Mapping[str, Any]
Suppression = Callable[[Path, Wanted, str, str], bool]
"""Asked with a path, the whole proposed resource, and the old and the new text."""


def same_json(_path: Path, _wanted: Wanted, old: str, new: str) -> bool:
    try:
        return bool(json.loads(old) == json.loads(new))
    except ValueError:
        return False


def same_policy(_path: Path, _wanted: Wanted, old: str, new: str) -> bool:
    """Compare IAM policies: a list of one equals its element, and the order of statements and lists is ignored."""
    try:
        return old == new or bool(normal_policy(json.loads(old)) == normal_policy(json.loads(new)))
    except ValueError:
        return False


def normal_policy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: normal_policy(each) for key, each in value.items()}
    if isinstance(value, list):
        inner = sorted((normal_policy(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True))
        return inner[0] if len(inner) == 1 else inner
    return value


def same_lifecycle(_path: Path, _wanted: Wanted, old: str, new: str) -> bool:
    """Compare lifecycle policies of image repositories: the order of rules is that of their priorities."""
    try:
        return bool(normal_lifecycle(json.loads(old)) == normal_lifecycle(json.loads(new)))
    except (AttributeError, TypeError, ValueError):
        return old == new


def normal_lifecycle(policy: Any) -> list[Any]:
    rules = [normal_policy(rule) | {"rulePriority": rule.get("rulePriority", 0)} for rule in policy.get("rules", [])]
    return sorted(rules, key=lambda rule: int(rule["rulePriority"]))


def same_key(_path: Path, _wanted: Wanted, old: str, new: str) -> bool:
    """Compare keys of KMS, each named by its id or by its ARN."""
    return old == new or old.rpartition("key/")[2] == new or new.rpartition("key/")[2] == old


def same_protocol(_path: Path, _wanted: Wanted, old: str, new: str) -> bool:
    """Compare protocols of network ACLs: EC2 returns numbers, code may use names."""
    return number_of_protocol(old) == number_of_protocol(new)


def without_logs(path: Path, wanted: Wanted, _old: str, _new: str) -> bool:
    """Ignore the destination of logs while logs are off."""
    blocks = wanted.get(str(path[0])) or [{}]
    return not blocks[0].get("enabled")


def same_containers(_path: Path, wanted: Wanted, old: str, new: str) -> bool:
    return container_definitions.same(old, new, str(wanted.get("network_mode")))


def only_for(*types: str) -> Suppression:
    """Ignore arguments that this type of load balancer does not have."""

    def other_type(_path: Path, wanted: Wanted, _old: str, _new: str) -> bool:
        return (wanted.get("load_balancer_type") or "application") not in types

    return other_type


def only_for_action(kind: str) -> Suppression:
    """Ignore arguments that this type of action does not have; the path leads through the action."""

    def other_action(path: Path, wanted: Wanted, _old: str, _new: str) -> bool:
        actions = wanted.get(str(path[0])) or []
        number = path[1] if len(path) > 1 else 0
        if not isinstance(number, int) or number >= len(actions):
            return True
        return bool(actions[number].get("type") != kind)

    return other_action


def missing_forward(path: Path, _wanted: Wanted, old: str, new: str) -> bool:
    """Ignore the block when the action names its target group directly."""
    is_it = path[-1] == "forward" or (path[-1] == "target_group" and path[-3] == "forward")
    return is_it and (old, new) == ("1", "0")


def only_over(*protocols: str) -> Suppression:
    """Ignore arguments that a listener of this protocol does not have."""

    def other_protocol(_path: Path, wanted: Wanted, _old: str, _new: str) -> bool:
        return str(wanted.get("protocol")).upper() not in protocols

    return other_protocol


SUPPRESSIONS: dict[str, Suppression] = {
    "case": lambda _path, _wanted, old, new: old.lower() == new.lower(),
    "json": same_json,
    "policy": same_policy,
    "container_definitions": same_containers,
    "lifecycle": same_lifecycle,
    "key": same_key,
    # A table's default class.
    "standard": lambda _path, _wanted, old, new: old == "" and new == "STANDARD",
    "protocol": same_protocol,
    # Redis's default, if none is set.
    "default_port": lambda _path, _wanted, old, new: old == "6379" and new == "0",
    "without_logs": without_logs,
    # Fixed once it exists.
    "once": lambda _path, _wanted, old, _new: old != "",
    # A removed argument keeps its value.
    "kept": lambda path, wanted, _old, _new: wanted.get(str(path[0])) in (None, ""),
    "missing_block": lambda _path, _wanted, old, new: old == "1" and new == "0",
    "application_only": only_for("application"),
    "network_only": only_for("network"),
    "not_application": only_for("network", "gateway"),
    "not_gateway": only_for("application", "network"),
    "missing_forward": missing_forward,
    "http_only": only_over("HTTP", "HTTPS"),
    "https_only": only_over("HTTPS"),
    "tcp_only": only_over("TCP"),
    "forward_only": only_for_action("forward"),
    "redirect_only": only_for_action("redirect"),
    "fixed_response_only": only_for_action("fixed-response"),
    "authenticate_cognito_only": only_for_action("authenticate-cognito"),
    "authenticate_oidc_only": only_for_action("authenticate-oidc"),
}
