"""SNS's errors for invalid names, in its recorded words (LocalStack's recordings, 2023 to 2026). Pure."""

from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError

ARNS = ("TopicArn", "SubscriptionArn", "PlatformApplicationArn", "EndpointArn", "TargetArn", "ResourceArn")
ELEMENTS = 6
PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
PENDING = "PendingConfirmation"
"""Subscribe returns this instead of an ARN."""


def check_topics(operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Check the parameters of an operation, which fit the model. Errors: AwsError InvalidParameter."""
    for name in ARNS:
        if parameters.get(name) is not None and parameters[name] != PENDING:
            _check_arn(name, str(parameters[name]), region)
    if operation == "Publish" and not any(parameters.get(name) for name in ("TopicArn", "TargetArn", "PhoneNumber")):
        raise _invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if operation == "Subscribe" and parameters.get("Protocol") not in PROTOCOLS:
        raise _invalid(f"Amazon SNS does not support this protocol string: {parameters.get('Protocol')}")
    token = parameters.get("NextToken") or parameters.get("nextToken") or "0"
    if not (str(token).isascii() and str(token).isdigit()):
        raise _invalid("NextToken")


def _check_arn(name: str, arn: str, region: str) -> None:
    if not arn:
        raise _invalid(f"{name} Reason: no value for required parameter")
    elements = arn.split(":")
    if len(elements) < ELEMENTS:
        raise _invalid(f"{name} Reason: An ARN must have at least {ELEMENTS} elements, not {len(elements)}")
    if elements[2] != "sns" or (region and elements[3] != region):
        raise _invalid(name)
    if not all(elements[4:6]) or (name == "TopicArn" and len(elements) > ELEMENTS):
        raise _invalid(name)


def _invalid(what: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {what}")
