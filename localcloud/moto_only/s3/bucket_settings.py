"""Bucket settings that moto drops: the payer, deletion with MFA, names of access logs."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from localcloud.errors import AwsError
from localcloud.moto.patching import result, wrap

if TYPE_CHECKING:
    from moto.s3.responses import S3Response

PAYERS = ("BucketOwner", "Requester")
SWITCH = ("Disabled", "Enabled")
PAYER, MFA_DELETE = "payer", "mfa_delete"
"""Attributes that are added to moto's bucket."""


def patch() -> None:
    from moto.s3.responses import S3Response

    wrap(S3Response, "_bucket_response_get", _with_payer)
    wrap(S3Response, "_bucket_response_put", _keeping)
    wrap(S3Response, "get_bucket_versioning", _with_mfa_delete)
    wrap(S3Response, "get_bucket_logging", _with_key_format)


def _with_payer(respond: Callable[..., Any]) -> Callable[..., Any]:
    """Handle `?requestPayment`; moto lists the objects instead."""

    @wraps(respond)
    def bucket_response_get(self: S3Response, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "requestPayment" not in querystring:
            return respond(self, bucket_name, querystring)
        self.data["Action"] = "GetBucketRequestPayment"  # first: moto's errors need it too
        bucket = self.backend.get_bucket(bucket_name)
        return self.serialized(result({"Payer": getattr(bucket, PAYER, PAYERS[0])}))

    return bucket_response_get


def _keeping(put: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(put)
    def bucket_response_put(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "requestPayment" in querystring:
            self.data["Action"] = "PutBucketRequestPayment"
            setattr(self.backend.get_bucket(bucket_name), PAYER, _element(self.body, "Payer", PAYERS))
            return 200, {}, ""
        response = put(self, request, bucket_name, querystring)
        if "versioning" in querystring and b"<MfaDelete>" in self.body:
            setattr(self.backend.get_bucket(bucket_name), MFA_DELETE, _element(self.body, "MfaDelete", SWITCH))
        return response

    return bucket_response_put


def _element(body: bytes, name: str, values: tuple[str, ...]) -> str:
    found = re.search(rf"<{name}>\s*(\w+)\s*</{name}>", body.decode(errors="replace"))
    if found is None or found[1] not in values:
        raise AwsError(
            "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
        )
    return found[1]


def _with_mfa_delete(read: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    @wraps(read)
    def get_bucket_versioning(self: S3Response) -> Any:
        bucket = self.backend.get_bucket(self.bucket_name)
        mfa_delete = getattr(bucket, MFA_DELETE, None)
        if mfa_delete is None:
            return read(self)
        self.data["Action"] = "GetBucketVersioning"
        return self.serialized(result({"Status": bucket.versioning_status, "MFADelete": mfa_delete}))

    return get_bucket_versioning


def _with_key_format(read: Callable[[S3Response], Any]) -> Callable[[S3Response], Any]:
    """Return the format of log keys, which moto stores but does not return."""

    @wraps(read)
    def get_bucket_logging(self: S3Response) -> Any:
        response = read(self)
        form = self.backend.get_bucket_logging(self.bucket_name).get("TargetObjectKeyFormat")
        if not form:
            return response
        status, headers, body = response
        source = escape((form.get("PartitionedPrefix") or {}).get("PartitionDateSource") or "")
        partitioned = f"<PartitionedPrefix><PartitionDateSource>{source}</PartitionDateSource></PartitionedPrefix>"
        chosen = partitioned if "PartitionedPrefix" in form else "<SimplePrefix/>"
        text = f"<TargetObjectKeyFormat>{chosen}</TargetObjectKeyFormat></LoggingEnabled>"
        return status, headers, body.replace("</LoggingEnabled>", text)

    return get_bucket_logging
