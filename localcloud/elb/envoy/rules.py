"""Listener rules as Envoy routes: conditions, and the actions forward, redirect and fixed response. Pure."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.elb.envoy import request_filter, stickiness
from localcloud.elb.model import (
    Condition,
    Field,
    FixedResponse,
    Forward,
    Listener,
    Redirect,
    Rule,
    TargetGroup,
    resource_name,
)

JSON = dict[str, Any]

CLIENT_ADDRESS = ipaddress.ip_address("127.0.0.1")
"""Listeners are bound to loopback, so every client has this address."""

METADATA = "localcloud"
"""The key under which a route gives access logs its rule and action."""
ACTION_NAMES = {Forward: "forward", Redirect: "redirect", FixedResponse: "fixed-response"}


def routes(listener: Listener, groups: Mapping[str, TargetGroup]) -> list[JSON]:
    """Return the rules in order, without those that no client can match. `groups`: by ARN.

    A rule with stickiness between groups has, before its own route, a route per group for clients with that group's
    cookie.
    """
    return [
        {
            "match": {"prefix": "", **_headers(rule.conditions, pinned)},
            **action,
            "metadata": {
                "filter_metadata": {
                    request_filter.NAME: request_filter.settings(listener, rule),
                    METADATA: {"priority": str(rule.priority), "action": ACTION_NAMES[type(rule.action)]},
                }
            },
        }
        for rule in listener.rules
        if all(_can_hold(condition) for condition in rule.conditions)
        for pinned, action in _actions(rule, groups)
    ]


def _actions(rule: Rule, groups: Mapping[str, TargetGroup]) -> Iterator[tuple[list[JSON], JSON]]:
    """Yield additional matches, each with the action to take."""
    if isinstance(rule.action, Forward) and rule.action.stickiness_s is not None:
        for arn, weight in rule.action.groups:
            if weight:
                alone = Forward(((arn, weight),), rule.action.stickiness_s)
                yield [stickiness.pinned_to(arn)], _forward(alone, groups)
    yield [], _action(rule, groups)


def _can_hold(condition: Condition) -> bool:
    if condition.field is not Field.SOURCE_IP:
        return True
    return any(CLIENT_ADDRESS in ipaddress.ip_network(cidr, strict=False) for cidr in condition.values)


def _headers(conditions: tuple[Condition, ...], more: list[JSON]) -> JSON:
    matchers = [*more] + [
        {"name": name, "string_match": {"safe_regex": {"regex": regex}}}
        for name, regex in (
            _header_regex(condition) for condition in conditions if condition.field is not Field.SOURCE_IP
        )
    ]
    return {"headers": matchers} if matchers else {}


def _header_regex(condition: Condition) -> tuple[str, str]:
    """Return the header name and a regular expression (RE2) for its entire value."""
    if condition.field is Field.QUERY:
        pairs = "|".join(
            f"{_wild(key, '[^&=]') if key else '[^&=]*'}={_wild(value, '[^&]')}" for key, value in condition.pairs
        )
        return ":path", rf"(?i)[^?]*\?(?:.*&)?(?:{pairs})(?:&.*)?"
    if condition.field is Field.PATH:
        return ":path", rf"(?:{_any_of(condition.values, '[^?]')})(?:\?.*)?"
    if condition.field is Field.HOST:
        return ":authority", rf"(?i)(?:{_any_of(condition.values, '.')})(?::\d+)?"
    if condition.field is Field.METHOD:
        return ":method", "|".join(re.escape(value) for value in condition.values)
    return condition.header.lower(), rf"(?i)(?:{_any_of(condition.values, '.')})"


def _any_of(patterns: tuple[str, ...], any_character: str) -> str:
    return "|".join(_wild(pattern, any_character) for pattern in patterns)


def _wild(pattern: str, any_character: str) -> str:
    r"""Translate wildcards. In query strings `\*` and `\?` are literal; other fields cannot contain a backslash."""
    signs = {"*": f"{any_character}*", "?": any_character, "\\*": r"\*", "\\?": r"\?"}
    return "".join(signs.get(part, re.escape(part)) for part in re.findall(r"\\[*?]|.", pattern, re.DOTALL))


def _action(rule: Rule, groups: Mapping[str, TargetGroup]) -> JSON:
    match rule.action:
        case Forward():
            return _forward(rule.action, groups)
        case Redirect(status=status):
            # The filter responds first: it fills in the templates.
            return {"direct_response": {"status": status}}
        case FixedResponse():
            return _fixed_response(rule.action)


def _forward(forward: Forward, groups: Mapping[str, TargetGroup]) -> JSON:
    # Like ALB, no timeout for the whole response: only the load balancer's idle timeout ends a request.
    named = forward.groups
    if len(named) > 1 and not any(weight for _, weight in named):
        return {"direct_response": {"status": 503}}
    clusters = [
        {
            "name": resource_name(arn),
            "weight": weight if len(named) > 1 else 1,
            **stickiness.of_route(groups.get(arn), forward.stickiness_s),
        }
        for arn, weight in named
    ]
    return {"route": {"weighted_clusters": {"clusters": clusters}, "timeout": "0s"}}


def _fixed_response(fixed: FixedResponse) -> JSON:
    rendered: JSON = {"direct_response": {"status": fixed.status}}
    if fixed.body:
        rendered["direct_response"]["body"] = {"inline_string": fixed.body}
        rendered["response_headers_to_add"] = [
            {
                "header": {"key": "content-type", "value": fixed.content_type},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
        ]
    return rendered
