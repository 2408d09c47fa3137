"""DynamoDB's tables change all that AWS's can."""

from pathlib import Path
from typing import Any

TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "ProvisionedThroughput": {"ReadCapacityUnits": 2, "WriteCapacityUnits": 2},
}


async def test_a_table_changes_its_encryption_capacity_and_stream(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        key = (await cloud.call("kms", "create_key"))["KeyMetadata"]["Arn"]
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
        await cloud.call("dynamodb", "create_table", **TABLE, StreamSpecification=stream)

        async def updated(**change: Any) -> Any:
            return (await cloud.call("dynamodb", "update_table", TableName="t", **change))["TableDescription"]

        encrypted = await updated(SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
        assert encrypted["SSEDescription"]["KMSMasterKeyArn"] == key
        own = await updated(SSESpecification={"Enabled": True})
        assert own["SSEDescription"]["KMSMasterKeyArn"] not in ("", key)
        assert "SSEDescription" not in await updated(SSESpecification={"Enabled": False})

        on_demand = await updated(BillingMode="PAY_PER_REQUEST")
        assert on_demand["ProvisionedThroughput"]["ReadCapacityUnits"] == 0

        await updated(StreamSpecification={"StreamEnabled": False})
        other = await updated(StreamSpecification=stream | {"StreamViewType": "KEYS_ONLY"})
        assert other["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
