"""SNS's rules of messages and batches, in its recorded words (LocalStack's recordings, 2023, 2024). Pure.

The topic decides whether a message needs a group and a token; moto checks that.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_only.checks.sqs_messages import size

SUBJECT = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
ENTRY = re.compile(r"[\w-]+", re.ASCII)
LONGEST_ID = 80
MOST_ENTRIES = 10
MOST_BYTES = 262_144


def check_message(message: Mapping[str, Any]) -> None:
    """Check a message alone or of a batch. Errors: AwsError InvalidParameter."""
    text = message.get("Message")
    if not text:
        raise _invalid("Empty message")
    subject = message.get("Subject")
    if subject is not None and (not subject or not SUBJECT.fullmatch(subject)):
        raise _invalid("Subject")
    if message.get("MessageStructure") == "json":
        _check_structure(str(text))


def check_batch(entries: Sequence[Mapping[str, Any]]) -> None:
    """Check a batch, which one wrong message refuses as a whole. Errors: AwsError."""
    if not entries:
        raise AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > MOST_ENTRIES:
        raise AwsError("TooManyEntriesInBatchRequest", "The batch request contains more entries than permissible.")
    ids = [str(entry.get("Id", "")) for entry in entries]
    for each in ids:
        if len(each) > LONGEST_ID:
            raise AwsError("InvalidBatchEntryId", f"The Id of a batch entry in the batch request is too long: {each}")
        if not ENTRY.fullmatch(each):
            words = f"The Id of a batch entry in the batch request contains an impermissible character: {each}"
            raise AwsError("InvalidBatchEntryId", words)
    if len(set(ids)) < len(ids):
        words = "Two or more batch entries in the request have the same Id."
        raise AwsError("BatchEntryIdsNotDistinct", words)
    if sum(size(entry, "Message") for entry in entries) > MOST_BYTES:
        words = "The length of all the messages put together is more than the limit."
        raise AwsError("BatchRequestTooLong", words)
    for entry in entries:
        check_message(entry)


def _check_structure(text: str) -> None:
    try:
        texts = json.loads(text)
    except ValueError as error:
        raise _invalid("Message Structure - JSON message body failed to parse") from error
    if not isinstance(texts, dict) or not isinstance(texts.get("default"), str):
        raise _invalid("Message Structure - No default entry in JSON message body")


def _invalid(what: str) -> AwsError:
    return AwsError("InvalidParameter", f"Invalid parameter: {what}")
