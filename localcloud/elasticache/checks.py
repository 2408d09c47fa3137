"""Checks of ElastiCache requests beyond what the model requires: what ElastiCache, or this local cloud, cannot do."""

import re
from collections.abc import Mapping

from localcloud.elasticache import records, settings
from localcloud.errors import AwsError
from localcloud.protocol import windows
from localcloud.protocol.wire import AwsRequest, region_of

AUTH_TOKEN = re.compile(r"[A-Za-z0-9!&#$^<>-]{16,128}")
RANGES = {
    "Port": (1, 65_535),
    "NumCacheClusters": (1, 6),
    "ReplicasPerNodeGroup": (0, 5),
    "SnapshotRetentionLimit": (0, 35),
}
"""A node group has at most a primary and five replicas."""
SHORTEST_WINDOW = 60
"""Minutes."""
TOKEN_CHANGE_FIELDS = {
    "Action",
    "Version",
    "CacheClusterId",
    "AuthToken",
    "AuthTokenUpdateStrategy",
    "ApplyImmediately",
}
SECOND_GROUP = re.compile(r"NodeGroupConfiguration\.[^.]+\.([2-9]|[1-9]\d+)\.")
CLUSTERED = ".cluster.on"
"""The suffix of the default parameter groups for cluster mode."""


def check_creation(request: AwsRequest, identifier: str) -> None:
    """Refuse caches that ElastiCache, or this local cloud, cannot create. Errors: AwsError."""
    form = request.form
    if not records.IDENTIFIER.fullmatch(identifier):
        raise AwsError("InvalidParameterValue", f"The identifier {identifier!r} is not valid")
    if form.get("Engine", "redis") != "redis":
        raise AwsError("InvalidParameterValue", f"Engine {form['Engine']!r}: the local cloud runs redis only")
    if any(name.startswith("SnapshotArns") for name in form):
        raise AwsError("InvalidParameterValue", "SnapshotArns: the local cloud restores its own snapshots only")
    if int(form.get("NumNodeGroups", "1")) != 1 or any(map(SECOND_GROUP.match, form)):
        raise AwsError("InvalidParameterValue", "NumNodeGroups: the local cloud runs one node group only")
    _check_sources(form)
    if not form.get("CacheNodeType") and not form.get("SnapshotName"):
        raise AwsError("InvalidParameterValue", "The parameter CacheNodeType must be provided and must not be null.")
    check_cluster_mode(form)
    check_numbers(form)
    check_windows(form)
    settings.check_settings(form, region_of(request) or "")
    if request.operation == "CreateCacheCluster" and "ReplicationGroupId" in form:
        raise AwsError("InvalidParameterValue", "ReplicationGroupId: the local cloud does not run replicas yet")
    if "AuthToken" in form:
        check_token(form["AuthToken"])


def _check_sources(form: Mapping[str, str]) -> None:
    """Refuse sources of a replication group that cannot exist here. Errors: AwsError."""
    if group := form.get("GlobalReplicationGroupId"):
        raise AwsError("GlobalReplicationGroupNotFoundFault", f"Global Replication Group {group} does not exist.", 404)
    if form.get("PrimaryClusterId"):
        raise AwsError("InvalidParameterValue", "PrimaryClusterId: the local cloud does not make groups of clusters")
    if snapshot := form.get("ServerlessCacheSnapshotName"):
        raise AwsError("ServerlessCacheSnapshotNotFoundFault", f"Snapshot {snapshot} not found.", 404)


def check_cluster_mode(form: Mapping[str, str]) -> None:
    """Refuse cluster mode: its clients request slots, which the one server here does not have.

    Errors: AwsError InvalidParameterValue.
    """
    if form.get("ClusterMode", "disabled") != "disabled":
        raise AwsError(
            "InvalidParameterValue", "ClusterMode: the local cloud runs groups with cluster mode disabled only"
        )
    if form.get("CacheParameterGroupName", "").endswith(CLUSTERED):
        raise AwsError(
            "InvalidParameterValue",
            f"CacheParameterGroupName {form['CacheParameterGroupName']}: the local cloud runs groups with cluster mode "
            "disabled only",
        )


def check_windows(form: Mapping[str, str], snapshots: str = "", maintenance: str = "") -> None:
    """Check the windows of a cache. Errors: AwsError InvalidParameterValue, as AWS was seen to word it.

    `snapshots`, `maintenance`: the current windows of a cache that is modified.
    """
    if not {"SnapshotWindow", "PreferredMaintenanceWindow"} & form.keys():
        return
    daily_text = form.get("SnapshotWindow", snapshots)
    weekly_text = form.get("PreferredMaintenanceWindow", maintenance)
    daily, weekly = windows.daily(daily_text), windows.weekly(weekly_text)
    if "SnapshotWindow" in form:
        _check_window("snapshot", daily_text, daily, "hh24:mi-hh24:mi")
    if "PreferredMaintenanceWindow" in form:
        _check_window("maintenance", weekly_text, weekly, "ddd:hh24:mi-ddd:hh24:mi")
    if daily is not None and weekly is not None and daily.meets(weekly):
        raise AwsError("InvalidParameterValue", "The snapshot window and maintenance window must not overlap.")


def _check_window(kind: str, text: str, found: windows.Window | None, form: str) -> None:
    if found is None:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid {kind} window format: {text}. Should be specified as a range {form} (24H Clock UTC).",
        )
    if found.length < SHORTEST_WINDOW:
        raise AwsError(
            "InvalidParameterValue", f"{kind.capitalize()} window must be at least {SHORTEST_WINDOW} minutes."
        )


def check_numbers(form: Mapping[str, str]) -> None:
    """Refuse numbers that are out of range. Errors: AwsError InvalidParameterValue."""
    for name, (low, high) in RANGES.items():
        if name in form and not low <= int(form[name]) <= high:
            raise AwsError("InvalidParameterValue", f"Invalid value {form[name]} for {name}. Must be {low} to {high}")


def check_token_change(form: Mapping[str, str]) -> None:
    """Check a change of the AUTH token. Errors: AwsError InvalidParameterValue."""
    check_token(form["AuthToken"])
    strategy = form.get("AuthTokenUpdateStrategy", "ROTATE")
    if strategy not in {"ROTATE", "SET"}:
        raise AwsError(
            "InvalidParameterValue", f"AuthTokenUpdateStrategy {strategy}: the local cloud does not offer this yet"
        )


def check_other_changes(form: Mapping[str, str]) -> None:
    """Refuse other changes beside a cluster's token, which would be ignored. Errors: AwsError InvalidParameterValue."""
    for name in sorted(form.keys() - TOKEN_CHANGE_FIELDS):
        raise AwsError("InvalidParameterValue", f"{name}: the local cloud does not offer this change yet")


def check_token(token: str) -> None:
    """Check an AUTH token. Errors: AwsError InvalidParameterValue."""
    if not AUTH_TOKEN.fullmatch(token):
        raise AwsError(
            "InvalidParameterValue",
            "Invalid AuthToken provided: 16 to 128 characters, letters, digits and ! & # $ ^ < > - only.",
        )
