"""AWS Backup's overlay: answers truthfully that there are no recovery points, copies or restores."""

from collections.abc import Mapping

from localcloud.errors import AwsError
from localcloud.protocol.rest_check import RestCheck
from localcloud.protocol.service_models import operation_by_path
from localcloud.protocol.wire import AwsRequest, AwsResponse, json_response

EMPTY = frozenset(
    (
        *("ListCopyJobs", "ListCopyJobSummaries", "ListRestoreJobs", "ListRestoreJobSummaries"),
        *("ListRestoreJobsByProtectedResource", "ListProtectedResources", "ListProtectedResourcesByBackupVault"),
        *("ListRecoveryPointsByResource", "ListIndexedRecoveryPoints", "ListRestoreTestingPlans"),
        *("ListFrameworks", "ListLegalHolds", "ListReportJobs", "ListScanJobs", "ListScanJobSummaries"),
        *("ListTieringConfigurations", "ListBackupAccessPoints", "ListBackupPlanTemplates"),
    )
)
"""Operations that list what nothing here creates: the creating operations are refused."""
NOTHING: Mapping[str, str] = {
    "DescribeCopyJob": "Copy job",
    "DescribeRestoreJob": "Restore job",
    "GetRestoreJobMetadata": "Restore job",
    "DescribeReportJob": "Report job",
    "DescribeScanJob": "Scan job",
    "DescribeFramework": "Framework",
    "DescribeProtectedResource": "Protected resource",
    "GetLegalHold": "Legal hold",
    "ListRecoveryPointsByLegalHold": "Legal hold",
    "GetRestoreTestingPlan": "Restore testing plan",
    "ListRestoreTestingSelections": "Restore testing plan",
    "GetTieringConfiguration": "Tiering configuration",
    "DescribeRecoveryPoint": "Recovery point",
    "GetRecoveryPointRestoreMetadata": "Recovery point",
    "GetRecoveryPointIndexDetails": "Recovery point",
    "DeleteRecoveryPoint": "Recovery point",
    "UpdateRecoveryPointLifecycle": "Recovery point",
    "DisassociateRecoveryPoint": "Recovery point",
    "StartCopyJob": "Recovery point",
    "StartRestoreJob": "Recovery point",
    "GetBackupVaultAccessPolicy": "Access policy of backup vault",
    "GetBackupVaultNotifications": "Notifications of backup vault",
}
"""Operation -> the kind of resource that it names and that never exists."""


class BackupCheck(RestCheck):
    """Vaults, plans, selections and backup jobs pass on to moto and its patches."""

    def __init__(self) -> None:
        super().__init__("backup", missing="MissingParameterValueException")

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError."""
        operation = operation_by_path("backup", request.method, request.path)
        if operation is None:
            return await super().handle(request)
        if operation.name in EMPTY:
            lists = [name for name, shape in operation.output_shape.members.items() if shape.type_name == "list"]
            return json_response({name: [] for name in lists})
        await super().handle(request)
        if operation.name in NOTHING:
            raise AwsError("ResourceNotFoundException", f"{NOTHING[operation.name]} does not exist.", 400)
        return None
