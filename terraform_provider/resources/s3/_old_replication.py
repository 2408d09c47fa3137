"""`replication_configuration` of aws_s3_bucket, which the provider has deprecated."""

from typing import Any

from terraform_provider.framework import tags
from terraform_provider.framework.nulls import given
from terraform_provider.values.unknown import State

MARKERS = "delete_marker_replication_status"
CRITERIA, ENCRYPTED = "source_selection_criteria", "sse_kms_encrypted_objects"


def of_block(block: State) -> dict[str, Any]:
    return {"Role": block["role"], "Rules": [_rule(each) for each in block["rules"]]}


def _rule(block: State) -> dict[str, Any]:
    rule = given(block, {"id": "ID", "status": "Status"})
    rule["Destination"] = _destination(block["destination"][0])
    for each in [each for criteria in block[CRITERIA] for each in criteria[ENCRYPTED]]:
        status = "Enabled" if each["enabled"] else "Disabled"
        rule["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": status}}
    if not block["filter"]:
        return rule | {"Prefix": block["prefix"] or ""}
    chosen = block["filter"][0]
    prefix, listed = chosen["prefix"] or "", tags.as_list(chosen["tags"])
    return rule | {
        "DeleteMarkerReplication": {"Status": block[MARKERS] or "Disabled"},
        "Filter": {"And": {"Prefix": prefix, "Tags": listed}} if listed else {"Prefix": prefix},
        "Priority": block["priority"] or 0,
    }


def _destination(block: State) -> dict[str, Any]:
    made = given(block, {"account_id": "Account", "bucket": "Bucket", "storage_class": "StorageClass"})
    if block["replica_kms_key_id"]:
        made["EncryptionConfiguration"] = {"ReplicaKmsKeyID": block["replica_kms_key_id"]}
    for each in block["access_control_translation"]:
        made["AccessControlTranslation"] = {"Owner": each["owner"]}
    for each in block["metrics"]:
        made["Metrics"] = {"EventThreshold": {"Minutes": each["minutes"] or 0}, "Status": each["status"]}
    for each in block["replication_time"]:
        made["ReplicationTime"] = {"Status": each["status"], "Time": {"Minutes": each["minutes"] or 0}}
    return made


def as_block(found: dict[str, Any]) -> State:
    return {"role": found["Role"], "rules": [_block(each) for each in found["Rules"]]}


def _block(rule: dict[str, Any]) -> State:
    chosen, criteria = rule.get("Filter"), rule.get("SourceSelectionCriteria")
    markers = rule.get("DeleteMarkerReplication", {}).get("Status")
    return {
        MARKERS: markers if markers == "Enabled" else "",
        "destination": [_destination_block(rule["Destination"])],
        "filter": [] if chosen is None else [_filter_block(chosen)],
        "id": rule.get("ID", ""),
        "prefix": rule.get("Prefix", ""),
        "priority": rule.get("Priority", 0),
        CRITERIA: [] if criteria is None else [_criteria_block(criteria)],
        "status": rule["Status"],
    }


def _criteria_block(found: dict[str, Any]) -> State:
    encrypted = found.get("SseKmsEncryptedObjects")
    return {ENCRYPTED: [{"enabled": encrypted["Status"] == "Enabled"}] if encrypted else []}


def _filter_block(found: dict[str, Any]) -> State:
    both, tag = found.get("And") or {}, found.get("Tag")
    return {
        "prefix": found.get("Prefix", both.get("Prefix", "")),
        "tags": {tag["Key"]: tag["Value"]} if tag else tags.as_dict(both.get("Tags")),
    }


def _destination_block(found: dict[str, Any]) -> State:
    translated, metrics, time = (found.get(name) for name in ("AccessControlTranslation", "Metrics", "ReplicationTime"))
    return {
        "access_control_translation": [{"owner": translated["Owner"]}] if translated else [],
        "account_id": found.get("Account", ""),
        "bucket": found["Bucket"],
        "metrics": [_timed(metrics, "EventThreshold")] if metrics else [],
        "replica_kms_key_id": found.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID", ""),
        "replication_time": [_timed(time, "Time")] if time else [],
        "storage_class": found.get("StorageClass", ""),
    }


def _timed(found: dict[str, Any], name: str) -> State:
    return {"minutes": found.get(name, {}).get("Minutes", 0), "status": found["Status"]}
