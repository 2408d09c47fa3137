"""Changes of a table, which DynamoDB takes one kind at a time."""

from collections.abc import Iterator
from typing import Any

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.waiting import PROPAGATION_S, retried, timeout_s, wait_for, wait_until
from terraform_provider.resources.dynamodb import _indexes
from terraform_provider.values.unknown import State

TIMEOUTS = {"create": "30m", "update": "60m", "delete": "10m"}
GLOBAL = "global_secondary_index"
CHANGING = ("CREATING", "UPDATING")
CAPACITY = {"billing_mode", *_indexes.CAPACITIES}
LEAST_CAPACITY = 1
"""The capacity of a table or index that leaves on-demand capacity and has none in the code."""


def wait(aws: Aws, name: str, state: State, operation: str) -> None:
    """Wait until the table and all its indexes are active."""
    limit = timeout_s(state, operation, TIMEOUTS[operation])

    def of_table() -> str:
        return str(_described(aws, name)["TableStatus"])

    def of_indexes() -> str:
        states = {each["IndexStatus"] for each in _described(aws, name).get("GlobalSecondaryIndexes", [])}
        return next(iter(states - {"ACTIVE"}), "ACTIVE")

    wait_until(aws, "the table", of_table, ("ACTIVE",), pending=CHANGING, timeout_s=limit)
    wait_until(aws, "the table's indexes", of_indexes, ("ACTIVE",), timeout_s=limit)


def _described(aws: Aws, name: str) -> dict[str, Any]:
    table: dict[str, Any] = aws.client("dynamodb").describe_table(TableName=name)["Table"]
    return table


def change_table(aws: Aws, prior: State, planned: State, changed: frozenset[str]) -> None:
    dynamodb, name = aws.client("dynamodb"), prior["id"]
    for request in requests(prior, planned, changed):
        dynamodb.update_table(TableName=name, **request)
        wait(aws, name, planned, "update")


def requests(prior: State, planned: State, changed: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Yield the requests in order: removed indexes, the table, kept indexes, new ones, encryption."""
    mode = planned["billing_mode"]
    old, new = (_by_name(each[GLOBAL]) for each in (prior, planned))
    same = {name for name in old.keys() & new.keys() if _keys(old[name]) == _keys(new[name])}
    for name in sorted(old.keys() - same):
        yield {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}}]}
    if {"stream_view_type", "stream_enabled"} & changed == {"stream_view_type"} and planned["stream_enabled"]:
        # The view type of an enabled stream cannot change.
        yield {"StreamSpecification": {"StreamEnabled": False}}
        yield {"StreamSpecification": stream(planned)}
    request: dict[str, Any] = {}
    if CAPACITY & changed:
        leaves = mode != _indexes.ON_DEMAND and prior["billing_mode"] == _indexes.ON_DEMAND
        request |= {"BillingMode": mode, **_indexes.throughput(planned, mode, LEAST_CAPACITY if leaves else 0)}
    if "deletion_protection_enabled" in changed:
        request["DeletionProtectionEnabled"] = bool(planned["deletion_protection_enabled"])
    if "stream_enabled" in changed:
        request["StreamSpecification"] = stream(planned)
    other = [
        {"Update": {"IndexName": name, **_indexes.throughput(new[name], mode, LEAST_CAPACITY)}}
        for name in sorted(same)
        if _capacity(old[name]) != _capacity(new[name]) or "billing_mode" in changed
    ]
    if other and mode != _indexes.ON_DEMAND:
        request["GlobalSecondaryIndexUpdates"] = other
    if request:
        yield request
    for name in sorted(new.keys() - same):
        yield {
            "AttributeDefinitions": attributes(planned),
            "GlobalSecondaryIndexUpdates": [{"Create": _indexes.global_index(new[name], mode)}],
        }
    if "server_side_encryption" in changed:
        yield {"SSESpecification": encryption(planned)}


def _by_name(blocks: list[State]) -> dict[str, State]:
    return {each["name"]: each for each in blocks}


def _keys(index: State) -> tuple[Any, ...]:
    """Return the properties of an index that cannot be changed."""
    others = tuple(sorted(index["non_key_attributes"] or ()))
    return (index["hash_key"], index["range_key"] or "", index["projection_type"], others)


def _capacity(index: State) -> tuple[Any, ...]:
    return tuple(index[name] for name in _indexes.CAPACITIES)


def attributes(planned: State) -> list[dict[str, str]]:
    return [{"AttributeName": each["name"], "AttributeType": each["type"]} for each in planned["attribute"]]


def stream(planned: State) -> dict[str, Any]:
    if not planned["stream_enabled"]:
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, "StreamViewType": planned["stream_view_type"]}


def encryption(planned: State) -> dict[str, Any]:
    blocks = planned["server_side_encryption"]
    if not blocks or not blocks[0]["enabled"]:
        return {"Enabled": False}
    key = blocks[0]["kms_key_arn"]
    return {"Enabled": True} | ({"KMSMasterKeyId": key, "SSEType": "KMS"} if key else {})


def set_expiry(aws: Aws, name: str, blocks: list[State]) -> None:
    """Switch the expiry of items on or off; DynamoDB requires the attribute's name even to switch it off."""
    block = blocks[0] if blocks else {"enabled": False, "attribute_name": ""}
    wanted = {"Enabled": bool(block["enabled"]), "AttributeName": block["attribute_name"] or ""}
    dynamodb = aws.client("dynamodb")
    dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)

    def is_so() -> bool:
        found = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        return bool(found["TimeToLiveStatus"] == ("ENABLED" if wanted["Enabled"] else "DISABLED"))

    wait_for(aws, "the expiry of items to change", is_so, timeout_s=PROPAGATION_S)


def set_recovery(aws: Aws, name: str, blocks: list[State]) -> None:
    """Switch continuous backups on or off."""
    enabled = bool(blocks) and bool(blocks[0]["enabled"])
    days = blocks[0]["recovery_period_in_days"] if enabled else None
    wanted = {"PointInTimeRecoveryEnabled": enabled} | ({"RecoveryPeriodInDays": days} if days else {})
    dynamodb = aws.client("dynamodb")
    # A table is not ready for this immediately.
    retried(
        aws,
        lambda: dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=wanted),
        codes=("UnavailableException", "ContinuousBackupsUnavailableException"),
    )

    def is_so() -> bool:
        found = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        status = found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        return bool(status == ("ENABLED" if enabled else "DISABLED"))

    wait_for(aws, "point-in-time recovery to change", is_so, timeout_s=PROPAGATION_S)
