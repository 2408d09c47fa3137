"""The signed policy of a browser's upload to S3: until when it is valid, and what the form may contain.

Source: S3 API Reference, "POST Object" and "Creating a POST policy"; the words are S3's.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.upload_forms import UploadForm

INVALID = "Invalid according to Policy"
FREE = ("policy", "x-amz-signature", "awsaccesskeyid", "signature")
IGNORED = "x-ignore-"
LENGTH = "content-length-range"


def check(form: UploadForm, now: datetime) -> None:
    """Check a form against its policy.

    Errors: AwsError AccessDenied, EntityTooLarge, EntityTooSmall, InvalidPolicyDocument.
    """
    policy = _read(form.fields.get("policy", ""))
    if _expiration(policy) <= now:
        raise AwsError("AccessDenied", f"{INVALID}: Policy expired.", 403)
    given = {**form.fields, "bucket": form.bucket}
    named = set()
    for condition in _conditions(policy):
        operator, name, value = condition
        if operator == LENGTH and name.isdigit() and value.isdigit():
            _check_length(form.size, int(name), int(value))
            continue
        field = name.removeprefix("$").lower()
        named.add(field)
        there = given.get(field, "")
        if not (there == value if operator == "eq" else there.startswith(value)):
            words = json.dumps([operator, f"${field}", value])
            raise AwsError("AccessDenied", f"{INVALID}: Policy Condition failed: {words}", 403)
    further = [each for each in form.fields if each not in (*named, *FREE) and not each.startswith(IGNORED)]
    if further:
        raise AwsError("AccessDenied", f"{INVALID}: Extra input fields: {', '.join(further)}", 403)


def _read(policy: str) -> Mapping[str, Any]:
    try:
        read = json.loads(base64.b64decode(policy, validate=True))
    except (binascii.Error, ValueError) as error:
        raise _invalid("Invalid Policy: Invalid JSON.") from error
    if not isinstance(read, dict):
        raise _invalid("Invalid Policy: Invalid JSON.")
    return read


def _expiration(policy: Mapping[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(str(policy["expiration"]))
    except (KeyError, ValueError) as error:
        raise _invalid("Invalid Policy: Invalid 'expiration' value.") from error
    if moment.tzinfo is None:
        raise _invalid("Invalid Policy: Invalid 'expiration' value.")
    return moment


def _conditions(policy: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield operator, field and value of each condition."""
    found = policy.get("conditions")
    if not isinstance(found, list):
        raise _invalid("Invalid Policy: Policy missing conditions.")
    for each in found:
        if isinstance(each, dict):
            yield from (("eq", str(name), str(value)) for name, value in each.items())
        elif isinstance(each, list) and len(each) == 3 and str(each[0]).lower() in ("eq", "starts-with", LENGTH):
            yield str(each[0]).lower(), str(each[1]), str(each[2])
        else:
            raise _invalid("Invalid Policy: Invalid condition.")


def _check_length(size: int, smallest: int, largest: int) -> None:
    if size > largest:
        raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400)
    if size < smallest:
        raise AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", 400)


def _invalid(words: str) -> AwsError:
    return AwsError("InvalidPolicyDocument", words, 400)
