"""The environment's secrets in Secrets Manager, read and written by part and stage."""

import json
from collections.abc import Sequence

from ops.aws.clients import Aws
from ops.errors import AwsRefused, NotFound

CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
Value = dict[str, str | int]


class SecretStore:
    """Secrets named <prefix>/<part>; each is a JSON object of strings and numbers."""

    def __init__(self, aws: Aws) -> None:
        self._client = aws.secretsmanager
        self._prefix = aws.environment.prefix

    def name(self, part: str) -> str:
        return f"{self._prefix}/{part}"

    def check_exist(self, parts: Sequence[str]) -> None:
        """Check that secrets exist. DescribeSecret. Errors: NotFound, naming all that Terraform has not created."""
        missing = [self.name(part) for part in parts if not self._exists(part)]
        if missing:
            raise NotFound(
                f"there is no secret named {', '.join(missing)}",
                next_step="apply the Terraform of this environment first; check `--env` and the region",
            )

    def _exists(self, part: str) -> bool:
        try:
            described = self._client.describe_secret(SecretId=self.name(part))
        except self._client.exceptions.ResourceNotFoundException:
            return False
        return "DeletedDate" not in described

    def arn(self, part: str) -> str:
        """Return a secret's ARN. DescribeSecret."""
        return str(self._client.describe_secret(SecretId=self.name(part))["ARN"])

    def read(self, part: str, stage: str) -> Value | None:
        """Read a stage's value; None when there is none. GetSecretValue. Errors: AwsRefused unless a JSON object."""
        found = self._version(part, stage)
        return None if found is None else found[1]

    def put(self, part: str, value: Value, *, stage: str = CURRENT) -> None:
        """Add a version under a stage. PutSecretValue."""
        self._client.put_secret_value(SecretId=self.name(part), SecretString=json.dumps(value), VersionStages=[stage])

    def promote(self, part: str) -> None:
        """Make the pending version the current one. UpdateSecretVersionStage."""
        pending, current = self._version(part, PENDING), self._version(part, CURRENT)
        if pending is None:
            return
        if current is None or current[0] != pending[0]:
            self._client.update_secret_version_stage(
                SecretId=self.name(part),
                VersionStage=CURRENT,
                MoveToVersionId=pending[0],
                **({"RemoveFromVersionId": current[0]} if current else {}),
            )
        self._client.update_secret_version_stage(
            SecretId=self.name(part), VersionStage=PENDING, RemoveFromVersionId=pending[0]
        )

    def _version(self, part: str, stage: str) -> tuple[str, Value] | None:
        try:
            response = self._client.get_secret_value(SecretId=self.name(part), VersionStage=stage)
        except self._client.exceptions.ResourceNotFoundException:
            return None
        try:
            value = json.loads(response["SecretString"])
        except (KeyError, ValueError):
            value = None
        if not isinstance(value, dict):
            # Without the cause, which quotes the secret.
            raise AwsRefused(
                f"the secret {self.name(part)} ({stage}) does not contain a JSON object",
                next_step="find out who stored it, delete that version, then run this command again",
            ) from None
        return response["VersionId"], value
