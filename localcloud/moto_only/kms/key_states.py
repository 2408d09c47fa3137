"""KMS keys that are disabled or pending deletion cannot encrypt or decrypt, and hardly be changed."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import SYMMETRIC, check_usable, find, why_not, why_unusable
from localcloud.moto.patching import checking, wrap

BY_KEY = ("sign", "verify", "generate_mac", "verify_mac")
"""Operations whose key is among their arguments."""
TARGET = "target_key_id"
CHANGES = {
    **dict.fromkeys(("create_alias", "update_alias"), TARGET),
    **dict.fromkeys(("disable_key", "enable_key", "disable_key_rotation", "schedule_key_deletion"), "key_id"),
    **dict.fromkeys(("update_key_description", "replicate_key", "create_grant", "get_public_key"), "key_id"),
    **dict.fromkeys(("tag_resource", "untag_resource"), "arn"),
}
"""Operations refused while a key waits for its deletion, by AWS's table of key states -> the argument with the key."""
BY_ID_ONLY = ("disable_key", "enable_key", "schedule_key_deletion", "cancel_key_deletion", "replicate_key")
"""moto's methods that do not find a key by its ARN."""
NOT_WHEN_DISABLED = ("create_grant", "disable_key_rotation", "replicate_key")
LONGEST_WAIT_DAYS = 30
ID_BYTES = 36
"""moto's ciphertexts begin with the key's id."""


def patch() -> None:
    """Check the state of keys, which moto ignores."""
    from moto.kms import models
    from moto.kms.responses import KmsResponse

    module: Any = models
    for name in ("encrypt", "decrypt"):
        setattr(module, name, _with_usable(getattr(module, name)))
    for name in BY_KEY:
        wrap(models.KmsBackend, name, checking(_check_key))
    for name, argument in CHANGES.items():
        wrap(models.KmsBackend, name, checking(_check_changed(argument, name in NOT_WHEN_DISABLED)))
    for name in BY_ID_ONLY:
        wrap(models.KmsBackend, name, _by_id)
    for name in ("schedule_key_deletion", "cancel_key_deletion"):
        wrap(KmsResponse, name, _naming_the_key)
    wrap(models.KmsBackend, "cancel_key_deletion", checking(_check_waiting))
    wrap(models.KmsBackend, "get_public_key", checking(_check_asymmetric))


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


def _check_changed(argument: str, not_when_disabled: bool) -> Callable[[Any, Mapping[str, Any]], None]:
    """Return a check of the key that an argument names. Errors: AwsError."""

    def check(backend: Any, given: Mapping[str, Any]) -> None:
        key = find(backend.account_id, backend.region_name, given[argument])
        why = why_unusable(key) if key is not None else None
        if why and (not_when_disabled or key.key_state != "Disabled"):
            raise AwsError(*why)

    return check


def _check_waiting(backend: Any, given: Mapping[str, Any]) -> None:
    key = find(backend.account_id, backend.region_name, given["key_id"])
    if key is not None and key.key_state != "PendingDeletion":
        raise AwsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")


def _check_asymmetric(backend: Any, given: Mapping[str, Any]) -> None:
    key = find(backend.account_id, backend.region_name, given["key_id"])
    if key is not None and (key.key_spec == SYMMETRIC or key.key_spec.startswith("HMAC")):
        words = f"{key.arn} is of {key.key_spec}, which has no public key."  # our own wording
        raise AwsError("UnsupportedOperationException", words)


def _by_id(change: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the id of a key that a request may name by its ARN."""

    @wraps(change)
    def by_id(self: Any, key_id: str, *arguments: Any, **named: Any) -> Any:
        return change(self, key_id.rpartition(":key/")[2], *arguments, **named)

    return by_id


def _naming_the_key(answer: Callable[[Any], str]) -> Callable[[Any], str]:
    """Answer with the key's ARN and, while it waits for its deletion, with its state, which moto leaves out."""

    @wraps(answer)
    def naming(self: Any) -> str:
        shown = json.loads(answer(self))
        key = find(self.current_account, self.region, shown["KeyId"])
        shown["KeyId"] = key.arn
        if "DeletionDate" in shown:
            days = self._get_param("PendingWindowInDays")
            shown |= {"KeyState": key.key_state, "PendingWindowInDays": days or LONGEST_WAIT_DAYS}
        return json.dumps(shown)

    return naming
