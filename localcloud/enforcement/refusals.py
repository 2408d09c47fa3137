"""A denial as the error that the called service returns.

Sources: each API's reference, "Common errors"; EC2's encoded message in its User Guide.
"""

from localcloud.authorization.decision import Decision
from localcloud.authorization.encoded_messages import encoded
from localcloud.authorization.messages import denial
from localcloud.enforcement.calls import Call
from localcloud.errors import AwsError

FORBIDDEN = 403
BAD_REQUEST = 400


def refusal(call: Call, decision: Decision) -> AwsError:
    """Return the service's error: codes and status follow the protocol, except for a few services."""
    message = denial(decision)
    is_of_key = decision.request.action.startswith("kms:") and call.service != "kms"
    match call.service:
        case "ec2":
            words = f"You are not authorized to perform this operation. {message}."
            return AwsError(
                "UnauthorizedOperation", f"{words} Encoded authorization failure message: {encoded(decision)}", 403
            )
        case "secretsmanager" if is_of_key:
            return AwsError("AccessDeniedException", "Access to KMS is not allowed", BAD_REQUEST)
        case "sns":
            if is_of_key:
                return AwsError("KMSAccessDenied", f"{message} (Service: AWSKMS; Error Code: AccessDeniedException)")
            return AwsError("AuthorizationError", message, FORBIDDEN)
        case "sqs" if is_of_key:
            return AwsError("KMS.AccessDeniedException", message, BAD_REQUEST)
    if call.protocol in ("query", "rest-xml"):
        return AwsError("AccessDenied", message, FORBIDDEN)
    return AwsError("AccessDeniedException", message, FORBIDDEN if call.protocol == "rest-json" else BAD_REQUEST)
