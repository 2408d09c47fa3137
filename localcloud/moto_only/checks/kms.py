"""KMS constraints that its model lacks: moto accepts violations, or fails with an internal error. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import OF_AWS, SYMMETRIC

OF_GRANTS = ("CreateGrant", "ListGrants", "RevokeGrant", "RetireGrant")
WAITING_DAYS = range(7, 31)
USAGES: Mapping[str, tuple[str, ...]] = {
    SYMMETRIC: ("ENCRYPT_DECRYPT",),
    "HMAC": ("GENERATE_VERIFY_MAC",),
    "RSA": ("ENCRYPT_DECRYPT", "SIGN_VERIFY"),
    "ECC_NIST_P": ("SIGN_VERIFY", "KEY_AGREEMENT"),
    "ECC": ("SIGN_VERIFY",),
    "ML_DSA": ("SIGN_VERIFY",),
    "SM2": ("ENCRYPT_DECRYPT", "SIGN_VERIFY", "KEY_AGREEMENT"),
}
"""Beginning of a KeySpec -> what such a key can be for. The first that fits counts."""
OF_STORES = ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE")
"""Origins of keys that are in a custom key store."""
MOST_TAGS = 50
RESERVED = re.compile("aws:", re.IGNORECASE)


def check_keys(operation: str, parameters: Mapping[str, Any], region: str) -> None:
    """Check the parameters of an operation, which fit the model. Errors: AwsError."""
    if operation == "CreateKey":
        _check_new_key(parameters)
    if operation in ("CreateAlias", "UpdateAlias", "DeleteAlias") and str(parameters["AliasName"]).startswith(OF_AWS):
        words = f"Aliases that begin with {OF_AWS} are reserved for AWS."  # our own wording
        raise AwsError("NotAuthorizedException", words)
    if operation == "ScheduleKeyDeletion" and parameters.get("PendingWindowInDays", 7) not in WAITING_DAYS:
        raise AwsError("ValidationException", "PendingWindowInDays must be between 7 and 30 (inclusive)")
    if operation in ("CreateKey", "TagResource"):
        _check_tags(parameters.get("Tags") or [])
    if operation == "CreateGrant" and not parameters.get("Operations"):
        raise AwsError("ValidationException", "Operations is required: name at least one.")
    check_grants(operation, parameters)


def _check_new_key(parameters: Mapping[str, Any]) -> None:
    spec = parameters.get("KeySpec") or parameters.get("CustomerMasterKeySpec") or SYMMETRIC
    usage = parameters.get("KeyUsage")
    allowed = next((usages for beginning, usages in USAGES.items() if spec.startswith(beginning)), None)
    if usage is not None and allowed is not None and usage not in allowed:
        raise AwsError("ValidationException", f"KeyUsage {usage} is not compatible with KeySpec {spec}")
    if parameters.get("Origin") in OF_STORES and not parameters.get("CustomKeyStoreId"):
        raise AwsError("ValidationException", f"Origin {parameters['Origin']} requires a CustomKeyStoreId.")


def _check_tags(tags: Sequence[Mapping[str, str]]) -> None:
    keys = [tag["TagKey"] for tag in tags]
    if len(set(keys)) < len(keys):
        raise AwsError("TagException", "Duplicate tag keys")
    if any(RESERVED.match(key) for key in keys):
        raise AwsError("TagException", "Tags beginning with aws: are reserved")
    if len(tags) > MOST_TAGS:
        raise AwsError("TagException", "Too many tags")


def check_grants(operation: str, parameters: Mapping[str, object]) -> None:
    """Errors: AwsError."""
    key = str(parameters.get("KeyId", ""))
    if operation in OF_GRANTS and (key.startswith("alias/") or ":alias/" in key):
        raise AwsError("NotFoundException", f"Invalid keyId '{key}': grants take no alias")
    if operation == "RetireGrant" and not parameters.get("GrantToken") and not (key and parameters.get("GrantId")):
        raise AwsError("ValidationException", "Give either a GrantToken, or a GrantId with its KeyId.")
    if operation == "Decrypt" and not parameters.get("CiphertextBlob"):  # the model has it optional, for dry runs
        raise AwsError("ValidationException", "CiphertextBlob is required.")
    if operation == "GenerateRandom" and "NumberOfBytes" not in parameters:
        raise AwsError("ValidationException", "NumberOfBytes is required.")
