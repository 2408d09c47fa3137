"""Lifecycle rules of aws_s3_bucket_lifecycle_configuration, and S3's; null and zero are different here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from terraform_provider.framework import tags
from terraform_provider.values.unknown import State

NONE = "NoSuchLifecycleConfiguration"
ABORT, EXPIRATION, FILTER = "abort_incomplete_multipart_upload", "expiration", "filter"
LAST, LATER = "noncurrent_version_expiration", "noncurrent_version_transition"
DATE_FORM = "%Y-%m-%dT%H:%M:%SZ"


def of_blocks(blocks: list[State]) -> list[dict[str, Any]]:
    return [_rule(each) for each in blocks]


def _rule(block: State) -> dict[str, Any]:
    rule: dict[str, Any] = {"ID": block["id"], "Status": block["status"]}
    if block[FILTER]:
        rule["Filter"] = _filter(block[FILTER][0])
    elif block["prefix"]:
        rule["Prefix"] = block["prefix"]
    else:
        rule["Filter"] = {}
    for each in block[ABORT]:
        rule["AbortIncompleteMultipartUpload"] = _given({"DaysAfterInitiation": each["days_after_initiation"]})
    for each in block[EXPIRATION]:
        rule["Expiration"] = _expiration(each)
    for each in block[LAST]:
        rule["NoncurrentVersionExpiration"] = _noncurrent(each)
    if block["transition"]:
        rule["Transitions"] = [_transition(each) for each in block["transition"]]
    if block[LATER]:
        rule["NoncurrentVersionTransitions"] = [
            _noncurrent(each) | {"StorageClass": each["storage_class"]} for each in block[LATER]
        ]
    return rule


def _filter(block: State) -> dict[str, Any]:
    if block["and"]:
        return {"And": _and(block["and"][0])}
    if block["tag"]:
        return {"Tag": {"Key": block["tag"][0]["key"], "Value": block["tag"][0]["value"]}}
    sizes = _given(
        {
            "ObjectSizeGreaterThan": block["object_size_greater_than"],
            "ObjectSizeLessThan": block["object_size_less_than"],
        }
    )
    return sizes | _given({"Prefix": block["prefix"]}) or {"Prefix": ""}


def _and(block: State) -> dict[str, Any]:
    listed = tags.as_list(block["tags"])
    return {
        **_given({"ObjectSizeGreaterThan": block["object_size_greater_than"], "Prefix": block["prefix"]}),
        **({"ObjectSizeLessThan": block["object_size_less_than"]} if block["object_size_less_than"] else {}),
        **({"Tags": listed} if listed else {}),
    }


def _expiration(block: State) -> dict[str, Any]:
    """Return the expiration. A date or days exclude the marker; without any of the three the marker is false."""
    dated = _given({"Date": block["date"], "Days": block["days"] or None})
    return dated or {"ExpiredObjectDeleteMarker": bool(block["expired_object_delete_marker"])}


def _transition(block: State) -> dict[str, Any]:
    dated = _given({"Date": block["date"], "Days": block["days"]}) or {"Days": 0}
    return dated | {"StorageClass": block["storage_class"]}


def _noncurrent(block: State) -> dict[str, Any]:
    return _given(
        {"NoncurrentDays": block["noncurrent_days"], "NewerNoncurrentVersions": block["newer_noncurrent_versions"]}
    )


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def as_blocks(rules: list[dict[str, Any]]) -> list[State]:
    return [_block(each) for each in rules]


def _block(rule: dict[str, Any]) -> State:
    expiration, last = rule.get("Expiration"), rule.get("NoncurrentVersionExpiration")
    abort = rule.get("AbortIncompleteMultipartUpload")
    return {
        "id": rule.get("ID"),
        "prefix": rule.get("Prefix", ""),
        "status": rule["Status"],
        FILTER: [_filter_block(rule["Filter"])] if rule.get("Filter") else [],
        ABORT: [] if abort is None else [{"days_after_initiation": abort.get("DaysAfterInitiation")}],
        EXPIRATION: [] if expiration is None else [_expiration_block(expiration)],
        LAST: [] if last is None else [_noncurrent_block(last)],
        LATER: [
            _noncurrent_block(each) | {"storage_class": each.get("StorageClass")}
            for each in rule.get("NoncurrentVersionTransitions", [])
        ],
        "transition": [
            {"date": _date(each.get("Date")), "days": each.get("Days"), "storage_class": each.get("StorageClass")}
            for each in rule.get("Transitions", [])
        ],
    }


def _filter_block(found: dict[str, Any]) -> State:
    both, tag = found.get("And"), found.get("Tag")
    return {
        "and": [] if both is None else [_and_block(both)],
        "object_size_greater_than": found.get("ObjectSizeGreaterThan"),
        "object_size_less_than": found.get("ObjectSizeLessThan"),
        "prefix": found.get("Prefix"),
        "tag": [] if tag is None else [{"key": tag["Key"], "value": tag["Value"]}],
    }


def _and_block(found: dict[str, Any]) -> State:
    return {
        "object_size_greater_than": found.get("ObjectSizeGreaterThan", 0),
        "object_size_less_than": found.get("ObjectSizeLessThan", 0),
        "prefix": found.get("Prefix", ""),
        "tags": tags.as_dict(found.get("Tags")) or None,
    }


def _expiration_block(found: dict[str, Any]) -> State:
    return {
        "date": _date(found.get("Date")),
        "days": found.get("Days", 0),
        "expired_object_delete_marker": found.get("ExpiredObjectDeleteMarker", False),
    }


def _noncurrent_block(found: dict[str, Any]) -> State:
    return {
        "newer_noncurrent_versions": found.get("NewerNoncurrentVersions"),
        "noncurrent_days": found.get("NoncurrentDays"),
    }


def _date(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime(DATE_FORM)
