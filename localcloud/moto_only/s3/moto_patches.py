"""S3: bucket policies with a principal that is not an object; complete replication rules; keys."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from localcloud.moto.patching import checking, wrap
from localcloud.moto_only.checks import s3_buckets
from localcloud.moto_only.checks.s3_lifecycle import check_lifecycle
from localcloud.moto_only.checks.s3_replication import check_replication
from localcloud.moto_only.kms.key_states import check_key_of_object
from localcloud.moto_only.s3 import (
    access,
    anonymous,
    bucket_settings,
    default_encryption,
    lifecycle,
    new_buckets,
    notifications,
    subresources,
)

LOG_DELIVERY = "logging.s3.amazonaws.com"


def patch() -> None:
    """moto expects every Principal to be an object, and shows half of a replication rule."""
    from moto.s3.models import FakeBucket, S3Backend
    from moto.s3.responses import S3Response

    bucket: Any = FakeBucket
    bucket._log_permissions_enabled_policy = staticmethod(may_deliver_logs)
    answering: Any = S3Response
    answering.get_bucket_replication = get_bucket_replication
    answering.get_object = _with_readable_key(answering.get_object)
    wrap(S3Response, "_tagging_from_xml", checking(lambda self, _: s3_buckets.check_object_tags(self.body)))
    wrap(S3Response, "_bucket_response_delete_keys", checking(lambda self, _: s3_buckets.check_deletion(self.body)))
    for name, check in CHECKS.items():
        wrap(S3Backend, name, checking(check))
    anonymous.patch()
    access.patch()
    new_buckets.patch()
    default_encryption.patch()
    lifecycle.patch()
    bucket_settings.patch()
    notifications.patch()
    subresources.patch()
    answering._handle_range_header = _ignoring_unreadable(answering._handle_range_header)


def _with_readable_key(read: Callable[..., Any]) -> Callable[..., Any]:
    """Check the key of an object that is read. HEAD works without it."""

    @wraps(read)
    def get_object(self: Any) -> Any:
        found, _ = self._get_key()
        region = self.backend.get_bucket(self.bucket_name).region_name
        check_key_of_object(self.current_account, region, getattr(found, "kms_key_id", None))
        return read(self)

    return get_object


def _check_key(backend: Any, given: Mapping[str, Any]) -> None:
    """Check the key of an object that is stored: the request's, else the bucket's."""
    bucket = backend.get_bucket(given["bucket_name"])
    rule = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"] if bucket.encryption else {}
    key = given.get("kms_key_id") or rule.get("KMSMasterKeyID")
    check_key_of_object(backend.account_id, bucket.region_name, key)


def _check_copied(backend: object, given: Mapping[str, object]) -> None:
    """Check the key of the object that is copied."""
    _check_source(backend, given["src_key"])


def _check_partly_copied(backend: Any, given: Mapping[str, Any]) -> None:
    """Check the key of the object of which a part is copied."""
    source = backend.get_object(given["src_bucket_name"], given["src_key_name"], version_id=given["src_version_id"])
    if source is not None:
        _check_source(backend, source)


def _check_source(backend: Any, source: Any) -> None:
    region = backend.get_bucket(source.bucket_name).region_name
    check_key_of_object(backend.account_id, region, source.kms_key_id)


def _check_rules(backend: Any, given: Mapping[str, Any]) -> None:
    backend.get_bucket(given["bucket_name"])
    check_lifecycle(given["rules"])


def _check_replication(_: Any, given: Mapping[str, Any]) -> None:
    rules = given["replication"].get("Rule") or []
    check_replication(rules if isinstance(rules, list) else [rules])


CHECKS = {
    "put_object": _check_key,
    "create_multipart_upload": _check_key,
    "copy_object": _check_copied,
    "upload_part_copy": _check_partly_copied,
    "put_bucket_lifecycle": _check_rules,
    "put_bucket_replication": _check_replication,
    "put_bucket_cors": lambda _, given: s3_buckets.check_cors(given["cors_rules"]),
    "put_bucket_encryption": lambda _, given: s3_buckets.check_encryption(given["encryption"]),
    "put_bucket_ownership_controls": lambda _, given: s3_buckets.check_ownership(given["ownership"]),
    "put_bucket_tagging": lambda _, given: s3_buckets.check_tags(given["tags"]),
    "put_bucket_versioning": lambda _, given: s3_buckets.check_versioning(given["status"]),
    "put_bucket_website": lambda _, given: s3_buckets.check_website(given["website_configuration"]),
    "put_bucket_notification_configuration": notifications.check_notifications,
}
"""moto's methods, each with what is checked before it."""


def _ignoring_unreadable(partial: Callable[..., Any]) -> Callable[..., Any]:
    """Answer an unreadable range with the whole object, as S3 does."""

    @wraps(partial)
    def handle_range_header(self: Any, request: Any, headers: dict[str, Any], content: Any) -> Any:
        if request.headers.get("range").count("=") != 1:
            return 200, headers, content
        return partial(self, request, headers, content)

    return handle_range_header


def get_bucket_replication(self: Any) -> Any:
    """Return the rules as they were put. They copy nothing here."""
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import ReplicationConfigurationNotFoundError

    self.data["Action"] = "GetBucketReplication"
    replication = self.backend.get_bucket_replication(self.bucket_name)
    if not replication:
        error: Any = ReplicationConfigurationNotFoundError
        raise error(bucket_name=self.bucket_name)
    defaults: dict[str, Any] = {"DeleteMarkerReplication": {"Status": "Disabled"}}
    rules = [defaults | rule | {"Filter": _filter(rule)} for rule in replication["Rule"]]
    return self.serialized(ActionResult({"ReplicationConfiguration": {"Role": replication["Role"], "Rules": rules}}))


def _filter(rule: dict[str, Any]) -> dict[str, Any]:
    """Restore empty elements, which were parsed as None."""
    return {name: "" if value is None else value for name, value in (rule.get("Filter") or {"Prefix": ""}).items()}


def may_deliver_logs(target_bucket: Any, target_prefix: str | None) -> bool:
    """Return whether a statement allows S3's log delivery to put objects below the prefix."""
    policy = json.loads(target_bucket.policy.decode()) if target_bucket.policy else {"Statement": []}
    bucket = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}"
    prefix = target_prefix or ""
    wide_enough = {f"{bucket}/{prefix[:length]}*" for length in range(len(prefix) + 1)}
    for statement in _statements(policy):
        principal = statement.get("Principal")
        services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
        if (
            statement.get("Effect") == "Allow"
            and LOG_DELIVERY in services
            and {"s3:PutObject", "s3:*"} & set(_listed(statement.get("Action")))
            and wide_enough & set(_listed(statement.get("Resource")))
        ):
            return True
    return False


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found = policy["Statement"]
    return [found] if isinstance(found, dict) else found


def _listed(value: Any) -> list[str]:
    """Return a list: values in a policy are a single value or a list."""
    return value if isinstance(value, list) else [value] if value else []
