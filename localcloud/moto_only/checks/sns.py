"""SNS's errors for invalid names, in its recorded words (LocalStack's recordings, 2023 to 2026). Pure."""

import re
from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_only.checks.sns_attributes import check_attributes
from localcloud.moto_only.checks.sns_messages import check_batch, check_message

ARNS = ("TopicArn", "SubscriptionArn", "PlatformApplicationArn", "EndpointArn", "TargetArn", "ResourceArn")
ELEMENTS = 6
PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
PENDING = "PendingConfirmation"
"""Subscribe returns this instead of an ARN."""


def check_topics(operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Check the parameters of an operation, which fit the model. Errors: AwsError InvalidParameter."""
    if operation == "ConfirmSubscription":
        _check_topic_to_confirm(str(parameters.get("TopicArn", "")), region)
        return
    for name in ARNS:
        if parameters.get(name) is not None and parameters[name] != PENDING:
            _check_arn(name, str(parameters[name]), region)
    if operation == "Publish" and not any(parameters.get(name) for name in ("TopicArn", "TargetArn", "PhoneNumber")):
        raise _invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if operation == "Subscribe" and parameters.get("Protocol") not in PROTOCOLS:
        raise _invalid(f"Amazon SNS does not support this protocol string: {parameters.get('Protocol')}")
    if operation == "Publish":
        check_message(parameters)
    if operation == "PublishBatch":
        check_batch(parameters.get("PublishBatchRequestEntries") or [])
    _check_subscription(operation, parameters)
    token = parameters.get("NextToken") or parameters.get("nextToken") or "0"
    if not (str(token).isascii() and str(token).isdigit()):
        raise _invalid("NextToken")


def _check_subscription(operation: str, parameters: Mapping[str, object]) -> None:
    protocol, endpoint = str(parameters.get("Protocol")), str(parameters.get("Endpoint"))
    if operation == "Subscribe":
        if protocol in ("http", "https") and not endpoint.startswith(f"{protocol}://"):
            raise _invalid("Endpoint must match the specified protocol")
        if protocol in ("email", "email-json") and not ADDRESS.fullmatch(endpoint):
            raise _invalid("Email address")
    check_attributes(operation, parameters)


def _check_topic_to_confirm(arn: str, region: str) -> None:
    """Check the topic of a confirmation: AWS's messages are shorter here, and a missing topic is not an error."""
    elements = arn.split(":")
    if len(elements) < ELEMENTS or elements[2] != "sns" or (region and elements[3] != region):
        raise _invalid("Topic")


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
