"""SQS's rules of messages and batches; moto checks few of them. Pure.

Sources: SQS API Reference (ranges), and the words that LocalStack recorded from AWS (2024 and 2025); those about names
of attributes are ours.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.wire import OF_QUERY

ALLOWED = "#x9 | #xA | #xD | [#x20 - #xD7FF] | [#xE000 - #xFFFD] | [#x10000 - #x10FFFF]"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TOKEN = re.compile(r"[!-~]{1,128}")
ATTRIBUTE = re.compile(r"[\w-]+(\.[\w-]+)*", re.ASCII)
LONGEST_ATTRIBUTE = 256
ENTRY = re.compile(r"[\w-]{1,80}", re.ASCII)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
MOST_ATTRIBUTES = 10
MOST_ENTRIES = 10
MOST_BYTES = 1_048_576
RESERVED = re.compile(r"(?:aws|amazon)\.", re.IGNORECASE)
DELAYS = range(901)
VISIBILITIES = range(43_201)
RECEIVED = {
    "MaxNumberOfMessages": (range(1, 11), "Must be between 1 and 10, if provided."),
    "WaitTimeSeconds": (range(21), "Must be >= 0 and <= 20, if provided."),
    "VisibilityTimeout": (VISIBILITIES, "Must be >= 0 and <= 43200, if provided."),
}


def check_receipt(parameters: Mapping[str, Any]) -> None:
    """Check ReceiveMessage. Errors: AwsError."""
    for name, (range_, words) in RECEIVED.items():
        if (value := parameters.get(name)) is not None and value not in range_:
            raise _invalid(name, value, words)


def check_visibility(parameters: Mapping[str, Any]) -> None:
    """Check a change of a message's visibility. Errors: AwsError."""
    value = parameters.get("VisibilityTimeout", 0)
    if value not in VISIBILITIES:
        words = f"VisibilityTimeout must be an integer between 0 and {VISIBILITIES[-1]}."
        raise _invalid("VisibilityTimeout", value, words)


def check_batch(operation: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Check a batch as a whole; its entries fail one by one. Errors: AwsError."""
    if not entries:
        words = f"There should be at least one {operation}RequestEntry in the request."
        raise AwsError(f"{OF_QUERY}EmptyBatchRequest", words)
    if len(entries) > MOST_ENTRIES:
        words = f"Maximum number of entries per request are {MOST_ENTRIES}. You have sent {len(entries)}."
        raise AwsError(f"{OF_QUERY}TooManyEntriesInBatchRequest", words)
    seen: set[str] = set()
    for each in entries:
        name = str(each.get("Id", ""))
        if not ENTRY.fullmatch(name):
            raise AwsError(
                f"{OF_QUERY}InvalidBatchEntryId",
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most "
                "80 letters long.",
            )
        if name in seen:
            raise AwsError(f"{OF_QUERY}BatchEntryIdsNotDistinct", f"Id {name} repeated.")
        seen.add(name)
    length = sum(map(size, entries))
    if operation == "SendMessageBatch" and length > MOST_BYTES:
        words = f"Batch requests cannot be longer than {MOST_BYTES} bytes. You have sent {length} bytes."
        raise AwsError(f"{OF_QUERY}BatchRequestTooLong", words)


def size(message: Mapping[str, Any], body: str = "MessageBody") -> int:
    """Return the bytes of a message's body, and of the names, types and values of its attributes.

    body: the name of the body's field, which is another one in SNS.
    """
    length = len(str(message.get(body, "")).encode(errors="surrogatepass"))
    for name, attribute in (message.get("MessageAttributes") or {}).items():
        for text in (name, *(attribute.get(part) or "" for part in ("DataType", "StringValue", "BinaryValue"))):
            length += len(text if isinstance(text, bytes) else str(text).encode())
    return length


def check_message(message: Mapping[str, Any], *, is_fifo: bool) -> None:
    """Check a message alone or of a batch; how long it may be depends on the queue. Errors: AwsError."""
    body = message.get("MessageBody")
    if not body:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
    if found := FORBIDDEN.search(str(body)):
        raise AwsError(
            "InvalidMessageContents",
            f"Invalid binary character '#x{ord(found[0]):X}' was found in the message body, the set of allowed "
            f"characters is {ALLOWED}",
        )
    if not is_fifo and (token := message.get("MessageDeduplicationId")):
        words = "The request includes a parameter that is not valid for this queue type."
        raise _invalid("MessageDeduplicationId", token, words)
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        token = message.get(name)
        if token is not None and not TOKEN.fullmatch(str(token)):
            words = f"{name} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            raise _invalid(name, token, words)
    delay = message.get("DelaySeconds")
    if delay is not None and delay not in DELAYS:
        raise _invalid("DelaySeconds", delay, f"DelaySeconds must be >= 0 and <= {DELAYS[-1]}.")
    _check_attributes(message.get("MessageAttributes") or {})


def _check_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> None:
    if len(attributes) > MOST_ATTRIBUTES:
        words = f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [{MOST_ATTRIBUTES}]."
        raise AwsError("InvalidParameterValue", words)
    for name, attribute in attributes.items():
        if RESERVED.match(name):
            raise AwsError(
                "InvalidParameterValue",
                "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved "
                "for internal use.",
            )
        if not ATTRIBUTE.fullmatch(name) or len(name) > LONGEST_ATTRIBUTE:
            raise AwsError(
                "InvalidParameterValue",
                f"Message (user) attribute name '{name[:300]}' can only include alphanumeric characters, hyphens, "
                f"underscores and single periods within. 1 to {LONGEST_ATTRIBUTE} in length.",
            )
        kind = str(attribute.get("DataType", "")).partition(".")[0]
        text = attribute.get("StringValue")
        if kind in ("String", "Number") and not text:
            words = f"Message (user) attribute '{name}' must contain a non-empty value of type 'String'."
            raise AwsError("InvalidParameterValue", words)
        if kind == "Number" and not NUMBER.fullmatch(str(text)):
            words = f"Can't cast the value of message (user) attribute '{name}' to a number."
            raise AwsError("InvalidParameterValue", words)


def _invalid(name: str, value: object, why: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {why}")
