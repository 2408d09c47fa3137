"""Validation and reading of ElastiCache requests."""

import re
from dataclasses import replace
from urllib.parse import urlencode

from localcloud.moto import calls
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest

MODEL = RequestModel("elasticache")
KEPT_IN_LOWER_CASE = (
    *("ReplicationGroupId", "CacheClusterId", "PrimaryClusterId", "SnapshottingClusterId"),
    *("SnapshotName", "SourceSnapshotName", "TargetSnapshotName", "FinalSnapshotIdentifier"),
    *("CacheParameterGroupName", "CacheSubnetGroupName", "ResourceName"),
    "PreferredMaintenanceWindow",
)
"""Names of resources, which ElastiCache stores in lower case and finds in any, and days of the week."""
ID_FIELDS = {"ReplicationGroup": "ReplicationGroupId", "CacheCluster": "CacheClusterId"}


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
    parameters = {"Action": operation, "SnapshotName": name, kind: identifier_of(request)}
    body = urlencode({**parameters, "Version": request.form["Version"]}).encode()
    return replace(request, operation=operation, body=body, form=parameters)
