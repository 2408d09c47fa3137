"""KMS keys that are disabled or wait for their deletion: nothing is encrypted or decrypted with them."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from localcloud.errors import AwsError

BY_KEY = ("sign", "verify", "generate_mac", "verify_mac")
"""Operations whose key is among their arguments."""
ID_BYTES = 36
"""moto begins what it encrypts with the key's id."""
OF_AWS = "alias/aws/"
"""Keys that AWS manages; nobody can disable them."""


def patch() -> None:
    """moto uses a key whatever its state is."""
    from moto.kms import models

    module: Any = models
    for name in ("encrypt", "decrypt"):
        setattr(module, name, _with_usable(getattr(module, name)))
    backend: Any = models.KmsBackend
    for name in BY_KEY:
        setattr(backend, name, _naming_usable(getattr(backend, name)))


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
    backend = kms_backends[account_id][parts[3] if len(parts) > 5 else region]
    plain = parts[-1]
    if plain.startswith("alias/"):
        plain = backend.get_key_id_from_alias(plain) or ""
    return backend.keys.get(plain.removeprefix("key/"))


def check_usable(account_id: str, region: str, named: str | None, code: str = "", words: str = "") -> None:
    """Check the key of another service's resource. `code`, `words`: of that service; else KMS's. Errors: AwsError."""
    key = find(account_id, region, named)
    if key is not None and (why := why_unusable(key)):
        raise AwsError(code or why[0], words or why[1])


def check_key_of_object(account_id: str, region: str, named: str | None) -> None:
    """Check the key of an object in S3, in its recorded words (LocalStack, 2026-02-21). Errors: AwsError KMS.*."""
    if not named or OF_AWS in named:
        return
    key = find(account_id, region, named)
    if key is None:
        arn = f"arn:aws:kms:{region}:{account_id}:key/{named.rpartition('key/')[2]}"
        raise AwsError("KMS.NotFoundException", f"Key '{arn}' does not exist")
    if why := why_unusable(key):
        raise AwsError(f"KMS.{why[0]}", why[1])


def _with_usable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap moto's encryption or decryption, whose keys are in `master_keys`."""

    @wraps(function)
    def with_usable(master_keys: Any, *arguments: Any, **named: Any) -> Any:
        blob = named.get("ciphertext_blob", b"")
        key = master_keys.get(named.get("key_id") or blob[:ID_BYTES].decode("ascii", "replace"))
        if key is not None and (why := why_unusable(key)):
            raise AwsError(*why)
        return function(master_keys, *arguments, **named)

    return with_usable


def _naming_usable(method: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @wraps(method)
    def naming_usable(self: Any, *arguments: Any, **named: Any) -> Any:
        key_id = signature.bind(self, *arguments, **named).arguments["key_id"]
        check_usable(self.account_id, self.region_name, key_id)
        return method(self, *arguments, **named)

    return naming_usable
