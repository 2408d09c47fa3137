"""SSM: reading a missing parameter does not create it or hide others; sizes and keys count."""

import inspect
from functools import wraps
from typing import Any

from localcloud.errors import AwsError
from localcloud.moto_only.key_states import check_usable

STANDARD, ADVANCED = 4096, 8192
"""Characters of a value, by tier."""
TOO_LONG = {
    STANDARD: "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger "
    "parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see "
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
    ADVANCED: "Advanced tier parameters support a maximum parameter value of 8192 characters.",
}


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
        _check_length(given.get("value") or "", given.get("tier"))
        key = self._parameters.normalize_name(name)
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


def _check_key(account_id: str, region: str, key: str | None) -> None:
    """Check a SecureString's key; SSM tells KMS's reason under its own code. Errors: AwsError InvalidKeyId."""
    check_usable(account_id, region, key, "InvalidKeyId")


def _check_length(value: str, tier: str | None) -> None:
    """Check a value against the quota of its tier; intelligent tiering takes the one that fits. Errors: AwsError."""
    limit = STANDARD if (tier or "Standard") == "Standard" else ADVANCED
    if len(value) > limit:
        raise AwsError("ValidationException", TOO_LONG[limit])
