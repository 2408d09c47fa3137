"""Calls of S3: what is not there, and what S3 does not know yet."""

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
"""The refusal of a policy that names whom S3 does not know yet."""
NOT_OFFERED = ("MethodNotAllowed", "NotImplemented", "XNotImplemented")


def found(call: Callable[[], dict[str, Any]], *absent: str) -> dict[str, Any] | None:
    """Return an answer; None where S3 answers with one of the codes."""
    try:
        return call()
    except ClientError as exc:
        if code_of(exc) in absent:
            return None
        raise


def put(aws: Aws, call: Callable[[], T], *codes: str, message: str = "") -> T:
    """Change something of a bucket: one that was created a moment ago may not be seen yet."""
    if not message:
        return retried(aws, call, codes=(NO_BUCKET, *codes))
    return retried(aws, lambda: retried(aws, call, codes=codes, message=message), codes=(NO_BUCKET,))
