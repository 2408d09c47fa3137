"""The way a deploy replaces tasks: one of ECS's strategies, in the form that UpdateService takes."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ops.aws.clients import Wire
from ops.errors import Misuse

if TYPE_CHECKING:  # `--help` needs the strategies' names, not the classes of a service, which take 8 ms to make
    from ops.aws.service import Service

MINUTE_S = 60.0
# Defaults for options that are neither given nor set on the service yet. AWS's own defaults (10 % every 6 minutes,
# 5 % for 10 minutes) make a deploy take an hour.
BAKE_MINUTES = 1
STEP_PERCENT, STEP_BAKE_MINUTES = 25.0, 1
CANARY_PERCENT, CANARY_BAKE_MINUTES = 10.0, 2


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


UNCHANGED = StrategyOptions()
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


def check(options: StrategyOptions) -> None:
    """Check the options. Errors: Misuse for settings that no strategy combines."""
    if options.strategy is not None:
        check_settings(options, options.strategy)
        return
    given = {option: strategies for name, (option, strategies) in OPTIONS.items() if getattr(options, name) is not None}
    if given and not set.intersection(*given.values()):
        raise Misuse(
            f"{' and '.join(given)}: no strategy has all of these settings",
            next_step="keep those of one strategy, and name it: "
            f"{listed([each for each in Strategy if each.shifts_traffic])}",
        )


def check_settings(options: StrategyOptions, strategy: Strategy) -> None:
    """Errors: Misuse for a setting that the strategy does not have."""
    for name, (option, strategies) in OPTIONS.items():
        if getattr(options, name) is not None and strategy not in strategies:
            raise Misuse(
                f"{option}: a {strategy} deployment has no such setting",
                next_step=f"leave the option out, or use {listed(sorted(strategies))}",
            )


def listed(strategies: Sequence[str]) -> str:
    """Return the options that choose these strategies: `--strategy canary` or `--strategy linear`."""
    *others, last = (f"`--strategy {each}`" for each in strategies)
    return f"{', '.join(others)} or {last}" if others else last


def requested_configuration(options: StrategyOptions, present: Wire) -> Wire | None:
    """Return `deploymentConfiguration` for UpdateService; None when nothing was requested.

    present: the service's own. Errors: Misuse for a setting that the strategy does not have.
    """
    strategy = options.strategy or strategy_of(present)
    check_settings(options, strategy)
    if options == UNCHANGED:
        return None
    requested = copy.deepcopy(present) | {"strategy": strategy.wire}
    linear, canary = requested.pop("linearConfiguration", {}), requested.pop("canaryConfiguration", {})
    if strategy.shifts_traffic:
        requested["bakeTimeInMinutes"] = first_of(options.bake_minutes, present.get("bakeTimeInMinutes"), BAKE_MINUTES)
    if strategy is Strategy.LINEAR:
        requested["linearConfiguration"] = {
            "stepPercent": first_of(options.step_percent, linear.get("stepPercent"), STEP_PERCENT),
            "stepBakeTimeInMinutes": first_of(
                options.step_bake_minutes, linear.get("stepBakeTimeInMinutes"), STEP_BAKE_MINUTES
            ),
        }
    if strategy is Strategy.CANARY:
        requested["canaryConfiguration"] = {
            "canaryPercent": first_of(options.canary_percent, canary.get("canaryPercent"), CANARY_PERCENT),
            "canaryBakeTimeInMinutes": first_of(
                options.canary_bake_minutes, canary.get("canaryBakeTimeInMinutes"), CANARY_BAKE_MINUTES
            ),
        }
    return requested


def updated_configuration(options: StrategyOptions, service: "Service") -> Wire | None:
    """Return `deploymentConfiguration` for UpdateService, with one task replaced at a time; None when nothing changes.

    Errors: Misuse for a setting that the strategy does not have.
    """
    present = service.deployment_configuration
    return one_at_a_time(requested_configuration(options, present), present, service.desired)


def one_at_a_time(requested: Wire | None, present: Wire, desired: int) -> Wire | None:
    """Let a rolling deployment replace one of `desired` tasks at a time (D4); None when nothing changes.

    ECS starts tasks up to floor(desired * maximumPercent / 100), so no single percentage allows one more at every
    count. It never stops more tasks than minimumHealthyPercent allows, which is left as it is.
    """
    configuration = requested or present
    if strategy_of(configuration).shifts_traffic or desired < 1:
        return requested
    maximum = 100 + math.ceil(100 / desired)
    return requested if configuration.get("maximumPercent") == maximum else configuration | {"maximumPercent": maximum}


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


def update_settings(configuration: Wire | None, load_balancers: list[Wire] | None) -> Wire:
    """Return the parameters of UpdateService besides the task definition; None leaves a setting as it is."""
    settings = {"deploymentConfiguration": configuration, "loadBalancers": load_balancers}
    return {name: value for name, value in settings.items() if value is not None}


def configuration_changes(before: Wire, after: Wire) -> list[str]:
    """Return the changes in how tasks are replaced, one per line."""
    lines = []
    if (strategy_of(before), baking_s(before)) != (strategy_of(after), baking_s(after)):
        lines.append(
            f"~ strategy: {strategy_of(before)} -> {strategy_of(after)}, with {baking_s(after):g} s of bake time"
        )
    if before.get("maximumPercent") != after.get("maximumPercent"):
        lines.append(f"~ maximumPercent: {before.get('maximumPercent')} -> {after.get('maximumPercent')}")
    return lines
