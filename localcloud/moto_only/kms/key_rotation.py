"""Rotation of KMS keys: its period, and the keys that support it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import SYMMETRIC, check_usable
from localcloud.moto.patching import replace

if TYPE_CHECKING:
    from moto.kms.models import Key
    from moto.kms.responses import KmsResponse

PERIOD = "rotation_period_days"
"""Stored with moto's key beside its own."""
PERIOD_DAYS = 365
SHORTEST_DAYS, LONGEST_DAYS = 90, 2560


def patch() -> None:
    """moto ignores the period, and enables rotation for keys that do not support it or cannot be used."""
    from moto.kms.responses import KmsResponse

    replace(KmsResponse, enable_key_rotation, get_key_rotation_status)


def enable_key_rotation(self: KmsResponse) -> str:
    key = _key(self)
    check_usable(self.current_account, self.region, key.id)
    if key.key_spec != SYMMETRIC:
        raise AwsError("UnsupportedOperationException", "")  # AWS's error has no message
    setattr(key, PERIOD, checked_period(self._get_param("RotationPeriodInDays")))
    key.key_rotation_status = True
    return json.dumps(None)


def get_key_rotation_status(self: KmsResponse) -> str:
    key = _key(self)
    status: dict[str, Any] = {"KeyId": key.arn, "KeyRotationEnabled": key.key_rotation_status}
    if key.key_rotation_status:
        status["RotationPeriodInDays"] = getattr(key, PERIOD, PERIOD_DAYS)
    return json.dumps(status)


def checked_period(days: int | None) -> int:
    """Return the period of a request. Errors: AwsError ValidationException."""
    if days is None:
        return PERIOD_DAYS
    if days < SHORTEST_DAYS or days > LONGEST_DAYS:
        than, bound = ("greater", SHORTEST_DAYS) if days < SHORTEST_DAYS else ("less", LONGEST_DAYS)
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{days}' at 'rotationPeriodInDays' failed to satisfy constraint: "
            f"Member must have value {than} than or equal to {bound}",
        )
    return days


def _key(response: KmsResponse) -> Key:
    named = response._get_param("KeyId")
    response._validate_cmk_id(named)
    return response.kms_backend.keys[response.kms_backend.get_key_id(named)]
