"""KMS keys that requests of other services name: whether they exist and may be used. Call in moto's thread."""

from typing import Any

from localcloud.errors import AwsError
from localcloud.protocol.regions import REGIONS

SYMMETRIC, ENCRYPTING = "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"
ARN_PARTS = 6
OF_AWS = "alias/aws/"
"""Keys that AWS manages; nobody can disable them."""


def why_unusable(key: Any) -> tuple[str, str] | None:
    """Return KMS's error code and message for a key that may not be used now."""
    if key.key_state == "Disabled":
        return "DisabledException", f"{key.arn} is disabled."
    if key.key_state == "PendingDeletion":
        return "KMSInvalidStateException", f"{key.arn} is pending deletion."
    return None


def find(account_id: str, region: str, named: str | None) -> Any:
    """Find a key by id, ARN or alias; None when there is none, or AWS manages it."""
    from moto.kms.models import kms_backends

    parts = (named or "").split(":")
    if parts[0] == "arn":
        if len(parts) < ARN_PARTS or parts[2] != "kms" or parts[3] not in REGIONS:
            return None
        region = parts[3]
    backend = kms_backends[account_id][region]
    plain = parts[-1]
    if plain.startswith("alias/"):
        plain = backend.get_key_id_from_alias(plain) or ""
    return backend.keys.get(plain.removeprefix("key/"))


def check_usable(account_id: str, region: str, named: str | None, code: str = "", words: str = "") -> None:
    """Check the key of another service's resource. `code`, `words`: of that service; else KMS's. Errors: AwsError."""
    key = find(account_id, region, named)
    if key is not None and (why := why_unusable(key)):
        raise AwsError(code or why[0], words or why[1])


def why_not(account_id: str, region: str, named: str | None) -> tuple[str, str] | None:
    """Return KMS's error code and message when a service cannot encrypt with the key that a request names."""
    if not named or OF_AWS in named:
        return None
    key = find(account_id, region, named)
    if key is None:
        shown = named if named.startswith("arn:") else f"arn:aws:kms:{region}:{account_id}:{_path(named)}"
        words = f"Alias {shown} is not found." if "alias/" in named else f"Key '{shown}' does not exist"
        return "NotFoundException", words
    if key.key_spec != SYMMETRIC or key.key_usage != ENCRYPTING:
        return "InvalidKeyUsageException", f"{key.arn} key usage is {key.key_usage} which is not valid for Encrypt."
    return why_unusable(key)


def _path(named: str) -> str:
    return named if named.startswith(("key/", "alias/")) else f"key/{named}"


def check_named(account_id: str, region: str, named: str | None, code: str, words: str = "") -> None:
    """Check the key that a request names for something new. `code`, `words`: the service's own; words: else KMS's.

    Errors: AwsError.
    """
    if why := why_not(account_id, region, named):
        raise AwsError(code, words or why[1])
