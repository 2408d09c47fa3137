"""Patches of moto's listener rules: priorities that swap, and default rules that stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from localcloud.errors import AwsError
from localcloud.moto.patching import replace, wrap

if TYPE_CHECKING:
    from moto.elbv2.models import ELBv2Backend, FakeRule

    from localcloud.elb.wire import ActionData, ConditionData


def patch() -> None:
    """Patch moto, which sets one priority after the other and deletes default rules."""
    from moto.elbv2.models import ELBv2Backend

    replace(ELBv2Backend, set_rule_priorities, delete_rule)
    wrap(ELBv2Backend, "modify_rule", _keeping_default_rules)


def set_rule_priorities(self: ELBv2Backend, rule_priorities: list[dict[str, str]]) -> list[FakeRule]:
    """Set all priorities at once, so that rules may swap places."""
    if any("Priority" not in each or "RuleArn" not in each for each in rule_priorities):
        raise AwsError("ValidationError", "A rule ARN and a priority must be specified")
    requested = {each["RuleArn"]: int(each["Priority"]) for each in rule_priorities}
    if len(requested) < len(rule_priorities):
        raise AwsError("ValidationError", "A rule was provided multiple times")
    rules = list(self.describe_rules(listener_arn=None, rule_arns=list(requested)))
    for rule in rules:
        if rule.is_default:
            raise AwsError("OperationNotPermitted", f"The priority of the default rule '{rule.arn}' cannot be changed")
    for listener_arn in {rule.listener_arn for rule in rules}:
        taken: set[int] = set()
        for rule in self.describe_rules(listener_arn=listener_arn, rule_arns=None):
            priority = requested.get(rule.arn, 0 if rule.is_default else int(rule.priority))
            if priority in taken:
                raise AwsError("PriorityInUse", f"Priority '{priority}' is currently in use")
            taken.add(priority)
    for rule in rules:
        rule.priority = requested[rule.arn]
    return rules


def delete_rule(self: ELBv2Backend, arn: str) -> None:
    (rule,) = self.describe_rules(listener_arn=None, rule_arns=[arn])
    if rule.is_default:
        raise AwsError("OperationNotPermitted", f"Default rule '{arn}' cannot be deleted")
    (listener,) = self.describe_listeners(None, [rule.listener_arn])
    listener.remove_rule(arn)


def _keeping_default_rules(modify: Callable[..., FakeRule]) -> Callable[..., FakeRule]:
    def modify_rule(
        self: ELBv2Backend, rule_arn: str, conditions: list[ConditionData], actions: list[ActionData]
    ) -> FakeRule:
        (rule,) = self.describe_rules(listener_arn=None, rule_arns=[rule_arn])
        if rule.is_default and conditions:
            raise AwsError("OperationNotPermitted", f"Default rule '{rule_arn}' cannot have conditions")
        changed = modify(self, rule_arn, conditions, actions)
        if rule.is_default:
            (listener,) = self.describe_listeners(None, [rule.listener_arn])
            listener.default_actions = rule.actions
        return changed

    return modify_rule
