"""Refusals of ELBv2 for the actions of listeners and rules (aws-facts 2). Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from localcloud.elb.wire import ActionData, FixedResponseConfig, RedirectConfig
from localcloud.errors import AwsError

ROUTING = ("forward", "redirect", "fixed-response")
MAX_GROUPS = 5
MAX_WEIGHT = 999
MAX_STICKINESS_S = 604_800
CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
KEYWORDS = re.compile(r"#\{([^}]*)\}")
KEPT = ("protocol", "host", "port", "path", "query")
T = TypeVar("T")

REDIRECT_PARTS = ("Protocol", "Host", "Port", "Path", "Query")


def check_actions(actions: Sequence[ActionData], listener_protocol: str) -> None:
    """Refuse actions that AWS rejects. Errors: AwsError.

    `actions`: as `form.parameters` reads them, already checked against the model.
    """
    for action in actions:
        kind = action["Type"]
        if kind not in ROUTING:
            raise _wrong_action(f"The action '{kind}' is not available in the local cloud")
    if len(actions) != 1:
        raise _invalid(f"Exactly one action of the types {', '.join(ROUTING)} must be specified, found {len(actions)}")
    match actions[0]["Type"]:
        case "forward":
            _check_forward(actions[0])
        case "redirect":
            _check_redirect(
                _required(actions[0].get("RedirectConfig"), "RedirectConfig", "redirect"), listener_protocol
            )
        case kind:
            _check_fixed(_required(actions[0].get("FixedResponseConfig"), "FixedResponseConfig", kind))


def _required(config: T | None, name: str, kind: str) -> T:
    if not isinstance(config, Mapping):
        raise _invalid(f"You must specify {name} for an action of type '{kind}'")
    return config


def _check_forward(action: ActionData) -> None:
    config = action.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or []
    alone = action.get("TargetGroupArn")
    arns = [group.get("TargetGroupArn") for group in groups]
    if not alone and not arns:
        raise _invalid("A target group ARN must be specified for an action of type 'forward'")
    if None in arns:
        raise _invalid("Each target group of a ForwardConfig must have a TargetGroupArn")
    if alone and arns and arns != [alone]:
        raise _invalid("TargetGroupArn and the target groups of ForwardConfig must be the same")
    if len(arns) > MAX_GROUPS:
        raise AwsError(
            "TooManyUniqueTargetGroupsPerLoadBalancer", f"An action can forward to at most {MAX_GROUPS} target groups"
        )
    if len(set(arns)) < len(arns):
        raise _invalid("A target group can be specified only once in an action")
    for group in groups:
        weight = group.get("Weight", "1")
        if not 0 <= int(weight) <= MAX_WEIGHT:
            raise _invalid(f"Target group weight '{weight}' must be between 0 and {MAX_WEIGHT}")
    sticky = config.get("TargetGroupStickinessConfig") or {}
    duration = sticky.get("DurationSeconds")
    if duration is None and sticky.get("Enabled") == "true":
        raise _invalid("You must specify DurationSeconds to enable target group stickiness")
    if duration is not None and not 1 <= int(duration) <= MAX_STICKINESS_S:
        raise _invalid(f"Target group stickiness duration '{duration}' must be between 1 and {MAX_STICKINESS_S}")


def _check_fixed(config: FixedResponseConfig) -> None:
    kind = config.get("ContentType")
    if kind and kind not in CONTENT_TYPES:
        raise _wrong_action(f"The ContentType must be one of: {', '.join(repr(each) for each in CONTENT_TYPES)}")


def _check_redirect(config: RedirectConfig, listener_protocol: str) -> None:
    protocol, path, port = config.get("Protocol"), config.get("Path"), config.get("Port")
    if listener_protocol == "HTTPS" and protocol == "HTTP":
        raise _wrong_action("You cannot redirect HTTPS to HTTP")
    if path is not None and not path.startswith("/"):
        raise _wrong_action(f"The redirect path '{path}' must start with a '/'")
    if port not in (None, "#{port}") and not _is_port(str(port)):
        raise _invalid(f"The redirect port '{port}' must be between 1 and 65535, or #{{port}}")
    for part in REDIRECT_PARTS:
        for keyword in KEYWORDS.findall(str(config.get(part) or "")):
            if keyword not in KEPT:
                raise _wrong_action(f"The redirect {part.lower()} contains an invalid keyword: '#{{{keyword}}}'")
    kept = (protocol or "#{protocol}", config.get("Host") or "#{host}", port or "#{port}", path or "/#{path}")
    if kept == ("#{protocol}", "#{host}", "#{port}", "/#{path}"):
        raise _wrong_action("The redirect configuration is not valid because it creates a loop.")


def _is_port(text: str) -> bool:
    return bool(re.fullmatch("[0-9]{1,5}", text)) and 1 <= int(text) <= 65_535


def _wrong_action(message: str) -> AwsError:
    return AwsError("InvalidLoadBalancerAction", message)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)
