"""Replication rules of aws_s3_bucket_replication_configuration, and S3's."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import State

NONE = "ReplicationConfigurationNotFoundError"
NO_VERSIONS = ("InvalidRequest", "Versioning must be 'Enabled' on the bucket")
MARKERS, EXISTING, CRITERIA = "delete_marker_replication", "existing_object_replication", "source_selection_criteria"
WITH_STATUS = {MARKERS: "DeleteMarkerReplication", EXISTING: "ExistingObjectReplication"}
SELECTED = {"replica_modifications": "ReplicaModifications", "sse_kms_encrypted_objects": "SseKmsEncryptedObjects"}


def of_blocks(blocks: list[State]) -> list[dict[str, Any]]:
    return [_rule(each) for each in blocks]


def _rule(block: State) -> dict[str, Any]:
    rule = given(block, {"id": "ID", "status": "Status"}) | _with_status(block, WITH_STATUS)
    rule["Destination"] = _destination(block["destination"][0])
    if block[CRITERIA]:
        rule["SourceSelectionCriteria"] = _with_status(block[CRITERIA][0], SELECTED)
    # An empty filter counts: S3 validates rules with a filter differently from those with a prefix.
    if block["filter"]:
        return rule | {"Filter": _filter(block["filter"][0]), "Priority": block["priority"] or 0}
    return rule | {"Prefix": block["prefix"] or ""}


def _with_status(block: State, names: dict[str, str]) -> dict[str, Any]:
    return {theirs: {"Status": block[ours][0]["status"]} for ours, theirs in names.items() if block[ours]}


def _filter(block: State) -> dict[str, Any]:
    if block["and"]:
        both = block["and"][0]
        listed = tags.as_list(both["tags"])
        return {"And": {"Prefix": both["prefix"] or ""} | ({"Tags": listed} if listed else {})}
    if block["tag"]:
        return {"Tag": {"Key": block["tag"][0]["key"], "Value": block["tag"][0]["value"]}}
    return {"Prefix": block["prefix"] or ""}


def _destination(block: State) -> dict[str, Any]:
    made = given(block, {"account": "Account", "bucket": "Bucket", "storage_class": "StorageClass"})
    for each in block["access_control_translation"]:
        made["AccessControlTranslation"] = {"Owner": each["owner"]}
    for each in block["encryption_configuration"]:
        made["EncryptionConfiguration"] = {"ReplicaKmsKeyID": each["replica_kms_key_id"]}
    for each in block["metrics"]:
        made["Metrics"] = {"Status": each["status"]} | _minutes("EventThreshold", each["event_threshold"])
    for each in block["replication_time"]:
        made["ReplicationTime"] = {"Status": each["status"]} | _minutes("Time", each["time"])
    return made


def _minutes(name: str, blocks: list[State]) -> dict[str, Any]:
    return {name: {"Minutes": blocks[0]["minutes"]}} if blocks else {}


def as_blocks(rules: list[dict[str, Any]]) -> list[State]:
    return [_block(each) for each in rules]


def _block(rule: dict[str, Any]) -> State:
    criteria, chosen = rule.get("SourceSelectionCriteria"), rule.get("Filter")
    return {
        **_status_blocks(rule, WITH_STATUS),
        "destination": [_destination_block(rule["Destination"])],
        "filter": [] if chosen is None else [_filter_block(chosen)],
        "id": rule.get("ID", ""),
        "prefix": rule.get("Prefix", ""),
        "priority": rule.get("Priority", 0),
        CRITERIA: [] if criteria is None else [_status_blocks(criteria, SELECTED)],
        "status": rule["Status"],
    }


def _status_blocks(found: dict[str, Any], names: dict[str, str]) -> State:
    return {ours: [{"status": found[theirs]["Status"]}] if found.get(theirs) else [] for ours, theirs in names.items()}


def _filter_block(found: dict[str, Any]) -> State:
    both, tag = found.get("And"), found.get("Tag")
    return {
        "and": [] if both is None else [{"prefix": both.get("Prefix", ""), "tags": tags.as_dict(both.get("Tags"))}],
        "prefix": found.get("Prefix", ""),
        "tag": [] if tag is None else [{"key": tag["Key"], "value": tag["Value"]}],
    }


def _destination_block(found: dict[str, Any]) -> State:
    translated, encrypted = found.get("AccessControlTranslation"), found.get("EncryptionConfiguration")
    metrics, time = found.get("Metrics"), found.get("ReplicationTime")
    return {
        "access_control_translation": [{"owner": translated["Owner"]}] if translated else [],
        "account": found.get("Account", ""),
        "bucket": found["Bucket"],
        "encryption_configuration": [{"replica_kms_key_id": encrypted["ReplicaKmsKeyID"]}] if encrypted else [],
        "metrics": [{"event_threshold": _as_minutes(metrics, "EventThreshold"), "status": metrics["Status"]}]
        if metrics
        else [],
        "replication_time": [{"status": time["Status"], "time": _as_minutes(time, "Time")}] if time else [],
        "storage_class": found.get("StorageClass", ""),
    }


def _as_minutes(found: dict[str, Any], name: str) -> list[State]:
    return [{"minutes": found[name]["Minutes"]}] if found.get(name) else []
