"""How a deploy replaces tasks: one of ECS's strategies, in the form that UpdateService takes."""

import copy
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ops.aws.clients import Aws
from ops.aws.service import serves_clients
from ops.errors import Misuse, NotFound

Wire = dict[str, Any]

MINUTE_S = 60.0
# Defaults for options that are neither given nor set on the service yet. AWS's own defaults (10 % every 6 minutes,
# 5 % for 10 minutes) make a deploy take an hour.
BAKE_MINUTES = 1
STEP_PERCENT, STEP_BAKE_MINUTES = 25.0, 1
CANARY_PERCENT, CANARY_BAKE_MINUTES = 10.0, 2
TEST_TRAFFIC = "testListenerRule"


class Strategy(StrEnum):
    """The values of `--strategy`; `wire` is ECS's name."""

    ROLLING = "rolling"
    BLUE_GREEN = "blue-green"
    LINEAR = "linear"
    CANARY = "canary"

    @property
    def wire(self) -> str:
        """ECS's `deploymentConfiguration.strategy`."""
        return self.name

    @property
    def shifts_traffic(self) -> bool:
        """True when a second set of tasks takes over the traffic, instead of tasks replacing each other."""
        return self is not Strategy.ROLLING


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyOptions:
    """The requested settings; None leaves a setting as the service has it."""

    strategy: Strategy | None = None
    bake_minutes: int | None = None
    step_percent: float | None = None
    step_bake_minutes: int | None = None
    canary_percent: float | None = None
    canary_bake_minutes: int | None = None


NOTHING_SAID = StrategyOptions()
OPTIONS = {
    "bake_minutes": ("--bake-time-minutes", {Strategy.BLUE_GREEN, Strategy.LINEAR, Strategy.CANARY}),
    "step_percent": ("--step-percent", {Strategy.LINEAR}),
    "step_bake_minutes": ("--step-bake-minutes", {Strategy.LINEAR}),
    "canary_percent": ("--canary-percent", {Strategy.CANARY}),
    "canary_bake_minutes": ("--canary-bake-minutes", {Strategy.CANARY}),
}


def strategy_of(configuration: Wire) -> Strategy:
    """Read the strategy from a service's `deploymentConfiguration`."""
    return Strategy[configuration.get("strategy", "ROLLING")]


def wanted_configuration(wish: StrategyOptions, present: Wire) -> Wire | None:
    """Return `deploymentConfiguration` for UpdateService; None when nothing was requested.

    present: the service's own. Errors: Misuse for a setting that the strategy does not have.
    """
    strategy = wish.strategy or strategy_of(present)
    for name, (option, strategies) in OPTIONS.items():
        if getattr(wish, name) is not None and strategy not in strategies:
            raise Misuse(
                f"{option}: a {strategy} deployment has no such setting",
                next_step=f"leave it out, or use `--strategy {' | '.join(sorted(strategies))}`",
            )
    if wish == NOTHING_SAID:
        return None
    wanted = copy.deepcopy(present) | {"strategy": strategy.wire}
    linear, canary = wanted.pop("linearConfiguration", {}), wanted.pop("canaryConfiguration", {})
    if strategy.shifts_traffic:
        wanted["bakeTimeInMinutes"] = first_of(wish.bake_minutes, present.get("bakeTimeInMinutes"), BAKE_MINUTES)
    if strategy is Strategy.LINEAR:
        wanted["linearConfiguration"] = {
            "stepPercent": first_of(wish.step_percent, linear.get("stepPercent"), STEP_PERCENT),
            "stepBakeTimeInMinutes": first_of(
                wish.step_bake_minutes, linear.get("stepBakeTimeInMinutes"), STEP_BAKE_MINUTES
            ),
        }
    if strategy is Strategy.CANARY:
        wanted["canaryConfiguration"] = {
            "canaryPercent": first_of(wish.canary_percent, canary.get("canaryPercent"), CANARY_PERCENT),
            "canaryBakeTimeInMinutes": first_of(
                wish.canary_bake_minutes, canary.get("canaryBakeTimeInMinutes"), CANARY_BAKE_MINUTES
            ),
        }
    return wanted


def one_at_a_time(wanted: Wire | None, present: Wire, desired: int) -> Wire | None:
    """Let a rolling deployment replace one of `desired` tasks at a time (D4); None when nothing changes.

    ECS starts tasks up to floor(desired * maximumPercent / 100), so no single percentage allows one more at every
    count. It never stops more tasks than minimumHealthyPercent allows, which is left as it is.
    """
    configuration = wanted or present
    if strategy_of(configuration).shifts_traffic or desired < 1:
        return wanted
    maximum = 100 + math.ceil(100 / desired)
    return wanted if configuration.get("maximumPercent") == maximum else configuration | {"maximumPercent": maximum}


def first_of(*values: float | None) -> float:
    """Return the first value that is not None."""
    return next(value for value in values if value is not None)


