"""AWS Backup's overlay: reports truthfully that there are no recovery points, copies or restores."""

from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.service_models import operation_by_path
from localcloud.protocol.validation import json_body
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
    "GetBackupVaultNotifications": "Notifications of backup vault",
}
"""Operation -> the kind of resource that it names and that never exists."""


ELSEWHERE = ("uri", "querystring", "header", "headers")
"""The places of a member outside the body."""


class BackupCheck:
    """Vaults, plans, selections and backup jobs pass on to moto and its patches."""

    async def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Errors: AwsError."""
        operation = operation_by_path("backup", request.method, request.path)
        if operation is None:
            return None
        if operation.name in EMPTY:
            lists = [name for name, shape in operation.output_shape.members.items() if shape.type_name == "list"]
            return json_response({name: [] for name in lists})
        if request.method in ("POST", "PUT", "PATCH") and operation.input_shape is not None:
            _check_required(operation.input_shape, request.body)
        if operation.name in NOTHING:
            raise AwsError("ResourceNotFoundException", f"{NOTHING[operation.name]} does not exist.", 400)
        return None

    async def answered(self, request: AwsRequest, response: AwsResponse) -> AwsResponse:
        return response


def _check_required(shape: Any, body: bytes) -> None:
    """Check the required members of the body. Errors: AwsError MissingParameterValueException."""
    if "payload" in shape.serialization:
        return
    parameters = json_body.read(shape, body)
    for name in shape.required_members:
        if shape.members[name].serialization.get("location") not in ELSEWHERE and parameters.get(name) is None:
            raise AwsError("MissingParameterValueException", f"The request must contain the parameter {name}.")
