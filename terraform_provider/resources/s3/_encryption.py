"""Encryption of new objects: the blocks of rules, and S3's."""

from typing import Any

from terraform_provider.values.unknown import State

NONE = "ServerSideEncryptionConfigurationNotFoundError"
BY_DEFAULT = "apply_server_side_encryption_by_default"


def of_blocks(blocks: list[State]) -> dict[str, Any]:
    return {"Rules": [_rule(each) for each in blocks]}


def _rule(block: State) -> dict[str, Any]:
    rule: dict[str, Any] = {"BucketKeyEnabled": bool(block["bucket_key_enabled"])}
    for each in block[BY_DEFAULT]:
        key = {"KMSMasterKeyID": each["kms_master_key_id"]} if each["kms_master_key_id"] else {}
        rule["ApplyServerSideEncryptionByDefault"] = {"SSEAlgorithm": each["sse_algorithm"], **key}
    return rule


def as_blocks(found: dict[str, Any]) -> list[State]:
    return [_block(rule) for rule in found["ServerSideEncryptionConfiguration"]["Rules"]]


def _block(rule: dict[str, Any]) -> State:
    by_default = rule.get("ApplyServerSideEncryptionByDefault")
    return {
        BY_DEFAULT: [
            {"kms_master_key_id": each.get("KMSMasterKeyID", ""), "sse_algorithm": each["SSEAlgorithm"]}
            for each in ([by_default] if by_default else [])
        ],
        "bucket_key_enabled": rule.get("BucketKeyEnabled", False),
    }
