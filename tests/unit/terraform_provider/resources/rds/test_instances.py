"""Requests to RDS when a DB instance is created or changed, and the version in the state."""

import pytest

from terraform_provider.resources.rds import _instance_attributes, _instance_changes, _instance_creation

NOTHING = dict.fromkeys(
    {*_instance_creation.KEYS, *_instance_changes.PLAIN, "restore_to_point_in_time", "replicate_source_db",
     "snapshot_identifier", "allow_major_version_upgrade", "apply_immediately", "deletion_protection",
     "password_wo_version"}
)  # fmt: skip


def test_of_a_restored_instance_the_rest_is_requested_afterwards() -> None:
    planned = {**NOTHING, "snapshot_identifier": "s", "engine_version": "16.11", "backup_retention_period": 0}
    planned |= {"performance_insights_retention_period": 7, "allow_major_version_upgrade": True}
    assert _instance_creation.left(planned, {}) == {
        "EngineVersion": "16.11", "BackupRetentionPeriod": 0, "AllowMajorVersionUpgrade": True
    }  # fmt: skip
    assert _instance_creation.left({**NOTHING, "allow_major_version_upgrade": True}, {}) == {}


def test_of_a_replica_only_what_differs_is_changed() -> None:
    planned = {**NOTHING, "replicate_source_db": "s", "backup_window": "09:00-10:00", "parameter_group_name": "mine"}
    found = {"PreferredBackupWindow": "09:00-10:00", "DBParameterGroups": [{"DBParameterGroupName": "default"}]}
    assert _instance_creation.left(planned, found) == {"DBParameterGroupName": "mine"}


@pytest.mark.parametrize(
    ("changed", "size", "asked"),
    [
        ({"allocated_storage"}, 100, {"AllocatedStorage": 100}),
        ({"allocated_storage"}, 400, {"AllocatedStorage": 400, "Iops": 12000}),
        ({"storage_throughput"}, 400, {"AllocatedStorage": 400, "Iops": 12000, "StorageThroughput": 500}),
        ({"max_allocated_storage"}, 100, {"MaxAllocatedStorage": 100}),  # the present size: it may not grow
    ],
)
def test_storage_is_changed_with_what_rds_wants_beside_it(changed: set[str], size: int, asked: dict[str, int]) -> None:
    planned = {**NOTHING, "storage_type": "gp3", "allocated_storage": size, "iops": 12000, "storage_throughput": 500}
    made = _instance_changes.request({"identifier": "d"}, planned, changed)
    always = {"ApplyImmediately": False, "DBInstanceIdentifier": "d", "DeletionProtection": False}
    assert made == always | asked


@pytest.mark.parametrize(
    ("known", "pending", "stored"), [("16", None, "16"), ("16.9", None, "16.10"), ("16.11", "16.11", "16.11")]
)
def test_the_configured_version_stays_while_it_is_the_same_or_waits(
    known: str, pending: str | None, stored: str
) -> None:
    found = {"EngineVersion": "16.10", "PendingModifiedValues": {"EngineVersion": pending}}
    assert _instance_attributes.versions(found, known) == {
        "engine_version": stored, "engine_version_actual": "16.10"
    }  # fmt: skip
