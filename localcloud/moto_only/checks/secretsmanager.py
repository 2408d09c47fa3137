"""Secrets Manager constraints that its model lacks: moto accepts violations, or fails with an internal error."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.session import get_session

from localcloud.errors import AwsError
from localcloud.moto_only.checks.s3_policies import is_public

# Operations whose tokens are positions, as moto generates them.
PAGED = ("ListSecrets", "BatchGetSecretValue")


def check_secrets(operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Errors: AwsError."""
    token = parameters.get("NextToken")
    if operation in PAGED and token and not (token.isascii() and token.isdigit()):
        raise AwsError("InvalidNextTokenException", "The NextToken value is invalid.")
    if any("Key" not in tag for tag in parameters.get("Tags") or []):
        raise AwsError("InvalidParameterException", "You must provide a key for each tag.")
    if operation == "PutResourcePolicy" and parameters.get("BlockPublicPolicy") in (True, "true"):
        _check_closed(str(parameters.get("ResourcePolicy")))
    for replica in parameters.get("AddReplicaRegions") or []:
        if replica.get("Region") not in _regions() or replica["Region"] == region:
            raise AwsError("InvalidParameterException", f"Invalid replica region: {replica.get('Region')}.")


def _check_closed(text: str) -> None:
    """Check that a policy is not public, by S3's rule. Errors: AwsError PublicPolicyException."""
    try:
        policy = json.loads(text)
    except ValueError:
        return  # refused later
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    if all(isinstance(each, dict) and "Effect" in each for each in listed) and is_public({"Statement": listed}):
        words = "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access"
        raise AwsError("PublicPolicyException", f"{words} to the secret.")


def _regions() -> list[str]:
    regions: list[str] = get_session().get_available_regions("secretsmanager")
    return regions
