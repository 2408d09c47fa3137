"""S3's public access block, ACLs and bucket policies: moto stores them, but checks and applies hardly any."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from localcloud.errors import AwsError
from localcloud.moto.patching import result
from localcloud.moto_only.checks.s3_policies import check_policy, is_public
from localcloud.moto_only.principals import identities, invalid_principal
from localcloud.moto_only.s3.anonymous import is_signed

if TYPE_CHECKING:
    from moto.core.common_types import TYPE_RESPONSE
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeAcl, FakeBucket, S3Backend
    from moto.s3.responses import S3Response

PUBLIC_GROUPS = ("global/AllUsers", "global/AuthenticatedUsers")
COPY = "x-amz-copy-source"
EXPECTED_OWNERS = ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner")
NO_ACLS = "BucketOwnerEnforced"
HARMLESS = ("private", "bucket-owner-full-control", "bucket-owner-read")
"""Canned ACLs that change nothing where the bucket's owner owns every object."""

T = TypeVar("T")


def patch() -> None:
    """Check policies and ACLs before moto stores them, and ignore those that the public access block covers."""
    from moto.s3.models import FakeBucket, S3Backend
    from moto.s3.responses import S3Response

    backend: Any = S3Backend
    backend.put_bucket_policy = _with_checked_policy(backend.put_bucket_policy)
    backend.put_bucket_acl = _with_checked_acl(backend.put_bucket_acl)
    bucket: Any = FakeBucket
    bucket.get_permission = _restricted(bucket.get_permission)
    answering: Any = S3Response
    answering.get_bucket_policy_status = get_bucket_policy_status
    answering.put_object_acl = _from_body(answering.put_object_acl)
    for name in ("_bucket_response", "_key_response"):
        setattr(answering, name, _with_expected_owner(getattr(answering, name)))
    for name in ("_key_response_put", "_key_response_post"):
        setattr(answering, name, _with_checked_headers(getattr(answering, name)))
    for name in ("_key_response_get", "head_object"):
        setattr(answering, name, _ignoring_public_acls(getattr(answering, name)))


def _with_expected_owner(respond: Callable[..., T]) -> Callable[..., T]:
    """Refuse a request that expects the bucket to be another account's. All buckets are of one here."""

    @wraps(respond)
    def answered(self: S3Response, *arguments: object, **named: object) -> T:
        expected = (self.headers.get(name) for name in EXPECTED_OWNERS)
        if any(owner not in (None, self.current_account) for owner in expected):
            raise AwsError("AccessDenied", "Access Denied", 403)
        return respond(self, *arguments, **named)

    return answered


def _with_checked_policy(put: Callable[..., None]) -> Callable[..., None]:
    @wraps(put)
    def put_bucket_policy(self: S3Backend, bucket_name: str, policy: bytes) -> None:
        bucket = self.get_bucket(bucket_name)
        read = check_policy(policy, bucket_name)
        if invalid_principal(policy.decode(), identities(self.account_id)):
            raise AwsError("MalformedPolicy", "Invalid principal in policy")
        if is_public(read) and _blocks(bucket, "block_public_policy"):
            raise _denied(self.account_id, "PutBucketPolicy", bucket_name, "policies", "Policy")
        put(self, bucket_name, policy)

    return put_bucket_policy


def _with_checked_acl(put: Callable[..., None]) -> Callable[..., None]:
    @wraps(put)
    def put_bucket_acl(self: S3Backend, bucket_name: str, acl: FakeAcl | None) -> None:
        check_acl(self.get_bucket(bucket_name), acl, "PutBucketAcl")
        put(self, bucket_name, acl)

    return put_bucket_acl


def _with_checked_headers(respond: Callable[..., T]) -> Callable[..., T]:
    """Check the ACL in the headers of a request for an object, before anything is stored."""

    @wraps(respond)
    def checked(self: S3Response, *arguments: object, **named: object) -> T:
        acl = self._acl_from_headers(self.headers)
        if acl is not None:
            query = self.querystring
            name = "PutObjectAcl" if "acl" in query else "CopyObject" if self.headers.get(COPY) else "PutObject"
            bucket = self.backend.get_bucket(self.bucket_name)
            check_acl(bucket, acl, name, self.parse_key_name(), self.headers.get("x-amz-acl", ""))
        return respond(self, *arguments, **named)

    return checked


