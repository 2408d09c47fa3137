"""RDS's operations: implemented ones, those whose result is always empty, and the validation of requests.

Any other operation is refused: its response would come from moto's own store, with no server behind it.
"""

from typing import Any, NamedTuple

from localcloud.errors import AwsError, not_offered
from localcloud.protocol.validation.model import RequestModel
from localcloud.protocol.wire import AwsRequest

MODEL = RequestModel("rds")
LEAST_IN_A_PAGE, MOST_IN_A_PAGE = 20, 100
LARGER_PAGES = {"DescribeOrderableDBInstanceOptions": 1000}
"""MaxRecords: the bounds for nearly all operations, and the upper bounds of the others."""

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
        "DescribeCertificates",
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
        "DescribeValidDBInstanceModifications",
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
    """A kind of resource that can never exist here.

    `listed`: the empty list of the response; naming a resource raises `error` with `words`.
    """

    listed: str
    name: str = ""
    error: str = ""
    words: str = "{} not found."


OF_CLUSTER = "DBCluster {} not found."
OF_PROXY = (
    "The specified proxy name {} doesn't correspond to a proxy owned by your Amazon Web Services account in the "
    "specified Amazon Web Services Region."
)
# None of these can be created here, so an empty list is true.
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
    """Check a request; -> its parameters by the model's names. Errors: AwsError."""
    operation = request.operation
    MODEL.check_operation(request)
    if operation not in OFFERED and operation not in NONE_THERE:
        raise not_offered(operation, "OperationNotSupported")
    values = MODEL.read(request)
    size, most = values.get("MaxRecords"), LARGER_PAGES.get(operation, MOST_IN_A_PAGE)
    if size is not None and not LEAST_IN_A_PAGE <= int(size) <= most:
        raise AwsError("InvalidParameterValue", f"Invalid value {size} for MaxRecords. Must be between 20 and {most}")
    return values


def none_there(operation: str, values: dict[str, object]) -> dict[str, object]:
    """Return the response of one of NONE_THERE. Errors: AwsError."""
    none = NONE_THERE[operation]
    if values.get(none.name):
        raise AwsError(none.error, none.words.format(values[none.name]), 404)
    return {none.listed: []}
