"""Finds a DB instance, and waits for its states."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import code_of
from terraform_provider.framework.waiting import retried, timeout_s, wait_until
from terraform_provider.values.unknown import State

T = TypeVar("T")
Instance = dict[str, Any]
GONE = "DBInstanceNotFound"
RESOURCE_ID = re.compile(r"db-[0-9A-Za-z]{2,255}")
TIMEOUTS = {"create": "40m", "update": "80m", "delete": "60m"}
AVAILABLE = ("available", "storage-optimization")
BEFORE_AVAILABLE = (
    *("backing-up", "configuring-enhanced-monitoring", "configuring-iam-database-auth", "configuring-log-exports"),
    *("creating", "maintenance", "modifying", "moving-to-vpc", "rebooting", "renaming", "resetting-master-credentials"),
    *("starting", "stopping", "storage-full", "upgrading"),
)
BEFORE_GONE = (
    *("available", "backing-up", "configuring-enhanced-monitoring", "configuring-log-exports", "creating"),
    *("delete-precheck", "deleting", "incompatible-parameters", "incompatible-restore", "modifying", "starting"),
    *("stopping", "storage-full", "storage-optimization"),
)


def find(aws: Aws, id_: str) -> Instance | None:
    """Find an instance by its resource id or its identifier, which may look like a resource id."""
    if RESOURCE_ID.fullmatch(id_):
        filters = [{"Name": "dbi-resource-id", "Values": [id_]}]
        if found := aws.client("rds").describe_db_instances(Filters=filters)["DBInstances"]:
            return dict(found[0])
    try:
        return dict(aws.client("rds").describe_db_instances(DBInstanceIdentifier=id_)["DBInstances"][0])
    except ClientError as exc:
        if code_of(exc) == GONE:
            return None
        raise


def wait_until_available(aws: Aws, state: State, operation: str) -> None:
    limit = timeout_s(state, operation, TIMEOUTS[operation])
    wait_until(aws, "the instance", _status_of(aws, state["id"]), AVAILABLE, pending=BEFORE_AVAILABLE, timeout_s=limit)


def wait_until_gone(aws: Aws, state: State) -> None:
    limit = timeout_s(state, "delete", TIMEOUTS["delete"])
    wait_until(aws, "the instance", _status_of(aws, state["id"]), ("",), pending=BEFORE_GONE, timeout_s=limit)


def created(aws: Aws, call: Callable[[], T]) -> T:
    """Create an instance; RDS may refuse a new role for monitoring for a while."""
    return retried(aws, call, codes=("InvalidParameterValue",), message="ENHANCED_MONITORING")


def modify(aws: Aws, request: dict[str, Any], limit_s: float) -> None:
    """Modify an instance; RDS temporarily refuses a new role, and any change while it optimizes the storage."""
    rds = aws.client("rds")

    def call() -> Any:
        return retried(
            aws,
            lambda: rds.modify_db_instance(**request),
            codes=("InvalidParameterValue",),
            message="IAM role ARN value is invalid",
            timeout_s=limit_s,
        )

    moving = "previous storage change is being optimized"
    retried(aws, call, codes=("InvalidParameterCombination",), message=moving, timeout_s=limit_s)


def _status_of(aws: Aws, id_: str) -> Callable[[], str]:
    def status() -> str:
        found = find(aws, id_)
        return str(found["DBInstanceStatus"]) if found else ""

    return status
