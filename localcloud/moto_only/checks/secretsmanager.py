"""Secrets Manager constraints that its model lacks: moto accepts violations, or fails with an internal error."""

from collections.abc import Mapping
from typing import Any

from botocore.session import get_session

from localcloud.errors import AwsError

# Operations whose tokens are positions, as moto generates them.
PAGED = ("ListSecrets", "BatchGetSecretValue")


def check_secrets(operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Errors: AwsError."""
    token = parameters.get("NextToken")
    if operation in PAGED and token and not (token.isascii() and token.isdigit()):
        raise AwsError("InvalidNextTokenException", "The NextToken value is invalid.")
    if any("Key" not in tag for tag in parameters.get("Tags") or []):
        raise AwsError("InvalidParameterException", "You must provide a key for each tag.")
    for replica in parameters.get("AddReplicaRegions") or []:
        if replica.get("Region") not in _regions() or replica["Region"] == region:
            raise AwsError("InvalidParameterException", f"Invalid replica region: {replica.get('Region')}.")


def _regions() -> list[str]:
    regions: list[str] = get_session().get_available_regions("secretsmanager")
    return regions
