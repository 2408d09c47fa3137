"""`lifecycle_rule` of aws_s3_bucket, which the provider has deprecated: days, dates and prefixes in another form."""

from datetime import UTC, datetime
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.values.unknown import State

DATE_FORM = "%Y-%m-%d"
ABORT_DAYS = "abort_incomplete_multipart_upload_days"


def of_blocks(blocks: list[State]) -> list[dict[str, Any]]:
    return [_rule(each) for each in blocks]


def _rule(block: State) -> dict[str, Any]:
    actions: dict[str, Any] = {}
    if block[ABORT_DAYS]:
        actions["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": block[ABORT_DAYS]}
    if block["expiration"]:
        actions["Expiration"] = _expiration(block["expiration"][0])
    if block["noncurrent_version_expiration"]:
        actions["NoncurrentVersionExpiration"] = {
            "NoncurrentDays": block["noncurrent_version_expiration"][0]["days"] or 0
        }
    if block["noncurrent_version_transition"]:
        actions["NoncurrentVersionTransitions"] = [
            {"NoncurrentDays": each["days"] or 0, "StorageClass": each["storage_class"]}
            for each in block["noncurrent_version_transition"]
        ]
    if block["transition"]:
        actions["Transitions"] = [
            _dated(each, or_days=True) | {"StorageClass": each["storage_class"]} for each in block["transition"]
        ]
    prefix, listed = block["prefix"] or "", tags.as_list(block["tags"])
    named = {"ID": block["id"]} if block["id"] else {}
    return {
        **named,
        "Filter": {"And": {"Prefix": prefix, "Tags": listed}} if listed else {"Prefix": prefix},
        "Status": "Enabled" if block["enabled"] else "Disabled",
        # S3 requires an action in every rule. This one has no effect.
        **(actions or {"Expiration": {"ExpiredObjectDeleteMarker": False}}),
    }


def _expiration(block: State) -> dict[str, Any]:
    dated = _dated(block, or_days=bool(block["days"]))
    return dated or {"ExpiredObjectDeleteMarker": bool(block["expired_object_delete_marker"])}


def _dated(block: State, *, or_days: bool) -> dict[str, Any]:
    if block["date"]:
        return {"Date": datetime.strptime(block["date"], DATE_FORM).replace(tzinfo=UTC)}
    return {"Days": block["days"] or 0} if or_days else {}


def as_blocks(rules: list[dict[str, Any]]) -> list[State]:
    return [_block(each) for each in rules]


def _block(rule: dict[str, Any]) -> State:
    chosen = rule.get("Filter") or {}
    both, tag = chosen.get("And") or {}, chosen.get("Tag")
    last = rule.get("NoncurrentVersionExpiration")
    return {
        ABORT_DAYS: rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation", 0),
        "enabled": rule["Status"] == "Enabled",
        "expiration": [_expiration_block(rule["Expiration"])] if "Expiration" in rule else [],
        "id": rule.get("ID", ""),
        "noncurrent_version_expiration": [{"days": last.get("NoncurrentDays", 0)}] if last else [],
        "noncurrent_version_transition": [
            {"days": each.get("NoncurrentDays", 0), "storage_class": each["StorageClass"]}
            for each in rule.get("NoncurrentVersionTransitions", [])
        ],
        "prefix": rule.get("Prefix", chosen.get("Prefix", both.get("Prefix", ""))),
        "tags": {tag["Key"]: tag["Value"]} if tag else tags.as_dict(both.get("Tags")),
        "transition": [
            {"date": _date(each), "days": each.get("Days", 0), "storage_class": each["StorageClass"]}
            for each in rule.get("Transitions", [])
        ],
    }


def _expiration_block(found: dict[str, Any]) -> State:
    return {
        "date": _date(found),
        "days": found.get("Days", 0),
        "expired_object_delete_marker": found.get("ExpiredObjectDeleteMarker", False),
    }


def _date(found: dict[str, Any]) -> str:
    return found["Date"].strftime(DATE_FORM) if "Date" in found else ""
