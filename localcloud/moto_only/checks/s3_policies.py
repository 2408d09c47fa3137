"""Bucket policies: S3's checks of them, in its words, and whether they make a bucket public. Pure."""

import ipaddress
import json
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from localcloud.authorization.reference import action
from localcloud.errors import AwsError

VERSIONS = ("2012-10-17", "2008-10-17")
PARTS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"),
}
OF_OBJECTS = re.compile(
    r"s3:(?!\w*Bucket)\w*Object\w*|s3:ObjectOwnerOverrideToBucketOwner|s3:AbortMultipartUpload"
    r"|s3:ListMultipartUploadParts|s3:BypassGovernanceRetention|s3:Replicate(Delete|Tags)",
    re.IGNORECASE,
)
OF_BUCKETS = re.compile(r"s3:(?!Object)\w*Bucket\w*|s3:(Get|Put)\w*Configuration", re.IGNORECASE)
ARN = re.compile(r"arn:aws[\w-]*:s3:::(?P<bucket>[^/]+)(/.*)?", re.DOTALL)
PRINCIPAL = re.compile(
    r"\*|\d{12}|A[A-Z0-9]+|arn:aws[\w-]*:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)/\S+)"
)
FIXING = {
    *("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:sourcearn"),
    *("aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount", "aws:sourceorgid", "aws:userid"),
    *("s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn", "s3:dataaccesspointaccount"),
}
"""Condition keys that, with a fixed value, keep a statement from being public."""
ADDRESS = "aws:sourceip"
WIDEST = {4: 8, 6: 32}
"""The shortest prefix of a network that is not public, by IP version."""
POSITIVE = re.compile(r"(ForAnyValue:)?(StringEquals|StringEqualsIgnoreCase|StringLike|ArnEquals|ArnLike|IpAddress)")


def check_policy(text: bytes, bucket: str) -> dict[str, object]:
    """Return the policy. Errors: AwsError MalformedPolicy."""
    try:
        policy = json.loads(text) if text.startswith(b"{") else None
    except ValueError:
        policy = None
    if policy is None:
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if "Statement" not in policy:
        raise _malformed("Missing required field Statement")
    statements = _listed(policy["Statement"])
    if not statements:
        raise _malformed("Could not parse the policy: Statement is empty!")
    if policy.get("Version", VERSIONS[0]) not in VERSIONS:
        raise _malformed("The policy must contain a valid version string")
    for statement in statements:
        _check_statement(statement, bucket)
    result: dict[str, Any] = policy
    return result


def _check_statement(statement: object, bucket: str) -> None:
    if not isinstance(statement, dict):
        raise _malformed("Policies must be valid JSON and the first byte must be '{'")
    if unknown := sorted(statement.keys() - PARTS):
        raise _malformed(f"Unknown field {unknown[0]}")
    if "Effect" not in statement:
        raise _malformed("Missing required field Effect")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise _malformed(f"Invalid effect: {statement['Effect']}")
    for name in ("Principal", "Action", "Resource"):
        if not statement.keys() & {name, f"Not{name}"}:
            raise _malformed(f"Missing required field {name}")
    _check_principal(statement.get("Principal", statement.get("NotPrincipal")))
    actions = [*_listed(statement.get("Action")), *_listed(statement.get("NotAction"))]
    if not all(isinstance(each, str) and _is_action(each) for each in actions):
        raise _malformed("Policy has invalid action")
    resources = [*_listed(statement.get("Resource")), *_listed(statement.get("NotResource"))]
    if not resources or not all(isinstance(each, str) and _names(each, bucket) for each in resources):
        raise _malformed("Policy has invalid resource")
    if "Action" in statement and "Resource" in statement:
        _check_fit(actions, resources)


def _is_action(name: str) -> bool:
    """Return whether S3 has an action; of one with wildcards, only the form is checked."""
    if not re.fullmatch(r"\*|s3:[\w*?]+", name, re.IGNORECASE):
        return False
    return bool(set("*?") & set(name)) or action("s3", name.partition(":")[2]) is not None


def _names(resource: str, bucket: str) -> bool:
    """Return whether a resource is the bucket or its objects; wildcards may stand for a part of its name."""
    found = ARN.fullmatch(resource)
    return resource == "*" or (found is not None and fnmatchcase(bucket, found["bucket"]))


def _check_principal(principal: object) -> None:
    """Check the form of a principal; whether it exists depends on the account, and is checked elsewhere."""
    if principal == "*":
        return
    kinds = {"AWS", "Service", "Federated", "CanonicalUser"}
    if not isinstance(principal, dict) or not principal or principal.keys() - kinds:
        raise _malformed("Invalid policy syntax." if isinstance(principal, dict) else "Invalid principal in policy")
    for name in _listed(principal.get("AWS")):
        if not isinstance(name, str) or not PRINCIPAL.fullmatch(name):
            raise _malformed("Invalid principal in policy")


def _check_fit(actions: list[str], resources: list[str]) -> None:
    """Check that each action has a resource of its kind: an object or the bucket."""
    has_objects = any("/" in each or each.endswith("*") for each in resources)
    has_bucket = any("/" not in each for each in resources)
    for each in actions:
        of_objects, of_bucket = OF_OBJECTS.fullmatch(each), OF_BUCKETS.fullmatch(each)
        if (of_objects and not has_objects) or (of_bucket and not of_objects and not has_bucket):
            raise _malformed("Action does not apply to any resource(s) in statement")


def is_public(policy: Mapping[str, object]) -> bool:
    """Return whether S3 considers the policy public: it allows something to everyone, without a fixed condition."""
    return any(
        statement["Effect"] == "Allow"
        and _is_for_anybody(statement)
        and not _is_fixed(statement.get("Condition") or {})
        for statement in _listed(policy["Statement"])
    )


def _is_for_anybody(statement: Mapping[str, object]) -> bool:
    principal = statement.get("Principal", "*")  # NotPrincipal allows everyone else
    named = principal.get("AWS") if isinstance(principal, dict) else principal
    return "*" in _listed(named)


def _is_fixed(condition: Mapping[str, Any]) -> bool:
    """Return whether a condition allows known callers only."""
    return any(
        POSITIVE.fullmatch(operator) and _fixes(key.lower(), _listed(values))
        for operator, keys in condition.items()
        for key, values in keys.items()
    )


def _fixes(key: str, values: list[object]) -> bool:
    if key == ADDRESS:
        return bool(values) and all(_is_narrow(str(value)) for value in values)
    if key not in FIXING:
        return False
    return bool(values) and not any(set("*?") & set(str(value)) or "${" in str(value) for value in values)


def _is_narrow(network: str) -> bool:
    try:
        found = ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
    return found.prefixlen >= WIDEST[found.version]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message)
