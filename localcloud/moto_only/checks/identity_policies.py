"""IAM's policies of identities: what AWS refuses in them, and the boundaries that they may have."""

import json
from collections.abc import Mapping
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.managed_policies import of_aws

VERSION = "2012-10-17"


def check_identity_policy(text: str) -> None:
    """Errors: AwsError MalformedPolicyDocument."""
    statements = _document(text).get("Statement")
    for each in statements if isinstance(statements, list) else [statements]:
        if isinstance(each, dict) and each.keys() & {"Principal", "NotPrincipal"}:
            raise AwsError("MalformedPolicyDocument", "Policy document should not specify a principal.")


def check_managed_version(text: str) -> None:
    """Check what only managed policies need; inline ones may be of 2008-10-17. Errors: AwsError."""
    found = _document(text)
    if found and found.get("Version") != VERSION:
        raise AwsError("MalformedPolicyDocument", f"Policy document must be version {VERSION} or greater.")


def check_boundary(backend: Any, given: Mapping[str, Any]) -> None:
    """Check that a role's or user's boundary exists. Call in moto's thread. Errors: AwsError NoSuchEntity."""
    arn = given.get("permissions_boundary")
    if arn and backend.policy_arn_regex.match(arn) and arn not in backend.managed_policies and arn not in of_aws():
        raise AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", 404)


def _document(text: str) -> dict[str, Any]:
    """Return a policy's document; an empty one for text that is no policy, which moto refuses."""
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
