"""Deprecated arguments of aws_s3_bucket for a bucket's settings, which it reads even if another resource set them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from terraform_provider.framework.json_text import normal_json
from terraform_provider.resources.s3 import (
    _calls,
    _cors,
    _encryption,
    _grants,
    _old_lifecycle,
    _old_replication,
    _replication,
    _website,
)
from terraform_provider.resources.s3._lifecycle import NONE as NO_LIFECYCLE
from terraform_provider.values.unknown import State, Value

NO_POLICY = "NoSuchBucketPolicy"
NO_LOCKS = "ObjectLockConfigurationNotFoundError"
LOCKED = "Enabled"
LOCKS, REPLICATION = "object_lock_configuration", "replication_configuration"


@dataclass(frozen=True)
class Part:
    """An attribute or block of the bucket. `get` and `set` take S3's client and the bucket's name."""

    name: str
    get: Callable[[Any, str], Value]
    set: Callable[[Any, str, Any], object]


def _policy(s3: Any, bucket: str) -> Value:
    found = _calls.found(lambda: s3.get_bucket_policy(Bucket=bucket), NO_POLICY, *_calls.NOT_OFFERED)
    return normal_json(found["Policy"]) if found else ""


def _set_policy(s3: Any, bucket: str, policy: str | None) -> None:
    if policy:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    else:
        s3.delete_bucket_policy(Bucket=bucket)


def _cors_rules(s3: Any, bucket: str) -> Value:
    found = _calls.found(lambda: s3.get_bucket_cors(Bucket=bucket), _cors.NONE, *_calls.NOT_OFFERED)
    return _cors.as_blocks(found["CORSRules"], with_id=False) if found else []


def _set_cors(s3: Any, bucket: str, blocks: list[State]) -> None:
    if blocks:
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration=_cors.of_blocks(blocks))
    else:
        s3.delete_bucket_cors(Bucket=bucket)


def _website_blocks(s3: Any, bucket: str) -> Value:
    found = _calls.found(lambda: s3.get_bucket_website(Bucket=bucket), _website.NONE, *_calls.NOT_OFFERED)
    return _website.as_blocks(found) if found else []


def _set_website(s3: Any, bucket: str, blocks: list[State]) -> None:
    if blocks:
        s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration=_website.of_block(blocks[0]))
    else:
        s3.delete_bucket_website(Bucket=bucket)


def _versioning(s3: Any, bucket: str) -> Value:
    found = s3.get_bucket_versioning(Bucket=bucket)
    return [{"enabled": found.get("Status") == "Enabled", "mfa_delete": found.get("MFADelete") == "Enabled"}]


def _set_versioning(s3: Any, bucket: str, blocks: list[State]) -> None:
    for each in blocks:
        s3.put_bucket_versioning(
            Bucket=bucket,
            VersioningConfiguration={
                "Status": "Enabled" if each["enabled"] else "Suspended",
                "MFADelete": "Enabled" if each["mfa_delete"] else "Disabled",
            },
        )


def _acceleration(s3: Any, bucket: str) -> Value:
    absent = (*_calls.NOT_OFFERED, "UnsupportedArgument", "UnsupportedOperation")
    found = _calls.found(lambda: s3.get_bucket_accelerate_configuration(Bucket=bucket), *absent)
    return (found or {}).get("Status", "")


def _set_acceleration(s3: Any, bucket: str, status: str | None) -> None:
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": status or "Suspended"})


def _payer(s3: Any, bucket: str) -> Value:
    found = _calls.found(lambda: s3.get_bucket_request_payment(Bucket=bucket), *_calls.NOT_OFFERED)
    return (found or {}).get("Payer", "")


def _set_payer(s3: Any, bucket: str, payer: str | None) -> None:
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": payer or "BucketOwner"})


def _logging(s3: Any, bucket: str) -> Value:
    found = s3.get_bucket_logging(Bucket=bucket).get("LoggingEnabled")
    names = {"target_bucket": "TargetBucket", "target_prefix": "TargetPrefix"}
    return [{ours: found.get(theirs, "") for ours, theirs in names.items()}] if found else []


def _set_logging(s3: Any, bucket: str, blocks: list[State]) -> None:
    status: dict[str, Any] = {}
    if blocks:
        target, prefix = blocks[0]["target_bucket"], blocks[0]["target_prefix"] or ""
        status["LoggingEnabled"] = {"TargetBucket": target, "TargetPrefix": prefix}
    s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=status)


def _lifecycle_rules(s3: Any, bucket: str) -> Value:
    found = _calls.found(
        lambda: s3.get_bucket_lifecycle_configuration(Bucket=bucket), NO_LIFECYCLE, *_calls.NOT_OFFERED
    )
    return _old_lifecycle.as_blocks(found["Rules"]) if found else []


def _set_lifecycle(s3: Any, bucket: str, blocks: list[State]) -> None:
    if blocks:
        rules = {"Rules": _old_lifecycle.of_blocks(blocks)}
        s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=rules)
    else:
        s3.delete_bucket_lifecycle(Bucket=bucket)


def _replication_blocks(s3: Any, bucket: str) -> Value:
    found = _calls.found(lambda: s3.get_bucket_replication(Bucket=bucket), _replication.NONE, *_calls.NOT_OFFERED)
    return [_old_replication.as_block(found["ReplicationConfiguration"])] if found else []


def _set_replication(s3: Any, bucket: str, blocks: list[State]) -> None:
    if blocks:
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=_old_replication.of_block(blocks[0]))
    else:
        s3.delete_bucket_replication(Bucket=bucket)


def _encryption_blocks(s3: Any, bucket: str) -> Value:
    found = _calls.found(lambda: s3.get_bucket_encryption(Bucket=bucket), _encryption.NONE, *_calls.NOT_OFFERED)
    return [{"rule": _encryption.as_blocks(found)}] if found else []


def _set_encryption(s3: Any, bucket: str, blocks: list[State]) -> None:
    if blocks:
        rules = _encryption.of_blocks(blocks[0]["rule"])
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=rules)
    else:
        s3.delete_bucket_encryption(Bucket=bucket)


def _locks(s3: Any, bucket: str) -> Value:
    found = _calls.found(lambda: s3.get_object_lock_configuration(Bucket=bucket), NO_LOCKS, *_calls.NOT_OFFERED)
    if not found:
        return []
    locks = found["ObjectLockConfiguration"]
    rule = locks.get("Rule", {}).get("DefaultRetention")
    names = {"days": "Days", "mode": "Mode", "years": "Years"}
    retention = [{ours: rule.get(theirs) for ours, theirs in names.items()}] if rule else []
    return [
        {
            "object_lock_enabled": locks.get("ObjectLockEnabled", ""),
            "rule": [{"default_retention": retention}] if rule else [],
        }
    ]


def _set_locks(s3: Any, bucket: str, blocks: list[State]) -> None:
    wanted: dict[str, Any] = {}
    for block in blocks:
        wanted["ObjectLockEnabled"] = block["object_lock_enabled"] or LOCKED
        for each in [each for rule in block["rule"] for each in rule["default_retention"]]:
            length = {"Days": each["days"]} if each["days"] else {"Years": each["years"]}
            wanted["Rule"] = {"DefaultRetention": {"Mode": each["mode"], **length}}
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=wanted)


PARTS = (
    Part("policy", _policy, _set_policy),
    Part("cors_rule", _cors_rules, _set_cors),
    Part("website", _website_blocks, _set_website),
    Part("versioning", _versioning, _set_versioning),
    Part("grant", _grants.read, _grants.put),
    Part("logging", _logging, _set_logging),
    Part("lifecycle_rule", _lifecycle_rules, _set_lifecycle),
    Part("acceleration_status", _acceleration, _set_acceleration),
    Part("request_payer", _payer, _set_payer),
    Part(REPLICATION, _replication_blocks, _set_replication),
    Part("server_side_encryption_configuration", _encryption_blocks, _set_encryption),
    Part(LOCKS, _locks, _set_locks),
)
"""All parts, in the order of their changes: some depend on others."""
