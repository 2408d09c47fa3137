"""SQS refuses queues and messages beyond its limits."""

from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.checks.sqs import check_queues, dead_letters_of
from localcloud.protocol.wire import OF_QUERY

URL = "http://127.0.0.1/1/q"


def new(name: str = "q", tags: dict[str, str] | None = None, **attributes: str) -> tuple[str, dict[str, Any]]:
    return "CreateQueue", {"QueueName": name, "Attributes": attributes, "tags": tags or {}}


def message(queue: str = URL, **parameters: Any) -> tuple[str, dict[str, Any]]:
    return "SendMessage", {"QueueUrl": queue, "MessageBody": "x", **parameters}


def batch(*ids: str, operation: str = "SendMessageBatch", body: str = "x") -> tuple[str, dict[str, Any]]:
    return operation, {"QueueUrl": URL, "Entries": [{"Id": each, "MessageBody": body} for each in ids]}


def typed(value: str, kind: str = "Number", name: str = "a") -> dict[str, Any]:
    return {name: {"DataType": kind, "StringValue": value}}


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
        (new(tags={"a" * 129: "y"}), "InvalidParameterValue", "1 to 128 characters"),
        (new(tags={"a": "y" * 257}), "InvalidParameterValue", "values at most 256"),
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
        (message(MessageAttributes=typed("", "String")), "InvalidParameterValue", "non-empty value of type 'String'"),
        (message(MessageAttributes=typed("one")), "InvalidParameterValue", "Can't cast the value"),
        (message(MessageAttributes=typed("1", name="a..b")), "InvalidParameterValue", "attribute name 'a..b'"),
        (message(MessageGroupId="a b"), "InvalidParameterValue", "Value a b for parameter MessageGroupId is invalid."),
        (message(f"{URL}.fifo", MessageDeduplicationId=""), "InvalidParameterValue", "1 to 128 in length."),
        (message(DelaySeconds=-1), "InvalidParameterValue", "Value -1 for parameter DelaySeconds is invalid."),
        (("ReceiveMessage", {"MaxNumberOfMessages": 11}), "InvalidParameterValue", "Must be between 1 and 10"),
        (("ReceiveMessage", {"WaitTimeSeconds": 21}), "InvalidParameterValue", "Must be >= 0 and <= 20"),
        (("ReceiveMessage", {"VisibilityTimeout": -1}), "InvalidParameterValue", "Value -1 for parameter Visibility"),
        (("ChangeMessageVisibility", {"VisibilityTimeout": 43_201}), "InvalidParameterValue", "between 0 and 43200."),
        (batch(), f"{OF_QUERY}EmptyBatchRequest", "at least one SendMessageBatchRequestEntry"),
        (batch(operation="DeleteMessageBatch"), f"{OF_QUERY}EmptyBatchRequest", "one DeleteMessageBatchRequestEntry"),
        (batch(*map(str, range(11))), f"{OF_QUERY}TooManyEntriesInBatchRequest", "are 10. You have sent 11."),
        (batch("a", "b", "a"), f"{OF_QUERY}BatchEntryIdsNotDistinct", "Id a repeated."),
        (batch("a b", operation="DeleteMessageBatch"), f"{OF_QUERY}InvalidBatchEntryId", "at most 80 letters long."),
        (batch("a" * 81), f"{OF_QUERY}InvalidBatchEntryId", "at most 80 letters long."),
        (batch("a", "b", body="ä" * 262_145), f"{OF_QUERY}BatchRequestTooLong", "You have sent 1048580 bytes."),
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
        message(MessageAttributes={**typed("-1.5e3"), **typed("", "Binary", "b.c")}, DelaySeconds=900),
        ("ReceiveMessage", {"QueueUrl": URL}),
        ("ReceiveMessage", {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 20, "VisibilityTimeout": 0}),
        batch(*"abcdefghij"),
        batch("a", body="x" * 1_048_576),
    ],
)
def test_sqs_accepts_valid_requests(request_: tuple[str, dict[str, Any]]) -> None:
    check_queues(*request_, "us-west-1")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a valid JSON map."),
        ("[]", "not a valid JSON map."),
        ('{"maxReceiveCount": 3}', "does not contain mandatory attribute: deadLetterTargetArn."),
        ('{"deadLetterTargetArn": "a"}', "does not contain mandatory attribute: maxReceiveCount."),
        ('{"deadLetterTargetArn": "a", "maxReceiveCount": 0}', "Invalid value for maxReceiveCount: 0, valid values"),
        ('{"deadLetterTargetArn": "a", "maxReceiveCount": "1001"}', "from 1 to 1000 both inclusive."),
    ],
)
def test_sqs_refuses_a_redrive_policy(text: str, words: str) -> None:
    with pytest.raises(AwsError) as refused:
        dead_letters_of(text)
    assert str(refused.value).startswith(f"Value {text} for parameter RedrivePolicy is invalid. Reason: ")
    assert words in str(refused.value)


def test_a_redrive_policy_names_its_queue() -> None:
    assert dead_letters_of('{"deadLetterTargetArn": "a", "maxReceiveCount": "3"}') == "a"
