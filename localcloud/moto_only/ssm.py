"""SSM: reading a missing parameter neither creates it nor hides others; checks of sizes and keys."""

import inspect
from collections.abc import Mapping
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto.kms_keys import check_named, check_usable
from localcloud.moto_only.checks.ssm import check_data_type, check_name, check_pattern

MOST = 10_000
"""Parameters of an account in a region."""
STANDARD, ADVANCED = 4096, 8192
"""Characters of a value, by tier."""
TOO_LONG = {
    STANDARD: "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger "
    "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
    ADVANCED: "Advanced tier parameters support a maximum parameter value of 8192 characters.",
}

NO_DOWNGRADE = (
    "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier "
    "to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard "
    "parameter."
)


def patch() -> None:
    """moto stores an empty history for a missing name that is read, and then fails to list all parameters."""
    from moto.ssm.models import Parameter, ParameterDict, SimpleSystemManagerBackend

    parameters: Any = ParameterDict
    parameters.__missing__ = lambda self, name: []
    backend: Any = SimpleSystemManagerBackend
    put = backend.put_parameter
    signature = inspect.signature(put)

    @wraps(put)
    def put_parameter(self: Any, name: str, *arguments: Any, **named: Any) -> Any:
        given = signature.bind(self, name, *arguments, **named).arguments
        key = self._parameters.normalize_name(name)
        versions = dict.get(self._parameters, key) or []
        known = versions[-1] if versions else None
        given["tier"] = _tier(given, known)
        _check_length(given.get("value") or "", given["tier"])
        _check_new(self, name, known, given)
        arguments, named = (), {each: value for each, value in given.items() if each not in ("self", "name")}
        self._parameters.setdefault(key, [])
        try:
            return put(self, name, *arguments, **named)
        finally:
            if not dict.get(self._parameters, key):
                dict.pop(self._parameters, key, None)

    backend.put_parameter = put_parameter
    parameter: Any = Parameter
    read = parameter.response_object

    @wraps(read)
    def response_object(self: Any, decrypt: bool = False, region: str | None = None) -> Any:
        if decrypt and self.parameter_type == "SecureString":
            _check_key(self.account_id, region or "", self.keyid)
        return read(self, decrypt, region)

    parameter.response_object = response_object


def _check_new(backend: Any, name: str, known: Any, given: Mapping[str, Any]) -> None:
    """Check a parameter before it is stored. known: its current version. Errors: AwsError."""
    check_name(name)
    if known is None and len(backend._parameters) >= MOST:
        raise AwsError(
            "ParameterLimitExceeded", f"You have exceeded the number of parameters for this account: {MOST}."
        )
    if known is not None and not given.get("overwrite"):
        return  # moto reports that it exists
    if known is None and not given.get("parameter_type"):
        raise AwsError("ValidationException", "A parameter type is required when you create a parameter.")
    pattern = given.get("allowed_pattern")
    pattern = pattern if pattern is not None else getattr(known, "allowed_pattern", None)
    check_pattern(str(given.get("value") or ""), pattern)
    kind = str(given.get("parameter_type") or known.parameter_type)
    check_data_type(given.get("data_type") or "text", kind)
    if kind == "SecureString":
        key = given.get("keyid") or getattr(known, "keyid", None)
        check_named(backend.account_id, backend.region_name, key, "InvalidKeyId")
    if known is not None and known.tier == "Advanced" and given.get("tier") == "Standard":
        raise AwsError("ValidationException", NO_DOWNGRADE)


def _tier(given: Mapping[str, Any], known: Any) -> str | None:
    """Return the tier that a parameter gets: intelligent tiering chooses the cheapest that is large enough."""
    tier: str | None = given.get("tier")
    if tier != "Intelligent-Tiering":
        return tier if tier or known is None else known.tier
    is_advanced = len(given.get("value") or "") > STANDARD or (known is not None and known.tier == "Advanced")
    return "Advanced" if is_advanced else "Standard"


def _check_key(account_id: str, region: str, key: str | None) -> None:
    """Check a SecureString's key; SSM reports KMS's reason under its own code. Errors: AwsError InvalidKeyId."""
    check_usable(account_id, region, key, "InvalidKeyId")


def _check_length(value: str, tier: str | None) -> None:
    """Check a value against the quota of its tier. Errors: AwsError."""
    limit = ADVANCED if tier == "Advanced" else STANDARD
    if len(value) > limit:
        raise AwsError("ValidationException", TOO_LONG[limit])
