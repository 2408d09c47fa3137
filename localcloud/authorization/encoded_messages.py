"""The encoded message of EC2's UnauthorizedOperation, which STS decodes. Pure.

Here it is compressed JSON in Base64; AWS's own form is secret. What it says when decoded has the form that IAM's
documentation shows for DecodeAuthorizationMessage.
"""

import base64
import binascii
import json
import zlib

from localcloud.authorization.decision import Decision, Outcome

LONGEST = 65_536
"""Bytes of a decoded message: what a client sends may be anything."""


def encoded(decision: Decision) -> str:
    """Return the encoded message of a denial."""
    request = decision.request
    content = {
        "allowed": False,
        "explicitDeny": decision.outcome is Outcome.EXPLICIT_DENY,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {"id": request.principal.user_id, "arn": request.principal.arn},
            "action": request.action,
            "resource": request.resource,
            "conditions": {"items": []},
        },
    }
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(content).encode())).decode()


def decoded(message: str) -> str:
    """Return the JSON of an encoded message. Errors: ValueError for any other text."""
    try:
        text = zlib.decompressobj().decompress(base64.urlsafe_b64decode(message), LONGEST).decode()
        is_denial = json.loads(text)["allowed"] is False
    except (binascii.Error, zlib.error, LookupError, TypeError) as error:
        raise ValueError("the message is not encoded here") from error
    if not is_denial:
        raise ValueError("the message is not a denial")
    return text
