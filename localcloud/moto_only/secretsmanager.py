"""Secrets Manager: moving AWSCURRENT changes which version is read by default."""

from collections.abc import Callable
from typing import Any


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

    backend.update_secret_version_stage = update_secret_version_stage
    backend.list_secret_version_ids = _refusing_unknown(backend.list_secret_version_ids)


def _refusing_unknown(list_ids: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    def list_secret_version_ids(self: Any, secret_id: str) -> str:
        from moto.secretsmanager.exceptions import SecretNotFoundException

        if not self._is_valid_identifier(secret_id):
            raise SecretNotFoundException
        return list_ids(self, secret_id)

    return list_secret_version_ids
