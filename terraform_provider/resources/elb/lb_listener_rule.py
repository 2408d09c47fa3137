"""aws_lb_listener_rule."""

import re
from typing import Any

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import code_of
from terraform_provider.framework.registry import resource
from terraform_provider.framework.resource import Resource
from terraform_provider.resources.elb import _actions, _conditions, _tags
from terraform_provider.values.unknown import State

LAST_PRIORITY = 50_000
DEFAULT_PRIORITY = 99_999
"""The provider's number for the default rule, which has none."""
ATTEMPTS = 10
"""How often a priority is chosen: rules that are created at the same time choose the same one."""


@resource("aws_lb_listener_rule")
class ListenerRule(Resource):
    noun = "ELBv2 Listener Rule"
    title = "arn"
    gone = ("RuleNotFound",)

    def validate(self, config: State) -> None:
        _actions.validate("action", config.get("action"))
        _conditions.validate(config.get("condition"))

    def create(self, aws: Aws, planned: State) -> str:
        request = {
            "ListenerArn": planned["listener_arn"],
            "Actions": _actions.request(planned["action"]),
            "Conditions": _conditions.request(planned["condition"]),
            **_tags.created_with(planned),
        }
        return str(_created(aws, request, planned["priority"])["Rules"][0]["RuleArn"])

    def read(self, aws: Aws, state: State) -> State | None:
        elb, arn = aws.client("elbv2"), state["id"]
        rules = elb.describe_rules(RuleArns=[arn])["Rules"]
        if not rules:
            return None
        found = rules[0]
        return {
            "arn": found["RuleArn"],
            "listener_arn": listener_of(found["RuleArn"]),
            "priority": priority_of(found),
            "action": _actions.as_blocks(found["Actions"], state["action"]),
            "condition": _conditions.as_blocks(found["Conditions"]),
            "tags_all": _tags.of(aws, arn),
        }

    def update(self, aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
        elb, arn = aws.client("elbv2"), prior["id"]
        if "priority" in changed:
            elb.set_rule_priorities(RulePriorities=[{"RuleArn": arn, "Priority": planned["priority"]}])
        request: dict[str, Any] = {}
        if "action" in changed:
            request["Actions"] = _actions.request(planned["action"])
        if "condition" in changed:
            request["Conditions"] = _conditions.request(planned["condition"])
        if request:
            elb.modify_rule(RuleArn=arn, **request)
        if "tags_all" in changed:
            _tags.change(aws, prior, planned)

    def delete(self, aws: Aws, state: State) -> None:
        aws.client("elbv2").delete_rule(RuleArn=state["id"])


def listener_of(rule_arn: str) -> str:
    return re.sub(r":listener-rule/(.+)/[^/]+$", r":listener/\1", rule_arn)


def priority_of(rule: dict[str, Any]) -> int:
    return DEFAULT_PRIORITY if rule["Priority"] == "default" else int(rule["Priority"])


def _created(aws: Aws, request: dict[str, Any], priority: int | None) -> Any:
    elb = aws.client("elbv2")
    if priority:
        return elb.create_rule(Priority=priority, **request)
    for _ in range(ATTEMPTS):
        try:
            return elb.create_rule(Priority=_next_priority(elb, request["ListenerArn"]), **request)
        except ClientError as exc:
            if code_of(exc) != "PriorityInUse":
                raise
    return elb.create_rule(Priority=_next_priority(elb, request["ListenerArn"]), **request)


def _next_priority(elb: Any, listener_arn: str) -> int:
    """Return the priority after the listener's last rule; ELB's refusal where that is beyond the last one says so."""
    pages = elb.get_paginator("describe_rules").paginate(ListenerArn=listener_arn)
    taken = [int(rule["Priority"]) for page in pages for rule in page["Rules"] if rule["Priority"] != "default"]
    return min(max(taken, default=0), LAST_PRIORITY) + 1
