"""AWS services' errors for wrong credentials: each protocol has its own codes and words.

Source: the services' API references, "Common Errors"; S3 API Reference, "Error responses"; EC2 API Reference, "Error
codes". EC2's status is 401 where others return InvalidClientTokenId.
"""

from enum import Enum

from localcloud.errors import AwsError
from localcloud.protocol.wire import AwsRequest

INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105 - a message
EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105 - a message
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
REST_XML = ("route53", "cloudfront")
TOO_SKEWED = "The difference between the request time and the current time is too large."


class Why(Enum):
    """The reason why credentials are refused."""

    UNKNOWN_KEY = "unknown key"
    WRONG_TOKEN = "wrong token"  # noqa: S105 - a name
    EXPIRED_TOKEN = "expired token"  # noqa: S105 - a name
    MISMATCH = "mismatch"
    SKEWED = "skewed"
    MALFORMED = "malformed"


Words = tuple[str, str, int]
"""Code, message and status."""
S3: dict[Why, Words] = {
    Why.UNKNOWN_KEY: ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
    Why.WRONG_TOKEN: ("InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
    Why.EXPIRED_TOKEN: ("ExpiredToken", "The provided token has expired.", 400),
    Why.MISMATCH: (
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your key and signing "
        "method.",
        403,
    ),
    Why.SKEWED: ("RequestTimeTooSkewed", TOO_SKEWED, 403),
    Why.MALFORMED: ("AuthorizationHeaderMalformed", "The authorization header is malformed.", 400),
}
EC2: dict[Why, Words] = {
    Why.UNKNOWN_KEY: ("AuthFailure", NOT_VALIDATED, 401),
    Why.WRONG_TOKEN: ("AuthFailure", NOT_VALIDATED, 401),
    Why.EXPIRED_TOKEN: ("RequestExpired", "Request has expired.", 400),
    Why.MISMATCH: ("AuthFailure", NOT_VALIDATED, 401),
    Why.SKEWED: ("RequestExpired", "Request has expired.", 400),
    Why.MALFORMED: ("AuthFailure", NOT_VALIDATED, 401),
}
XML: dict[Why, Words] = {
    Why.UNKNOWN_KEY: ("InvalidClientTokenId", INVALID_TOKEN, 403),
    Why.WRONG_TOKEN: ("InvalidClientTokenId", INVALID_TOKEN, 403),
    Why.EXPIRED_TOKEN: ("ExpiredToken", EXPIRED_TOKEN, 403),
    Why.MISMATCH: ("SignatureDoesNotMatch", MISMATCH, 403),
    Why.SKEWED: ("SignatureDoesNotMatch", "Signature expired.", 403),
    Why.MALFORMED: ("IncompleteSignature", "The request signature does not conform to AWS standards.", 400),
}
JSON: dict[Why, Words] = {
    Why.UNKNOWN_KEY: ("UnrecognizedClientException", INVALID_TOKEN, 400),
    Why.WRONG_TOKEN: ("UnrecognizedClientException", INVALID_TOKEN, 400),
    Why.EXPIRED_TOKEN: ("ExpiredTokenException", EXPIRED_TOKEN, 400),
    Why.MISMATCH: ("InvalidSignatureException", MISMATCH, 400),
    Why.SKEWED: ("InvalidSignatureException", "Signature expired.", 400),
    Why.MALFORMED: ("IncompleteSignatureException", "The request signature does not conform to AWS standards.", 400),
}


def refused(request: AwsRequest, why: Why, detail: str = "") -> AwsError:
    """Return the error in the words of the request's service.

    `detail`: appended, or AWS's whole text where it varies.
    """
    code, message, status = _words(request)[why]
    if why is Why.SKEWED and detail and request.service not in ("s3", "ec2"):
        message, detail = detail, ""
    # REST services with JSON return 403, the others 400.
    if status == 400 and _words(request) is JSON and "x-amz-target" not in request.headers:
        status = 403
    return AwsError(code, f"{message} ({detail})" if detail else message, status)


def _words(request: AwsRequest) -> dict[Why, Words]:
    if request.service == "s3":
        return S3
    if request.service == "ec2":
        return EC2
    return XML if request.is_form or request.service in REST_XML else JSON
