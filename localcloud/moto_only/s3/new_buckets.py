"""New buckets of S3: since April 2023 each blocks all public access, and its owner owns every object."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_only.checks.s3_buckets import OWNERSHIPS, check_name
from localcloud.moto_only.s3.access import NO_ACLS, is_public_acl, needs_acls

OWNERSHIP = "x-amz-object-ownership"


def patch() -> None:
    """Give a new bucket AWS's settings; moto's has neither, and any name."""
    from moto.s3.models import FakeBucket
    from moto.s3.responses import S3Response

    answering: Any = S3Response
    answering._bucket_response_put = _with_settings(answering._bucket_response_put)
    bucket: Any = FakeBucket
    made = bucket.create_from_cloudformation_json.__func__
    bucket.create_from_cloudformation_json = classmethod(_closed(made))


def _with_settings(put: Callable[..., Any]) -> Callable[..., Any]:
    """Close a bucket after its creation: moto sets the request's ACL before the ownership setting that allows it."""

    @wraps(put)
    def bucket_response_put(self: Any, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if bucket_name in self.backend.buckets:
            return put(self, request, bucket_name, querystring)
        check_name(bucket_name)
        ownership = request.headers.get(OWNERSHIP) or NO_ACLS
        if ownership not in OWNERSHIPS:
            raise AwsError("InvalidArgument", f"Invalid {OWNERSHIP} header: {ownership}")
        check_first_acl(self._acl_from_headers(request.headers), request.headers.get("x-amz-acl", ""), ownership)
        response = put(self, request, bucket_name, querystring)
        if bucket_name in self.backend.buckets:
            close(self.backend.buckets[bucket_name], ownership)
        return response

    return bucket_response_put


def _closed(create: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(create)
    def create_from_cloudformation_json(cls: Any, *arguments: Any, **named: Any) -> Any:
        bucket = create(cls, *arguments, **named)
        close(bucket)
        return bucket

    return create_from_cloudformation_json


def check_first_acl(acl: Any, canned: str, ownership: str) -> None:
    """Check the ACL of a request that creates a bucket. Errors: AwsError."""
    if acl is None:
        return
    if needs_acls(acl, canned) and ownership == NO_ACLS:
        raise AwsError(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )
    if is_public_acl(acl):
        raise AwsError(
            "InvalidBucketAclWithBlockPublicAccessError",
            "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
        )


def close(bucket: Any, ownership: str = NO_ACLS) -> None:
    """Set the public access block and the ownership that AWS gives every new bucket."""
    from moto.s3.models import PublicAccessBlock

    bucket.public_access_block = PublicAccessBlock("true", "true", "true", "true")
    bucket.ownership_rule = ownership
