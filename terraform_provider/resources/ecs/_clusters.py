"""Clusters as ECS describes them."""

from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.waiting import wait_until

ACTIVE, INACTIVE, MISSING = "ACTIVE", "INACTIVE", ""
INCLUDED = ["TAGS", "CONFIGURATIONS", "SETTINGS"]
WAIT_S = 600.0


def described(aws: Aws, cluster: str) -> dict[str, Any] | None:
    """Return a cluster by ARN or name; None when it does not exist or is INACTIVE."""
    found = aws.client("ecs").describe_clusters(clusters=[cluster], include=INCLUDED)["clusters"]
    if not found or found[0]["status"] == INACTIVE:
        return None
    cluster_found: dict[str, Any] = found[0]
    return cluster_found


def wait_until_active(aws: Aws, cluster: str) -> None:
    def status() -> str:
        found = described(aws, cluster)
        return str(found["status"]) if found else MISSING

    wait_until(aws, "the cluster", status, (ACTIVE,), pending=("PROVISIONING", MISSING), timeout_s=WAIT_S)


def wait_until_gone(aws: Aws, cluster: str) -> None:
    def status() -> str:
        found = described(aws, cluster)
        return str(found["status"]) if found else INACTIVE

    wait_until(aws, "the cluster", status, (INACTIVE,), pending=(ACTIVE, "DEPROVISIONING"), timeout_s=WAIT_S)


def wait_until_attached(aws: Aws, cluster: str) -> None:
    """Wait until the capacity providers are changed; the status is missing when nothing is in progress."""

    def status() -> str:
        found = described(aws, cluster)
        return str(found.get("attachmentsStatus", "")) if found else "gone"

    wanted = ("UPDATE_COMPLETE", "")
    wait_until(aws, "the cluster", status, wanted, pending=("UPDATE_IN_PROGRESS",), timeout_s=WAIT_S)
