"""Services refuse a KMS key that does not exist or may not be used, each with its own error, and create nothing."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localcloud.cloudwatch.logs.api import Logs
from localcloud.cloudwatch.metrics.store import RegionalStores
from localcloud.elasticache.caches import Caches
from localcloud.rds.databases import Databases
from tests.integration.localcloud.ecr.test_images import RegistryPart

PARTS = {
    "ecr": RegistryPart,
    "logs": lambda host: Logs(host, RegionalStores(1, host.region)),
    "elasticache": Caches,
    "rds": Databases,
}
MISSING = "arn:aws:kms:us-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
INSTANCE = {
    "DBInstanceIdentifier": "d",
    "Engine": "postgres",
    "DBInstanceClass": "db.t4g.micro",
    "AllocatedStorage": 20,
    "MasterUsername": "u",
}
GROUP = {
    "ReplicationGroupId": "r",
    "ReplicationGroupDescription": "r",
    "AtRestEncryptionEnabled": True,
    "CacheNodeType": "cache.t4g.micro",
}


def creations(key: str) -> list[tuple[str, str, dict[str, Any], str]]:
    """Return requests that name the key, with the code of their refusal."""
    encrypted = INSTANCE | {"StorageEncrypted": True}
    return [
        ("secretsmanager", "create_secret", {"Name": "new", "SecretString": "v", "KmsKeyId": key}, "EncryptionFailure"),
        ("secretsmanager", "update_secret", {"SecretId": "s", "KmsKeyId": key}, "EncryptionFailure"),
        ("ssm", "put_parameter", {"Name": "/p", "Value": "v", "Type": "SecureString", "KeyId": key}, "InvalidKeyId"),
        ("logs", "create_log_group", {"logGroupName": "new", "kmsKeyId": key}, "InvalidParameterException"),
        ("logs", "associate_kms_key", {"logGroupName": "g", "kmsKeyId": key}, "InvalidParameterException"),
        ("sns", "publish", {"TopicArn": "", "Message": "m"}, "KMS.*"),
        ("ecr", "create_repository", repository(key), "KmsException"),
        ("backup", "create_backup_vault", vault(key), "InvalidParameterValueException"),
        (
            "rds",
            "create_db_instance",
            encrypted | {"MasterUserPassword": "secret-1", "KmsKeyId": key},
            "KMSKeyNotAccessibleFault",
        ),
        (
            "rds",
            "create_db_instance",
            INSTANCE | {"ManageMasterUserPassword": True, "MasterUserSecretKmsKeyId": key},
            "KMSKeyNotAccessibleFault",
        ),
        ("elasticache", "create_replication_group", GROUP | {"KmsKeyId": key}, "InvalidParameterValue"),
    ]


def repository(key: str) -> dict[str, Any]:
    return {"repositoryName": "new", "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": key}}


def vault(key: str) -> dict[str, Any]:
    return {"BackupVaultName": "new", "EncryptionKeyArn": key}


@pytest.fixture
async def cloud(cloud_in: Any, tmp_path: Path) -> AsyncIterator[Any]:
    async with cloud_in(tmp_path, PARTS) as running:
        yield running


async def test_every_service_refuses_a_key_that_it_cannot_use(cloud: Any) -> None:
    async def made(**more: Any) -> Any:
        return (await cloud.call("kms", "create_key", **more))["KeyMetadata"]

    disabled, deleted, signing = await made(), await made(), await made(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    await cloud.call("kms", "disable_key", KeyId=disabled["KeyId"])
    await cloud.call("kms", "schedule_key_deletion", KeyId=deleted["KeyId"], PendingWindowInDays=7)
    await cloud.call("secretsmanager", "create_secret", Name="s", SecretString="v")
    await cloud.call("logs", "create_log_group", logGroupName="g")
    for key in (MISSING, disabled["Arn"], deleted["Arn"], signing["Arn"]):
        topic = await cloud.call("sns", "create_topic", Name="t", Attributes={"KmsMasterKeyId": key})
        for service, operation, parameters, code in creations(key):
            if operation == "publish":
                parameters = parameters | {"TopicArn": topic["TopicArn"]}
            with pytest.raises(ClientError, match=rf"\({code}\)"):
                await cloud.call(service, operation, **parameters)
        await cloud.call("sns", "delete_topic", TopicArn=topic["TopicArn"])
    await nothing_is_left(cloud)


async def nothing_is_left(cloud: Any) -> None:
    assert [each["Name"] for each in (await cloud.call("secretsmanager", "list_secrets"))["SecretList"]] == ["s"]
    assert (await cloud.call("ssm", "describe_parameters"))["Parameters"] == []
    [group] = (await cloud.call("logs", "describe_log_groups"))["logGroups"]
    assert "kmsKeyId" not in group
    assert (await cloud.call("ecr", "describe_repositories"))["repositories"] == []
    assert (await cloud.call("backup", "list_backup_vaults"))["BackupVaultList"] == []
    assert (await cloud.call("rds", "describe_db_instances"))["DBInstances"] == []
    assert (await cloud.call("elasticache", "describe_replication_groups"))["ReplicationGroups"] == []


async def test_keys_are_named_by_id_arn_and_alias(cloud: Any) -> None:
    key = (await cloud.call("kms", "create_key"))["KeyMetadata"]
    await cloud.call("kms", "create_alias", AliasName="alias/mine", TargetKeyId=key["KeyId"])
    for number, name in enumerate((key["KeyId"], key["Arn"], "alias/mine", "alias/aws/secretsmanager")):
        await cloud.call("secretsmanager", "create_secret", Name=f"s{number}", SecretString="v", KmsKeyId=name)
    with pytest.raises(ClientError, match=r"\(InvalidKeyId\).*alias/other is not found"):
        await cloud.call("ssm", "put_parameter", Name="/p", Value="v", Type="SecureString", KeyId="alias/other")
    await cloud.call("logs", "create_log_group", logGroupName="g", kmsKeyId=key["Arn"])
    with pytest.raises(
        ClientError, match=r"\(InvalidParameterException\).*The specified KMS Key Id could not be found"
    ):
        await cloud.call("logs", "create_log_group", logGroupName="h", kmsKeyId=key["KeyId"])


async def test_an_alarm_reports_that_its_topics_key_is_unusable(cloud: Any) -> None:
    key = (await cloud.call("kms", "create_key"))["KeyMetadata"]
    topic = await cloud.call("sns", "create_topic", Name="t", Attributes={"KmsMasterKeyId": key["Arn"]})
    await cloud.call("sns", "publish", TopicArn=topic["TopicArn"], Message="m")
    await cloud.call("kms", "disable_key", KeyId=key["KeyId"])
    entry = {"Id": "1", "Message": "m"}
    with pytest.raises(ClientError, match=rf"\(KMSDisabled\).*{key['KeyId']} is disabled"):
        await cloud.call("sns", "publish_batch", TopicArn=topic["TopicArn"], PublishBatchRequestEntries=[entry])
