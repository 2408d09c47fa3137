"""Enhanced Monitoring: RDS refuses a role that it cannot assume, or that may not write the metrics.

Source: RDS User Guide, "Creating an IAM role for Enhanced Monitoring"; the words are from reports of its users.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from localcloud.enforcement.calls import Call
from localcloud.enforcement.service_roles import Acting
from localcloud.errors import AwsError

SERVICE = "monitoring.rds.amazonaws.com"
SESSION = "RDSEnhancedMonitoring"
NAMING = ("CreateDBInstance", "CreateDBInstanceReadReplica", "ModifyDBInstance")
WRITES = [
    Call(
        service="logs",
        operation=operation,
        parameters={"logGroupName": "RDSOSMetrics", "logStreamName": "db"},
        protocol="json",
    )
    for operation in ("CreateLogStream", "PutLogEvents")
]
WORDS = "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING"


class MonitoringRole:
    """Checks the role that a request names. `check_as`: checks calls of a service as a role."""

    def __init__(self, check_as: Callable[[Sequence[Call], Acting], Awaitable[None]], account_id: str) -> None:
        self._check_as = check_as
        self._account_id = account_id

    async def check(self, operation: str, parameters: Mapping[str, Any], region: str) -> None:
        """Errors: AwsError, where IAM is enforced."""
        role = parameters.get("MonitoringRoleArn")
        if operation not in NAMING or not role:
            return
        instance = f"arn:aws:rds:{region}:{self._account_id}:db:{parameters.get('DBInstanceIdentifier', '')}"
        try:
            await self._check_as(WRITES, Acting(service=SERVICE, role_arn=role, name=SESSION, source_arn=instance))
        except AwsError as error:
            raise AwsError("InvalidParameterValue", WORDS) from error
