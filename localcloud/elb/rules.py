"""Listener rules as Envoy routes: conditions, and the actions forward, redirect and fixed response. Pure."""

import ipaddress
import re
from typing import Any

from localcloud.elb.model import (
    Condition,
    Field,
    FixedResponse,
    Forward,
    Listener,
    Redirect,
    Rule,
    resource_name,
)

JSON = dict[str, Any]

CLIENT_ADDRESS = ipaddress.ip_address("127.0.0.1")
"""Listeners are bound on loopback, so this is the address of every client."""

REDIRECT_PATH = re.compile(r"(?:[^#]|#\{path\})*")
"""What of AWS's templates Envoy can follow: #{path} in the path, and the other parts kept whole or constant."""


def routes(listener: Listener) -> list[JSON]:
    """The rules in order; a rule that no client can fulfil is left out."""
    return [
        {"match": {"prefix": "", **_headers(rule.conditions)}, **_action(rule, listener.port)}
        for rule in listener.rules
        if all(_can_hold(condition) for condition in rule.conditions)
    ]


def redirect_fault(protocol: str, host: str, port: str, path: str, query: str) -> str | None:
    """Which part of a redirect cannot be followed here, in words; None when all can."""
    for name, value in (("Protocol", protocol), ("Host", host), ("Port", port), ("Query", query)):
        if "#{" in value and value != f"#{{{name.lower()}}}":
            return f'{name} "{value}"'
    if not REDIRECT_PATH.fullmatch(path):
        return f'Path "{path}"'
    return None


def _can_hold(condition: Condition) -> bool:
    if condition.field is not Field.SOURCE_IP:
        return True
    return any(CLIENT_ADDRESS in ipaddress.ip_network(cidr, strict=False) for cidr in condition.values)


def _headers(conditions: tuple[Condition, ...]) -> JSON:
    matchers = [
        {"name": name, "string_match": {"safe_regex": {"regex": regex}}}
        for name, regex in (
            _header_regex(condition) for condition in conditions if condition.field is not Field.SOURCE_IP
        )
    ]
    return {"headers": matchers} if matchers else {}


def _header_regex(condition: Condition) -> tuple[str, str]:
    """Header name and a regular expression (RE2) for the whole of its value."""
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
    signs = {"*": f"{any_character}*", "?": any_character}
    return "".join(signs.get(character, re.escape(character)) for character in pattern)


def _action(rule: Rule, port: int) -> JSON:
    match rule.action:
        case Forward(groups):
            return _forward(groups)
        case Redirect():
            return {"redirect": _redirect(rule.action, port)}
        case FixedResponse():
            return _fixed_response(rule.action)


def _forward(groups: tuple[tuple[str, int], ...]) -> JSON:
    # No timeout for the whole answer, as with ALB: only the idle timeout of the load balancer ends a request.
    if len(groups) == 1:
        return {"route": {"cluster": resource_name(groups[0][0]), "timeout": "0s"}}
    if not any(weight for _, weight in groups):
        return {"direct_response": {"status": 503}}
    clusters = [{"name": resource_name(arn), "weight": weight} for arn, weight in groups]
    return {"route": {"weighted_clusters": {"clusters": clusters}, "timeout": "0s"}}


def _redirect(redirect: Redirect, port: int) -> JSON:
    rendered: JSON = {
        "response_code": "MOVED_PERMANENTLY" if redirect.status == 301 else "FOUND",
        "port_redirect": port if redirect.port == "#{port}" else int(redirect.port),
    }
    if redirect.protocol != "#{protocol}":
        rendered["scheme_redirect"] = redirect.protocol.lower()
    if redirect.host != "#{host}":
        rendered["host_redirect"] = redirect.host
    if redirect.query != "#{query}":
        rendered["strip_query"] = True
    query = f"?{redirect.query}" if redirect.query not in ("", "#{query}") else ""
    if "#{path}" not in redirect.path:
        rendered["path_redirect"] = redirect.path + query
    elif redirect.path != "/#{path}" or query:
        substitution = redirect.path.replace("\\", r"\\").replace("#{path}", r"\1") + query
        rendered["regex_rewrite"] = {"pattern": {"regex": "^/(.*)$"}, "substitution": substitution}
    return rendered


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
