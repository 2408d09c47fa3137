"""Services as ECS describes them, and their states."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.waiting import wait_until

ACTIVE, DRAINING, INACTIVE, MISSING = "ACTIVE", "DRAINING", "INACTIVE", ""
STABLE, PENDING = "stable", "not stable yet"


def described(aws: Aws, cluster: str, service: str) -> dict[str, Any] | None:
    """Return an existing service, even one that is being deleted."""
    request = {"services": [service], "include": ["TAGS"], **({"cluster": cluster} if cluster else {})}
    found = aws.client("ecs").describe_services(**request)["services"]
    if not found or found[0]["status"] == INACTIVE:
        return None
    service_found: dict[str, Any] = found[0]
    return service_found


def status(aws: Aws, cluster: str, service: str) -> str:
    found = described(aws, cluster, service)
    return str(found["status"]) if found else MISSING


def wait_until_active(aws: Aws, cluster: str, service: str, timeout_s: float) -> None:
    wait_until(
        aws,
        "the service",
        lambda: status(aws, cluster, service),
        (ACTIVE,),
        pending=(DRAINING, MISSING),
        timeout_s=timeout_s,
    )


def wait_until_stable(aws: Aws, cluster: str, service: str, timeout_s: float) -> None:
    """Wait until one deployment is left and has all of its tasks."""

    def state() -> str:
        found = described(aws, cluster, service)
        if found is None or found["status"] != ACTIVE:
            return str(found["status"]) if found else MISSING
        is_stable = len(found["deployments"]) == 1 and found["desiredCount"] == found["runningCount"]
        return STABLE if is_stable else PENDING

    pending = (PENDING, DRAINING, MISSING)
    wait_until(aws, "the service", state, (STABLE,), pending=pending, timeout_s=timeout_s)


def wait_until_gone(aws: Aws, cluster: str, service: str, timeout_s: float) -> None:
    def state() -> str:
        return status(aws, cluster, service) or INACTIVE

    wait_until(aws, "the service", state, (INACTIVE,), pending=(ACTIVE, DRAINING), timeout_s=timeout_s)
