"""RDS's operations: those that are real here, those whose answer is that there is none, and what a request must be.

Whatever else there is would be answered from moto's own store, which no server stands behind: it is refused.
"""

from typing import Any, NamedTuple

from localcloud.errors import AwsError
from localcloud.protocol import query_forms
from localcloud.protocol.request_model import RequestModel
from localcloud.protocol.wire import AwsRequest

MODEL = RequestModel("rds")
LEAST_IN_A_PAGE, MOST_IN_A_PAGE = 20, 100
LARGER_PAGES = {"DescribeOrderableDBInstanceOptions": 1000}
"""MaxRecords: the bounds of nearly all operations, and the others' upper one."""

OFFERED = frozenset(
    {
        "AddTagsToResource",
        "CopyDBParameterGroup",
        "CopyDBSnapshot",
        "CreateDBInstance",
        "CreateDBInstanceReadReplica",
        "CreateDBParameterGroup",
        "CreateDBSnapshot",
        "CreateDBSubnetGroup",
        "DeleteDBInstance",
        "DeleteDBInstanceAutomatedBackup",
        "DeleteDBParameterGroup",
        "DeleteDBSnapshot",
        "DeleteDBSubnetGroup",
        "DescribeDBEngineVersions",
        "DescribeDBInstanceAutomatedBackups",
        "DescribeDBInstances",
        "DescribeDBLogFiles",
        "DescribeDBParameterGroups",
        "DescribeDBParameters",
        "DescribeDBSnapshotAttributes",
        "DescribeDBSnapshots",
        "DescribeDBSubnetGroups",
        "DescribeEngineDefaultParameters",
        "DescribeEvents",
        "DescribeOrderableDBInstanceOptions",
        "DescribePendingMaintenanceActions",
        "DownloadDBLogFilePortion",
        "ListTagsForResource",
        "ModifyDBInstance",
        "ModifyDBParameterGroup",
        "ModifyDBSnapshotAttribute",
        "ModifyDBSubnetGroup",
        "PromoteReadReplica",
        "RebootDBInstance",
        "RemoveTagsFromResource",
        "ResetDBParameterGroup",
        "RestoreDBInstanceFromDBSnapshot",
        "RestoreDBInstanceToPointInTime",
        "StartDBInstance",
        "StopDBInstance",
    }
)


class Nothing(NamedTuple):
    """What can never be there: `listed` is empty in the answer; whoever names one gets `error` in `words`."""

    listed: str
    name: str = ""
    error: str = ""
    words: str = "{} not found."


OF_CLUSTER = "DBCluster {} not found."
OF_PROXY = (
    "The specified proxy name {} doesn't correspond to a proxy owned by your Amazon Web Services account in the "
    "specified Amazon Web Services Region."
)
# None of them can be made here, so that there is none is the truth.
NONE_THERE = {
    "DescribeBlueGreenDeployments": Nothing(
        "BlueGreenDeployments", "BlueGreenDeploymentIdentifier", "BlueGreenDeploymentNotFoundFault"
    ),
    "DescribeDBClusterEndpoints": Nothing(
        "DBClusterEndpoints", "DBClusterIdentifier", "DBClusterNotFoundFault", OF_CLUSTER
    ),
    "DescribeDBClusterParameterGroups": Nothing(
        "DBClusterParameterGroups", "DBClusterParameterGroupName", "DBParameterGroupNotFound"
    ),
    "DescribeDBClusterSnapshots": Nothing(
        "DBClusterSnapshots", "DBClusterSnapshotIdentifier", "DBClusterSnapshotNotFoundFault"
    ),
    "DescribeDBClusters": Nothing("DBClusters", "DBClusterIdentifier", "DBClusterNotFoundFault", OF_CLUSTER),
    "DescribeDBProxies": Nothing("DBProxies", "DBProxyName", "DBProxyNotFoundFault", OF_PROXY),
    "DescribeDBProxyEndpoints": Nothing("DBProxyEndpoints", "DBProxyName", "DBProxyNotFoundFault", OF_PROXY),
    "DescribeDBShardGroups": Nothing(
        "DBShardGroups", "DBShardGroupIdentifier", "DBShardGroupNotFound", "DBShardGroup {} not found."
    ),
    "DescribeEventSubscriptions": Nothing(
        "EventSubscriptionsList", "SubscriptionName", "SubscriptionNotFound", "Subscription {} not found."
    ),
    "DescribeExportTasks": Nothing("ExportTasks", "ExportTaskIdentifier", "ExportTaskNotFound"),
    "DescribeGlobalClusters": Nothing("GlobalClusters", "GlobalClusterIdentifier", "GlobalClusterNotFoundFault"),
    "DescribeIntegrations": Nothing("Integrations", "IntegrationIdentifier", "IntegrationNotFoundFault"),
    "DescribeReservedDBInstances": Nothing("ReservedDBInstances", "ReservedDBInstanceId", "ReservedDBInstanceNotFound"),
}


def check(request: AwsRequest) -> dict[str, Any]:
    """-> the parameters by the model's names. Errors: AwsError."""
    operation = request.operation
    if not MODEL.knows(operation):
        raise AwsError(
            "InvalidAction", f"Could not find operation {operation or 'in this request'} for version 2014-10-31"
        )
    if operation not in OFFERED and operation not in NONE_THERE:
        raise AwsError("OperationNotSupported", f"{operation}: the local cloud does not offer this", 501)
    shape = MODEL.input_shape(operation)
    if shape is None:
        return {}
    values = query_forms.read(shape, request.form)
    query_forms.refuse(shape, values)
    asked, most = values.get("MaxRecords"), LARGER_PAGES.get(operation, MOST_IN_A_PAGE)
    if asked is not None and not LEAST_IN_A_PAGE <= int(asked) <= most:
        raise AwsError("InvalidParameterValue", f"Invalid value {asked} for MaxRecords. Must be between 20 and {most}")
    return values


def none_there(operation: str, values: dict[str, Any]) -> dict[str, Any]:
    """The answer of one of NONE_THERE. Errors: AwsError."""
    none = NONE_THERE[operation]
    if values.get(none.name):
        raise AwsError(none.error, none.words.format(values[none.name]), 404)
    return {none.listed: []}
