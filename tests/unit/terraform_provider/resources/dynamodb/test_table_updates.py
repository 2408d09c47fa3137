"""A change of a table becomes requests in turn, each of a kind that DynamoDB takes alone."""

from typing import Any

from terraform_provider.resources.dynamodb import _updates
from terraform_provider.values.unknown import State

INDEX: State = {
    "name": "i",
    "hash_key": "k",
    "range_key": "",
    "projection_type": "ALL",
    "non_key_attributes": [],
    "read_capacity": 1,
    "write_capacity": 1,
}
TABLE: State = {
    "attribute": [{"name": "k", "type": "S"}],
    "billing_mode": "PROVISIONED",
    "read_capacity": 1,
    "write_capacity": 1,
    "deletion_protection_enabled": False,
    "stream_enabled": True,
    "stream_view_type": "KEYS_ONLY",
    "global_secondary_index": [INDEX],
    "server_side_encryption": [],
}


def requests(**changes: Any) -> list[dict[str, Any]]:
    planned = TABLE | changes
    return list(_updates.requests(TABLE, planned, frozenset(changes)))


def test_an_index_with_other_keys_is_deleted_first_and_made_last() -> None:
    found = requests(global_secondary_index=[INDEX | {"projection_type": "KEYS_ONLY"}], read_capacity=2)
    assert [list(each) for each in found] == [
        ["GlobalSecondaryIndexUpdates"],
        ["BillingMode", "ProvisionedThroughput"],
        ["AttributeDefinitions", "GlobalSecondaryIndexUpdates"],
    ]
    assert found[0]["GlobalSecondaryIndexUpdates"] == [{"Delete": {"IndexName": "i"}}]


def test_an_index_with_other_capacity_is_changed_with_the_table() -> None:
    (found,) = requests(global_secondary_index=[INDEX | {"read_capacity": 5}])
    capacity = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1}
    assert found == {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "i", "ProvisionedThroughput": capacity}}]}


def test_capacity_on_demand_leaves_the_indexes_alone() -> None:
    assert requests(billing_mode="PAY_PER_REQUEST") == [{"BillingMode": "PAY_PER_REQUEST"}]


def test_another_kind_of_stream_is_switched_off_and_on() -> None:
    assert requests(stream_view_type="NEW_IMAGE") == [
        {"StreamSpecification": {"StreamEnabled": False}},
        {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}},
    ]


def test_encryption_is_a_request_of_its_own() -> None:
    block = {"enabled": True, "kms_key_arn": "arn:k"}
    specification = {"Enabled": True, "KMSMasterKeyId": "arn:k", "SSEType": "KMS"}
    assert requests(server_side_encryption=[block]) == [{"SSESpecification": specification}]