def check_acl(bucket: FakeBucket, acl: FakeAcl | None, operation: str, key: str = "", canned: str = "") -> None:
    """Check an ACL that a request gives to a bucket or object. Errors: AwsError."""
    if needs_acls(acl, canned) and str(bucket.ownership_rule) == NO_ACLS:
        raise AwsError("AccessControlListNotSupported", "The bucket does not allow ACLs")
    if is_public_acl(acl) and _blocks(bucket, "block_public_acls"):
        where = f"{bucket.name}/{key}" if key else bucket.name
        raise _denied(bucket.account_id, operation, where, "ACLs", "Acls")


def _from_body(put: Callable[[S3Response], TYPE_RESPONSE]) -> Callable[[S3Response], TYPE_RESPONSE]:
    """Take the ACL from the body: without headers, moto gives the object its bucket's ACL."""

    @wraps(put)
    def put_object_acl(self: S3Response) -> TYPE_RESPONSE:
        if self._acl_from_headers(self.headers) is not None:
            return put(self)
        acl = self._acl_from_body()
        key = self.parse_key_name()
        check_acl(self.backend.get_bucket(self.bucket_name), acl, "PutObjectAcl", key)
        self.backend.put_object_acl(self.bucket_name, key, acl)
        return 200, {}, ""

    return put_object_acl


def _restricted(evaluate: Callable[..., PermissionResult]) -> Callable[..., PermissionResult]:
    """Ignore a public policy where RestrictPublicBuckets is on."""

    @wraps(evaluate)
    def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
        from moto.iam.access_control import PermissionResult

        found = evaluate(self, action, resource)
        if found != PermissionResult.PERMITTED or not _blocks(self, "restrict_public_buckets"):
            return found
        return PermissionResult.NEUTRAL if is_public(json.loads(self.policy or b"{}")) else found

    return get_permission


def _ignoring_public_acls(read: Callable[..., T]) -> Callable[..., T]:
    """Refuse an anonymous reader whom only an ACL allows, where IgnorePublicAcls is on."""

    @wraps(read)
    def readable(self: S3Response, *arguments: object, **named: object) -> T:
        from moto.iam.access_control import PermissionResult

        bucket = self.backend.buckets.get(self.bucket_name)
        if bucket is not None and not is_signed(self) and _blocks(bucket, "ignore_public_acls"):
            resource = f"arn:{bucket.partition}:s3:::{bucket.name}/{self.parse_key_name()}"
            if bucket.get_permission("s3:GetObject", resource) != PermissionResult.PERMITTED:
                raise AwsError("AccessDenied", "Access Denied", 403)
        return read(self, *arguments, **named)

    return readable


def get_bucket_policy_status(self: S3Response) -> TYPE_RESPONSE:
    """Return whether the policy is public, with its conditions."""
    from moto.s3.exceptions import NoSuchBucketPolicy

    self.data["Action"] = "GetBucketPolicyStatus"
    policy = self.backend.get_bucket_policy(self.bucket_name)
    if not policy:
        error: Any = NoSuchBucketPolicy
        raise error(bucket_name=self.bucket_name)
    return self.serialized(result({"PolicyStatus": {"IsPublic": is_public(json.loads(policy))}}))


def _blocks(bucket: FakeBucket, setting: str) -> bool:
    return bucket.public_access_block is not None and bool(getattr(bucket.public_access_block, setting))


def is_public_acl(acl: FakeAcl | None) -> bool:
    """Return whether an ACL grants the public anything."""
    return acl is not None and any(
        grantee.uri.endswith(PUBLIC_GROUPS) for grant in acl.grants for grantee in grant.grantees
    )


def needs_acls(acl: FakeAcl | None, canned: str) -> bool:
    """Return whether an ACL would change something where the bucket's owner owns every object."""
    return canned not in HARMLESS and not is_owners(acl)


def is_owners(acl: FakeAcl | None) -> bool:
    """Return whether an ACL gives the owner full control, and no one else anything."""
    from moto.s3.models import OWNER

    return acl is not None and all(
        grantee.id == OWNER and "FULL_CONTROL" in grant.permissions
        for grant in acl.grants
        for grantee in grant.grantees
    )


def _denied(account_id: str, operation: str, where: str, what: str, setting: str) -> AwsError:
    return AwsError(
        "AccessDenied",
        f"User: arn:aws:iam::{account_id}:root is not authorized to perform: s3:{operation} on resource: "
        f'"arn:aws:s3:::{where}" because public {what} are prevented by the BlockPublic{setting} setting in S3 Block '
        "Public Access.",
        403,
    )
