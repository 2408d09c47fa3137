"""Checks a request's head before its body is read: credentials, and the size to expect."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from localcloud.errors import AwsError
from localcloud.protocol.service_models import service_model
from localcloud.protocol.wire import FORM, AwsRequest, as_anonymous

MIB = 2**20
LARGEST_BODY = {
    "s3": 5 * 2**30,
    "glacier": 4 * 2**30,
    # AWS mentions these two limits in its errors.
    "lambda": 70_167_211,
    "dynamodb": 16 * MIB,
}
"""Bytes, by signing name: services whose API accepts larger bodies than the others."""
LARGEST_OF_OTHERS = 16 * MIB
LARGEST_UNSIGNED = 256 * 1024
"""Enough for a SAML assertion of 100,000 characters, form-encoded."""
LARGEST_INTERNAL = MIB

SIGNED_LINK = re.compile(r"(^|&)(X-Amz-Credential|X-Amz-Signature|AWSAccessKeyId)=", re.IGNORECASE)
NOT_SIGNED = "none"
UNSIGNED_TARGETS = {
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSCognitoIdentityProviderService": "cognito-idp",
}
"""Prefix of X-Amz-Target -> botocore's name, for services with operations that need no credentials."""
UNSIGNED_ACTIONS = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
"""Operations of STS that need no credentials."""
UNSIGNED_LINKS = {"ConfirmSubscription": "TopicArn", "Unsubscribe": "SubscriptionArn"}
"""The operations behind the links in SNS's messages -> the parameter that names the region."""
UPLOAD_FORM = "multipart/form-data"


@dataclass(frozen=True)
class Admission:
    """The limits on the rest of a request. `is_unsigned_form`: only an operation that needs no credentials.

    `examine`: called with the beginning of the body. Errors: AwsError.
    """

    largest_body: int
    is_unsigned_form: bool = False
    examine: Callable[[bytes], None] = lambda start: None


def admit(head: AwsRequest) -> Admission:
    """Admit a request whose body is not read yet. Errors: AwsError when it lacks required credentials."""
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
    if head.operation:  # The operation is in the query string.
        return Admission(LARGEST_UNSIGNED, is_unsigned_form=True)
    content_type = head.headers.get("content-type", "").lower()
    if head.method == "POST" and content_type.startswith(FORM):
        return Admission(LARGEST_UNSIGNED, is_unsigned_form=True)
    if head.method == "POST" and content_type.startswith(UPLOAD_FORM):
        return Admission(LARGEST_BODY["s3"], examine=_check_policy)
    if head.method not in ("GET", "HEAD", "OPTIONS"):
        raise AwsError("AccessDenied", "Access Denied", 403)
    return Admission(LARGEST_UNSIGNED)


def largest_body(head: AwsRequest) -> int:
    """Return the maximum bytes of a signed request's body, also after decompression."""
    return LARGEST_BODY.get(head.service, LARGEST_OF_OTHERS)


def without_credentials(request: AwsRequest, home: str) -> AwsRequest:
    """Return a form that came without credentials, with the service it is for. home: region. Errors: AwsError."""
    if request.operation in UNSIGNED_LINKS:
        arn = request.form.get(UNSIGNED_LINKS[request.operation], "").split(":")
        return as_anonymous(request, "sns", arn[3] if len(arn) >= 6 and arn[3] else home)
    if request.operation not in UNSIGNED_ACTIONS:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    return replace(request, service=request.service or "sts")


def is_signed(headers: Mapping[str, str], query_string: str) -> bool:
    """Return whether the request has credentials, in a header or in the link; signatures are not verified."""
    return headers.get("authorization", "").startswith(("AWS4-", "AWS ")) or bool(SIGNED_LINK.search(query_string))


def too_large(head: AwsRequest, largest: int) -> AwsError:
    """Return the error in the service's words."""
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


def _check_policy(start: bytes) -> None:
    """Require the signed policy of a browser's upload to S3: it is among the fields before the file."""
    fields = start.lower()
    if b'name="policy"' not in fields or not any(name in fields for name in (b'"x-amz-signature"', b'"signature"')):
        raise AwsError("AccessDenied", "Access Denied", 403)
