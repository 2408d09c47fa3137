"""Checks `deploymentConfiguration.strategy` and its hooks as ECS does, and drops what ECS drops (aws-facts 1.9)."""

from collections.abc import Sequence

from localcloud.ecs.model.tasks import Wire

MAX_HOOKS = 10
"""Most hooks of each kind (Lambda functions and pauses)."""
NO_HOOK = ("SCALE_UP", "BAKE_TIME", "CLEAN_UP")
NO_PAUSE = (*NO_HOOK, "TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
BAKE_MINUTES = (0, 1440)
PAUSE_MINUTES = (1, 20_160)
# Strategy -> the settings that belong to it alone.
OWN_SETTINGS = {"LINEAR": "linearConfiguration", "CANARY": "canaryConfiguration"}


def applicable(configuration: Wire) -> Wire:
    """Return the configuration without settings of other strategies, which ECS drops silently."""
    strategy = configuration.get("strategy", "ROLLING")
    dropped = {name for owner, name in OWN_SETTINGS.items() if owner != strategy}
    return {name: value for name, value in configuration.items() if name not in dropped}


def settings_error(configuration: Wire, load_balancers: Sequence[Wire]) -> str:
    """Return the reason for a refusal; empty when there is none."""
    strategy = configuration.get("strategy", "ROLLING")
    if strategy == "ROLLING":
        return ""
    if any("advancedConfiguration" not in balancer for balancer in load_balancers):
        return "advancedConfiguration field is required for all loadBalancers"
    if strategy == "BLUE_GREEN" and "bakeTimeInMinutes" not in configuration:
        return "bakeTimeInMinutes is required when the deployment strategy is BLUE_GREEN"
    linear, canary = configuration.get("linearConfiguration", {}), configuration.get("canaryConfiguration", {})
    hooks: Sequence[Wire] = configuration.get("lifecycleHooks", [])
    limits = [
        ("bakeTimeInMinutes", configuration.get("bakeTimeInMinutes"), BAKE_MINUTES),
        ("stepPercent", linear.get("stepPercent"), (3, 100)),
        ("stepBakeTimeInMinutes", linear.get("stepBakeTimeInMinutes"), BAKE_MINUTES),
        ("canaryPercent", canary.get("canaryPercent"), (0.1, 100)),
        ("canaryBakeTimeInMinutes", canary.get("canaryBakeTimeInMinutes"), BAKE_MINUTES),
        *(
            ("timeoutInMinutes", hook.get("timeoutConfiguration", {}).get("timeoutInMinutes"), PAUSE_MINUTES)
            for hook in hooks
        ),
    ]
    for name, value, (lowest, highest) in limits:
        if value is not None and not lowest <= value <= highest:
            return f"{name} must be between {lowest} and {highest}, was {value}"
    return _hooks_error(hooks)


def _hooks_error(hooks: Sequence[Wire]) -> str:
    pauses = [hook for hook in hooks if hook.get("targetType") == "PAUSE"]
    for kind, count in (("PAUSE", len(pauses)), ("AWS_LAMBDA", len(hooks) - len(pauses))):
        if count > MAX_HOOKS:
            return f"lifecycleHooks can have at most {MAX_HOOKS} hooks of type {kind}, were {count}"
    for hook in hooks:
        refused = NO_PAUSE if hook in pauses else NO_HOOK
        wrong = next((stage for stage in hook.get("lifecycleStages", []) if stage in refused), None)
        if wrong:
            return f"lifecycleStages: a hook of type {hook.get('targetType', 'AWS_LAMBDA')} is not possible at {wrong}"
    return ""
