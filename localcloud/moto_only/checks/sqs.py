"""SQS's rules of queues and messages; moto stores whatever it gets. Pure.

Sources: SQS API Reference (ranges); the words are those that LocalStack recorded from AWS, those about tags are ours.
"""

import re
from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError

NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
FIFO = ".fifo"
RANGES = {
    "DelaySeconds": range(901),
    "KmsDataKeyReusePeriodSeconds": range(60, 86_401),
    "MaximumMessageSize": range(1024, 1_048_577),
    "MessageRetentionPeriod": range(60, 1_209_601),
    "ReceiveMessageWaitTimeSeconds": range(21),
    "VisibilityTimeout": range(43_201),
}
SWITCHES = ("ContentBasedDeduplication", "FifoQueue", "SqsManagedSseEnabled")
OF_FIFO = ("ContentBasedDeduplication", "DeduplicationScope", "FifoQueue", "FifoThroughputLimit")
SETTABLE = (*RANGES, *SWITCHES, *OF_FIFO, "KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy")
ALLOWED = "#x9 | #xA | #xD | [#x20 - #xD7FF] | [#xE000 - #xFFFD] | [#x10000 - #x10FFFF]"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MOST_ATTRIBUTES = 10
MOST_TAGS = 50
RESERVED = re.compile(r"(?:aws|amazon)\.", re.IGNORECASE)


def check_queues(operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Check the parameters of an operation, which have the model's types. Errors: AwsError."""
    queue = str(parameters.get("QueueUrl", ""))
    match operation:
        case "CreateQueue":
            name = str(parameters.get("QueueName", ""))
            _check_name(name, parameters.get("Attributes") or {})
            _check_attributes(parameters.get("Attributes") or {}, is_fifo=name.endswith(FIFO))
            _check_tags(parameters.get("tags") or {})
        case "SetQueueAttributes":
            _check_attributes(parameters.get("Attributes") or {}, is_fifo=queue.endswith(FIFO))
        case "TagQueue":
            _check_tags(parameters.get("Tags") or {})
        case "SendMessage":
            _check_message(parameters, is_fifo=queue.endswith(FIFO))


def _check_name(name: str, attributes: Mapping[str, str]) -> None:
    is_fifo = str(attributes.get("FifoQueue")).lower() == "true"
    if is_fifo and not name.endswith(FIFO):
        raise AwsError(
            "InvalidParameterValue",
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with "
            ".fifo suffix and be 1 to 80 in length.",
        )
    if not NAME.fullmatch(name.removesuffix(FIFO) if is_fifo else name):
        words = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        raise AwsError("InvalidParameterValue", words)


def _check_attributes(attributes: Mapping[str, str], *, is_fifo: bool) -> None:
    for name, value in attributes.items():
        if name not in SETTABLE or (name in OF_FIFO and not is_fifo):
            raise AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")
        is_number = name in RANGES and value.isascii() and value.isdigit()
        if name in RANGES and not (is_number and int(value) in RANGES[name]):
            raise _invalid_attribute(name)
        if name in SWITCHES and value.lower() not in ("true", "false"):
            raise _invalid_attribute(name)
    if attributes.get("KmsMasterKeyId") and str(attributes.get("SqsManagedSseEnabled")).lower() == "true":
        raise AwsError(
            "InvalidAttributeValue",
            "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS "
            "SSE.",
        )


def _invalid_attribute(name: str) -> AwsError:
    return AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def _check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > MOST_TAGS:
        raise AwsError("InvalidParameterValue", f"Too many tags added for queue: at most {MOST_TAGS}.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise AwsError("InvalidParameterValue", "Keys of tags must not begin with aws:, which is reserved.")


def _check_message(parameters: Mapping[str, Any], *, is_fifo: bool) -> None:
    body = parameters.get("MessageBody")
    if not body:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
    if found := FORBIDDEN.search(str(body)):
        raise AwsError(
            "InvalidMessageContents",
            f"Invalid binary character '#x{ord(found[0]):X}' was found in the message body, the set of allowed "
            f"characters is {ALLOWED}",
        )
    if not is_fifo and (token := parameters.get("MessageDeduplicationId")):
        raise AwsError(
            "InvalidParameterValue",
            f"Value {token} for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter "
            "that is not valid for this queue type.",
        )
    attributes = parameters.get("MessageAttributes") or {}
    if len(attributes) > MOST_ATTRIBUTES:
        words = f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MOST_ATTRIBUTES}]."
        raise AwsError("InvalidParameterValue", words)
    if any(RESERVED.match(name) for name in attributes):
        raise AwsError(
            "InvalidParameterValue",
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for "
            "internal use.",
        )
