"""DynamoDB's tables change all that AWS's can."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

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


@pytest.mark.parametrize("value", [{}, {"S": "a", "N": "1"}, {"M": {"x": {}}}, {"L": [{"S": "a"}, {}]}])
async def test_a_value_without_one_type_is_refused_wherever_it_is(
    cloud_in: Any, tmp_path: Path, value: dict[str, Any]
) -> None:
    key = {"TableName": "t", "Key": {"k": {"S": "a"}}}
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("dynamodb", "create_table", **TABLE)
        for operation, parameters in (
            ("get_item", {"TableName": "t", "Key": {"k": value}}),
            ("put_item", {"TableName": "t", "Item": {"k": {"S": "a"}, "v": value}}),
            ("update_item", {**key, "UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": value}}),
            ("batch_get_item", {"RequestItems": {"t": {"Keys": [{"k": value}]}}}),
            ("transact_write_items", {"TransactItems": [{"Put": {"TableName": "t", "Item": {"k": value}}}]}),
        ):
            with pytest.raises(ClientError, match="must contain exactly one of the supported datatypes") as caught:
                await cloud.call("dynamodb", operation, **parameters)
            assert caught.value.response["Error"]["Code"] == "ValidationException"


async def test_a_replica_is_refused_because_none_would_be_made(cloud_in: Any, tmp_path: Path) -> None:
    async with cloud_in(tmp_path, {}) as cloud:
        await cloud.call("dynamodb", "create_table", **TABLE)
        with pytest.raises(ClientError, match="tables of the local cloud have no replicas"):
            await cloud.call(
                "dynamodb",
                "update_table",
                TableName="t",
                ReplicaUpdates=[{"Create": {"RegionName": "us-west-2"}}],
            )
        assert "Replicas" not in (await cloud.call("dynamodb", "describe_table", TableName="t"))["Table"]
