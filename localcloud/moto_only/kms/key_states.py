"""KMS keys that are disabled or pending deletion cannot encrypt or decrypt."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import check_usable, why_not, why_unusable
from localcloud.moto.patching import checking, wrap

BY_KEY = ("sign", "verify", "generate_mac", "verify_mac")
"""Operations whose key is among their arguments."""
ID_BYTES = 36
"""moto's ciphertexts begin with the key's id."""


def patch() -> None:
    """Check the state of keys, which moto ignores."""
    from moto.kms import models

    module: Any = models
    for name in ("encrypt", "decrypt"):
        setattr(module, name, _with_usable(getattr(module, name)))
    for name in BY_KEY:
        wrap(models.KmsBackend, name, checking(_check_key))


def check_key_of_object(account_id: str, region: str, named: str | None) -> None:
    """Check the key of an object in S3, in its recorded words (LocalStack, 2026-02-21). Errors: AwsError KMS.*."""
    if why := why_not(account_id, region, named):
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


def _check_key(backend: Any, given: Mapping[str, Any]) -> None:
    check_usable(backend.account_id, backend.region_name, given["key_id"])
