"""What the head of a request must say before its body is read: who asks, and how much is to come."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from localcloud.errors import AwsError
from localcloud.protocol.request_model import service_model
from localcloud.protocol.wire import FORM, AwsRequest

MIB = 2**20
LARGEST_BODY = {
    "s3": 5 * 2**30,
    "glacier": 4 * 2**30,
    # AWS names these two numbers in its refusals.
    "lambda": 70_167_211,
    "dynamodb": 16 * MIB,
}
"""Bytes. By signing name, of the services whose API takes more than others'."""
LARGEST_OF_OTHERS = 16 * MIB
LARGEST_UNSIGNED = 256 * 1024
"""A SAML assertion of 100,000 characters, written as a form."""
LARGEST_INTERNAL = MIB

SIGNED_LINK = re.compile(r"(^|&)(X-Amz-Credential|X-Amz-Signature|AWSAccessKeyId)=", re.IGNORECASE)
NOT_SIGNED = "none"
UNSIGNED_TARGETS = {
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSCognitoIdentityProviderService": "cognito-idp",
}
"""Prefix of X-Amz-Target -> botocore's name, of the services with operations for people who have no credentials yet."""
UNSIGNED_ACTIONS = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
UPLOAD_FORM = "multipart/form-data"


@dataclass(frozen=True)
class Admission:
    """What may follow the head. `is_form_of_sts`: an operation of STS that needs no credentials, or nothing.

    `examine`: gets the beginning of the body. Errors: AwsError.
    """

    largest_body: int
    is_form_of_sts: bool = False
    examine: Callable[[bytes], None] = lambda start: None


def admit(head: AwsRequest) -> Admission:
    """Of a request that is read up to its body. Errors: AwsError, when it has no credentials and needs them."""
    if is_signed(head.headers, head.query_string):
        if head.headers.get("authorization", "").startswith("AWS4") and not head.service:
            raise AwsError(
                "IncompleteSignatureException",
                "Authorization header requires 'Credential' parameter with the scope DATE/REGION/SERVICE/aws4_request.",
                403,
            )
        return Admission(largest_body(head))
    prefix, _, operation = head.headers.get("x-amz-target", "").rpartition(".")
    if prefix:
        if not _needs_no_signature(prefix, operation):
            raise AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 400)
        return Admission(LARGEST_UNSIGNED)
    if head.operation:  # in the query string
        return Admission(LARGEST_UNSIGNED, is_form_of_sts=True)
    content_type = head.headers.get("content-type", "").lower()
    if head.method == "POST" and content_type.startswith(FORM):
        return Admission(LARGEST_UNSIGNED, is_form_of_sts=True)
    if head.method == "POST" and content_type.startswith(UPLOAD_FORM):
        return Admission(LARGEST_BODY["s3"], examine=_refuse_without_policy)
    if head.method not in ("GET", "HEAD", "OPTIONS"):
        raise AwsError("AccessDenied", "Access Denied", 403)
    return Admission(LARGEST_UNSIGNED)


def largest_body(head: AwsRequest) -> int:
    """Bytes that a signed request may bring, also unpacked."""
    return LARGEST_BODY.get(head.service, LARGEST_OF_OTHERS)


def refuse_unsigned_operation(request: AwsRequest) -> None:
    """Of a form that came without credentials. Errors: AwsError."""
    if request.operation not in UNSIGNED_ACTIONS:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def is_signed(headers: Mapping[str, str], query_string: str) -> bool:
    """Whether it bears credentials, in a header or in its link; their signature is not looked at."""
    return headers.get("authorization", "").startswith(("AWS4-", "AWS ")) or bool(SIGNED_LINK.search(query_string))


def too_large(head: AwsRequest, largest: int) -> AwsError:
    """In the words of the service."""
    if head.service in ("s3", ""):
        return AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400)
    message = f"Request must be smaller than {largest} bytes for the {head.operation or 'requested'} operation"
    return AwsError("RequestEntityTooLargeException", message, 413)


def _needs_no_signature(prefix: str, operation: str) -> bool:
    name = UNSIGNED_TARGETS.get(prefix)
    if name is None:
        return False
    model = service_model(name)
    return operation in model.operation_names and model.operation_model(operation).auth_type == NOT_SIGNED


def _refuse_without_policy(start: bytes) -> None:
    """A browser's upload to S3 has its credentials in a signed policy among the fields, before the file."""
    fields = start.lower()
    if b'name="policy"' not in fields or not any(name in fields for name in (b'"x-amz-signature"', b'"signature"')):
        raise AwsError("AccessDenied", "Access Denied", 403)
