"""Secrets Manager constraints that its model lacks: moto accepts violations, or fails with an internal error."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.session import get_session

from localcloud.errors import AwsError
from localcloud.moto_only.checks.s3_policies import is_public

# Operations whose tokens are positions, as moto generates them.
NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+")
MOST_TAGS = 50
PAGED = ("ListSecrets", "BatchGetSecretValue")


def check_secrets(operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Errors: AwsError."""
    token = parameters.get("NextToken")
    if operation in PAGED and token and not (token.isascii() and token.isdigit()):
        raise AwsError("InvalidNextTokenException", "The NextToken value is invalid.")
    _check_tags(parameters.get("Tags") or [])
    if operation == "CreateSecret" and not NAME.fullmatch(str(parameters.get("Name"))):
        words = "Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        raise AwsError("ValidationException", f"Invalid name. {words}")
    if parameters.get("SecretString") is not None and parameters.get("SecretBinary") is not None:
        words = "You can't specify both a binary secret value and a string secret value in the same secret."
        raise AwsError("InvalidParameterException", words)
    if operation == "PutResourcePolicy" and parameters.get("BlockPublicPolicy") in (True, "true"):
        _check_closed(str(parameters.get("ResourcePolicy")))
    for replica in parameters.get("AddReplicaRegions") or []:
        if replica.get("Region") not in _regions() or replica["Region"] == region:
            raise AwsError("InvalidParameterException", f"Invalid replica region: {replica.get('Region')}.")


def _check_tags(tags: Sequence[Mapping[str, Any]]) -> None:
    """Errors: AwsError InvalidParameterException. The words about limits and the prefix are ours."""
    if any("Key" not in tag for tag in tags):
        raise AwsError("InvalidParameterException", "You must provide a key for each tag.")
    if any(str(tag["Key"]).lower().startswith("aws:") for tag in tags):
        raise AwsError("InvalidParameterException", "Keys of tags must not begin with aws:, which is reserved.")
    if len(tags) > MOST_TAGS:
        raise AwsError("InvalidParameterException", f"A secret can have at most {MOST_TAGS} tags.")


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
