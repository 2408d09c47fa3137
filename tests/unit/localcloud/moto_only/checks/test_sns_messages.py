"""SNS refuses messages and batches beyond its rules."""

from typing import Any

import pytest

from localcloud.errors import AwsError
from localcloud.moto_only.checks.sns_messages import check_batch, check_message


def batch(*ids: str, text: str = "x", **more: Any) -> list[dict[str, Any]]:
    return [{"Id": each, "Message": text, **more} for each in ids]


@pytest.mark.parametrize(
    ("entries", "code", "words"),
    [
        ([], "EmptyBatchRequest", "doesn't contain any entries."),
        (batch(*map(str, range(11))), "TooManyEntriesInBatchRequest", "more entries than permissible."),
        (batch("a.b"), "InvalidBatchEntryId", "contains an impermissible character: a.b"),
        (batch("a" * 81), "InvalidBatchEntryId", f"is too long: {'a' * 81}"),
        (batch("a", "b", "a"), "BatchEntryIdsNotDistinct", "have the same Id."),
        (batch("a", "b", text="ä" * 65_537), "BatchRequestTooLong", "is more than the limit."),
        (
            batch("a", "b", text="x" * 131_069, MessageAttributes={"n": {"DataType": "String", "StringValue": "v"}}),
            "BatchRequestTooLong",
            "is more than the limit.",
        ),
        ([*batch("a"), *batch("b", text="")], "InvalidParameter", "Invalid parameter: Empty message"),
        (batch("a", MessageStructure="json"), "InvalidParameter", "JSON message body failed to parse"),
    ],
)
def test_sns_refuses_a_batch(entries: list[dict[str, Any]], code: str, words: str) -> None:
    with pytest.raises(AwsError) as refused:
        check_batch(entries)
    assert refused.value.code == code
    assert words in str(refused.value)


@pytest.mark.parametrize("text", ['{"sqs": "a"}', '{"default": {"a": 1}}', '["default"]'])
def test_a_message_by_protocol_has_a_default(text: str) -> None:
    with pytest.raises(AwsError, match="No default entry in JSON message body"):
        check_message({"Message": text, "MessageStructure": "json"})
    check_message({"Message": text})


def test_sns_takes_a_batch() -> None:
    check_batch(batch(*"abcdefghij", text='{"default": "a", "sqs": "b"}', MessageStructure="json"))
    check_batch(batch("a", "b_-1", text="x" * 131_072))
