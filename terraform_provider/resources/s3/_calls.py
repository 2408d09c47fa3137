"""Calls of S3 that handle missing and new resources."""

from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from terraform_provider.framework.aws import Aws
from terraform_provider.framework.errors import code_of
from terraform_provider.framework.waiting import retried

T = TypeVar("T")
NO_BUCKET = "NoSuchBucket"
ABORTED = "OperationAborted"
NEW_PRINCIPAL = ("MalformedPolicy", "Invalid principal in policy")
"""S3's refusal of a policy that names a principal which it does not know yet."""
NOT_OFFERED = ("MethodNotAllowed", "NotImplemented", "XNotImplemented")


def found(call: Callable[[], dict[str, Any]], *absent: str) -> dict[str, Any] | None:
    """Return the response; None when S3 returns one of the codes."""
    try:
        return call()
    except ClientError as exc:
        if code_of(exc) in absent:
            return None
        raise


def put(aws: Aws, call: Callable[[], T], *codes: str, message: str = "") -> T:
    """Change a bucket's setting; repeated, as a new bucket may not be visible yet."""
    if not message:
        return retried(aws, call, codes=(NO_BUCKET, *codes))
    return retried(aws, lambda: retried(aws, call, codes=codes, message=message), codes=(NO_BUCKET,))