def baking_s(configuration: Wire) -> float:
    """Return a deployment's deliberate waits in AWS seconds: its bake times between the shifts and after the last."""
    strategy = strategy_of(configuration)
    if not strategy.shifts_traffic:
        return 0.0
    minutes = float(configuration.get("bakeTimeInMinutes", 0))
    if strategy is Strategy.LINEAR:
        linear = configuration.get("linearConfiguration", {})
        shifts = math.ceil(100 / linear.get("stepPercent", 10))
        minutes += (shifts - 1) * linear.get("stepBakeTimeInMinutes", 6)
    if strategy is Strategy.CANARY:
        minutes += configuration.get("canaryConfiguration", {}).get("canaryBakeTimeInMinutes", 10)
    return minutes * MINUTE_S


def wanted_load_balancers(aws: Aws, configuration: Wire | None, present: list[Wire]) -> list[Wire] | None:
    """Return `loadBalancers` for UpdateService; None when the service's need no change.

    Before the first shift they get the other target group and the rules. For a rolling deployment after a shift,
    `targetGroupArn` becomes the group that has the traffic: the new tasks must go there. ELBv2 DescribeTargetGroups,
    DescribeListeners, DescribeRules. Errors: NotFound when the environment is not set up for a shift.
    """
    if configuration is None or not present:
        return None
    if strategy_of(configuration).shifts_traffic:
        if all("advancedConfiguration" in balancer for balancer in present):
            return None
        return [balancer | {"advancedConfiguration": advanced_configuration(aws, balancer)} for balancer in present]
    turned = [on_serving_group(aws, balancer) for balancer in present]
    return turned if turned != present else None


def on_serving_group(aws: Aws, balancer: Wire) -> Wire:
    """Swap the two target groups when the alternate one has the traffic."""
    advanced = balancer.get("advancedConfiguration")
    if not advanced or "productionListenerRule" not in advanced:
        return balancer
    rule = aws.elbv2.describe_rules(RuleArns=[advanced["productionListenerRule"]])["Rules"][0]
    weights = forwarded(rule)
    first, other = balancer["targetGroupArn"], advanced["alternateTargetGroupArn"]
    if weights.get(other, 0) <= weights.get(first, 0):
        return balancer
    return balancer | {"targetGroupArn": other, "advancedConfiguration": advanced | {"alternateTargetGroupArn": first}}


def advanced_configuration(aws: Aws, balancer: Wire) -> Wire:
    """Find by the environment's names what a traffic shift needs."""
    where = aws.environment
    try:
        group = aws.elbv2.describe_target_groups(Names=[where.alternate_target_group])["TargetGroups"][0]
    except aws.elbv2.exceptions.TargetGroupNotFoundException as exc:
        raise not_made_for_it(aws, str(exc)) from exc
    alternate = group["TargetGroupArn"]
    both = {balancer["targetGroupArn"], alternate}
    rules: dict[str, str] = {}
    for listener in listeners_of(aws):
        name = "productionListenerRule" if serves_clients(listener) else TEST_TRAFFIC
        for rule in aws.elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
            if not rule["IsDefault"] and both <= set(forwarded(rule)):
                rules.setdefault(name, rule["RuleArn"])
    if "productionListenerRule" not in rules:
        raise not_made_for_it(aws, "no listener rule forwards to both target groups")
    # Built from names: whoever deploys may pass the role on, but needs no permission to read it.
    _, partition, _, _, account, *_ = alternate.split(":")
    role = f"arn:{partition}:iam::{account}:role/{where.infrastructure_role}"
    return {"alternateTargetGroupArn": alternate, "roleArn": role, **rules}


def not_made_for_it(aws: Aws, why: str) -> NotFound:
    local = aws.environment.local is not None
    return NotFound(
        f"{aws.environment.name}: traffic cannot be shifted: {why}",
        next_step="`spendsense up` makes what is missing"
        if local
        else "set deployment_strategy in the environment's .tfvars and apply the Terraform",
    )


def listeners_of(aws: Aws) -> list[Wire]:
    """Read the load balancer's listeners; none before it exists. ELBv2 DescribeListeners."""
    try:
        found = aws.elbv2.describe_load_balancers(Names=[aws.environment.load_balancer])["LoadBalancers"]
    except aws.elbv2.exceptions.LoadBalancerNotFoundException:
        return []
    listeners: list[Wire] = aws.elbv2.describe_listeners(LoadBalancerArn=found[0]["LoadBalancerArn"])["Listeners"]
    return listeners


def forwarded(rule: Wire) -> dict[str, int]:
    """Return target group ARN -> weight for a rule that forwards."""
    groups = rule["Actions"][-1].get("ForwardConfig", {}).get("TargetGroups", [])
    return {group["TargetGroupArn"]: group.get("Weight", 1) for group in groups}
