"""Secondary indexes and keys of tables: the blocks, and DynamoDB's."""

from collections.abc import Mapping
from typing import Any

from terraform_provider.values.unknown import State

KEYS = {"hash_key": "HASH", "range_key": "RANGE"}
ON_DEMAND = "PAY_PER_REQUEST"
CAPACITIES = {"read_capacity": "ReadCapacityUnits", "write_capacity": "WriteCapacityUnits"}


def key_schema(block: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"AttributeName": block[ours], "KeyType": kind} for ours, kind in KEYS.items() if block.get(ours)]


def keys_of(schema: list[dict[str, str]]) -> State:
    named = {each["KeyType"]: each["AttributeName"] for each in schema}
    return {ours: named.get(kind, "") for ours, kind in KEYS.items()}


def throughput(block: State, mode: str | None, least: int = 0) -> dict[str, Any]:
    """Return the argument for provisioned capacity; none with on-demand billing."""
    if mode == ON_DEMAND:
        return {}
    return {"ProvisionedThroughput": {theirs: block[ours] or least for ours, theirs in CAPACITIES.items()}}


def capacities(found: dict[str, Any] | None) -> State:
    return {ours: (found or {}).get(theirs, 0) for ours, theirs in CAPACITIES.items()}


def _projection(block: State) -> dict[str, Any]:
    others = {"NonKeyAttributes": list(block["non_key_attributes"])} if block["non_key_attributes"] else {}
    return {"ProjectionType": block["projection_type"], **others}


def local_index(block: State, hash_key: str) -> dict[str, Any]:
    return {
        "IndexName": block["name"],
        "KeySchema": key_schema({**block, "hash_key": hash_key}),
        "Projection": _projection(block),
    }


def global_index(block: State, mode: str | None) -> dict[str, Any]:
    return {
        "IndexName": block["name"],
        "KeySchema": key_schema(block),
        "Projection": _projection(block),
        **throughput(block, mode),
    }


def local_block(found: dict[str, Any], before: State | None) -> State:
    others = found["Projection"].get("NonKeyAttributes") or []
    written = (before or {}).get("non_key_attributes") or []
    return {
        "name": found["IndexName"],
        # DynamoDB returns them in any order; Terraform keeps the order of the code.
        "non_key_attributes": written if sorted(written) == sorted(others) else others,
        "projection_type": found["Projection"]["ProjectionType"],
        "range_key": keys_of(found["KeySchema"])["range_key"],
    }


def global_block(found: dict[str, Any]) -> State:
    return {
        "name": found["IndexName"],
        "non_key_attributes": found["Projection"].get("NonKeyAttributes") or [],
        "on_demand_throughput": [],
        "projection_type": found["Projection"]["ProjectionType"],
        **keys_of(found["KeySchema"]),
        **capacities(found.get("ProvisionedThroughput")),
    }
