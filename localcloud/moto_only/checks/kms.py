"""KMS constraints that its model lacks: moto fails with an internal error on them. Pure."""

from collections.abc import Mapping

from localcloud.errors import AwsError

OF_GRANTS = ("CreateGrant", "ListGrants", "RevokeGrant", "RetireGrant")


def check_grants(operation: str, parameters: Mapping[str, object], region: str) -> None:
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
