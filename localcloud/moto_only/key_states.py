"""KMS keys that are disabled or wait for their deletion: nothing is encrypted or decrypted with them."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import check_usable, why_not, why_unusable

BY_KEY = ("sign", "verify", "generate_mac", "verify_mac")
"""Operations whose key is among their arguments."""
ID_BYTES = 36
"""moto begins what it encrypts with the key's id."""


def patch() -> None:
    """moto uses a key whatever its state is."""
    from moto.kms import models

    module: Any = models
    for name in ("encrypt", "decrypt"):
        setattr(module, name, _with_usable(getattr(module, name)))
    backend: Any = models.KmsBackend
    for name in BY_KEY:
        setattr(backend, name, _naming_usable(getattr(backend, name)))


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


def _naming_usable(method: Callable[..., Any]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @wraps(method)
    def naming_usable(self: Any, *arguments: Any, **named: Any) -> Any:
        key_id = signature.bind(self, *arguments, **named).arguments["key_id"]
        check_usable(self.account_id, self.region_name, key_id)
        return method(self, *arguments, **named)

    return naming_usable
