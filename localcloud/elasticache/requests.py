"""Validation and reading of ElastiCache requests."""

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from localcloud.elasticache import records
from localcloud.errors import AwsError
from localcloud.moto import calls
from localcloud.protocol import query_forms
from localcloud.protocol.request_model import RequestModel
from localcloud.protocol.wire import AwsRequest

MODEL = RequestModel("elasticache")
AUTH_TOKEN = re.compile(r"[A-Za-z0-9!&#$^<>-]{16,128}")
RANGES = {"Port": (1, 65_535), "NumCacheClusters": (1, 6), "ReplicasPerNodeGroup": (0, 5)}
"""A node group has at most a primary and five replicas."""
KEPT_IN_LOWER_CASE = (
    *("ReplicationGroupId", "CacheClusterId", "PrimaryClusterId", "SnapshottingClusterId"),
    *("SnapshotName", "SourceSnapshotName", "TargetSnapshotName", "FinalSnapshotIdentifier"),
    *("CacheParameterGroupName", "CacheSubnetGroupName", "ResourceName"),
)
"""Members that name a resource: ElastiCache stores names in lower case, and finds them in any case."""
OF_TOKEN_CHANGE = {
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
ID_FIELDS = {"ReplicationGroup": "ReplicationGroupId", "CacheCluster": "CacheClusterId"}


def check(request: AwsRequest) -> None:
    """Check a request against the service's model. Errors: AwsError."""
    if not MODEL.knows(request.operation):
        raise AwsError("InvalidAction", f"Could not find operation {request.operation} for version 2015-02-02")
    shape = MODEL.input_shape(request.operation)
    if shape is not None:
        query_forms.refuse(shape, query_forms.read(shape, request.form))


def with_kept_names(request: AwsRequest) -> AwsRequest:
    """Return the request with each name as it is stored."""
    form = request.form
    named = {
        name: form[name].lower() for name in KEPT_IN_LOWER_CASE if form.get(name, "").lower() != form.get(name, "")
    }
    return calls.with_fields(request, **named) if named else request


def identifier_of(request: AwsRequest) -> str:
    """Return the id of the cache that is created or deleted."""
    kind = re.sub("^(Create|Delete)", "", request.operation)
    return request.form.get(ID_FIELDS[kind], "")


def final_snapshot(request: AwsRequest, name: str) -> AwsRequest:
    """Return the request for the final snapshot that a deletion requests."""
    operation, kind = "CreateSnapshot", ID_FIELDS[request.operation.removeprefix("Delete")]
    asked = {"Action": operation, "SnapshotName": name, kind: identifier_of(request)}
    body = urlencode({**asked, "Version": request.form["Version"]}).encode()
    return replace(request, operation=operation, body=body, form=asked)


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
    refuse_cluster_mode(form)
    refuse_numbers(form)
    if request.operation == "CreateCacheCluster" and "ReplicationGroupId" in form:
        raise AwsError("InvalidParameterValue", "ReplicationGroupId: the local cloud does not run replicas yet")
    if "AuthToken" in form:
        check_token(form["AuthToken"])


def refuse_cluster_mode(form: Mapping[str, str]) -> None:
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


def refuse_numbers(form: Mapping[str, str]) -> None:
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


def refuse_other_changes(form: Mapping[str, str]) -> None:
    """Refuse other changes beside a cluster's token, which would be ignored. Errors: AwsError InvalidParameterValue."""
    for name in sorted(form.keys() - OF_TOKEN_CHANGE):
        raise AwsError("InvalidParameterValue", f"{name}: the local cloud does not offer this change yet")


def check_token(token: str) -> None:
    """Check an AUTH token. Errors: AwsError InvalidParameterValue."""
    if not AUTH_TOKEN.fullmatch(token):
        raise AwsError(
            "InvalidParameterValue",
            "Invalid AuthToken provided: 16 to 128 characters, letters, digits and ! & # $ ^ < > - only.",
        )
