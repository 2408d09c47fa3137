"""Lifecycle rules of S3 as they were put, with the minimum size for transitions."""

from __future__ import annotations

import base64
import copy
import uuid
from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from localcloud.moto.patching import result, wrap

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

SIZE = "x-amz-transition-default-minimum-object-size"
USUAL_SIZE = "all_storage_classes_128K"
KEPT, KEPT_SIZE = "rules_as_put", "smallest_transition"
"""Attributes that are added to moto's bucket."""
NUMBERS = {
    *("Days", "NoncurrentDays", "NewerNoncurrentVersions", "DaysAfterInitiation"),
    *("ObjectSizeGreaterThan", "ObjectSizeLessThan"),
}
LISTS = {
    "Transition": "Transitions",
    "NoncurrentVersionTransition": "NoncurrentVersionTransitions",
}
"""Elements that may be repeated, with their names in responses; tags may be repeated only inside And."""


def patch() -> None:
    """moto drops sizes, numbers of versions and rules' ids, and reads a disabled marker as an enabled one."""
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    wrap(FakeBucket, "set_lifecycle", _kept)
    wrap(S3Response, "get_bucket_lifecycle", _as_put)
    wrap(S3Response, "_bucket_response_put", _with_size)


def _kept(store: Callable[..., None]) -> Callable[..., None]:
    @wraps(store)
    def set_lifecycle(self: FakeBucket, rules: list[dict[str, object]]) -> None:
        for rule in rules:
            rule["ID"] = rule.get("ID") or base64.b64encode(str(uuid.uuid4()).encode()).decode()
        put = copy.deepcopy(rules)
        store(self, rules)
        setattr(self, KEPT, put)

    return set_lifecycle


def _as_put(read: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    @wraps(read)
    def get_bucket_lifecycle(self: S3Response) -> Any:
        bucket = self.backend.get_bucket(self.bucket_name)
        put = getattr(bucket, KEPT, None)
        if put is None or not bucket.rules:
            return read(self)  # rules that an earlier version stored, or none
        self.data["Action"] = "GetBucketLifecycleConfiguration"
        size = getattr(bucket, KEPT_SIZE, USUAL_SIZE)
        rules = [as_answered(rule) for rule in put]
        return self.serialized(result({"Rules": rules, "TransitionDefaultMinimumObjectSize": size}))

    return get_bucket_lifecycle


def _with_size(put: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(put)
    def bucket_response_put(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        response = put(self, request, bucket_name, querystring)
        if "lifecycle" not in querystring:
            return response
        size = request.headers.get(SIZE) or USUAL_SIZE
        setattr(self.backend.get_bucket(bucket_name), KEPT_SIZE, size)
        return 200, {SIZE: size}, ""

    return bucket_response_put


def as_answered(rule: Mapping[str, object]) -> dict[str, object]:
    """Return a rule of a request's XML in the form of a response."""
    answered: dict[str, Any] = _typed(rule)
    for element, listed in LISTS.items():
        if element in answered:
            answered[listed] = _listed(answered.pop(element))
    both = (answered.get("Filter") or {}).get("And")
    if both and "Tag" in both:
        both["Tags"] = _listed(both.pop("Tag"))
    return answered


def _typed(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _typed(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_typed(each) for each in value]
    if name in NUMBERS:
        return int(value)
    if name == "ExpiredObjectDeleteMarker":
        return value == "true"
    return {} if value is None and name in ("Filter", "Expiration") else value or ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
