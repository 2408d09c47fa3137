"""SQS's rules of queues; moto stores whatever it gets. Pure.

Sources: SQS API Reference (ranges); the words are those that LocalStack recorded from AWS, those about tags are ours.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_only.checks.sqs_messages import check_batch, check_message, check_receipt, check_visibility

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
COUNTS = range(1, 1001)
"""How often a message may be received before it goes to the dead-letter queue."""
MOST_TAGS = 50
LONGEST_KEY, LONGEST_VALUE = 128, 256


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
            check_message(parameters, is_fifo=queue.endswith(FIFO))
        case "ReceiveMessage":
            check_receipt(parameters)
        case "ChangeMessageVisibility":
            check_visibility(parameters)
        case "SendMessageBatch" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch":
            check_batch(operation, parameters.get("Entries") or [])


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


def dead_letters_of(text: str) -> str:
    """Return the ARN of the queue in a redrive policy, which may not exist. Errors: AwsError."""
    try:
        policy = json.loads(text)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise invalid_redrive(text, "Redrive policy is not a valid JSON map.")
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if not policy.get(name) and policy.get(name) != 0:
            raise invalid_redrive(text, f"Redrive policy does not contain mandatory attribute: {name}.")
    count = str(policy["maxReceiveCount"])
    if not (count.isascii() and count.isdigit() and int(count) in COUNTS):
        words = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to {COUNTS[-1]} both inclusive."
        raise invalid_redrive(text, words)
    return str(policy["deadLetterTargetArn"])


def invalid_redrive(text: str, why: str) -> AwsError:
    """Return the error for a redrive policy."""
    return AwsError("InvalidParameterValue", f"Value {text} for parameter RedrivePolicy is invalid. Reason: {why}")


def _invalid_attribute(name: str) -> AwsError:
    return AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def _check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > MOST_TAGS:
        raise AwsError("InvalidParameterValue", f"Too many tags added for queue: at most {MOST_TAGS}.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise AwsError("InvalidParameterValue", "Keys of tags must not begin with aws:, which is reserved.")
    for key, value in tags.items():
        if not 1 <= len(key) <= LONGEST_KEY or len(value) > LONGEST_VALUE:
            words = f"Keys of tags must have 1 to {LONGEST_KEY} characters, and values at most {LONGEST_VALUE}."
            raise AwsError("InvalidParameterValue", words)
