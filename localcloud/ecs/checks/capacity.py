"""Capacity providers: which exist, which strategies are refused, and which provider a task has."""

from collections.abc import Collection, Sequence

from localcloud.ecs.model.tasks import Wire
from localcloud.errors import AwsError

PROVIDERS = ("FARGATE", "FARGATE_SPOT")
"""The providers of every account; others need instances."""
NOT_FOUND = "The specified capacity provider was not found. Specify a valid name or ARN and try again."
IN_USE = "The specified capacity provider is in use and cannot be removed."
LARGEST_WEIGHT = 1000
LARGEST_BASE = 100_000


def check_cluster_providers(providers: Sequence[str], default_strategy: Sequence[Wire]) -> None:
    """Check a cluster's providers. Errors: InvalidParameterException."""
    if any(name not in PROVIDERS for name in providers):
        raise AwsError("InvalidParameterException", NOT_FOUND)
    check_strategy(default_strategy, providers)


def check_not_in_use(present: Sequence[str], wanted: Sequence[str], used: Collection[str]) -> None:
    """Check that no provider is taken from services that use it. Errors: ResourceInUseException."""
    if (set(present) - set(wanted)) & set(used):
        raise AwsError("ResourceInUseException", IN_USE)


def check_strategy(strategy: Sequence[Wire], providers: Sequence[str]) -> None:
    """Check a strategy against the cluster's `providers`. Errors: InvalidParameterException."""
    for item in strategy:
        if item["capacityProvider"] not in providers:
            raise AwsError("InvalidParameterException", NOT_FOUND)
        for name, largest in (("weight", LARGEST_WEIGHT), ("base", LARGEST_BASE)):
            if item.get(name, 0) > largest:
                raise AwsError("InvalidParameterException", f"{name} should be between 0 and {largest}.")
    if sum(bool(item.get("base")) for item in strategy) > 1:
        raise AwsError("InvalidParameterException", "Only one capacity provider of a strategy can have a base.")


def strategy_in_effect(parameters: Wire, cluster: Wire) -> Sequence[Wire]:
    """Return a start request's strategy, or the cluster's when the request names no launch type either.

    `cluster`: its settings. Errors: InvalidParameterException.
    """
    strategy: Sequence[Wire] = parameters.get("capacityProviderStrategy", [])
    if strategy and "launchType" in parameters:
        raise AwsError(
            "InvalidParameterException",
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        )
    check_strategy(strategy, cluster.get("capacityProviders", []))
    if not strategy and "launchType" not in parameters:
        strategy = cluster.get("defaultCapacityProviderStrategy", [])
    return strategy


def provider_of(strategy: Sequence[Wire]) -> str:
    """Return the provider with the greatest weight, for every task; empty without a strategy."""
    heaviest = max(strategy, key=lambda item: (item.get("weight", 0), item.get("base", 0)), default={})
    return str(heaviest.get("capacityProvider", ""))
