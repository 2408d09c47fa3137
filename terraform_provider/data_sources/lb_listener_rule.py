"""aws_lb_listener_rule."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import ProviderError
from terraform_provider.framework.registry import data_source
from terraform_provider.framework.tags import OF_AWS
from terraform_provider.resources.elb import _actions, _conditions, _tags
from terraform_provider.resources.elb.lb_listener_rule import listener_of, priority_of
from terraform_provider.values.unknown import State


@data_source("aws_lb_listener_rule")
def lb_listener_rule(aws: Aws, config: State) -> State:
    """Describe the rule with an ARN, or with a priority at a listener."""
    found = _found(aws, config)
    arn = found["RuleArn"]
    own = {key: value for key, value in _tags.of(aws, arn).items() if not key.startswith(OF_AWS)}
    ordered = sorted(found["Actions"], key=lambda action: action.get("Order") or 0)
    return {
        "arn": arn,
        "listener_arn": listener_of(arn),
        "priority": priority_of(found),
        "action": [_action(each) for each in ordered],
        "condition": [_condition(each) for each in found["Conditions"]],
        "tags": own,
    }


def _found(aws: Aws, config: State) -> Any:
    elb = aws.client("elbv2")
    if config["arn"]:
        return elb.describe_rules(RuleArns=[config["arn"]])["Rules"][0]
    if not config["listener_arn"] or not config["priority"]:
        raise ProviderError("both `listener_arn` and `priority` must be set", "Or set `arn` alone.", ("arn",))
    pages = elb.get_paginator("describe_rules").paginate(ListenerArn=config["listener_arn"])
    rules = [each for page in pages for each in page["Rules"] if each["Priority"] == str(config["priority"])]
    if not rules:
        raise ProviderError(
            "reading ELBv2 Listener Rule: empty result",
            f"{config['listener_arn']} has no rule with priority {config['priority']}.",
            ("priority",),
        )
    return rules[0]


def _action(action: Mapping[str, Any]) -> State:
    made: State = dict.fromkeys(_actions.BLOCKS)
    made |= {"type": action["Type"], "order": action.get("Order")}
    if action["Type"] == "forward":
        made["forward"] = _forward(action)
    else:
        name, key, names = _actions.PLAIN[action["Type"]]
        made[name] = {ours: action[key].get(theirs) for ours, theirs in names.items()}
    return made


def _forward(action: Mapping[str, Any]) -> State | None:
    config = action.get("ForwardConfig")
    if not config:
        return None
    sticky = config.get("TargetGroupStickinessConfig") or {}
    groups = [{"arn": each["TargetGroupArn"], "weight": each.get("Weight")} for each in config["TargetGroups"]]
    return {
        "stickiness": {"duration": sticky.get("DurationSeconds"), "enabled": sticky.get("Enabled")},
        "target_group": groups,
    }


def _condition(condition: Mapping[str, Any]) -> State:
    made: State = dict.fromkeys(_conditions.FIELDS)
    name, (_, key) = next(item for item in _conditions.FIELDS.items() if item[1][0] == condition["Field"])
    config = condition[key]
    if name == "query_string":
        values: list[Any] = [{"key": each.get("Key"), "value": each["Value"]} for each in config["Values"]]
        made[name] = {"values": values}
    else:
        header = {"http_header_name": config["HttpHeaderName"]} if name == "http_header" else {}
        made[name] = {"values": config["Values"], **header}
    return made
