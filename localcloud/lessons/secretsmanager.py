"""Secrets Manager: moving AWSCURRENT moves what is read by default."""

from typing import Any


def teach() -> None:
    """moto moves the label alone: readers that name no stage, ECS among them, would go on with the old value."""
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
