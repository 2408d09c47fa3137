"""SQS refuses queues and messages beyond its limits."""

from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.checks.sqs import check_queues

URL = "http://127.0.0.1/1/q"


def new(name: str = "q", tags: dict[str, str] | None = None, **attributes: str) -> tuple[str, dict[str, Any]]:
    return "CreateQueue", {"QueueName": name, "Attributes": attributes, "tags": tags or {}}


def message(queue: str = URL, **parameters: Any) -> tuple[str, dict[str, Any]]:
    return "SendMessage", {"QueueUrl": queue, "MessageBody": "x", **parameters}


def attributes(number: int, prefix: str = "a") -> dict[str, Any]:
    return {f"{prefix}{each}": {"DataType": "String", "StringValue": "x"} for each in range(number)}


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        (new("a b"), "InvalidParameterValue", "Can only include alphanumeric"),
        (new("a" * 81), "InvalidParameterValue", "1 to 80 in length"),
        (new("a.fifo"), "InvalidParameterValue", "Can only include alphanumeric"),
        (new("a", FifoQueue="true"), "InvalidParameterValue", "must end with .fifo suffix"),
        (new(VisibilityTimeout="43201"), "InvalidAttributeValue", "parameter VisibilityTimeout."),
        (new(VisibilityTimeout="x"), "InvalidAttributeValue", "parameter VisibilityTimeout."),
        (new(MessageRetentionPeriod="59"), "InvalidAttributeValue", "parameter MessageRetentionPeriod."),
        (new(DelaySeconds="901"), "InvalidAttributeValue", "parameter DelaySeconds."),
        (new(MaximumMessageSize="1023"), "InvalidAttributeValue", "parameter MaximumMessageSize."),
        (new(ReceiveMessageWaitTimeSeconds="21"), "InvalidAttributeValue", "ReceiveMessageWaitTimeSeconds."),
        (new(KmsDataKeyReusePeriodSeconds="59"), "InvalidAttributeValue", "KmsDataKeyReusePeriodSeconds."),
        (new(SqsManagedSseEnabled="yes"), "InvalidAttributeValue", "parameter SqsManagedSseEnabled."),
        (new(KmsMasterKeyId="k", SqsManagedSseEnabled="true"), "InvalidAttributeValue", "one type of server-side"),
        (new(Colour="red"), "InvalidAttributeName", "Unknown Attribute Colour."),
        (new(ContentBasedDeduplication="true"), "InvalidAttributeName", "Unknown Attribute ContentBased"),
        (new(tags={"aws:x": "y"}), "InvalidParameterValue", "reserved"),
        (("TagQueue", {"QueueUrl": URL, "Tags": {str(n): "" for n in range(51)}}), "InvalidParameterValue", "Too many"),
        (
            ("SetQueueAttributes", {"QueueUrl": URL, "Attributes": {"QueueArn": "x"}}),
            "InvalidAttributeName",
            "QueueArn",
        ),
        (message(MessageBody=""), "MissingParameter", "must contain the parameter MessageBody"),
        (message(MessageBody="a\x01"), "InvalidMessageContents", "Invalid binary character '#x1'"),
        (message(MessageDeduplicationId="d"), "InvalidParameterValue", "not valid for this queue type"),
        (message(MessageAttributes=attributes(11)), "InvalidParameterValue", "[11] exceeds the allowed maximum [10]"),
        (message(MessageAttributes=attributes(1, "AWS.")), "InvalidParameterValue", "reserved for internal use"),
    ],
)
def test_sqs_refuses(request_: tuple[str, dict[str, Any]], code: str, words: str) -> None:
    with pytest.raises(AwsError, match=None) as refused:
        check_queues(*request_, "us-west-1")
    assert (refused.value.code, words in str(refused.value)) == (code, True), refused.value


@pytest.mark.parametrize(
    "request_",
    [
        new("A-b_1", VisibilityTimeout="0", DelaySeconds="900", MessageRetentionPeriod="1209600", Policy="{}"),
        new("a.fifo", FifoQueue="true", ContentBasedDeduplication="true", DeduplicationScope="queue"),
        new(KmsMasterKeyId="alias/aws/sqs", SqsManagedSseEnabled="false", tags={"team": "a"}),
        message(MessageBody="\t\n ä😀", MessageAttributes=attributes(10), MessageGroupId="fair"),
        message(f"{URL}.fifo", MessageDeduplicationId="d", MessageGroupId="g"),
        ("ReceiveMessage", {"QueueUrl": URL}),
    ],
)
def test_sqs_takes(request_: tuple[str, dict[str, Any]]) -> None:
    check_queues(*request_, "us-west-1")
