"""@ptr: identifies the event of a query's row."""

import base64
import binascii
import hashlib

from localcloud.cloudwatch.logs.operations.account import invalid

CHECKED_BYTES = 6


def pointer(number: int) -> str:
    """Encode an event's id as @ptr."""
    body = str(number).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:CHECKED_BYTES] + body).decode()


def number_of(text: str) -> int:
    """Decode @ptr to the event's id. Errors: AwsError for an invalid pointer."""
    try:
        raw = base64.b64decode(text.encode(), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("The specified log record pointer is invalid.") from error
    body = raw[CHECKED_BYTES:]
    if hashlib.sha256(body).digest()[:CHECKED_BYTES] != raw[:CHECKED_BYTES] or not body.isdigit():
        raise invalid("The specified log record pointer is invalid.")
    return int(body)
