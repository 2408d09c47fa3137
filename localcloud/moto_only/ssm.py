"""SSM: reading a missing parameter does not create it, and does not hide the others."""

from functools import wraps
from typing import Any


def patch() -> None:
    """moto stores an empty history for a missing name that is read, and then fails to list all parameters."""
    from moto.ssm.models import ParameterDict, SimpleSystemManagerBackend

    parameters: Any = ParameterDict
    parameters.__missing__ = lambda self, name: []
    backend: Any = SimpleSystemManagerBackend
    put = backend.put_parameter

    @wraps(put)
    def put_parameter(self: Any, name: str, *arguments: Any, **named: Any) -> Any:
        key = self._parameters.normalize_name(name)
        self._parameters.setdefault(key, [])
        try:
            return put(self, name, *arguments, **named)
        finally:
            if not dict.get(self._parameters, key):
                dict.pop(self._parameters, key, None)

    backend.put_parameter = put_parameter
