"""The KMS keys that RDS's requests need: those that they name, and those of instances and snapshots that they use."""

from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import find, why_not, why_unusable

NAMED = ("KmsKeyId", "MasterUserSecretKmsKeyId", "PerformanceInsightsKMSKeyId")
OF_INSTANCES = {
    "StartDBInstance": "DBInstanceIdentifier",
    "CreateDBSnapshot": "DBInstanceIdentifier",
    "CreateDBInstanceReadReplica": "SourceDBInstanceIdentifier",
    "RestoreDBInstanceToPointInTime": "SourceDBInstanceIdentifier",
}
"""Operation -> the member that names an instance whose data are read."""
OF_SNAPSHOTS = {
    "RestoreDBInstanceFromDBSnapshot": "DBSnapshotIdentifier",
    "CopyDBSnapshot": "SourceDBSnapshotIdentifier",
}


def check(account_id: str, region: str, operation: str, values: Mapping[str, Any]) -> None:
    """Check all keys of a request. Call in moto's thread. Errors: AwsError KMSKeyNotAccessibleFault."""
    for key in filter(None, map(values.get, NAMED)):
        if why_not(account_id, region, key):
            raise _inaccessible(key)
    for model in _read(account_id, region, operation, values):
        found = find(account_id, region, getattr(model, "kms_key_id", None))
        if found is not None and why_unusable(found):
            raise _inaccessible(found.arn)


def _read(account_id: str, region: str, operation: str, values: Mapping[str, object]) -> Iterator[object]:
    """Yield moto's records of the encrypted instance or snapshot that the operation reads."""
    from moto.rds.models import rds_backends

    backend: Any = rds_backends[account_id][region]
    for table, known in ((OF_INSTANCES, backend.databases), (OF_SNAPSHOTS, backend.database_snapshots)):
        if name := str(values.get(table.get(operation, ""), "")):
            arn = name.split(":")
            is_here = len(arn) == 1 or arn[3:4] == [region]
            model = known.get(arn[-1].lower()) if is_here else None
            if model is not None and getattr(model, "storage_encrypted", True):
                yield model


def _inaccessible(key: str) -> AwsError:
    return AwsError(
        "KMSKeyNotAccessibleFault",
        f"The specified KMS key [{key}] does not exist, is not enabled or you do not have permissions to access it.",
    )
