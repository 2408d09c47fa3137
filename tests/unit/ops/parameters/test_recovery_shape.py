"""AWS's own models accept a recorded shape as input."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.stub import Stubber

from ops.aws.clients import Aws
from ops.parameters import recovery_shape

SERVICE: dict[str, Any] = {
    "serviceArn": "arn:aws:ecs:us-west-1:1:service/c/s",
    "serviceName": "spendsense-backend",
    "status": "ACTIVE",
    "clusterArn": "arn:aws:ecs:us-west-1:1:cluster/c",
    "taskDefinition": "arn:aws:ecs:us-west-1:1:task-definition/f:3",
    "desiredCount": 2,
    "runningCount": 2,
    "launchType": "FARGATE",
    "platformVersion": "LATEST",
    "loadBalancers": [{"targetGroupArn": "arn:tg", "containerName": "backend", "containerPort": 8000}],
    "serviceRegistries": [],
    "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}},
    "deploymentConfiguration": {"maximumPercent": 150, "deploymentCircuitBreaker": {"enable": True, "rollback": True}},
    "deployments": [],
    "events": [],
    "createdAt": datetime(2026, 1, 1, tzinfo=UTC),
    "propagateTags": "SERVICE",
    "tags": [{"key": "Name", "value": "x"}],
}
INSTANCE: dict[str, Any] = {
    "DBInstanceIdentifier": "spendsense-prod",
    "DBInstanceClass": "db.m7g.large",
    "DBInstanceStatus": "available",
    "DbiResourceId": "db-1",
    "MasterUsername": "spendsense",
    "MultiAZ": True,
    "PubliclyAccessible": False,
    "AutoMinorVersionUpgrade": False,
    "CopyTagsToSnapshot": True,
    "DeletionProtection": True,
    "StorageType": "gp3",
    "AllocatedStorage": 100,
    "MaxAllocatedStorage": 500,
    "DBSubnetGroup": {"DBSubnetGroupName": "spendsense-prod"},
    "DBParameterGroups": [{"DBParameterGroupName": "spendsense-prod-16", "ParameterApplyStatus": "in-sync"}],
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-2", "Status": "active"}],
    "IAMDatabaseAuthenticationEnabled": True,
    "EnabledCloudwatchLogsExports": ["postgresql"],
    "BackupRetentionPeriod": 30,
    "PreferredBackupWindow": "09:00-10:00",
    "PreferredMaintenanceWindow": "sun:10:30-sun:11:30",
    "MonitoringInterval": 60,
    "MonitoringRoleArn": "arn:role",
    "PerformanceInsightsEnabled": True,
    "PerformanceInsightsKMSKeyId": "arn:key",
    "PerformanceInsightsRetentionPeriod": 7,
    "MasterUserSecret": {"SecretArn": "arn:secret", "SecretStatus": "active", "KmsKeyId": "arn:key"},
    "TagList": [{"Key": "Name", "Value": "x"}, {"Key": "aws:cloudformation:stack-name", "Value": "y"}],
}


def test_a_service_can_be_created_from_its_shape(scripted: Aws) -> None:
    created = recovery_shape.service_shape(SERVICE)
    with Stubber(scripted.ecs) as stub:
        stub.add_response("create_service", {}, {"cluster": "c", **created})
        scripted.ecs.create_service(cluster="c", **created)
    assert "launchType" not in recovery_shape.service_shape(
        SERVICE | {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]}
    ), "ECS takes one of the two"


@pytest.mark.parametrize("operation", ["restore_db_instance_to_point_in_time", "restore_db_instance_from_db_snapshot"])
def test_an_instance_can_be_restored_and_completed_from_its_shape(scripted: Aws, operation: str) -> None:
    created = recovery_shape.database_shape(INSTANCE)
    named = {
        "restore_db_instance_to_point_in_time": {"TargetDBInstanceIdentifier": "x", "SourceDBInstanceIdentifier": "y"},
        "restore_db_instance_from_db_snapshot": {"DBInstanceIdentifier": "x", "DBSnapshotIdentifier": "y"},
    }[operation]
    with Stubber(scripted.rds) as stub:
        stub.add_response(operation, {}, named | created["restore"])
        stub.add_response("modify_db_instance", {}, {"DBInstanceIdentifier": "x", **created["modify"]})
        getattr(scripted.rds, operation)(**named, **created["restore"])
        scripted.rds.modify_db_instance(DBInstanceIdentifier="x", **created["modify"])
    assert created["restore"]["VpcSecurityGroupIds"] == ["sg-2"]
    assert created["restore"]["Tags"] == [{"Key": "Name", "Value": "x"}], "AWS's own tags cannot be given"
    assert (created["modify"]["ManageMasterUserPassword"], created["modify"]["MasterUserSecretKmsKeyId"]) == (
        True,
        "arn:key",
    )
