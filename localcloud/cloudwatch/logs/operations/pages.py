"""Paged responses. A token records where the last page ended, and is valid for the same request only."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localcloud.cloudwatch.logs.operations.account import Call, Response, invalid

NOT_REQUESTED = frozenset({"nextToken", "limit", "maxResults", "maxItems"})
TOKEN_INVALID = "The specified nextToken is invalid."  # noqa: S105 - AWS's words


def page(
    call: Call,
    field: str,
    found: Sequence[Mapping[str, Any]],
    *,
    key: Callable[[Mapping[str, Any]], Any],
    limit: str = "limit",
    most: int = 50,
) -> Response:
    """Return one page of `found`, sorted by its keys (text or lists), which must be unique. Errors: AwsError."""
    ordered = sorted(found, key=key)
    after = position(call)
    if after is not None:
        ordered = [each for each in ordered if key(each) > after]
    size = call.parameters.get(limit) or most
    response: Response = {field: ordered[:size]}
    if len(ordered) > size:
        response["nextToken"] = token(call, key(ordered[size - 1]))
    return response


def token(call: Call, last: object) -> str:
    """Create the token after item `last`, a JSON value."""
    body = json.dumps([_question(call), last]).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:6] + body).decode()


def position(call: Call) -> Any:
    """Decode the request's token; None without one. Errors: AwsError unless it is from a page of the same request."""
    given = call.parameters.get("nextToken")
    if given is None:
        return None
    try:
        raw = base64.b64decode(given.encode(), b"-_", validate=True)
        question, last = json.loads(raw[6:])
    except (binascii.Error, ValueError, TypeError) as error:
        raise invalid(TOKEN_INVALID) from error
    if hashlib.sha256(raw[6:]).digest()[:6] != raw[:6] or question != _question(call):
        raise invalid(TOKEN_INVALID)
    return last


def _question(call: Call) -> str:
    requested = {name: value for name, value in call.parameters.items() if name not in NOT_REQUESTED}
    text = json.dumps([call.operation, call.region, requested], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
