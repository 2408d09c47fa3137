"""Secrets Manager: rotation needs a function; moving AWSCURRENT changes which version is read by default."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from localcloud.errors import AwsError, not_offered
from localcloud.moto_only.key_states import check_usable

NOT_DECRYPTED = "Secrets Manager can't decrypt the protected secret text using the provided KMS key."
NOT_ENCRYPTED = (
    "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is "
    "available, enabled, and not in an invalid state."
)
NO_FUNCTION = "No Lambda rotation function ARN is associated with this secret."


def patch() -> None:
    """moto moves only the label: readers that name no stage, such as ECS, would still get the old value."""
    from moto.secretsmanager.models import SecretsManagerBackend

    backend: Any = SecretsManagerBackend
    move = backend.update_secret_version_stage

    def update_secret_version_stage(
        self: Any, secret_id: str, version_stage: str, remove_from_version_id: str, move_to_version_id: str
    ) -> Any:
        answer = move(self, secret_id, version_stage, remove_from_version_id, move_to_version_id)
        if version_stage == "AWSCURRENT" and move_to_version_id:
            self.secrets[secret_id].default_version_id = move_to_version_id
        return answer

    backend.get_secret_value = _with_usable_key(backend.get_secret_value)
    backend._add_secret = _with_usable_key_for(backend._add_secret)
    backend.rotate_secret = _with_function(backend.rotate_secret)
    backend.update_secret_version_stage = update_secret_version_stage
    backend.list_secret_version_ids = _refusing_unknown(backend.list_secret_version_ids)


def _with_usable_key(read: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(read)
    def get_secret_value(self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
        answer = read(self, secret_id, *args, **kwargs)
        key = self.secrets[secret_id].kms_key_id
        check_usable(self.account_id, self.region_name, key, "DecryptionFailure", NOT_DECRYPTED)
        return answer

    return get_secret_value


def _with_usable_key_for(add: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(add)
    def add_secret(self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
        known = self.secrets[secret_id].kms_key_id if secret_id in self.secrets else None
        key = kwargs.get("kms_key_id") or known
        check_usable(self.account_id, self.region_name, key, "EncryptionFailure", NOT_ENCRYPTED)
        return add(self, secret_id, *args, **kwargs)

    return add_secret


def _with_function(rotate: Callable[..., str]) -> Callable[..., str]:
    """Refuse a rotation that no function carries out: moto would make a version without a value the current one."""

    @wraps(rotate)
    def rotate_secret(self: Any, secret_id: str, *args: Any, **kwargs: Any) -> str:
        secret = self.secrets[secret_id] if self._is_valid_identifier(secret_id) else None
        given = kwargs.get("rotation_lambda_arn") or (args[1] if len(args) > 1 else None)
        if secret is not None and not secret.is_deleted():
            if getattr(secret, "owning_service", None):
                raise not_offered(f"RotateSecret of a secret that {secret.owning_service} manages")
            if not (given or getattr(secret, "rotation_lambda_arn", "")):
                raise AwsError("InvalidRequestException", NO_FUNCTION)
        return rotate(self, secret_id, *args, **kwargs)

    return rotate_secret


def _refusing_unknown(list_ids: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    def list_secret_version_ids(self: Any, secret_id: str) -> str:
        from moto.secretsmanager.exceptions import SecretNotFoundException

        if not self._is_valid_identifier(secret_id):
            raise SecretNotFoundException
        return list_ids(self, secret_id)

    return list_secret_version_ids
